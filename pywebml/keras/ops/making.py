"""NumPy's functions that make arrays, as Keras has them."""

from __future__ import annotations

import builtins
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .support import dtype_of, to_float, to_tensor

__all__ = [
    "arange",
    "array",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "geomspace",
    "identity",
    "linspace",
    "logspace",
    "meshgrid",
    "ones",
    "ones_like",
    "tri",
    "vander",
    "zeros",
    "zeros_like",
]


def array(x: Any, dtype: Any = None) -> Tensor:
    """A tensor of x."""
    return to_tensor(x, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """start, start + step, ... below stop: arange(3) is [0, 1, 2]."""
    return ops.arange(start, stop, 1 if step is None else step, dtype_of(dtype))


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros of a shape, float32 where no dtype is said."""
    return ops.zeros(shape, dtype_of(dtype) or "float32")


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """Ones of a shape, float32 where no dtype is said."""
    return ops.ones(shape, dtype_of(dtype) or "float32")


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """One value everywhere, or `fill_value` broadcast to `shape`."""
    value = to_tensor(fill_value)
    plain = not hasattr(fill_value, "dtype")
    value = value.astype(dtype_of(dtype) or ("float32" if plain else value.dtype))
    return ops.broadcast_to(value, (shape,) if isinstance(shape, int) else tuple(shape))


def empty(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros: nothing here is left without a value."""
    return zeros(shape, dtype)


def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros of x's shape, and of its dtype where none is said."""
    x = to_tensor(x)
    return ops.zeros(x.shape, dtype_of(dtype) or x.dtype)


def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones of x's shape, and of its dtype where none is said."""
    x = to_tensor(x)
    return ops.ones(x.shape, dtype_of(dtype) or x.dtype)


def empty_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros, as `empty`."""
    return zeros_like(x, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """One value in x's shape, and its dtype where none is said."""
    x = to_tensor(x)
    return full(x.shape, fill_value, dtype or x.dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on the k-th diagonal of [N, M], zeros elsewhere."""
    rows = ops.arange(N).reshape(-1, 1)
    ones_there = ops.equal(ops.arange(N if M is None else M), rows + k)
    return ones_there.astype(dtype_of(dtype) or "float32")


def identity(n: int, dtype: Any = None) -> Tensor:
    """The matrix [n, n] with ones on its diagonal."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones at and below the k-th diagonal of [N, M]."""
    rows = ops.arange(N).reshape(-1, 1)
    below = ops.less_equal(ops.arange(N if M is None else M), rows + k)
    return below.astype(dtype_of(dtype) or "float32")


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` values from start to stop, with or without the last: linspace(0, 1, 3)."""
    start, stop = to_float(start), to_float(stop)
    steps = max(num - 1 if endpoint else num, 1)
    shape = [1] * builtins.max(start.ndim, stop.ndim)
    part = (ops.arange(num).astype("float32") / steps).reshape(num, *shape)
    values = start + (stop - start) * part
    if endpoint and num > 1:  # the end itself, not rounded
        last = ops.equal(ops.arange(num), num - 1).reshape(num, *shape)
        values = ops.where(last, stop, values)
    values = ops.stack(ops.unstack(values), axis) if axis and values.ndim > 1 else values
    values = values if dtype is None else values.astype(dtype_of(dtype))
    return (values, (stop - start) / steps) if retstep else values


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10,
    dtype: Any = None, axis: int = 0,
) -> Tensor:  # fmt: skip
    """base^x, x from start to stop: logspace(0, 2, 3) is [1, 10, 100]."""
    powers = ops.pow(float(base), linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else powers.astype(dtype_of(dtype))


def geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Tensor:
    """`num` values of which each is the same multiple of the one before."""
    first, last = ops.log(to_float(start)), ops.log(to_float(stop))
    values = ops.exp(linspace(first, last, num, endpoint, axis=axis))
    return values if dtype is None else values.astype(dtype_of(dtype))


def meshgrid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of a grid, one array for each axis."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    axes = [to_tensor(one).reshape(-1) for one in x]
    order = list(range(len(axes)))
    if indexing == "xy" and len(axes) > 1:
        order[:2] = [1, 0]
    sizes = tuple(axes[i].size for i in order)
    shapes = [tuple(-1 if i == place else 1 for i in order) for place in range(len(axes))]
    return [ops.broadcast_to(a.reshape(s), sizes) for a, s in zip(axes, shapes, strict=True)]


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Powers of x as columns, the highest first."""
    x = to_tensor(x)
    powers = [x**i if i else ops.ones_like(x) for i in range(x.size if N is None else N)]
    return ops.stack(powers if increasing else powers[::-1], -1)


def copy(x: Any) -> Tensor:
    """x in memory of its own."""
    return ops.identity(to_tensor(x))
