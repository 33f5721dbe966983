"""Gradients of every differentiable row of the elementwise table, and of gradients,
against central differences in float64.
"""

from __future__ import annotations

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.ops.elementwise.op import call
from pywebml.ops.elementwise.table import TABLE

# a cast's differences are those of a staircase
_APART = ("where", "cast_float32", "cast_float16")
DIFFERENTIABLE = [n for n, row in TABLE.items() if row.gradient is not None and n not in _APART]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_row_gradient(name: str) -> None:
    pw.set_device("cpu")
    rng = np.random.default_rng(1)
    row = TABLE[name]
    shapes = [(3, 4), (4,)][: row.arity]
    inputs = [rng.uniform(0.3, 2.5, s).astype(np.float32) for s in shapes]
    domain = row.domain[0]
    if domain.high < 2.5 or domain.low > 0.3:
        inputs = [rng.uniform(domain.low, domain.high, s).astype(np.float32) for s in shapes]
    elif name not in ("log", "sqrt", "rsqrt", "pow", "log1p"):
        inputs[0] *= np.where(rng.uniform(size=inputs[0].shape) > 0.5, 1, -1).astype(np.float32)
    weights = rng.normal(size=(3, 4)).astype(np.float32)
    got = pw.grad(lambda *a: (call(name, *a) * weights).sum(), tuple(range(row.arity)))(*inputs)
    for i in range(row.arity):
        wide = [a.astype(np.float64) for a in inputs]
        want = np.zeros_like(wide[i])
        for at in np.ndindex(want.shape):
            ends = []
            for h in (1e-5, -1e-5):
                moved = [a.copy() for a in wide]
                moved[i][at] += h
                ends.append((row.numpy(*moved) * weights).sum())
            want[at] = (ends[0] - ends[1]) / 2e-5
        # float32 against float64: some rows subtract nearly equal numbers
        np.testing.assert_allclose(got[i].numpy(), want, rtol=2e-3, atol=2e-4)


def test_second_and_third_derivatives(host: str) -> None:
    f = lambda x: (ops.exp(x * 0.5) * ops.sin(x)).sum()  # noqa: E731
    first = pw.grad(f)
    second = pw.grad(lambda x: first(x).sum())
    third = pw.grad(lambda x: second(x).sum())
    x = np.float32([0.3, 1.1])
    e, s, c = np.exp(x * 0.5), np.sin(x), np.cos(x)
    np.testing.assert_allclose(first(x).numpy(), e * (0.5 * s + c), rtol=1e-4)
    np.testing.assert_allclose(second(x).numpy(), e * (-0.75 * s + c), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(third(x).numpy(), e * (-1.375 * s - 0.25 * c), rtol=1e-3, atol=1e-3)


def test_fan_out_and_unused(host: str) -> None:
    value, (gx, gy) = pw.value_and_grad(lambda x, y: (x * x + x * 3).sum(), (0, 1))(
        np.float32([2, 3]), np.float32([1.0])
    )
    assert value.item() == 28 and gx.tolist() == [7, 9] and gy.tolist() == [0]


def test_variable_grads_nested(host: str) -> None:
    v = pw.Variable([1.0, 2.0])

    def penalty() -> pw.Tensor:
        _, (g,) = pw.variable_grads(lambda: (v * v * v).sum(), [v])
        return (g * g).sum()  # (3 v^2)^2

    value, (g,) = pw.variable_grads(penalty, [v])
    assert value.item() == 9 + 144
    np.testing.assert_allclose(g.numpy(), [36, 36 * 8], rtol=1e-5)


def test_stop_gradient_and_errors(host: str) -> None:
    assert pw.grad(lambda x: (pw.stop_gradient(x) * x).sum())(np.float32([3.0])).tolist() == [3]
    v = pw.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="float32 scalar"):
        pw.variable_grads(lambda: v * 2, [v])
    with pytest.raises(ValueError, match="float32 tensor, but the function gave"):
        pw.grad(lambda x: x > 1)(np.float32([1.0, 2.0]))
    v = pw.Variable([1.0])

    def overwritten() -> pw.Tensor:
        y = v * v
        v.assign([2.0])
        return y.sum()

    with pytest.raises(RuntimeError, match="overwritten"):
        pw.variable_grads(overwritten, [v])


def test_graph_is_freed_without_the_garbage_collector(host: str) -> None:
    import gc

    x = pw.tensor(np.ones(1000, np.float32))
    pw.grad(lambda x: ops.exp(x * 2).sum())(x)
    before = pw.memory()["tensors"]
    gc.disable()
    try:
        for _ in range(5):
            pw.grad(lambda x: ops.exp(x * 2).sum())(x)
        assert pw.memory()["tensors"] == before
    finally:
        gc.enable()
