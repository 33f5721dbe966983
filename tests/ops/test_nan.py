"""A NaN is not lost on the way through any function of `pw.ops`, in float32 and float16,
nor on the way back through its gradient. `test_not_finite.py` has all special values of
the rows of the elementwise table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from op_calls import CALLS

import pywebml as pw
from pywebml import ops
from pywebml.core.fusion import Instruction
from pywebml.ops.elementwise.table import TABLE

NAN, INF = np.nan, np.inf
OF_INTEGERS = (
    "one_hot", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "bincount",
    "dense_bincount", "confusion_matrix",
)  # fmt: skip
WITHOUT_HALVES = (*OF_INTEGERS, "unsorted_segment_sum", "det", "inv")
TRANSFORMS = ("fft", "ifft", "rfft", "fft2", "ifft2")
"""NaN spreads over the whole of them, in one part or both: that is up to the algorithm."""
X = np.float32([0.5, NAN, -2, 3, 0, -INF, 1.5, 4])
SPECIAL = np.float32([NAN, INF, -INF, 0.0, -0.0, 1, -1, 0.5, -0.5, 2, 6, 7])


def drawn(shape: tuple[int, ...] | None) -> Any:
    return np.resize(X, shape or (2, 4))


def same(got: Any, want: Any, tolerance: float, what: str) -> None:
    np.testing.assert_allclose(
        got.numpy().astype(np.float64), want, tolerance, tolerance, equal_nan=True, err_msg=what
    )


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(n, "float32") for n in CALLS if n not in OF_INTEGERS]
    + [(n, "float16") for n, c in CALLS.items() if n not in WITHOUT_HALVES and c.numpy],
)  # check has float16 of those with weights
def test_nan_comes_out_where_numpy_has_it(host: str, name: str, dtype: str) -> None:
    call = CALLS[name]
    x = drawn(call.shape)
    t = pw.tensor(x, dtype=dtype)
    if call.numpy is None or name in TRANSFORMS:
        assert np.isnan(call.ours(t).numpy()).any()
        return
    with np.errstate(all="ignore"):
        want = np.asarray(call.numpy(x), np.float64)
    tolerance = 1e-3 if dtype == "float32" else 4e-3
    same(call.ours(t), want, tolerance, name)
    same(pw.capture(lambda a: call.ours(a) * 1)(t), want, tolerance, f"{name} in a chain")


WITH_GRADIENT = [
    n for n in CALLS
    if n not in OF_INTEGERS
    and not n.startswith(("argm", "argsort", "in_top_k", "search_", "lower_b", "upper_b"))
    and not n.startswith(("logical", "equal", "not_equal", "less", "greater", "is_"))
    and n not in ("any", "all", "cast", "ceil", "floor", "round", "sign", "step", "ones_like",
                  "floor_div", "zeros_like")
    and n not in ("imag", "multinomial")  # 0 whatever x is, drawn numbers
]  # fmt: skip


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_a_nan_that_comes_back_is_handed_on(host: str, name: str) -> None:
    """Wherever the gradient of finite numbers is not 0."""
    call = CALLS[name]
    x = pw.tensor(np.resize(np.float32([0.5, -0.25, 2, 3, 0.75, -1.5, 1.25]), call.shape or (2, 4)))
    size = call.ours(x).size
    weights = np.linspace(1, 2, size, dtype=np.float32)

    def gradient(factor: float) -> Any:
        slope = pw.grad(lambda a: (call.ours(a).reshape(size) * (weights * factor)).sum())
        return slope(x).numpy()

    with np.errstate(all="ignore"):
        plain = gradient(1.0)
    there = np.isfinite(plain) & (plain != 0)  # not at the square root of a negative number
    assert there.any()
    assert np.isnan(gradient(NAN))[there].all()


ROWS = [n for n, row in TABLE.items() if row.gradient is not None]


def row_gradients(name: str, ins: list[Any]) -> list[Any]:
    op = ops.Elementwise((Instruction(name, tuple(("x", i) for i in range(len(ins)))),), (0,))
    slopes = pw.grad(lambda *a: op(*a).astype("float32").sum(), argnums=tuple(range(len(ins))))
    return [slope.numpy() for slope in slopes(*map(pw.tensor, ins))]


@pytest.mark.gpu
@pytest.mark.parametrize("name", ROWS)
def test_gradients_at_nan_and_infinity_are_the_same_on_every_device(name: str) -> None:
    ins = [a.reshape(-1) for a in np.meshgrid(*[SPECIAL] * TABLE[name].arity, indexing="ij")]
    both = []
    for device in ("cpu", "gpu"):
        pw.set_device(shared_device(device))
        with np.errstate(all="ignore"):
            both.append(row_gradients(name, ins))
    pw.set_device(shared_device("cpu"))
    for one, other in zip(*both, strict=True):
        np.testing.assert_allclose(other, one, 4e-3, 4e-3, equal_nan=True, err_msg=name)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_maximum_hands_a_gradient_to_one_of_two(host: str, name: str) -> None:
    both = row_gradients(name, [np.float32([NAN, 1, 1, 2]), np.float32([1, NAN, 1, 1])])
    assert (both[0] + both[1]).tolist() == [1, 1, 1, 1]


FLAT_AT_NAN = {
    "relu", "relu6", "maximum", "minimum", "relu_grad", "relu6_grad", "elu", "selu",
    "where", "mod", "add", "sub", "neg", "identity", "cast_float32", "cast_float16",
    "hard_sigmoid", "hard_silu", "hard_tanh", "sparse_sigmoid",
}  # fmt: skip
"""Whose slope there is 0, 1 or another constant: what is NaN is their value."""


@pytest.mark.parametrize("name", [n for n in ROWS if n not in FLAT_AT_NAN])
def test_the_gradient_at_a_nan_is_nan(host: str, name: str) -> None:
    inside = min(2.0, TABLE[name].domain[0].high)
    ins = [np.float32([NAN, inside])] * TABLE[name].arity
    for slope in row_gradients(name, ins):
        assert np.isnan(slope[0]), name
        assert np.isfinite(slope[1]), name
