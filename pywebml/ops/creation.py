"""Tensors from nothing: zeros, ones, a constant, a range, the identity matrix."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from ..core.basic import Fill
from ..core.calling import ints, is_int
from ..core.composite import Sample, composite
from ..core.spec import checked_dtype
from ..core.tensor import Tensor, apply, as_tensor, tensor
from ..host.lazy import np
from .complex_numbers import complex
from .gather import OneHot


def fill(shape: int | Sequence[int], value: float, dtype: str = "float32") -> Tensor:
    """A tensor of one value. Not-finite values come from `tensor`, since WGSL has no
    text for them.

    Example:
        >>> ops.fill((2, 2), 7, "int32").tolist()
        [[7, 7], [7, 7]]
    """
    sizes = ints(shape, "fill: shape")
    if is_int(dtype):
        raise TypeError(f"the sizes of a shape are one argument: write {(*sizes, dtype)}")
    if dtype == "complex64":
        return complex(fill(sizes, value), zeros(sizes))
    if not math.isfinite(value):
        return as_tensor(tensor(value, dtype=dtype) + zeros(sizes, dtype))
    return apply(Fill(sizes, float(value), 0.0, checked_dtype(dtype)), ())  # type: ignore[no-any-return]


def zeros(shape: int | Sequence[int], dtype: str = "float32") -> Tensor:
    """Zeros of this shape.

    Example:
        >>> ops.zeros((2, 2)).tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """
    return fill(shape, 0.0, dtype)


def ones(shape: int | Sequence[int], dtype: str = "float32") -> Tensor:
    """Ones of this shape.

    Example:
        >>> ops.ones(3, "int32").tolist()
        [1, 1, 1]
    """
    return fill(shape, 1.0, dtype)


def zeros_like(x: Any) -> Tensor:
    """Zeros of the shape and dtype of x.

    Example:
        >>> ops.zeros_like([[1.5, 2.5]]).tolist()
        [[0.0, 0.0]]
    """
    x = as_tensor(x)
    return fill(x.shape, 0.0, x.dtype)


def ones_like(x: Any) -> Tensor:
    """Ones of the shape and dtype of x.

    Example:
        >>> ops.ones_like([4, 5]).tolist()
        [1, 1]
    """
    x = as_tensor(x)
    return fill(x.shape, 1.0, x.dtype)


def arange(
    start: float, stop: float | None = None, step: float = 1, dtype: str | None = None
) -> Tensor:
    """start, start + step ... below stop; `arange(n)` counts from 0. int32 for whole
    numbers.

    Example:
        >>> ops.arange(2, 8, 2).tolist()
        [2, 4, 6]
    """
    if stop is None:
        start, stop = 0, start
    for number in (start, stop, step):
        if isinstance(number, str) or not hasattr(number, "__float__"):
            raise TypeError(
                f"arange counts by numbers, got {number!r}; a dtype is written dtype={number!r}"
            )
    if dtype is None:
        dtype = "int32" if all(map(is_int, (start, stop, step))) else "float32"
    checked_dtype(dtype)
    if not step:
        raise ValueError(f"arange({start}, {stop}, {step}) never ends; step must not be 0")
    count = max(0, math.ceil((stop - start) / step))
    return apply(Fill((count,), float(start), float(step), dtype), ())  # type: ignore[no-any-return]


def range(start: float, stop: float, step: float = 1, dtype: str = "float32") -> Tensor:
    """TensorFlow.js's `arange`: start, start + step ... before stop, which counts down
    where stop is below start and no step is told, and gives float32 where no dtype is.
    ValueError for a step of 0.

    Example:
        >>> ops.range(0, 3).tolist()
        [0.0, 1.0, 2.0]
        >>> ops.range(3, 0, dtype="int32").tolist()
        [3, 2, 1]
    """
    if stop < start and step == 1:
        step = -1
    return arange(start, stop, step, dtype)


def linspace(start: float, stop: float, num: int) -> Tensor:
    """`num` float32 values from start to stop, both among them.

    Example:
        >>> ops.linspace(0, 1, 5).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if not is_int(num) or num < 2:
        raise ValueError(f"linspace needs num of at least 2, a whole number, got {num!r}")
    steps = operator.index(num) - 1
    return apply(Fill((steps + 1,), float(start), (stop - start) / steps), ())  # type: ignore[no-any-return]


def _identities(
    rows: int, columns: int | None = None, batch_shape: Any = (), dtype: str = "float32"
) -> Any:
    one = np.eye(rows, columns, dtype=dtype)
    return np.broadcast_to(one, (*batch_shape, *one.shape))


@composite(
    meaning=_identities,
    cases=lambda: [
        Sample("3 x 3", (), {"rows": 3}, 0, 0),
        Sample("2 x 5, int32", (), {"rows": 2, "columns": 5, "dtype": "int32"}, 0, 0),
        Sample("3 x 2 of 2 x 4", (), {"rows": 2, "columns": 4, "batch_shape": (3, 2)}, 0, 0),
    ],
)
def eye(
    rows: int,
    columns: int | None = None,
    batch_shape: Sequence[int] | None = None,
    *,
    dtype: str = "float32",
) -> Tensor:
    """The identity matrix: [rows, columns], as many as rows where none are said, 1
    where both numbers are equal, else 0. With a `batch_shape` as many of them as it
    says: [*batch_shape, rows, columns].

    Example:
        >>> ops.eye(2).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    (height, width) = ints((rows, rows if columns is None else columns), "eye: rows and columns")
    if is_int(batch_shape) or isinstance(batch_shape, str):
        raise TypeError(
            f"eye: batch_shape must be a list of sizes, got {batch_shape!r}; for a dtype write"
            f" dtype={batch_shape!r}, and other diagonals than the main one have no number here"
        )
    one: Any = OneHot(width)(arange(height)).astype(checked_dtype(dtype))
    sizes = ints(batch_shape or (), "eye: batch_shape")
    return one.broadcast_to((*sizes, height, width)) if sizes else one  # type: ignore[no-any-return]


__all__ = [
    "Fill",
    "arange",
    "eye",
    "fill",
    "linspace",
    "ones",
    "ones_like",
    "range",
    "zeros",
    "zeros_like",
]
