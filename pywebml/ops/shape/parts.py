"""Tensors joined, and cut into parts."""

from __future__ import annotations

import builtins
import itertools
import operator
from collections.abc import Sequence
from typing import Any

from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.spec import common_dtype
from ...core.tensor import Tensor, as_tensor, reshape
from ...host.lazy import np
from ..support.axes import normalize_axis, ramp
from .concat import Concat
from .functions import expand_dims, slice

__all__ = ["concat", "split", "stack", "unstack"]


def concat(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors joined along `axis`, in their common dtype; all other axes must be equal.

    Example:
        >>> ops.concat([[[1, 2]], [[3, 4], [5, 6]]], axis=0).tolist()
        [[1, 2], [3, 4], [5, 6]]
    """
    xs = [as_tensor(t) for t in tensors]
    if len(xs) == 1:
        return xs[0]
    try:
        xs = _alike(xs)
    except TypeError as error:
        raise TypeError(f"concat: {error}") from None
    return Concat(normalize_axis(axis, xs[0].ndim, "concat: axis") if xs else axis)(*xs)


def _alike(xs: Sequence[Tensor]) -> list[Tensor]:
    """The tensors in the dtype that they meet in."""
    dtype = common_dtype([x.dtype for x in xs]) if xs else ""
    return [x.astype(dtype) for x in xs]


@composite(
    meaning=lambda tensors, axis=0: np.stack(tensors, axis),
    cases=lambda: [
        Sample("three, a new first axis", tuple(ramp((2, 4)) + i for i in range(3)), {}, 0, 0),
        Sample("two, a new last axis", (ramp((3, 2)), -ramp((3, 2))), {"axis": -1}, 0, 0),
    ],
    halves=True,
    listed=True,
)
def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of one shape joined along a new axis, in their common dtype.

    Example:
        >>> ops.stack([[1, 2], [3, 4]], axis=1).tolist()
        [[1, 3], [2, 4]]
    """
    xs = [as_tensor(t) for t in tensors]
    if {x.shape for x in xs} != {xs[0].shape if xs else ()}:
        raise ValueError(
            "stack: needs at least one tensor, all of one shape, got shapes"
            f" {[x.shape for x in xs]}"
        )
    at = normalize_axis(axis, xs[0].ndim + 1, "stack: axis")
    return concat([expand_dims(x, at) for x in xs], at)


@composite(
    meaning=lambda x, sections=None, axis=0, sizes=(), indices=(): np.split(
        x, sections or indices or np.cumsum(sizes)[:-1], axis
    ),
    cases=lambda: [
        Sample("three equal parts", (ramp((6, 2)),), {"sections": 3}, 0, 0),
        Sample("sizes, last axis", (ramp((2, 7)),), {"sizes": [1, 4, 2], "axis": -1}, 0, 0),
        Sample("indices", (ramp((7, 2)),), {"indices": [1, 5]}, 0, 0),
    ],
    halves=True,
)
def split(
    x: Any,
    sections: int | None = None,
    axis: int = 0,
    *,
    sizes: Sequence[int] | None = None,
    indices: Sequence[int] | None = None,
) -> list[Tensor]:
    """x cut along `axis` into `sections` equal parts, into parts of the given `sizes`
    (-1 once: what is left), or before each of the `indices`.

    A list is `sizes` in TensorFlow.js and `indices` in NumPy and Keras: it is told by
    name. ValueError for what does not divide.

    Example:
        >>> [part.tolist() for part in ops.split([1, 2, 3, 4], 2)]
        [[1, 2], [3, 4]]
        >>> [part.tolist() for part in ops.split([1, 2, 3, 4, 5], sizes=[2, -1])]
        [[1, 2], [3, 4, 5]]
        >>> [part.tolist() for part in ops.split([1, 2, 3, 4, 5], indices=[1, 3])]
        [[1], [2, 3], [4, 5]]
    """
    x = as_tensor(x)
    at = normalize_axis(axis, x.ndim, "split: axis")
    lengths = _part_sizes(x.shape, at, sections, sizes, indices)
    parts, begin = [], 0
    for s in lengths:
        parts.append(
            slice(
                x,
                [begin if i == at else 0 for i in range(x.ndim)],
                [s if i == at else -1 for i in range(x.ndim)],
            )
        )
        begin += s
    return parts


@composite(
    meaning=lambda x, axis=0: list(np.moveaxis(x, axis, 0)),
    cases=lambda: [
        Sample("rows", (ramp((3, 4)),), {}, 0, 0),
        Sample("middle axis", (ramp((2, 3, 2)),), {"axis": 1}, 0, 0),
    ],
    halves=True,
)
def unstack(x: Any, *, axis: int = 0) -> list[Tensor]:
    """The entries of `axis` as a list of tensors without that axis.

    Example:
        >>> [column.tolist() for column in ops.unstack([[1, 2], [3, 4]], axis=1)]
        [[1, 3], [2, 4]]
    """
    x = as_tensor(x)
    at = normalize_axis(axis, x.ndim, "unstack: axis")
    shape = x.shape[:at] + x.shape[at + 1 :]
    parts = split(x, x.shape[at], at) if x.shape[at] else []
    return [reshape(part, shape) for part in parts]


def _part_sizes(
    shape: tuple[int, ...],
    axis: int,
    sections: int | None,
    sizes: Sequence[int] | None,
    indices: Sequence[int] | None,
) -> tuple[int, ...]:
    """The size of each part of `split`."""
    n = shape[axis]
    if builtins.sum(way is not None for way in (sections, sizes, indices)) != 1:
        raise ValueError("split: give one of a number of equal parts, sizes and indices")
    if sections is not None:
        if not is_int(sections):
            raise TypeError(
                f"split: {sections!r} may be sizes or indices; write sizes={sections!r} for parts"
                f" of these sizes, indices={sections!r} to cut before these"
            )
        parts = operator.index(sections)
        if parts < 1 or n % parts:
            raise ValueError(
                f"split: axis {axis} of shape {shape} does not divide into {parts} equal parts;"
                " give sizes=[...]"
            )
        return (n // parts,) * parts
    if indices is not None:
        cuts = [builtins.min(i % n if i < 0 else i, n) for i in ints(indices, "split: indices")]
        lengths = tuple(b - a for a, b in itertools.pairwise([0, *cuts, n]))
        if builtins.any(length < 0 for length in lengths):
            raise ValueError(
                f"split: indices {indices!r} must increase and lie between 0 and {n}, inside"
                f" axis {axis} of shape {shape}"
            )
        return lengths
    lengths = ints(sizes, "split: sizes")
    if lengths.count(-1) == 1:
        lengths = tuple(n - builtins.sum(lengths) - 1 if s == -1 else s for s in lengths)
    if builtins.any(s < 0 for s in lengths) or builtins.sum(lengths) != n:
        raise ValueError(
            f"split: sizes {lengths} must not be negative and add up to {n}, axis {axis} of shape"
            f" {shape}"
        )
    return lengths
