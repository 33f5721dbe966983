"""Axes taken apart, put in another order and together, told as a pattern."""

from __future__ import annotations

import math
import re
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .support import to_tensor

__all__ = ["rearrange"]


def _groups(side: str) -> list[list[str]]:
    """'b (h w) c' as [[b], [h, w], [c]]."""
    words = re.findall(r"\([^()]*\)|\w+", side)
    if " ".join(words).replace(" ", "") != side.replace(" ", ""):
        raise ValueError(f"rearrange: {side.strip()!r} is no list of names and (groups of names)")
    return [word.strip("()").split() for word in words]


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Tensor:
    """As in einops: rearrange(x, "b (h w) -> w b h", w=2)."""
    x = to_tensor(tensor)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"rearrange: the pattern must be 'before -> after', got {pattern!r}")
    before, after = map(_groups, sides)
    names = [name for group in before for name in group]
    if sorted(names) != sorted(name for group in after for name in group):
        raise ValueError(f"rearrange: both sides of {pattern!r} must have the same names")
    if len(before) != x.ndim:
        raise ValueError(f"rearrange: {pattern!r} has {len(before)} axes, the tensor {x.ndim}")
    sizes = dict(axes_lengths)
    for group, size in zip(before, x.shape, strict=True):
        open_names = [name for name in group if name not in sizes]
        known = math.prod(sizes[name] for name in group if name in sizes)
        if len(open_names) > 1 or size % known:
            raise ValueError(f"rearrange: say the sizes of {' and '.join(group)}, whose axis has"
                             f" {size} entries")  # fmt: skip
        if open_names:
            sizes[open_names[0]] = size // known
    x = x.reshape([sizes[name] for name in names])
    order = [names.index(name) for group in after for name in group]
    return ops.transpose(x, order).reshape(
        tuple(math.prod(sizes[name] for name in group) for group in after)
    )
