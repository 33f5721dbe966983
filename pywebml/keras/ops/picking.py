"""NumPy's functions that pick from arrays, as Keras has them."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import moveaxis, ravel
from .making import eye, tri
from .support import to_tensor

__all__ = [
    "diag",
    "diagflat",
    "diagonal",
    "get_item",
    "select",
    "take",
    "take_along_axis",
    "trace",
    "tril",
    "triu",
    "unravel_index",
    "where",
]


def get_item(x: Any, key: Any) -> Tensor:
    """x[key]."""
    return to_tensor(x)[key]


def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Entries by their numbers, of the flat array where no axis is said; negative ones
    count from the end.
    """
    x, picked = to_tensor(x), to_tensor(indices, "int32")
    if axis is None:
        x, axis = x.reshape(-1), 0
    return ops.gather(x, ops.where(ops.less(picked, 0), picked + x.shape[axis], picked), axis)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Along `axis` the entries that `indices` names at each place of the others."""
    x, picked = to_tensor(x), to_tensor(indices, "int32")
    if axis is None:
        return take_along_axis(x.reshape(-1), picked.reshape(-1), 0)
    x, picked = moveaxis(x, axis, -1), moveaxis(picked, axis, -1)
    rows = tuple(builtins.max(a, b) for a, b in zip(x.shape[:-1], picked.shape[:-1], strict=True))
    x = ops.broadcast_to(x, (*rows, x.shape[-1])).reshape(-1, x.shape[-1])
    count = picked.shape[-1]
    flat = ops.broadcast_to(picked, (*rows, count)).reshape(-1, count)
    flat = ops.where(ops.less(flat, 0), flat + x.shape[-1], flat)
    chosen = ops.gather(x, flat, 1, batch_dims=1)
    return moveaxis(chosen.reshape(*rows, count), -1, axis)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, else x2; with neither the places where it holds."""
    if (x1 is None) != (x2 is None):
        raise ValueError("where: give both x1 and x2, or neither")
    condition = to_tensor(condition)
    if x1 is None:
        return ops.unstack(ops.where(condition), axis=1)
    return ops.where(condition.astype("bool"), x1, x2)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """At each place the choice of the first condition that holds there."""
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        chosen = where(condition, choice, chosen)
    return to_tensor(chosen)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonals of two axes, as the last axis."""
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = x.shape[-2:]
    count = builtins.max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    first = max(offset, 0) - min(offset, 0) * columns
    flat = x.reshape(*x.shape[:-2], rows * columns)
    return ops.gather(flat, [first + i * (columns + 1) for i in range(count)], -1)


def diag(x: Any, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix, or the matrix with a vector there."""
    x = to_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    matrix = eye(x.size, dtype=x.dtype) * x
    return ops.pad(matrix, [(max(-k, 0), max(k, 0)), (max(k, 0), max(-k, 0))])


def diagflat(x: Any, k: int = 0) -> Tensor:
    """The matrix with all of x on its k-th diagonal."""
    return diag(ravel(x), k)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of a diagonal."""
    return diagonal(x, offset, axis1, axis2).sum(axis=-1)


def _below(x: Tensor, k: int) -> Tensor:
    """Where a matrix is at or below its k-th diagonal."""
    rows, columns = x.shape[-2:]
    return tri(rows, columns, k, "bool")


def tril(x: Any, k: int = 0) -> Tensor:
    """x at and below its k-th diagonal, 0 above."""
    x = to_tensor(x)
    return ops.where(_below(x, k), x, ops.zeros_like(x))


def triu(x: Any, k: int = 0) -> Tensor:
    """x at and above its k-th diagonal, 0 below."""
    x = to_tensor(x)
    return ops.where(_below(x, k - 1), ops.zeros_like(x), x)


def unravel_index(indices: Any, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """The coordinates of places in the flat array: unravel_index(5, (2, 3)) is (1, 2)."""
    left = to_tensor(indices)
    left = ops.where(ops.less(left, 0), left + math.prod(shape), left)
    places = []
    for count in reversed(shape):
        places.append(ops.mod(left, count))
        left = ops.floor_div(left, count)
    return tuple(reversed(places))
