"""The CPU device of a tab without WebGPU: every op is right there, and XNNPACK's memory
follows what Python does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import START, known_tab, ready, value
from static_host import hosted

from pywebml.core.op import REGISTRY
from pywebml.core.spec import Spec
from pywebml.site.browser import SOFTWARE, chromium

SCRIPT = "text/javascript"
products = import_module("pywebml.ops.linalg.matmul")  # the package has a function of that name


@pytest.fixture(scope="module")
def tab(known_profile: Any, page_url: str) -> Iterator[Any]:
    with known_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}check.html?device=cpu")
        assert ready(page)["device"]["name"].startswith("XNNPACK")
        yield page


NOT_IN_THE_LIBRARY = {
    "MatMul": ("in parts", "split k add", "float16"),
    "Conv2D": ("float16",),
    "DepthwiseConv2D": ("float16",),
    "PixelsToTensor": ("float16", "cropped"),
    "AvgPool": ("same", "ties", "explicit padding", "one pixel", "whole picture"),
    "MaxPool": ("one pixel",),
    "Concat": ("channels", "vec4", "eleven"),  # of narrow rows
}


def test_what_the_library_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of matrices, of many if they are large, convolutions, pictures, pools that
    need not say where a largest value was, averages without padding, and joins of wide
    rows.
    """
    monkeypatch.setattr(products, "LARGE", 0)
    for name, others in NOT_IN_THE_LIBRARY.items():
        cases = [c for c in REGISTRY[name].cases() if not getattr(c.op, "places", False)]
        left = []
        for case in cases:
            ins = [Spec(a.shape, str(a.dtype)) for a in map(np.asarray, case.inputs)]
            if case.op.calls(ins, case.op.outputs(*ins)) is None:
                left.append(case.name)
        assert len(left) < len(cases), name
        assert not [case for case in left if not any(word in case for word in others)], name


@pytest.mark.browser
def test_threads_where_the_page_may_share_memory(tab: Any, browser: Any, built_page: Path) -> None:
    """A host without headers isolates nothing, so there the kernels have one thread, and
    the other build of the library is not fetched.
    """
    cores = tab.evaluate("navigator.hardwareConcurrency")
    threads = max(2, min(4, cores // 2))
    assert cores == 1 or ready(tab)["device"]["name"].endswith(f"{threads} threads")
    with hosted(built_page) as host:
        page = browser.new_page()
        page.goto(f"{host.url}check.html?device=cpu")
        assert ready(page)["device"]["name"].endswith("one thread")
        page.close()
        assert not [path for path in host.asked if "threaded" in path]


@pytest.mark.browser
def test_every_op_is_right(tab: Any) -> None:
    """All cases of all ops: those that XNNPACK computes, and those in NumPy beside
    them.
    """
    found = tab.evaluate("() => pywebml.call('check')")
    assert found["adapter"].startswith("XNNPACK")
    assert {row["host"] for row in found["rows"]} == {"page-cpu"}
    assert {"MatMul", "Conv2D", "DepthwiseConv2D", "PixelsToTensor", "AdamUpdate"} <= {
        row["kernel"] for row in found["rows"]
    }
    assert [row for row in found["rows"] if not row["ok"]] == []


@pytest.mark.browser
def test_many_small_products_are_right(known_profile: Any, page_url: str) -> None:
    """Those that NumPy computes sooner, as if they were large: with bias, heads, joins.
    In a tab of its own, which knows no other way yet.
    """
    name = products.__name__
    with known_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}check.html?device=cpu")
        ready(page)
        value(page, f"import sys, pywebml.ops; sys.modules[{name!r}].LARGE = 0")
        rows = page.evaluate("() => pywebml.call('check', { op: 'MatMul' })")["rows"]
        assert rows and not [row for row in rows if not row["ok"]]


MANY = """
import numpy as np, pywebml as pw
draw = np.random.default_rng(3)
a, b = (draw.standard_normal((6, 100, 100)).astype("float32") for _ in range(2))
product = pw.capture(lambda a, b: pw.ops.matmul(a, b, transpose_b=True))
apart = 0.0
for turn in range(3):
    got = np.frombuffer(await product(pw.tensor(a), pw.tensor(b)).data(), np.float32)
    apart = max(apart, float(np.abs(got.reshape(a.shape) - a @ b.swapaxes(1, 2)).max()))
    a, b = b + turn, a  # packed matrices are other ones
apart
"""


@pytest.mark.browser
def test_many_large_products_are_those_of_what_is_there_now(tab: Any) -> None:
    assert value(tab, MANY) < 1e-3


CHANGED = """
import numpy as np, pywebml as pw
from pywebml.ops import conv2d, matmul
draw = np.random.default_rng(3)
numbers = lambda *shape: draw.standard_normal(shape).astype("float32")
w, bias, filter = pw.Variable(numbers(6, 4)), pw.Variable(numbers(4)), pw.Variable(numbers(1, 1,
  4, 4))
x = pw.tensor(numbers(5, 6))

@pw.capture
def step(x):
    y = pw.ops.dense(x, w, bias, activation="relu")
    flat = pw.ops.dense(y, w.reshape(4, 6))  # the same numbers in another shape
    seen = conv2d(y.reshape(1, 5, 1, 4), filter)
    w.assign(w * 0.5)
    bias.assign(bias + 1.0)
    return flat, seen, matmul(y, y, transpose_a=True)

apart = 0.0
for turn in range(4):
    if turn == 2:
        filter.assign(numbers(1, 1, 4, 4))
    kept = [np.array((await v.data()).cast("B").cast("f").tolist()).reshape(v.shape) for v in (w,
      bias, filter)]
    y = np.maximum(np.asarray(x.tolist()) @ kept[0] + kept[1], 0)
    want = [y @ kept[0].reshape(4, 6), (y @ kept[2][0, 0]).reshape(1, 5, 1, 4), y.T @ y]
    for got, right in zip(step(x), want):
        apart = max(apart, float(np.abs(np.array(got.tolist()) - right).max()))
apart
"""


@pytest.mark.browser
def test_weights_that_change_are_packed_anew(tab: Any) -> None:
    """The library packs weights once; after an assignment, in a plan or outside, the
    new ones count.
    """
    assert value(tab, CHANGED) < 1e-4


REUSED = """
import pywebml as pw
w = pw.tensor([[1.0, 2.0], [3.0, 4.0]])

@pw.capture
def both(x):
    first = pw.ops.dense(x + 1.0, w)
    return first, pw.ops.dense(x * 3.0, w)  # where x + 1 was

[[v.tolist() for v in both(pw.tensor([[a, 0.0]]))] for a in (1.0, 2.0)]
"""


@pytest.mark.browser
def test_a_place_that_is_used_again_waits_for_who_reads_it(tab: Any) -> None:
    """Calls are collected; NumPy's next result in the place of an input must not reach
    the library before they are played.
    """
    assert value(tab, REUSED) == [[[[5, 8]], [[3, 6]]], [[[6, 10]], [[6, 12]]]]


MEMORY = """
import pywebml as pw, pywebml_page
library = pywebml_page.xnnpack()
used = lambda: [library.library.memory.buffer.byteLength, pw.memory()["bytes"]]
def rounds(n):
    for i in range(n):
        a = pw.ones((100 + i % 7, 300))
        b = pw.ones((300, 200 + i % 5))
        pw.ops.matmul(pw.ops.matmul(a, b), b, transpose_b=True).tolist()
rounds(40)
before = used()
rounds(200)
[before, used()]
"""


@pytest.mark.browser
def test_memory_comes_back(tab: Any) -> None:
    """What Python forgets, the library forgets."""
    before, after = value(tab, MEMORY)
    assert after == before


TABLES = """
import numpy as np, pywebml as pw, pywebml_page
from pywebml.core import runtime
from pywebml.device import reference

device, library = pw.get_device(), pywebml_page.xnnpack()
groups, pipelines = runtime._GROUPS, reference.PIPELINES
runtime._GROUPS, reference.PIPELINES = 50, 60
runtime.flush()
while runtime._queue.groups:  # of the tests before
    device.unbind(runtime._queue.groups.popitem()[1])
shared = device._lists, device._constants, device._tensors

def shapes(numbers):
    for n in numbers:
        a = pw.ops.fill((n, 7), 1.0)
        assert float(pw.ops.sum(pw.ops.dense(a, pw.ones((7, 3)), activation="relu"))) == 21 * n
        picture = pw.ops.fill((1, n, 5, 2), 1.0)
        seen = pw.ops.conv2d(picture, pw.ones((3, 3, 2, 4)), padding="same")
        assert float(seen[0, 1, 1, 0]) == 18
        pixels = pw.tensor(np.full((3, n, 4), 9), dtype="uint8")
        looks = pw.ops.pixels_to_tensor(pixels, (3, n), offset=(float(n),) * 3, scale=(1.0,) * 3)
        assert float(looks[0, 0, 0, 0]) == 9 + n

def used():
    return [*map(len, shared), len(device._steps), library.homes.size, library.buffers.size]

shapes(range(4, 54))
before = used()
shapes(range(54, 254))
runtime._GROUPS, reference.PIPELINES = groups, pipelines
[before, used()]
"""


@pytest.mark.browser
def test_what_is_known_of_shapes_has_a_bound(tab: Any) -> None:
    """Tensors, lists of numbers and constants go with the bind groups that used them."""
    before, after = value(tab, TABLES)
    assert min(before) > 2, before
    ratios = [later / earlier for earlier, later in zip(before, after, strict=True)]
    assert max(ratios) < 1.5, [before, after]


@pytest.mark.browser
def test_a_software_adapter_is_left_alone(browser_type: Any, page_url: str) -> None:
    """WebGPU without a graphics card is slower than the processor, so only ?device=gpu
    takes it.
    """
    browser = browser_type.launch(executable_path=chromium(), args=list(SOFTWARE))
    try:
        page = browser.new_page()
        page.set_default_timeout(START)
        for query, webgpu in (("", False), ("?device=gpu", True)):
            page.goto(f"{page_url}check.html{query}")
            info = ready(page)
            assert info["webgpu"] is webgpu
            assert info["device"]["software"] is True
            assert (info["reason"] is None) is webgpu
    finally:
        browser.close()


LITTLE = """
import numpy as np
import pywebml as pw
from pywebml.device import OutOfMemory

said = []

def fails(work):
    try:
        work()
    except OutOfMemory as error:
        said.append(str(error))
    else:
        raise AssertionError("it fits")

def works():
    return float(pw.ops.sum(pw.ones((2, 300)) @ pw.ones((300, 40)))) == 300 * 80

assert works()
# a tensor that does not fit
fails(lambda: (pw.ones((4096, 2)) @ pw.ones((2, 4096))).numpy())
assert works()
# one for which there is room, but not for what XNNPACK makes of it
x, w = pw.ones((1, 2048)), pw.ones((2048, 3072))
fails(lambda: (x @ w).numpy())
del w
assert works()
# a recorded step whose intermediate results do not fit: nothing of it is done, and the
# next one, on fewer rows, is as ever
a = pw.Variable(np.full((2, 2048), 0.5, np.float32))
b = pw.Variable(np.full((2048, 1), 0.5, np.float32))

@pw.capture
def step(x):
    loss = lambda: pw.ops.mean(pw.ops.relu(x @ a) @ b)
    value, gradients = pw.variable_grads(loss, [a, b])
    for variable, gradient in zip([b, a], gradients[::-1]):
        variable.assign(variable - 0.1 * gradient)
    return value

rows = np.ones((8192, 2), np.float32)
for _ in range(2):
    before = a.numpy().copy(), b.numpy().copy()
    fails(lambda: step(rows))
    assert (a.numpy() == before[0]).all() and (b.numpy() == before[1]).all()
    assert works()
    assert np.isfinite(float(step(rows[:64]))) and (a.numpy() != before[0]).any()
said
"""


@pytest.mark.browser
@pytest.mark.parametrize("threads", [False, True])
def test_what_does_not_fit_is_said_and_all_else_goes_on(
    browser: Any, built_page: Path, page_url: str, threads: bool
) -> None:
    """Where a browser gives the library 48 MB, as a telephone may, and not 2 GB."""
    (file,) = built_page.glob("app-*/runtime/xnnpack_library.js")
    script = file.read_text()
    assert script.count("2 ** 31") == 1
    context = browser.new_context(reduced_motion="reduce", service_workers="block")
    page = context.new_page()
    lesser = script.replace("2 ** 31", "48 * 2 ** 20")
    page.route("**/xnnpack_library.js", lambda r: r.fulfill(body=lesser, content_type=SCRIPT))
    with hosted(built_page) if not threads else nullcontext() as host:
        page.goto(f"{host.url if host else page_url}check.html?device=cpu")
        assert ("threads" in ready(page)["device"]["name"]) is threads
        said = value(page, LITTLE)
    context.close()
    assert len(said) == 4
    assert re.fullmatch(r"67 MB do not fit into XNNPACK's memory beside the \d+ MB .*", said[0])
    assert re.fullmatch(r"XNNPACK would need \d\d MB of memory, which it does not get; .*", said[1])
    assert all(one.endswith("; take smaller batches, or fewer rows at a time") for one in said)
