"""Shapes: transpose, slice, pad, join, repeat. reshape, expand_dims and squeeze are
views and cost nothing.
"""

from __future__ import annotations

import builtins
import itertools
import operator
from collections.abc import Sequence
from typing import Any

from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor, reshape
from ...host.lazy import np
from ..support.axes import MAX_RANK, normalize_axis, ramp
from .concat import Concat
from .moves import BroadcastTo, Flip, Pad, Slice, Transpose
from .windows import DynamicSlice

__all__ = [
    "broadcast_to", "concat", "dynamic_slice", "expand_dims", "flip", "pad", "reshape", "slice",
    "split", "squeeze", "stack",
    "tile", "transpose", "unstack",
]  # fmt: skip


def transpose(x: Any, perm: Sequence[int] | None = None) -> Tensor:
    """Axes in the order `perm` (default: reversed): the result's axis i is x's axis
    `perm[i]`.

    Example:
        >>> ops.transpose([[1, 2, 3], [4, 5, 6]]).tolist()
        [[1, 4], [2, 5], [3, 6]]
        >>> ops.transpose(ops.zeros((2, 3, 4)), (2, 0, 1)).shape
        (4, 2, 3)
    """
    x = as_tensor(x)
    axes = range(x.ndim - 1, -1, -1) if perm is None else ints(perm, "transpose: perm")
    order = tuple(normalize_axis(a, x.ndim, "transpose: axis") for a in axes)
    return x if order == tuple(range(x.ndim)) else Transpose(order)(x)


def slice(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int) -> Tensor:
    """`size` entries of each axis from `begin` on; -1 as a size means up to the end. An
    int stands for axis 0 alone.

    Example:
        >>> ops.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]).tolist()
        [[2, 3], [5, 6]]
    """
    x = as_tensor(x)
    first, count = ints(begin, "slice: begin"), ints(size, "slice: size")
    if len(first) > x.ndim or len(count) > x.ndim:
        raise ValueError(
            f"slice: begin {begin} and size {size} have more entries than shape {x.shape} has axes"
        )
    first += (0,) * (x.ndim - len(first))
    count += (-1,) * (x.ndim - len(count))
    count = tuple(n - b if s == -1 else s for b, s, n in zip(first, count, x.shape, strict=True))
    return x if count == x.shape and not builtins.any(first) else Slice(first, count)(x)


def pad(x: Any, paddings: Sequence[Sequence[int]], *, constant_value: float = 0.0) -> Tensor:
    """x with a border of `constant_value`; `paddings` has one (before, after) for each
    axis.

    Example:
        >>> ops.pad([[1.0, 2.0]], [[1, 0], [0, 2]]).tolist()
        [[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0]]
    """
    x = as_tensor(x)
    try:
        pairs = tuple((operator.index(before), operator.index(after)) for before, after in paddings)
    except (TypeError, ValueError):
        raise ValueError(
            f"pad: paddings must be one (before, after) of ints for each axis, got {paddings!r}"
        ) from None
    nothing = len(pairs) == x.ndim and not builtins.any(builtins.any(pair) for pair in pairs)
    return x if nothing else Pad(pairs, float(constant_value))(x)


def flip(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """The order along `axis` (one, several or, by default, all) reversed.

    Example:
        >>> ops.flip([[1, 2], [3, 4]], axis=1).tolist()
        [[2, 1], [4, 3]]
    """
    x = as_tensor(x)
    axes = range(x.ndim) if axis is None else ints(axis, "flip: axis")
    return Flip(tuple(sorted({normalize_axis(a, x.ndim, "flip: axis") for a in axes})))(x)


def broadcast_to(x: Any, shape: Sequence[int]) -> Tensor:
    """x repeated to `shape` by NumPy's rule: axes are matched from the last on, and
    those of size 1 are repeated.

    Example:
        >>> ops.broadcast_to([1, 2], (3, 2)).tolist()
        [[1, 2], [1, 2], [1, 2]]
    """
    x, shape = as_tensor(x), ints(shape, "broadcast_to: shape")
    return x if shape == x.shape else BroadcastTo(shape)(x)


@composite(
    meaning=lambda x, reps: np.tile(x, reps),
    cases=lambda: [
        Sample("both axes", (ramp((2, 3)),), {"reps": (2, 3)}, 0, 0),
        Sample("a new axis", (ramp((3,)),), {"reps": (2, 1, 2)}, 0, 0),
        Sample("seven axes on the way", (ramp((2, 1, 3, 2)),), {"reps": (2, 3, 2, 2)}, 0, 0),
    ],
    halves=True,
)
def tile(x: Any, reps: Sequence[int] | int) -> Tensor:
    """x repeated `reps[i]` times along axis i; missing leading entries count as 1, as
    in NumPy.

    Example:
        >>> ops.tile([[1, 2]], (2, 2)).tolist()
        [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
    x, times = as_tensor(x), ints(reps, "tile: reps")
    if builtins.any(r < 1 for r in times):
        raise ValueError(f"tile: reps {reps} must be at least 1")
    rank = builtins.max(x.ndim, len(times))
    shape, times = (1,) * (rank - x.ndim) + x.shape, (1,) * (rank - len(times)) + times
    # [2, 3] tiled (4, 5) is [1, 2, 1, 3] broadcast to [4, 2, 5, 3]; an axis of repeats
    # only where there are any
    narrow: list[int] = []
    wide: list[int] = []
    for n, r in zip(shape, times, strict=True):
        narrow += [n] if r == 1 else [1, n]
        wide += [n] if r == 1 else [r, n]
    if len(wide) <= MAX_RANK:
        return reshape(
            broadcast_to(reshape(x, narrow), wide),
            [n * r for n, r in zip(shape, times, strict=True)],
        )
    x = reshape(x, shape)
    for axis, r in enumerate(times):
        x = concat([x] * r, axis)
    return x


def concat(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors of one dtype joined along `axis`; all other axes must be equal.

    Example:
        >>> ops.concat([[[1, 2]], [[3, 4], [5, 6]]], axis=0).tolist()
        [[1, 2], [3, 4], [5, 6]]
    """
    xs = [as_tensor(t) for t in tensors]
    if len(xs) == 1:
        return xs[0]
    return Concat(normalize_axis(axis, xs[0].ndim, "concat: axis") if xs else axis)(*xs)


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
    """Tensors of one shape joined along a new axis.

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
    name. ValueError for what does not divide or leaves a part empty.

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
    return [reshape(part, shape) for part in split(x, x.shape[at], at)]


@composite(
    meaning=lambda x, axis=0: np.expand_dims(x, axis),
    cases=lambda: [
        Sample("in front", (ramp((3, 4)),), {}, 0, 0),
        Sample("at the end", (ramp((3, 4)),), {"axis": -1}, 0, 0),
    ],
    halves=True,
)
def expand_dims(x: Any, axis: int = 0) -> Tensor:
    """x with a new axis of size 1; a view.

    Example:
        >>> ops.expand_dims([1, 2, 3], -1).shape
        (3, 1)
    """
    x = as_tensor(x)
    at = normalize_axis(axis, x.ndim + 1, "expand_dims: axis")
    return reshape(x, (*x.shape[:at], 1, *x.shape[at:]))


@composite(
    meaning=lambda x, axis=None: np.squeeze(x, axis),
    cases=lambda: [
        Sample("all", (ramp((1, 3, 1, 2)),), {}, 0, 0),
        Sample("one", (ramp((1, 3, 1, 2)),), {"axis": 2}, 0, 0),
    ],
    halves=True,
)
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """x without the axes of size 1 (all, or those named); a view.

    Example:
        >>> ops.squeeze(ops.ones((1, 3, 1))).shape
        (3,)
    """
    x = as_tensor(x)
    if axis is None:
        axes = [i for i, n in enumerate(x.shape) if n == 1]
    else:
        axes = [normalize_axis(a, x.ndim, "squeeze: axis") for a in ints(axis, "squeeze: axis")]
    if builtins.any(x.shape[a] != 1 for a in axes):
        raise ValueError(f"squeeze: axes {axes} of shape {x.shape} must have size 1")
    return reshape(x, [n for i, n in enumerate(x.shape) if i not in axes])


def dynamic_slice(x: Any, start: Any, size: int) -> Tensor:
    """`size` rows of axis 0 from `start` on, an int32 tensor of one value that stays on
    the device.

    So one captured plan can walk through a data set. A start that would leave x is
    clamped, on every host.

    Example:
        >>> ops.dynamic_slice([[1], [2], [3], [4]], start=[2], size=2).tolist()
        [[3], [4]]
    """
    return DynamicSlice(operator.index(size))(as_tensor(x), as_tensor(start, "int32"))


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
        if builtins.any(length < 1 for length in lengths):
            raise ValueError(
                f"split: indices {indices!r} must increase and lie between 1 and {n - 1}, inside"
                f" axis {axis} of shape {shape}; no part may be empty"
            )
        return lengths
    lengths = ints(sizes, "split: sizes")
    if lengths.count(-1) == 1:
        lengths = tuple(n - builtins.sum(lengths) - 1 if s == -1 else s for s in lengths)
    if builtins.any(s < 1 for s in lengths) or builtins.sum(lengths) != n:
        raise ValueError(
            f"split: sizes {lengths} must be positive and add up to {n}, axis {axis} of shape"
            f" {shape}"
        )
    return lengths
