"""Elementwise functions that are more than a row of the table: with defaults, checks,
or made of others. The rows' own are in `rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.calling import is_int
from ...core.composite import Sample, composite
from ...core.spec import FLOATS
from ...core.tensor import Tensor, as_tensor
from ...device import run_sync
from ...host.lazy import np
from ..complex_numbers import ARITHMETIC
from .op import call
from .table import TABLE

__all__ = [
    "add_n", "bitwise_not", "cast", "clip_by_value", "elu", "identity", "leaky_relu", "pow",
    "prelu", "step", "where",
]  # fmt: skip


def leaky_relu(x: Any, alpha: float = 0.2) -> Tensor:
    """x where positive, else alpha * x; float32 for integers.

    Example:
        >>> ops.leaky_relu([-10.0, 4.0], alpha=0.5).tolist()
        [-5.0, 4.0]
    """
    return call("prelu", x, float(alpha))


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha * (exp(x) - 1); float32 for integers (Clevert,
    Unterthiner & Hochreiter 2016).

    Example:
        >>> ops.elu([-1.0, 2.0], 0.5).numpy()
        array([-0.3161,  2.    ], dtype=float32)
    """
    y = call("elu", x)
    return y if alpha == 1 else call("where", y > 0.0, y, y * float(alpha))


def prelu(x: Any, alpha: Any) -> Tensor:
    """x where positive, else alpha * x, with an alpha that may be learned: a tensor,
    broadcast; float32 for integers.

    Example:
        >>> ops.prelu([[-1.0, 2.0], [-3.0, -4.0]], [0.5, 0.25]).tolist()
        [[-0.5, 2.0], [-1.5, -1.0]]
    """
    return call("prelu", x, float(alpha) if is_int(alpha) else alpha)


def step(x: Any, alpha: float = 0.0) -> Tensor:
    """1 where x > 0, else alpha; NaN where x is. Of the dtype of x, so alpha is a whole
    number for integers.

    Example:
        >>> ops.step([-3.0, 0.0, 2.0], 0.5).tolist()
        [0.5, 0.5, 1.0]
        >>> ops.step([-3, 7]).tolist()
        [0, 1]
    """
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)):
        raise TypeError(f"step: alpha must be a number, got {alpha!r}")
    return call("step", x, int(alpha) if alpha == int(alpha) else alpha)


def bitwise_not(x: Any) -> Tensor:
    """The bits of integers turned over: -x - 1 for int32; of bools the others.
    TypeError for floats.

    Example:
        >>> ops.bitwise_not([0, 5, -1]).tolist()
        [-1, -6, 0]
        >>> (~pw.tensor([True, False])).tolist()
        [False, True]
    """
    x = as_tensor(x)
    return call("logical_not" if x.dtype == "bool" else "bitwise_not", x)


def pow(a: Any, b: Any) -> Tensor:
    """a to the power b, broadcast; nan for a negative base and a broken exponent.

    Integers stay integers and wrap at 32 bits, as in NumPy, and a number below 0 is
    refused as their exponent: ValueError. In a tensor of exponents, which is not read
    back, such give 0 (but the powers of 1 and -1 are what they are).

    Example:
        >>> ops.pow([3, -4097], 2).tolist()
        [9, 16785409]
        >>> ops.pow([2.0, 4.0], -0.5).numpy()
        array([0.7071, 0.5   ], dtype=float32)
    """
    if isinstance(a, float) or not is_int(b) or b >= 0:
        return call("pow", a, b)
    base = as_tensor(a)
    if base.dtype not in FLOATS:
        raise ValueError(
            f"pow: {base.dtype} to the power {b} is no integer; write {float(b)}, or turn the"
            " tensor into float32 first"
        )
    return call("pow", base, b)


def _sample_terms() -> Any:
    return [Sample("three", tuple(np.float32([[1, 2], [3, n]]) for n in range(3)), {}, 0, 0)]


@composite(
    meaning=lambda tensors: np.sum(tensors, 0), cases=_sample_terms, halves=True, listed=True
)
def add_n(tensors: Sequence[Any]) -> Tensor:
    """The sum of tensors of one shape and dtype. ValueError where they differ in these,
    since nothing is broadcast.

    Example:
        >>> ops.add_n([[1, 2], [3, 4], [5, 6]]).tolist()
        [9, 12]
    """
    if isinstance(tensors, Tensor) or not isinstance(tensors, (list, tuple)) or not tensors:
        raise TypeError(
            "add_n takes a list of one or more tensors, got"
            f" {'an empty list' if isinstance(tensors, (list, tuple)) else repr(tensors)}"
        )
    terms = [as_tensor(t) for t in tensors]
    for t in terms:
        if t.spec != terms[0].spec:
            raise ValueError(
                f"add_n: all tensors must have one shape and dtype, got {terms[0].dtype}"
                f" {terms[0].shape} and {t.dtype} {t.shape}; add broadcasts two"
            )
    total = terms[0] if len(terms) > 1 else identity(terms[0])
    for t in terms[1:]:
        total = total + t
    return total


def _sample_line() -> Any:
    return np.linspace(-4, 4, 21, dtype=np.float32)


@composite(
    meaning=lambda x, low, high: np.clip(x, low, high),
    cases=lambda: [Sample("-1 to 2.5", (_sample_line(),), {"low": -1.0, "high": 2.5})],
    halves=True,
)
def clip_by_value(x: Any, low: float, high: float) -> Tensor:
    """x limited to [low, high]. ValueError if low is above high.

    Example:
        >>> ops.clip_by_value([-2.0, 0.5, 3.0], 0, 1).tolist()
        [0.0, 0.5, 1.0]
    """
    for bound in (low, high):
        if isinstance(bound, str) or not hasattr(bound, "__float__"):
            raise TypeError(f"clip_by_value: low and high must be numbers, got {bound!r}")
    if low > high:
        raise ValueError(f"clip_by_value: low {low} is above high {high}")
    return as_tensor(x).minimum(high).maximum(low)


def identity(x: Any) -> Tensor:
    """A copy, of the same dtype. TypeError for a number, of which NumPy and Keras make
    a matrix: that is `eye`.

    Example:
        >>> ops.identity([1, 2]).tolist()
        [1, 2]
    """
    if isinstance(x, (int, float)) or is_int(x):
        raise TypeError(
            f"identity copies a tensor, got {x!r}; write eye({x!r}) for the identity matrix, or"
            f" tensor({x!r})"
        )
    return call("identity", x)


def where(condition: Any, a: Any = None, b: Any = None) -> Tensor:
    """a where the condition is not 0, else b; the three are broadcast. TypeError for
    numbers as the condition of bools: in TensorFlow.js's `a.where(condition, b)` these
    stand the other way round.

    Of a condition alone, what `where_async` gives: the indices of what is true, int32
    [n, rank]; in a browser tab that needs JSPI.

    Example:
        >>> ops.where([True, False], [1.0, 2.0], 0.0).tolist()
        [1.0, 0.0]
        >>> ops.where([[True, False], [True, True]]).tolist()
        [[0, 0], [1, 0], [1, 1]]
    """
    condition = as_tensor(condition)
    if a is None and b is None:
        return run_sync(condition.where_async())  # type: ignore[arg-type]
    if a is None or b is None:
        raise TypeError("where takes a condition alone, or what stands where it is and is not")
    if condition.dtype != "bool" and getattr(a, "dtype", None) == "bool":
        raise TypeError(
            f"where takes the condition first, got {condition.dtype}, and bool in its second place;"
            " write where(condition, a, b), or where(x != 0, ...) for numbers"
        )
    return call("where", condition, a, b)


def cast(x: Any, dtype: str) -> Tensor:
    """x converted to 'float32', 'float16', 'int32', 'uint32' or 'bool'; floats are cut
    towards zero on the way to integers.

    float16 has 11 bits (a relative rounding of at most 4.9e-4) and ends at 65,504;
    beyond that is infinity. ValueError for another dtype.

    Example:
        >>> ops.cast([-1.7, 1.7], "int32").tolist()
        [-1, 1]
    """
    x = as_tensor(x)
    if f"cast_{dtype}" not in TABLE and dtype != "complex64":
        raise ValueError(
            f"cast to {dtype!r}; expected float32, float16, int32, uint32, bool or complex64"
        )
    if "complex64" in (dtype, x.dtype) and dtype != x.dtype:
        x = ARITHMETIC["cast_complex64" if dtype == "complex64" else "cast_float32"](x)
    return x if x.dtype == dtype else call(f"cast_{dtype}", x)
