"""pywebml in a Python that somebody else has started, out of its ordinary wheel: on the
page itself and in a worker, in the Pyodide that our own page has and in the newest one.

A program is the same everywhere, and so are its numbers: docs/anywhere.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from any_pyodide import WHEEL, add_xnnpack, write_site
from browser import watch
from static_host import Host, hosted

import pywebml as pw
from pywebml.site.sources import NEWEST_PYODIDE

LESSON = """
async def lesson():
    pw.set_seed(3)
    x = pw.ops.Generator(1).normal((90, 8))
    y = pw.ops.argmax(x[:, 0:3], axis=-1)
    model = pw.Sequential([
        pw.layers.Dense(16, activation="relu"), pw.layers.Dense(3, activation="softmax"),
    ])
    model.compile(pw.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
    history = await model.fit(x, y, batch_size=30, epochs=20, verbose=0, shuffle=False)
    shares = pw.ops.reshape(model(x[:4]), (-1,))
    return [*history.history["loss"], *(await shares.data())]
"""
STORED = """
from pywebml.formats.saved_models import list_models_async, remove_model_async

async def stored(*places):
    model = pw.Sequential([pw.Input((3,)), pw.layers.Dense(2)])
    for where in places:
        await model.save_async(where)
    listed = sorted(await list_models_async())
    for where in places:
        await remove_model_async(where)
    return [listed, sorted(await list_models_async())]
"""
INSTALL = f"""
import micropip
from js import location
await micropip.install(location.origin + "/{WHEEL}")
"""
ON_THE_PAGE = """async ([install, source]) => {
  const { loadPyodide } = await import("/pyodide/pyodide.mjs");
  globalThis.pyodide = await loadPyodide({ indexURL: "/pyodide/" });
  if (install) {
    await pyodide.loadPackage("micropip");
    await pyodide.runPythonAsync(install);
  }
  return JSON.parse(await pyodide.runPythonAsync(source));
}"""
IN_A_WORKER = """(message) => new Promise((resolve, reject) => {
  const worker = new Worker("worker.js", { type: "module" });
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
  worker.postMessage(message);
})"""
WORKER = f"""onmessage = async ({{ data }}) => {{
  try {{
    postMessage(await ({ON_THE_PAGE})(data));
  }} catch (error) {{
    postMessage({{ error: String(error) }});
  }}
}};
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("theirs")
    write_site(folder)
    add_xnnpack(folder)
    (folder / "index.html").write_text("<!doctype html><title>theirs</title>")
    (folder / "worker.js").write_text(WORKER)
    with hosted(folder) as host:
        yield host


@pytest.fixture(scope="module")
def expected() -> list[float]:
    """The lesson's numbers on this machine's NumPy."""
    pw.set_device("cpu")
    names: dict[str, Any] = {"pw": pw}
    exec(LESSON, names)
    return list(map(float, pw.run_sync(names["lesson"]())))


def opened(context: Any, host: Host) -> Any:
    tab = context.new_page()
    tab.wrong = watch(tab, host.url)
    tab.goto(host.url)
    return tab


@pytest.mark.browser
def test_on_a_page_of_ones_own(context: Any, site: Host, expected: list[float]) -> None:
    """Installed by micropip from the page's own origin, without a package of the
    desktop's.
    """
    tab = opened(context, site)
    source = f"""
import asyncio, json, sys
import pywebml as pw
from pywebml.host.page import page
{LESSON}
{STORED}
device = await pw.ready("gpu")
again = await pw.ready()
numbers = [float(number) for number in await lesson()]
stores = await stored("indexeddb://mine", "localstorage://mine")
page().gpu("gpu").lose()
await asyncio.sleep(0.1)
anew = await pw.ready("gpu")
fours = (await (pw.tensor([2.0]) * 2).data()).tolist()
numpy = "numpy" in sys.modules
json.dumps([device.backend, again is device, numpy, numbers, stores, anew.backend, fours])
"""
    answer = tab.evaluate(ON_THE_PAGE, [INSTALL, source])
    backend, again, numpy, numbers, stores, anew, fours = answer
    assert (anew, fours) == ("WebGPU", [4]), "a lost graphics card is opened again"
    assert (backend, again, numpy) == ("WebGPU", True, False)
    assert stores == [["indexeddb://mine", "localstorage://mine"], []]
    assert numbers == pytest.approx(expected, abs=1e-4)
    assert not tab.wrong


@pytest.mark.browser
def test_in_a_worker_without_a_graphics_card(
    context: Any, site: Host, expected: list[float]
) -> None:
    """The first tensor opens what computes, where Python can wait. NumPy comes by itself,
    and XNNPACK's kernels from beside the wheel.
    """
    tab = opened(context, site)
    source = f"""
import json
import pywebml as pw
{LESSON}
{STORED}
twos = (pw.tensor([1.0]) * 2).numpy().tolist()
numbers = [float(number) for number in await lesson()]
try:
    await stored("localstorage://mine")
except OSError as error:
    said = str(error)
json.dumps([pw.get_device().adapter.backend, twos, numbers, said])
"""
    backend, twos, numbers, said = tab.evaluate(IN_A_WORKER, [INSTALL, source])
    assert (backend, twos) == ("XNNPACK", [2])
    assert "a worker has no localStorage; use indexeddb:// or opfs://" in said
    assert numbers == pytest.approx(expected, abs=1e-4)
    assert not tab.wrong


@pytest.mark.browser
def test_other_files_beside_the_wheel_are_not_taken(context: Any, site: Host) -> None:
    """NumPy computes without the kernels; there are no other digits."""
    tab = opened(context, site)
    tab.route("**/tfjs-backend-wasm-simd.wasm", lambda route: route.fulfill(body=b"\0asm"))
    tab.route("**/digits/test.bin", lambda route: route.fulfill(body=bytes(785_000)))
    source = """
import json, warnings
import pywebml as pw
from pywebml.data.digits import packed_part

with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    device = await pw.ready("cpu")
try:
    await packed_part("test")
except ValueError as error:
    said = str(error)
json.dumps([device.backend, [str(warning.message) for warning in heard], said])
"""
    backend, heard, said = tab.evaluate(ON_THE_PAGE, [INSTALL, source])
    assert backend == "cpu"
    assert any("is not the file of" in warning for warning in heard)
    assert "digits/test.bin has other content" in said


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("newest")
    write_site(folder, NEWEST_PYODIDE)
    (folder / "index.html").write_text("<!doctype html><title>theirs</title>")
    with hosted(folder) as host:
        yield host


@pytest.mark.browser
def test_on_the_newest_pyodide(context: Any, newest: Host, expected: list[float]) -> None:
    """No registry has a NumPy for it, so WebGPU computes, here perhaps in software; and
    the micropip that PyPI has is too old for it, so `loadPackage` brings the wheel.
    """
    tab = opened(context, newest)
    source = f"""
import json, sys
import pyodide_js
from js import location
await pyodide_js.loadPackage(location.origin + "/{WHEEL}")
import pywebml as pw
{LESSON}
{STORED}
device = await pw.ready()
try:
    pw.set_device("cpu")
except RuntimeError as error:
    said = str(error)
numbers = [float(number) for number in await lesson()]
stores = await stored("indexeddb://mine", "opfs://mine")
json.dumps([sys.version, device.backend, said, numbers, stores])
"""
    version, backend, said, numbers, stores = tab.evaluate(ON_THE_PAGE, ["", source])
    assert (version[:5], backend) == ("3.14.", "WebGPU")
    assert stores == [["indexeddb://mine", "opfs://mine"], []]
    assert 'await micropip.install("numpy")' in said
    assert numbers == pytest.approx(expected, abs=1e-4)
    assert not tab.wrong
