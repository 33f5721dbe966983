"""NumPy's functions that bring arrays into shape, join and cut them, as Keras has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .support import axes_of, to_tensor

__all__ = [
    "append",
    "array_split",
    "concatenate",
    "dsplit",
    "dstack",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "moveaxis",
    "ndim",
    "pad",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "rot90",
    "size",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "tile",
    "transpose",
    "vsplit",
    "vstack",
]

# --- shapes


def ndim(x: Any) -> int:
    """How many axes x has."""
    return len(x.shape) if hasattr(x, "shape") else to_tensor(x).ndim


def size(x: Any) -> int:
    """How many numbers x has."""
    return math.prod(x.shape if hasattr(x, "shape") else to_tensor(x).shape)


def reshape(x: Any, newshape: Any) -> Tensor:
    """The same numbers in another shape; one size may be -1."""
    return to_tensor(x).reshape(newshape)


def ravel(x: Any) -> Tensor:
    """The same numbers on one axis."""
    return to_tensor(x).reshape(-1)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Tensor:
    """Axes in that order, reversed where not said."""
    return ops.transpose(x, axes)


def expand_dims(x: Any, axis: Any) -> Tensor:
    """x with new axes of size 1, at these places of the result."""
    x, several = to_tensor(x), axis if hasattr(axis, "__iter__") else [axis]
    total = x.ndim + len(list(several))
    for place in sorted(axes_of(several, total)):
        x = ops.expand_dims(x, place)
    return x


def squeeze(x: Any, axis: Any = None) -> Tensor:
    """x without these axes of size 1, or without all of them."""
    return ops.squeeze(x, axis)


def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Some axes at other places, the others in their order."""
    x = to_tensor(x)
    sources, places = axes_of(source, x.ndim), axes_of(destination, x.ndim)
    order = [i for i in range(x.ndim) if i not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return ops.transpose(x, order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes in each other's place."""
    x = to_tensor(x)
    order = list(range(x.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return ops.transpose(x, order)


def flip(x: Any, axis: Any = None) -> Tensor:
    """The order along `axis` reversed, along all axes where none is said."""
    return ops.flip(x, axis)


def flipud(x: Any) -> Tensor:
    """The first axis reversed."""
    return ops.flip(x, 0)


def fliplr(x: Any) -> Tensor:
    """The second axis reversed."""
    return ops.flip(x, 1)


def rot90(array: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Turned by k quarters, from the first of `axes` to the second."""
    x = to_tensor(array)
    first, second = axes
    if k % 4 == 2:
        return ops.flip(x, (first, second))
    if k % 4 == 1:
        return swapaxes(ops.flip(x, second), first, second)
    return ops.flip(swapaxes(x, first, second), second) if k % 4 else x


def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """What leaves at one end comes in at the other: roll([1, 2, 3], 1) is [3, 1, 2]."""
    x = to_tensor(x)
    if axis is None:
        return roll(x.reshape(-1), shift, 0).reshape(x.shape)
    axes = axes_of(axis, x.ndim)
    shifts = shift if hasattr(shift, "__iter__") else [shift] * len(axes)
    for one, by in zip(axes, shifts, strict=True):
        length = x.shape[one]
        cut = -by % length if length else 0
        if cut:
            x = ops.concat(ops.split(x, axis=one, indices=[cut])[::-1], one)
    return x


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """x with a border: one number, (before, after), or such a pair for each axis."""
    x = to_tensor(x)
    pairs = _pairs(pad_width, x.ndim)
    if mode != "constant":
        if constant_values is not None:
            raise ValueError(f"pad: constant_values belong to mode 'constant', not {mode!r}")
        return ops.mirror_pad(x, pairs, mode)
    return ops.pad(x, pairs, constant_value=0.0 if constant_values is None else constant_values)


def _pairs(width: Any, ndim: int) -> list[tuple[int, int]]:
    if isinstance(width, int):
        return [(width, width)] * ndim
    width = [tuple(one) if hasattr(one, "__iter__") else one for one in width]
    if len(width) == 1 and isinstance(width[0], tuple):
        width = list(width) * ndim
    elif all(isinstance(one, int) for one in width):
        before, after = width if len(width) == 2 else (width[0], width[0])
        return [(before, after)] * ndim
    return [pair if len(pair) == 2 else (pair[0], pair[0]) for pair in width]


# --- joining and cutting


def concatenate(xs: Any, axis: Any = 0) -> Tensor:
    """Joined along `axis`; flat where that is None."""
    if axis is None:
        return ops.concat([ravel(x) for x in xs], 0)
    return ops.concat([to_tensor(x) for x in xs], axis)


def append(x1: Any, x2: Any, axis: int | None = None) -> Tensor:
    """x2 behind x1, flat where no axis is said."""
    return concatenate([x1, x2], axis)


def stack(x: Any, axis: int = 0) -> Tensor:
    """Arrays of one shape along a new axis."""
    return ops.stack([to_tensor(one) for one in x], axis)


def hstack(xs: Any) -> Tensor:
    """Joined along the second axis, vectors along their only one."""
    several = [_at_least(x, 1) for x in xs]
    return ops.concat(several, 0 if several[0].ndim == 1 else 1)


def vstack(xs: Any) -> Tensor:
    """Joined along the first axis, of vectors as rows."""
    return ops.concat([_at_least(x, 2) for x in xs], 0)


def dstack(xs: Any) -> Tensor:
    """Joined along the third axis."""
    return ops.concat([_at_least(x, 3) for x in xs], 2)


def _at_least(x: Any, axes: int) -> Tensor:
    """As NumPy's atleast_1d, 2d and 3d."""
    x = to_tensor(x)
    if axes == 3 and x.ndim < 3:
        rows = x.reshape(1, -1) if x.ndim < 2 else x
        return rows.reshape(*rows.shape, 1)
    return x if x.ndim >= axes else x.reshape(*[1] * (axes - x.ndim), *x.shape)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Into so many equal parts, or before these places: split(x, [1, 3])."""
    x = to_tensor(x)
    if isinstance(indices_or_sections, int):
        return ops.split(x, indices_or_sections, axis)
    places = [int(place) for place in indices_or_sections]
    if not places:
        return [x]
    return ops.split(x, axis=axis, indices=places)


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """As `split`, where the parts need not be equal."""
    if not isinstance(indices_or_sections, int):
        return split(x, indices_or_sections, axis)
    x, parts = to_tensor(x), indices_or_sections
    each, more = divmod(x.shape[axis], parts)
    return ops.split(x, axis=axis, sizes=[each + (i < more) for i in range(parts)])


def vsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the first axis."""
    return split(x, indices_or_sections, 0)


def hsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the second axis, vectors along their only one."""
    return split(x, indices_or_sections, 0 if ndim(x) == 1 else 1)


def dsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut along the third axis."""
    return split(x, indices_or_sections, 2)


def tile(x: Any, repeats: Any) -> Tensor:
    """x so many times along each axis."""
    x, several = to_tensor(x), [repeats] if isinstance(repeats, int) else list(repeats)
    return ops.tile(_at_least(x, len(several)) if len(several) > x.ndim else x, several)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each entry so many times, one number or one for each: repeat([1, 2], 2)."""
    x = to_tensor(x)
    if axis is None:
        x, axis = x.reshape(-1), 0
    counts = repeats if hasattr(repeats, "__iter__") else [repeats]
    counts = [int(n) for n in (counts.tolist() if hasattr(counts, "tolist") else counts)]
    counts = counts * x.shape[axis] if len(counts) == 1 else counts
    return ops.gather(x, [i for i, n in enumerate(counts) for _ in range(n)], axis)
