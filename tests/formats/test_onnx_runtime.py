"""Plans of frozen networks as a whole on ONNX Runtime: they agree with NumPy, never
compute with weights of yesterday, and what it cannot do stays with NumPy.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml import layers, ops
from pywebml.apps.bench.networks import NETWORKS, random_weights
from pywebml.apps.check import compare, expected, sample_cases
from pywebml.apps.frame import Frame, Picture
from pywebml.core import whole
from pywebml.core.op import REGISTRY, Case
from pywebml.core.runtime import Buffer
from pywebml.core.spec import Spec
from pywebml.core.tensor import Tensor
from pywebml.core.trace import Step
from pywebml.formats import onnx_runtime
from pywebml.formats.onnx_writing.ops import OPS
from pywebml.zoo import Extractor, Preprocess, resnet

pytest.importorskip("onnxruntime", reason="computes the plans")
NAME = onnx_runtime.NAME
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def on_the_cpu() -> Iterator[None]:
    pw.set_device(shared_device("cpu"))
    yield
    pw.set_device(shared_device("cpu"))


def network() -> Any:
    """Some 30 million operations for a picture, with two outputs' worth of layers."""
    return pw.Sequential([
        layers.Conv2D(32, 3, padding="same", activation="relu", input_shape=(40, 40, 8)),
        layers.DepthwiseConv2D(3, strides=2, padding="same"),
        layers.Conv2D(32, 3, activation="relu6"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, activation="softmax"),
    ])  # fmt: skip


def pictures(n: int = 4, shape: tuple[int, ...] = (40, 40, 8)) -> Any:
    return RNG.standard_normal((n, *shape), np.float32)


def in_numpy(function: Any, *args: Any) -> Any:
    """What it gives op by op."""
    return function(*args).numpy()


def by(captured: Any) -> str:
    (plan,) = captured.plans()
    return str(plan.computed_by)


def residual() -> Any:
    """ResNet's features, with weights that keep the size of what flows."""
    net = resnet.architecture()
    values = random_weights(net.weights)
    net.set_weights([values[w.path] for w in net.weights])
    return pw.Model(net.input, net.layers[-2].output)


@pytest.mark.parametrize(
    ("build", "preprocess", "side", "batch"),
    [(n.build, n.preprocess, n.side, 1) for n in NETWORKS]
    + [(NETWORKS[0].build, NETWORKS[0].preprocess, 224, 7)]
    + [(NETWORKS[0].build, NETWORKS[0].preprocess, 224, 32)]
    + [(residual, resnet.PREPROCESS, 224, 1)],
    ids=["mobilenet_v1", "efficientnet", "mobilenet_v2", "squeezenet", "7", "32", "resnet"],
)
def test_networks_agree(build: Any, preprocess: Preprocess, side: int, batch: int) -> None:
    """To 1e-4 of the largest value. At other batches all were compared by hand, see
    docs/performance-record.md.
    """
    net, x = build(), pictures(batch, (side, side, 3))
    captured = pw.capture(lambda x: net(x, training=False))
    ours, expected = captured(x).numpy(), in_numpy(net, x)
    assert by(captured) == NAME
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
    assert np.ptp(expected) > 0


@pytest.mark.parametrize("size", [(224, 224), (240, 320), (300, 201)])
@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_a_frame_follows_its_pictures(size: tuple[int, int], fit: str) -> None:
    """Bytes that are uploaded in place are read anew each time."""
    built = NETWORKS[0].build()
    extractor = Extractor("net", built, "flat", NETWORKS[0].preprocess, 1e-3, "")
    head = pw.Sequential([layers.Dense(3, activation="softmax", input_shape=(12544,))])
    shots = [Picture(RNG.integers(0, 256, (*size, 4), np.uint8), *size) for _ in range(3)]
    frame = Frame(extractor, head, shots[0], True, fit)
    for shot in shots:
        answers = pw.run_sync(frame.probabilities(shot))
        x = extractor.pixels(shot.pixels, mirror=True, fit=fit)
        expected = in_numpy(head, extractor.model(x).reshape(1, -1))
        np.testing.assert_allclose(answers, expected[0], atol=1e-4)
        assert by(frame._run) == NAME


def test_changed_weights_are_seen(tmp_path: Path) -> None:
    """By `assign`, `set_weights` and `load_weights`; NumPy computes meanwhile."""
    net, other, x = network(), network(), pictures()
    other.save_weights(tmp_path / "other.weights.h5")
    captured = pw.capture(net)
    kernel = net.layers[0].weights[0]
    said = []

    def step() -> None:
        np.testing.assert_allclose(captured(x).numpy(), in_numpy(net, x), atol=1e-5)
        said.append(by(captured) == NAME)

    step()
    step()
    kernel.assign(kernel * 2)
    step()
    step()
    net.set_weights([w.numpy() * 0.5 for w in net.weights])
    step()
    step()
    step()
    net.load_weights(tmp_path / "other.weights.h5")
    for _ in range(5):
        step()
    assert said == [True, True, False, True, False, False, True, *[False] * 4, True]


def test_one_value_changed_in_place_is_seen() -> None:
    """A copy into the middle of a buffer, which the device may write where it lies."""
    from pywebml.core.runtime import copy_into

    net, x = network(), pictures()
    captured = pw.capture(net)
    bias = net.layers[-1].bias
    bias.assign(np.zeros(4, np.float32))
    before = captured(x).numpy()
    assert by(captured) == NAME
    copy_into(pw.tensor([3.0]).buffer, bias.buffer, 4)
    after = captured(x).numpy()
    assert (after[:, 1] > before[:, 1]).all()
    np.testing.assert_allclose(after, in_numpy(net, x), atol=1e-5)


def test_training_stays_with_numpy() -> None:
    net, x = network(), pictures(8)
    net.compile("sgd", "sparse_categorical_crossentropy")
    labels = np.arange(8) % 4
    for _ in range(3):
        net.fit_sync(x, labels, epochs=1, verbose=0)
        np.testing.assert_allclose(net.predict(x).numpy(), in_numpy(net, x), atol=1e-5)
    counter = pw.Variable(np.zeros((), np.float32))

    @pw.capture
    def counting(x: Any) -> Any:
        counter.assign(counter + 1)
        return net(x)

    counting(x)
    assert by(counting) == pw.get_device().adapter.name


def test_what_is_not_written_stays_with_numpy() -> None:
    matrix = pw.Variable(RNG.standard_normal((300, 300), np.float32))
    x = RNG.standard_normal((300, 300), np.float32)
    turned = pw.capture(lambda x: ops.atan2(x @ matrix, x))  # ONNX has no atan2
    for _ in range(2):
        expected = np.arctan2((x @ matrix).numpy(), x)
        np.testing.assert_allclose(turned(x).numpy(), expected, atol=1e-4)
        assert by(turned) == pw.get_device().adapter.name
    product = pw.capture(lambda x: (x @ matrix, x, matrix))
    y, same, weights = product(x)
    assert by(product) == NAME and "as a whole by ONNX Runtime" in product.summary()
    np.testing.assert_allclose(y.numpy(), (x @ matrix).numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(same.numpy(), x)
    np.testing.assert_array_equal(weights.numpy(), matrix.numpy())


def test_small_plans_and_plain_functions_stay_with_numpy() -> None:
    small = pw.Sequential([layers.Dense(2, input_shape=(3,))])
    for function, x in (
        (small, np.ones((4, 3), np.float32)),
        (lambda x: x @ x, RNG.standard_normal((300, 300), np.float32)),
    ):
        captured = pw.capture(function)
        captured(x)
        assert by(captured) == pw.get_device().adapter.name


def test_numpy_where_it_is_absent_or_not_to_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    net, x = network(), pictures()
    with monkeypatch.context() as patch:
        patch.setattr(onnx_runtime, "installed", lambda: "")
        captured = pw.capture(net)
        captured(x)
        assert by(captured) != NAME
    monkeypatch.setenv("PYWEBML_ONNX_RUNTIME", "0")
    captured = pw.capture(net)
    captured(x)
    assert by(captured) != NAME


def test_numpy_where_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        def run(*_: Any) -> Any:
            raise MemoryError

        return run

    net, x = network(), pictures()
    monkeypatch.setattr(onnx_runtime, "made", broken)
    captured = pw.capture(net)
    for _ in range(2):
        np.testing.assert_allclose(captured(x).numpy(), in_numpy(net, x), atol=1e-6)
        assert by(captured) != NAME


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows starts processes anew")
def test_a_forked_process_has_numpy() -> None:
    """Its parent's sessions have no threads there."""
    script = """
import os, sys, numpy as np, pywebml as pw
pw.set_device("cpu")
matrix = pw.Variable(np.eye(300, dtype=np.float32))
captured = pw.capture(lambda x: x @ matrix)
x = np.ones((300, 300), np.float32)
captured(x)
before = captured.plans()[0].computed_by
if os.fork() == 0:
    same = (captured(x).numpy() == x).all()
    os._exit(10 * same + captured.plans()[0].computed_by.startswith("NumPy"))
print(before, os.waitstatus_to_exitcode(os.wait()[1]))
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == f"{NAME} 11\n"


def test_results_are_fresh_and_lent_ones_are_not() -> None:
    net, x = network(), pictures()
    captured, lent = pw.capture(net), pw.capture(net, copy=False)
    first, second = captured(x), captured(2 * x)
    assert not np.allclose(first.numpy(), second.numpy())
    first, second = lent(x), lent(2 * x)
    np.testing.assert_array_equal(first.numpy(), second.numpy())


def test_only_so_many_plans_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has weights of its own: what was not played lately is NumPy's again, and
    comes back when it is played often.
    """
    monkeypatch.setattr(whole, "MOST", 2)
    net = network()
    captured = [pw.capture(net) for _ in range(3)]
    said = []
    for which in (0, 1, 2, 0, 0, 0):
        captured[which](pictures())
        said.append(by(captured[which]) == NAME)
    assert said == [True, True, True, False, True, True]
    assert len(whole._held) == 2


def test_disposed_weights_are_refused() -> None:
    net, x = network(), pictures()
    captured = pw.capture(net)
    captured(x)
    net.weights[0].dispose()
    with pytest.raises(RuntimeError, match="a tensor that was disposed"):
        captured(x)


def test_nan_and_infinity_are_numpys() -> None:
    """ONNX Runtime's pools and extremes lose them."""
    net, x = network(), pictures()
    captured = pw.capture(net)
    captured(x)
    x[2, 3, 4, 5] = np.nan
    answers = captured(x).numpy()
    assert by(captured) != NAME
    assert np.isnan(answers[2]).all() and np.isfinite(answers[[0, 1, 3]]).all()
    captured(pictures())
    assert by(captured) == NAME
    net.weights[0].assign(np.full(net.weights[0].shape, np.nan, np.float32))
    for _ in range(3):
        assert np.isnan(captured(x).numpy()).all() and by(captured) != NAME


MOST = 25
"""Cases of an op; all elementwise functions: tests/formats/test_onnx_writing.py."""


def cases() -> Iterator[tuple[str, Case]]:
    """Of the ops that are written, without what only fusion makes of them, and without
    NaN and values outside of tables, of which ONNX Runtime makes other things.
    """
    adapter = shared_device("cpu").adapter
    registry = {name: op for name, op in REGISTRY.items() if name in OPS}
    count: Counter[str] = Counter()
    for name, case in sample_cases(registry, adapter):
        specs = [Spec(np.shape(a), np.asarray(a).dtype.name) for a in case.inputs]
        dtypes = {spec.dtype for spec in (*specs, *case.op.outputs(*specs))}
        fused = any(getattr(case.op, name, None) for name in ("join", "chunk", "targets"))
        sizes = [np.asarray(a).size for a in case.inputs]
        if dtypes <= whole.DTYPES and all(sizes) and not fused and "nan" not in case.name:
            count[name] += 1
            if count[name] <= MOST:
                yield name, case


def run_of(case: Case, fed: int) -> list[Any]:
    """What the library computes of a plan of the case's op alone, the first inputs fed
    and the others closed over.
    """
    device, arrays = shared_device("cpu"), [np.asarray(a) for a in case.inputs]
    specs = tuple(Spec(a.shape, a.dtype.name) for a in arrays)
    outs = case.op.outputs(*specs)
    buffers = [Buffer(device, s.nbytes, virtual=True) for s in (*specs, *outs)]
    ins, results = buffers[: len(specs)], buffers[len(specs) :]
    step = Step(case.op, ins, specs, results, outs)
    outputs = [Tensor(results[0], outs[0])]  # all that is written of some
    given, known = zip(ins[:fed], specs, strict=False), zip(ins[fed:], arrays[fed:], strict=True)
    run = onnx_runtime.made([step], dict(given), outputs, dict(known))
    return [np.asarray(got, np.float64) for got in run(*arrays[:fed])]


def test_every_op_that_is_written() -> None:
    """Each op's cases, within each case's own tolerance, and none that is not refused."""
    seen, refused = set(), []
    for name, case in cases():
        for fed in dict.fromkeys((len(case.inputs), min(1, len(case.inputs)))):
            try:
                results = run_of(case, fed)
            except Exception as reason:
                refused.append((name, case.name, fed, str(reason)))
                continue
            seen.add(name)
            for got, true in zip(results, expected(case), strict=False):
                error, tolerance = compare(got, true, case.atol, case.rtol)
                assert error <= tolerance, (name, case.name, fed, error, tolerance)
            break
    assert not set(OPS) - seen, refused


def test_it_gets_the_cores_that_we_have(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    options: list[Any] = []
    session = onnxruntime.InferenceSession

    def opened(data: Any, how: Any, **rest: Any) -> Any:
        options.append(how)
        return session(data, how, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", opened)
    monkeypatch.setattr(onnx_runtime, "cores", lambda: 1)
    captured = pw.capture(network())
    captured(pictures())
    assert by(captured) == NAME
    (how,) = options
    assert how.intra_op_num_threads == 1
