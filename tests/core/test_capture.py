"""Capture: replays equal eager runs, fusion keeps meaning, wrong uses are refused while
recording.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pywebml as pw
from pywebml import ops


def count_runs(device: Any) -> list[int]:
    runs: list[int] = []
    inner = device.run

    def run(commands: array[int]) -> None:
        runs.append(len(commands) // 6)
        inner(commands)

    device.run = run
    return runs


def test_replay_is_one_run_and_follows_inputs_and_variables(host: str) -> None:
    v = pw.Variable([1.0, 2.0])
    calls = []

    @pw.capture
    def step(x: pw.Tensor, k: float) -> dict[str, Any]:
        calls.append(1)
        y = ops.relu(x * k + v)
        v.assign(v * 0.5)
        return {"y": y, "pair": (y.sum(), None)}

    want = np.float32([1, 2])
    for i in range(3):
        x = pw.tensor([[i, -1.0], [2.0, i]])
        pw.memory()
        if i == 2:
            runs = count_runs(pw.get_device())
        got = step(x, 2.0)
        if i == 2:
            del pw.get_device().run
            assert len(runs) == 1
        y = np.maximum(np.float32([[i, -1], [2, i]]) * 2 + want, 0)
        np.testing.assert_allclose(got["y"].numpy(), y, rtol=1e-6)
        np.testing.assert_allclose(got["pair"][0].item(), y.sum(), rtol=1e-6)
        want = want * 0.5
    np.testing.assert_allclose(v.numpy(), want)
    assert len(calls) == 1
    step(np.zeros((3, 2), np.float32), 2.0)
    step(pw.tensor([[0.0, 0.0], [0.0, 0.0]]), 3.0)
    assert len(calls) == 3, "new shapes and new Python numbers are recorded anew"
    assert "launches on" in step.summary()


def test_results_are_fresh_unless_asked_otherwise(host: str) -> None:
    double = pw.capture(lambda x: x * 2)
    first = double(pw.tensor([1.0]))
    second = double(pw.tensor([2.0]))
    assert first.item() == 2 and second.item() == 4
    lent = pw.capture(lambda x: x * 2, copy=False)
    first = lent(pw.tensor([1.0]))
    second = lent(pw.tensor([2.0]))
    assert first.item() == second.item() == 4


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (lambda x: x if float(x.sum()) > 0 else -x, RuntimeError, "read while `capture` records"),
        (lambda x: x if x.sum() > 0 else -x, RuntimeError, "read while `capture` records"),
        (lambda x: x.numpy(), RuntimeError, "read while"),
        (lambda x: 3.0, TypeError, "returned float"),
        (lambda x: pw.Variable(x * 2), RuntimeError, "made of a recorded tensor"),
    ],
)
def test_wrong_uses_are_refused_while_recording(
    function: Any, error: type[Exception], words: str
) -> None:
    pw.set_device("cpu")
    with pytest.raises(error, match=words):
        pw.capture(function)(pw.tensor([1.0, 2.0]))
    assert (pw.tensor([1.0]) + 1).item() == 2, "an error while recording leaves eager work intact"


def test_recorded_tensors_do_not_leak_out() -> None:
    pw.set_device("cpu")
    kept = []
    pw.capture(lambda x: kept.append(x * 2))(pw.tensor([1.0]))
    with pytest.raises(RuntimeError, match="not returned"):
        kept[0].numpy()
    with pytest.raises(RuntimeError, match="not returned"):
        _ = kept[0] + 1


def test_chains_fuse_and_dead_results_go(host: str) -> None:
    v = pw.Variable([0.0, 0.0])

    @pw.capture
    def f(x: pw.Tensor) -> tuple[Any, Any]:
        _unused = ops.exp(x) * 3
        a = ops.sigmoid(x * 2 + 1)
        b = a * x
        v.assign(b.sum(axis=0))
        return a, ops.tanh(b)

    x = np.float32([[1, -2], [0.5, 3]])
    a, t = f(x)
    want = 1 / (1 + np.exp(-(x * 2 + 1)))
    np.testing.assert_allclose(a.numpy(), want, rtol=1e-5)
    np.testing.assert_allclose(t.numpy(), np.tanh(want * x), rtol=1e-4)
    np.testing.assert_allclose(v.numpy(), (want * x).sum(0), rtol=1e-5)
    names = [row.kernel for row in f.plans()[0].rows]
    assert not any("exp" in n for n in names)
    assert sum("mul" in n or "tanh" in n for n in names) <= 2


def test_activations_move_into_dense(host: str) -> None:
    w = pw.Variable(np.eye(3, 4, dtype=np.float32) * 2)
    f = pw.capture(lambda x: ops.relu6(ops.dense(x, w)))
    x = np.float32([[1, -2, 5]])
    assert f(x).tolist() == [[2, 0, 6, 0]]
    assert not any("relu6" in row.kernel for row in f.plans()[0].rows)


def test_writes_order_with_reads(host: str) -> None:
    v = pw.Variable([1.0])

    @pw.capture
    def f() -> tuple[Any, Any]:
        before = v * 10
        v.assign(v + 1)
        after = v * 10
        return before, after

    for i in range(1, 4):
        before, after = f()
        assert before.item() == 10 * i and after.item() == 10 * (i + 1)


def test_gradients_inside_and_through_capture(host: str) -> None:
    w = pw.Variable([1.0, -2.0, 3.0])
    x = np.float32([[1, 2, 3], [0, 1, 0]])

    @pw.capture
    def train() -> Any:
        loss, (g,) = pw.variable_grads(lambda: ((pw.tensor(x) * w).sum(axis=1) ** 2).mean(), [w])
        w.assign(w - g * 0.01)
        return loss

    want = np.float64([1, -2, 3])
    losses = []
    for _ in range(10):
        p = (x * want).sum(1)
        losses.append((p**2).mean())
        want = want - 0.01 * (2 * p[:, None] * x).mean(0)
        np.testing.assert_allclose(train().item(), losses[-1], rtol=1e-4)
    np.testing.assert_allclose(w.numpy(), want, rtol=1e-4)
    inner = pw.capture(lambda t: t * t)
    assert pw.grad(lambda t: inner(t).sum())(np.float32([3.0])).tolist() == [6]
    assert pw.capture(lambda t: inner(t) + 1)(pw.tensor([3.0])).tolist() == [10]


def test_memory_is_flat_over_replays_and_comes_back(host: str) -> None:
    pw.memory()
    before = pw.memory()
    f = pw.capture(lambda x: ops.exp(x).sum(axis=0))
    x = pw.tensor(np.ones((50, 40), np.float32))
    f(x)
    during = pw.memory()
    for _ in range(200):
        f(x)
    assert pw.memory()["bytes"] == during["bytes"]
    del f, x
    assert pw.memory()["bytes"] == before["bytes"]


def test_a_python_number_that_always_changes_does_not_fill_the_memory(host: str) -> None:
    scale = pw.capture(lambda x, k: x * k)
    x = pw.tensor([1.0, 2.0])
    assert [scale(x, float(k)).tolist()[1] for k in range(80)] == [2.0 * k for k in range(80)]
    assert len(scale.plans()) == 64
    assert scale(x, 0.0).tolist() == [0, 0], "recorded again"


OPS = ["add", "mul", "sub", "maximum", "minimum"]
ONE = ["neg", "relu", "tanh", "sigmoid", "square", "abs"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(OPS + ONE), st.integers(0, 30), st.integers(0, 30)),
        min_size=1,
        max_size=14,
    ),
    st.integers(0, 2**30),
)
def test_random_programs_mean_the_same_captured(
    program: list[tuple[str, int, int]], seed: int
) -> None:
    """Random graphs of elementwise ops, sums and variable updates: fused replays equal
    plain NumPy-device eager runs.
    """
    pw.set_device(_cpu())
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(size=s).astype(np.float32) for s in [(3, 4), (4,), (3, 1)]]

    def build(v: pw.Variable) -> Any:
        def f(*args: pw.Tensor) -> list[pw.Tensor]:
            values = [
                *args,
                v,
                ops.fill((4,), 0.75),
                ops.broadcast_to(args[1], (3, 4)),
                ops.broadcast_to(ops.fill((), -2.0), (3, 1)),
            ]
            for name, i, j in program:
                a, b = values[i % len(values)], values[j % len(values)]
                made = getattr(ops, name)(a) if name in ONE else getattr(ops, name)(a, b)
                values.append(made)
                if (i + j) % 5 == 0:
                    v.assign(
                        (made * 0.5 + v).mean() + pw.zeros((1, 1))
                        if made.shape != v.shape
                        else made
                    )
                if i % 7 == 3:
                    values.append(made.sum(axis=-1, keepdims=True) if made.ndim else made)
            return values[-2:]

        return f

    v, u = pw.Variable([[1.0]]), pw.Variable([[1.0]])
    eager, captured = build(u), pw.capture(build(v))
    for _ in range(2):
        want = eager(*(pw.tensor(a) for a in inputs))
        got = captured(*inputs)
        for w, g in zip(want, got, strict=True):
            np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(v.numpy(), u.numpy(), rtol=1e-5)


def _cpu() -> Any:
    from pywebml.device import get_device

    device = get_device()
    return device if device.adapter.language == "numpy" else "cpu"
