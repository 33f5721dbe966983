"""Tensors from nothing: zeros, ones, a constant, a range, the identity matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.basic import Fill
from ..core.tensor import Tensor, apply, as_tensor, tensor


def _shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(int(d) for d in shape)


def fill(shape: int | Sequence[int], value: float, dtype: str = "float32") -> Tensor:
    """A tensor of one value. Not-finite values come from `tensor`, since WGSL has no
    text for them.

    Example:
        >>> ops.fill((2, 2), 7, "int32").tolist()
        [[7, 7], [7, 7]]
    """
    if not math.isfinite(value):
        return as_tensor(tensor(value, dtype=dtype) + zeros(shape, dtype))
    return apply(Fill(_shape(shape), float(value), 0.0, dtype), ())  # type: ignore[no-any-return]


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
    if dtype is None:
        dtype = "int32" if all(isinstance(v, int) for v in (start, stop, step)) else "float32"
    count = math.ceil((stop - start) / step) if step else 0
    if count <= 0:
        raise ValueError(f"arange({start}, {stop}, {step}) is empty")
    return apply(Fill((count,), float(start), float(step), dtype), ())  # type: ignore[no-any-return]


def linspace(start: float, stop: float, num: int) -> Tensor:
    """`num` float32 values from start to stop, both among them.

    Example:
        >>> ops.linspace(0, 1, 5).tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    if num < 2:
        raise ValueError(f"linspace needs num of at least 2, got {num}")
    return apply(Fill((num,), float(start), (stop - start) / (num - 1)), ())  # type: ignore[no-any-return]


__all__ = ["Fill", "arange", "fill", "linspace", "ones", "ones_like", "zeros", "zeros_like"]
