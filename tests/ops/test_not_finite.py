"""NaN, infinities, zeros of both signs, the smallest and the largest floats: every row of
the elementwise table, reduction, pool, activation and epilogue gives what NumPy gives.

`check` puts NaN and infinity into a case of every op; here are all pairs of values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.core.fusion import Instruction
from pywebml.core.op import Op
from pywebml.ops.elementwise.table import TABLE
from pywebml.ops.support.activation import FUSED

NAN, INF = np.nan, np.inf
SPECIAL = np.float32(
    [NAN, INF, -INF, 0.0, -0.0, 1e-40, -1e-40, 3.4e38, -3.4e38, 1, -1, 0.5, -0.5, 2, -2, 7]
)
TINY = np.float32(1e-30)

APART = {
    "div": lambda a, b: abs(b) > 2.0**126,  # GPUs multiply with 1 / b, which is 0 there
    "div_no_nan": lambda a, b: abs(b) > 2.0**126,
    "floor_div": lambda a, b: abs(b) > 2.0**126,
    "log": lambda a: a < TINY,  # smaller ones may count as zero on a GPU
    "pow": lambda a, b: (abs(a) < TINY) & (a != 0),
    "sin": lambda a: abs(a) > 1e6,  # WGSL promises nothing for large angles
    "cos": lambda a: abs(a) > 1e6,
    "tan": lambda a: abs(a) > 1e6,
}
"""Where a device may give something else than NumPy: said in docs/ops.md, too."""


SMALLEST_NORMAL = np.finfo(np.float32).tiny


def same(got: Any, want: Any) -> Any:
    """Where it has NaN as NumPy has, infinity as that has, else is near it."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - want) <= 1e-6 + 1e-3 * np.abs(want)
    return (got == want) | (np.isnan(got) & np.isnan(want)) | (near & np.isfinite(want))


def assert_same(got: Any, want: Any, what: str, left_out: Any = False) -> None:
    got, want = np.asarray(got), np.asarray(want)
    bad = ~(same(got, want) | left_out)
    assert not bad.any(), f"{what}: {got[bad][:5]} instead of {want[bad][:5]}"


@pytest.mark.parametrize("wide", [True, False], ids=["four at a time", "one at a time"])
@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.kind != "bits"])
def test_every_row_gives_what_numpy_gives(host: str, name: str, wide: bool) -> None:
    row = TABLE[name]
    ins = [a.reshape(-1).copy() for a in np.meshgrid(*[SPECIAL] * row.arity, indexing="ij")]
    if not wide:
        ins = [a[:-1] for a in ins]
    operands = tuple(("x", i) for i in range(row.arity))
    op = ops.Elementwise((Instruction(name, operands),), (0,))
    with np.errstate(all="ignore"):
        want = op.numpy(*ins)
        left_out = APART[name](*ins) if name in APART and host != "cpu" else False
        want_of_zeros = op.numpy(*[np.where(abs(a) < SMALLEST_NORMAL, 0 * a, a) for a in ins])
    got = op(*map(pw.tensor, ins)).numpy()
    if host == "gpu":  # either is right there
        left_out |= same(got, want_of_zeros)
    assert_same(got, want, name, left_out)


@pytest.mark.parametrize("name", ["relu", "relu6", "sigmoid", "tanh", "elu", "swish", "softplus"])
def test_rows_in_a_chain(host: str, name: str) -> None:
    def chain(x: Any) -> Any:
        return getattr(ops, name)(x * 1.0) + 0.0

    x = pw.tensor(SPECIAL)
    assert_same(pw.capture(chain)(x).numpy(), getattr(ops, name)(x).numpy(), name)


@pytest.mark.parametrize("activation", FUSED)
@pytest.mark.parametrize("columns", [16, 5])
def test_epilogues_of_products_and_convolutions(host: str, activation: str, columns: int) -> None:
    """A product with the identity matrix of one row: what is activated is what came in."""
    act = getattr(ops, activation)
    x = np.tile(SPECIAL[[0, 9, 10, 13, 15]], (3, 1))
    x[1:, 0] = 1
    eye = np.eye(5, columns, dtype=np.float32)
    with np.errstate(all="ignore"):
        want = act(pw.tensor(x @ eye)).numpy()
    assert_same(ops.dense(x, eye, activation=activation).numpy(), want, "dense")
    pictures = x.reshape(3, 1, 1, 5)
    got = ops.conv2d(pictures, eye.reshape(1, 1, 5, columns), activation=activation)
    assert_same(got.numpy().reshape(3, columns), want, "conv2d")
    own = ops.depthwise_conv2d(pictures, np.ones((1, 1, 5, 1), np.float32), activation=activation)
    assert_same(own.numpy().reshape(3, 5), act(pw.tensor(x)).numpy(), "depthwise_conv2d")


REDUCTIONS = ("sum", "mean", "max", "min", "prod", "any", "all", "argmax", "argmin")
ROWS = [
    [1, NAN, 3, -INF], [NAN, 1, 2, 3], [1, 2, 3, NAN], [INF, -INF, 1, 2], [INF, INF, 1, 2],
    [-INF, -INF, -INF, -INF], [NAN, NAN, NAN, NAN], [0.0, -0.0, 0, 0], [1, -INF, 2, 3],
    [-3, -2, NAN, INF],
]  # fmt: skip


@pytest.mark.parametrize("length", [4, 700])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(host: str, name: str, length: int) -> None:
    x = np.pad(np.float32(ROWS), ((0, 0), (0, length - 4)), constant_values=1)
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x, axis=1)
    assert_same(getattr(ops, name)(x, axis=1).numpy(), want, name)
    assert_same(getattr(ops, name)(x.T.copy(), axis=0).numpy(), want, f"{name} of columns")


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("length", [4, 700])
def test_softmax_and_the_like(host: str, name: str, length: int) -> None:
    x = np.pad(np.float32(ROWS), ((0, 0), (0, length - 4)), constant_values=-INF)
    with np.errstate(all="ignore"):
        top = x.max(1, keepdims=True)
        e = np.exp(x - top)
        sums = np.logaddexp.reduce(x, axis=1, keepdims=True)
        want = {
            "softmax": e / e.sum(1, keepdims=True),
            "log_softmax": x - top - np.log(e.sum(1, keepdims=True)),
            "logsumexp": sums[:, 0],
        }[name]
    arguments = {"axis": 1} if name == "logsumexp" else {}
    assert_same(getattr(ops, name)(x, **arguments).numpy(), want, name)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_pools(host: str, value: float, at: int) -> None:
    x = np.float32([[1, 2], [3, -4]])
    x.reshape(-1)[at] = value
    pictures = x.reshape(1, 2, 2, 1)
    assert_same(ops.max_pool(pictures, 2).item(), x.max(), "max_pool")
    assert_same(ops.avg_pool(pictures, 2).item(), x.mean(), "avg_pool")
    slope = pw.grad(lambda w: ops.max_pool(w, 2).sum())(pw.tensor(pictures))
    assert slope.numpy().sum() == 1


def test_a_resized_picture_has_nan_only_where_it_was(host: str) -> None:
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    x[0, 1, 2, 0], x[0, 3, 3, 0] = NAN, INF
    assert_same(ops.resize_bilinear(x, (4, 4)).numpy(), x, "the same size")
    twice = ops.resize_bilinear(x, (8, 8)).numpy()[0, :, :, 0]
    assert np.isnan(twice[1:4, 3:6]).all() and np.isfinite(twice[:1]).all()


@pytest.mark.parametrize("dtype", ["int32", "uint32", "bool"])
def test_casts(host: str, dtype: str) -> None:
    x = [NAN, INF, -INF, 1.9, -1.9, 3e9, 0.0]
    want = {
        "int32": [0, 2147483520, -(2**31), 1, -1, 2147483520, 0],
        "uint32": [0, 2**32 - 256, 0, 1, 0, 3_000_000_000, 0],
        "bool": [True, True, True, True, True, True, False],
    }[dtype]
    assert ops.cast(x, dtype).tolist() == want


def test_clipping_keeps_nan(host: str) -> None:
    assert_same(ops.clip_by_value([NAN, INF, -INF], -1, 1).numpy(), [NAN, 1, -1], "clip_by_value")


def test_exceptions_are_said() -> None:
    """An op whose NaN or infinity is another than NumPy's says so in words, for the table."""
    from pywebml.core.op import REGISTRY

    apart = {name for name, op in REGISTRY.items() if op.not_finite_inputs is not None}
    assert apart == {name for name, op in REGISTRY.items() if op.not_finite}
    assert Op.not_finite == ""
