"""Every function of `pw.ops` on every dtype gives the dtype that NumPy gives, in 32 bits,
and whole numbers beyond 2^24, which float32 does not know, come out as they are.

What comes to something else than in NumPy is listed with the reason.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from index_calls import SIZED_BY_DATA
from op_calls import CALLS

import pywebml as pw
from pywebml import ops
from pywebml.core.methods import takes_a_tensor
from pywebml.ops.elementwise.table import TABLE

DTYPES = ("int32", "uint32", "bool", "float32")
VALUES = {
    "int32": [16777217, -16777219, 2**31 - 1, -(2**31), 33554433, 0, 1, -1],
    "uint32": [16777217, 2**32 - 1, 2**31, 3_000_000_001, 33554433, 0, 1, 2],
    "bool": [True, False, False, True, True, False, True, True],
    "float32": [1.5, -2.5, 0.25, 3.0, -0.75, 0.0, 1.0, 2.0],
}
SHAPES = [(2, 4), (7,)]
"""Four at a time, and one at a time."""


REFUSED = "refused"
WHOLE = ("int32", "uint32", "bool")
COUNTED = {
    "bool": ("int32", "bools are counted in arithmetic, where NumPy's stay bools or are refused")
}
OF_FLOATS = dict.fromkeys(
    WHOLE, (REFUSED, "weights and logits are floats; nothing is rounded in silence")
)
OF_BITS = {"float32": (REFUSED, "floats have no bits to combine")}
OF_CLASSES = dict.fromkeys(
    ("uint32", "bool", "float32"), (REFUSED, "class numbers are int32, and nothing is cut off")
)

OTHERWISE: dict[str, dict[str, tuple[str, str]]] = {
    **dict.fromkeys(
        (
            "abs", "add", "ceil", "floor", "maximum", "minimum", "mul", "neg", "pow", "relu",
            "add_n", "floor_div", "mod", "outer_product", "relu6", "round", "sign", "square",
            "squared_difference", "step", "sub",
        ),
        COUNTED,
    ),
    **dict.fromkeys(
        (
            "adaptive_average_pool", "depthwise_conv1d", "separable_conv1d",
            "avg_pool", "avg_pool1d", "avg_pool3d", "cholesky", "conv1d",
            "conv1d_transpose",
            "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose", "dense", "depthwise_conv2d",
            "det", "dilation2d", "gram_schmidt", "gru", "gru_step", "inv",
            "local_response_normalization", "log_softmax", "lstm", "lstm_step", "qr",
            "separable_conv2d", "solve", "solve_triangular", "svd",
            "simple_rnn", "simple_rnn_step", "softmax", "softmax_cross_entropy",
            "sparse_softmax_cross_entropy",
        ),
        OF_FLOATS,
    ),
    **dict.fromkeys(
        (
            "adaptive_max_pool", "max_pool", "max_pool1d", "max_pool3d", "max_pool_with_argmax",
            "pool",
        ),
        dict.fromkeys(("uint32", "bool"), OF_FLOATS["bool"]),
    ),
    "conj": {"bool": ("bool", "what is real stays as it is")},
    **dict.fromkeys(
        ("bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor"),
        OF_BITS,
    ),
    **dict.fromkeys(("one_hot", "bincount", "dense_bincount", "confusion_matrix"), OF_CLASSES),
    "scatter_nd": {"bool": COUNTED["bool"]},
    "unsorted_segment_sum": {"bool": (REFUSED, "are they counted, or is it 'any'?")},
}  # fmt: skip
"""What comes out instead of NumPy's dtype, and why."""

IN_32_BITS = {
    "int64": "int32", "int8": "int32", "uint64": "uint32", "float64": "float32",
    "float16": "float32",
}  # fmt: skip


def narrow(array: Any) -> str:
    dtype = str(np.asarray(array).dtype)
    return IN_32_BITS.get(dtype, dtype)


def drawn(dtype: str, shape: tuple[int, ...]) -> Any:
    return np.resize(np.array(VALUES[dtype], dtype), shape)


def assert_equal(got: Any, want: Any, dtype: str, what: str) -> None:
    assert got.dtype == dtype, f"{what} is {got.dtype} instead of {dtype}"
    if dtype == "float32":
        np.testing.assert_allclose(got.numpy(), want, 1e-3, 1e-5, err_msg=what)
    else:
        np.testing.assert_array_equal(got.numpy(), want.astype(dtype), err_msg=what)


def test_no_function_is_left_out() -> None:
    functions = {name for name in ops.__all__ if name[0].islower()} - ops.ALIASES.keys()
    taking = {name for name in functions if takes_a_tensor(getattr(ops, name))} | {
        "add_n", "concat", "stack", *(f"concat{rank}d" for rank in (1, 2, 3, 4)),
    }  # fmt: skip
    in_bytes = {"pixels_to_tensor", "bytes_dense"}
    assert taking - in_bytes - SIZED_BY_DATA == set(CALLS)
    assert set(OTHERWISE) <= set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_dtypes_and_values(host: str, name: str) -> None:
    """All of a function in one test: most take a millisecond, as a test itself does."""
    own = CALLS[name].shape
    for shape, dtype in product([own] if own else SHAPES, DTYPES):
        is_as_in_numpy(name, dtype, shape)


def is_as_in_numpy(name: str, dtype: str, shape: tuple[int, ...]) -> None:
    call = CALLS[name]
    x = drawn(dtype, shape)
    t = pw.tensor(x)
    out, _ = OTHERWISE.get(name, {}).get(dtype, ("", ""))
    if out == REFUSED:
        with pytest.raises((TypeError, ValueError), match=dtype):
            call.ours(t)
        return
    if call.numpy is None:
        assert call.ours(t).dtype == "float32"
        return
    with np.errstate(all="ignore"):
        plain = x.astype(out) if out else x  # NumPy refuses some of bools
        want = np.asarray(call.numpy(plain))
    out = out or narrow(want)
    assert_equal(call.ours(t), want, out, name)
    assert_equal(pw.capture(lambda a: call.ours(a))(t), want, out, f"{name}, captured")


PAIRS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "maximum": np.maximum,
    "minimum": np.minimum, "pow": np.power, "div": np.true_divide, "equal": np.equal,
    "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal, "logical_and": np.logical_and,
    "logical_or": np.logical_or, "logical_xor": np.logical_xor, "floor_div": np.floor_divide,
    "mod": np.mod, "atan2": np.arctan2, "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor,
    "div_no_nan": lambda a, b: np.where(
        np.equal(b, 0), 0.0, np.true_divide(a, np.where(np.equal(b, 0), 1, b))
    ), "squared_difference": lambda a, b: np.square(np.subtract(a, b)),
}  # fmt: skip
KINDS_OF_NUMBERS: dict[str, Any] = {
    **dict.fromkeys(DTYPES), "3": 3, "True": True, "0.5": 0.5, "np.int64(3)": np.int64(3),
}  # fmt: skip


def test_no_row_of_two_is_left_out() -> None:
    rows = {n for n, row in TABLE.items() if row.arity == 2 and n in ops.__all__}
    assert rows - {"prelu", "relu_grad", "relu6_grad", "step"} == set(PAIRS)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_pairs_of_dtypes(host: str, name: str, dtype: str) -> None:
    for other, turned in product(KINDS_OF_NUMBERS, (False, True)):
        is_a_pair_as_in_numpy(name, dtype, other, turned)


def is_a_pair_as_in_numpy(name: str, dtype: str, other: str, turned: bool) -> None:
    a = drawn(dtype, (2, 4))
    b = KINDS_OF_NUMBERS[other]
    if b is None:
        b = np.resize(np.array([0, 1, 2, 3, 1], other), (2, 4))
    floats = isinstance(b, float) or "float32" in (dtype, other)
    if name.startswith("bitwise") and floats:
        with pytest.raises(TypeError, match="bits are those of integers and bools, got float32"):
            getattr(ops, name)(pw.tensor(a), b)
        return
    if name in ("mod", "floor_div") and floats:  # whose digits float32 has
        a = a % 1000 if a.dtype != bool else a
    if name == "pow" and turned:  # of a small number to a small number
        a, b = (
            np.resize(np.array([2, 3, 0, 1, 5], v.dtype), (2, 4)) if getattr(v, "ndim", 0) else v
            for v in (a, b)
        )
    ours = [pw.tensor(v) if getattr(v, "ndim", 0) else v for v in (a, b)]
    theirs = [int(v) if isinstance(v, np.int64) else v for v in (a, b)]
    if turned:
        ours, theirs = ours[::-1], theirs[::-1]
    if {dtype, other} == {"int32", "uint32"}:
        with pytest.raises(TypeError, match="cast one of them"):
            getattr(ops, name)(*ours)
        return
    if dtype == "bool" and other in ("bool", "True"):
        theirs = [np.asarray(v, "int32") if TABLE[name].kind == "same" else v for v in theirs]
    with np.errstate(all="ignore"):
        want = np.asarray(PAIRS[name](*theirs))
    assert_equal(getattr(ops, name)(*ours), want, narrow(want), name)
