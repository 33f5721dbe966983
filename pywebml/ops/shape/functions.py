"""Shapes: transpose, slice, pad, join, repeat. reshape, expand_dims and squeeze are
views and cost nothing.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Sequence
from typing import Any

from ...core.calling import ints
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor, reshape
from ...host.lazy import np
from ..complex_numbers import conj
from ..elementwise.instructions import broadcast_shapes
from ..support.axes import MAX_RANK, normalize_axis, ramp
from .moves import BroadcastTo, Flip, Pad, Slice, Transpose
from .windows import DynamicSlice

__all__ = [
    "broadcast_args", "broadcast_to", "dynamic_slice", "ensure_shape", "expand_dims", "flip", "pad",
    "reshape", "slice", "squeeze", "tile", "transpose",
]  # fmt: skip


def transpose(x: Any, perm: Sequence[int] | None = None, conjugate: bool = False) -> Tensor:
    """Axes in the order `perm` (default: reversed): the result's axis i is x's axis
    `perm[i]`; with `conjugate` of complex numbers their conjugates.

    Example:
        >>> ops.transpose([[1, 2, 3], [4, 5, 6]]).tolist()
        [[1, 4], [2, 5], [3, 6]]
        >>> ops.transpose(ops.zeros((2, 3, 4)), (2, 0, 1)).shape
        (4, 2, 3)
    """
    x = as_tensor(x)
    axes = range(x.ndim - 1, -1, -1) if perm is None else ints(perm, "transpose: perm")
    order = tuple(normalize_axis(a, x.ndim, "transpose: axis") for a in axes)
    x = conj(x) if conjugate else x
    if order == tuple(range(x.ndim)):
        return x
    if x.ndim <= MAX_RANK:
        return Transpose(order)(x)
    return _moved_in_groups(x, order)


def _moved_in_groups(x: Tensor, order: Sequence[int]) -> Tensor:
    """x transposed, axes that stay side by side being moved as one: kernels know few."""
    groups: list[list[int]] = []
    for axis in order:
        if x.shape[axis] == 1:
            continue
        if groups and axis == groups[-1][-1] + 1:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    first = sorted(groups)
    sizes = [math.prod(x.shape[axis] for axis in group) for group in first]
    moved = transpose(reshape(x, sizes), [first.index(group) for group in groups])
    return reshape(moved, [x.shape[axis] for axis in order])


def slice(x: Any, begin: Sequence[int] | int, size: Sequence[int] | int | None = None) -> Tensor:
    """`size` entries of each axis from `begin` on; -1 as a size, or none, means up to
    the end. An int stands for axis 0 alone.

    Example:
        >>> ops.slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, -1]).tolist()
        [[2, 3], [5, 6]]
    """
    x = as_tensor(x)
    first, count = ints(begin, "slice: begin"), ints(() if size is None else size, "slice: size")
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


@composite(
    meaning=lambda x, shape: x,
    cases=lambda: [Sample("an open size", (ramp((2, 3)),), {"shape": (None, 3)}, 0, 0)],
    halves=True,
)
def ensure_shape(x: Any, shape: Sequence[int | None]) -> Tensor:
    """x itself. ValueError if its shape is another; None or -1 stands for any size.

    Example:
        >>> ops.ensure_shape([[1, 2, 3]], (None, 3)).tolist()
        [[1, 2, 3]]
    """
    x = as_tensor(x)
    sizes = ints([-1 if n is None else n for n in shape], "ensure_shape: shape")
    if len(sizes) != x.ndim or builtins.any(
        m not in (-1, n) for m, n in zip(sizes, x.shape, strict=True)
    ):
        raise ValueError(f"ensure_shape: x has shape {x.shape}, expected {tuple(shape)}")
    return x


@composite(
    meaning=lambda s0, s1: np.array(np.broadcast_shapes(tuple(s0), tuple(s1))),
    cases=lambda: [
        Sample("two", (np.array([3, 1], np.int32), np.array([2, 1, 5], np.int32)), {}, 0, 0)
    ],
)
def broadcast_args(s0: Sequence[int] | Tensor, s1: Sequence[int] | Tensor) -> Tensor:
    """The shape, int32 [rank], that tensors of the shapes s0 and s1 have together.

    Sizes given as numbers are checked: ValueError where they do not broadcast. A
    tensor's are not read back.

    Example:
        >>> ops.broadcast_args([3, 1], [2, 1, 5]).tolist()
        [2, 3, 5]
    """
    if not isinstance(s0, Tensor) and not isinstance(s1, Tensor):
        both = [ints(s, "broadcast_args: a shape") for s in (s0, s1)]
        return as_tensor(broadcast_shapes(*both), "int32")
    a, b = as_tensor(s0, "int32"), as_tensor(s1, "int32")
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"broadcast_args: shapes are [rank], got {a.shape} and {b.shape}")
    rank = builtins.max(a.shape[0], b.shape[0])
    a, b = (pad(s, [(rank - s.shape[0], 0)], constant_value=1) for s in (a, b))
    return a.equal(1).where(b, a)


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
    if builtins.any(r < 0 for r in times):
        raise ValueError(f"tile: reps {reps} must not be negative")
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
    for axis, (n, r) in enumerate(zip(shape, times, strict=True)):
        before = math.prod(shape[:axis]) * math.prod(times[:axis])
        after = math.prod(shape[axis + 1 :])
        x = broadcast_to(reshape(x, (before, 1, n, after)), (before, r, n, after))
    return reshape(x, [n * r for n, r in zip(shape, times, strict=True)])


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
