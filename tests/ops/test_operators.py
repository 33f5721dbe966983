"""Python's operators on tensors mean what they mean on NumPy's arrays, and functions of one
value are accurate to 1e-5 over all that they are defined on.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

INTS = np.int32([7, -7, 8, -8, 0, -(2**31), 2**31 - 1, 5])
OTHERS = np.int32([2, 3, -3, -4, 5, -1, 7, 0])
FLOATS = np.float32([7.5, -7.5, 0.1, -0.1, 3e30, -3e30, 0, 1e-3])
BY = np.float32([2, 3, -0.3, -4, 7, 0.7, 5, -1e-3])
TRUTHS = np.array([True, False, True, False])
BINARY = (
    operator.add, operator.sub, operator.mul, operator.mod, operator.floordiv, operator.lt,
    operator.le, operator.eq, operator.ne, operator.gt, operator.ge,
)  # fmt: skip
BITS = (operator.and_, operator.or_, operator.xor)


def same(got: Any, want: Any) -> None:
    kind = {"f": "float32", "i": "int32", "b": "bool"}[np.asarray(want).dtype.kind]
    assert got.dtype == kind
    np.testing.assert_array_equal(got.numpy(), want)


@pytest.mark.parametrize("op", [*BINARY, *BITS], ids=lambda op: op.__name__)
def test_of_two(host: str, op: Callable[[Any, Any], Any]) -> None:
    pairs = [(INTS, OTHERS), (INTS, 3), (-7, OTHERS)]
    if op not in BITS:
        pairs += [(FLOATS, BY), (FLOATS, 0.75), (-7.5, BY)]
    else:
        pairs += [(TRUTHS, TRUTHS[::-1].copy()), (TRUTHS, True), (False, TRUTHS)]
    for a, b in pairs:
        ours = [pw.tensor(v) if isinstance(v, np.ndarray) else v for v in (a, b)]
        with np.errstate(all="ignore"):
            want = op(a, b)
        same(op(*ours), want)
        same(pw.capture(lambda x, y, op=op: op(x, y))(*map(pw.tensor, (a, b))), want)


def test_of_one(host: str) -> None:
    i, f, b = (pw.tensor(v) for v in (INTS, FLOATS, TRUTHS))
    same(~i, ~INTS)
    same(~b, ~TRUTHS)
    same(-f, -FLOATS)
    same(+f, FLOATS)
    same(abs(i), np.abs(INTS))
    same(round(f), np.round(FLOATS))
    same(math.floor(i), INTS)
    same(math.ceil(f), np.ceil(FLOATS))
    quotient, rest = divmod(i, 3)
    same(quotient, INTS // 3)
    same(rest, INTS % 3)
    with pytest.raises(TypeError, match="to whole numbers, got 2 digits"):
        round(f, 2)
    with pytest.raises(TypeError, match="bitwise_and: bits are those of integers and bools"):
        f & f


def test_sums_of_several(host: str) -> None:
    assert ops.add_n([INTS[:2], [1, 2], [3, 4]]).tolist() == [11, -1]
    with pytest.raises(ValueError, match="one shape and dtype, got int32"):
        ops.add_n([[1], [1.5]])
    with pytest.raises(TypeError, match="add_n takes a list"):
        ops.add_n(pw.tensor([1, 2]))


LINE = np.linspace(-1, 1, 2001)
ACCURATE: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "sin": (np.sin, LINE * 1000), "cos": (np.cos, LINE * 1000), "tan": (np.tan, LINE * 100),
    "asin": (np.arcsin, LINE), "acos": (np.arccos, LINE), "atan": (np.arctan, LINE * 50),
    "sinh": (np.sinh, LINE * 88), "cosh": (np.cosh, LINE * 88), "tanh": (np.tanh, LINE * 5),
    "asinh": (np.arcsinh, LINE * 1e5), "acosh": (np.arccosh, 1 + 500 * (LINE + 1)),
    "atanh": (np.arctanh, LINE * 0.9999), "log": (np.log, 10 ** (LINE * 30)),
    "log1p": (np.log1p, LINE * 0.99), "expm1": (np.expm1, LINE * 20),
    "erf": (np.vectorize(math.erf), LINE * 4), "erfc": (np.vectorize(math.erfc), LINE * 9),
    "log_sigmoid": (lambda x: -np.logaddexp(0, -x), LINE * 50),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCURATE)
def test_digits(host: str, name: str) -> None:
    function, line = ACCURATE[name]
    x = line.astype(np.float32)
    got, want = getattr(ops, name)(x).numpy(), function(x.astype(np.float64))
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-37)


def test_the_inverse_of_erf(host: str) -> None:
    y = (LINE * 3).astype(np.float32)
    x = np.float32([math.erf(v) for v in y])
    got = ops.erfinv(x).numpy()
    np.testing.assert_allclose(np.vectorize(math.erf)(got), x, rtol=1e-5, atol=1e-7)
    with np.errstate(all="ignore"):
        assert ops.erfinv([1.0, -1.0]).tolist() == [np.inf, -np.inf]


def test_the_ends_of_tensorflow_js_chains(host: str) -> None:
    x = pw.tensor([[0.5, -1.5], [2.5, 0.0]])
    same(x.to_int(), np.int32([[0, -1], [2, 0]]))
    same(x.to_bool(), np.array([[True, True], [True, False]]))
    same(x.to_int().to_float(), np.float32([[0, -1], [2, 0]]))
    assert x.as_type("int32").dtype == "int32" and x.as1d().shape == (4,)
    assert x.as2d(1, -1).shape == (1, 4) and x.as3d(4, 1, 1).shape == (4, 1, 1)
    assert x.as4d(1, 2, 1, 2).shape == (1, 2, 1, 2) and x[0, 0].as_scalar().shape == ()
    with pytest.raises(ValueError, match="cannot reshape"):
        x.as_scalar()
