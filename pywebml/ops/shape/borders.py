"""Borders that mirror what they surround."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import ramp
from .concat import Concat
from .strided import StridedSlice

__all__ = ["mirror_pad"]


def _samples() -> Iterator[Sample]:
    for mode in ("reflect", "symmetric"):
        how = {"paddings": ((1, 2), (0, 0), (0, 3)), "mode": mode}
        yield Sample(mode, (ramp((3, 2, 4)),), how, 0, 0)


@composite(meaning=lambda x, paddings, mode: np.pad(x, paddings, mode), cases=_samples, halves=True)
def mirror_pad(x: Any, paddings: Sequence[Sequence[int]], mode: str) -> Tensor:
    """x with a border that mirrors it: 'reflect' at its first and last entries,
    'symmetric' behind them. `paddings` has one (before, after) for each axis.
    ValueError for a border longer than what it mirrors.

    Example:
        >>> ops.mirror_pad([1, 2, 3], [[2, 1]], "reflect").tolist()
        [3, 2, 1, 2, 3, 2]
        >>> ops.mirror_pad([1, 2, 3], [[2, 1]], "symmetric").tolist()
        [2, 1, 1, 2, 3, 3]
    """
    x = as_tensor(x)
    if mode not in ("reflect", "symmetric"):
        raise ValueError(f"mirror_pad: mode must be 'reflect' or 'symmetric', got {mode!r}")
    try:
        pairs = [(operator.index(before), operator.index(after)) for before, after in paddings]
    except (TypeError, ValueError):
        pairs = []
    if len(pairs) != x.ndim:
        raise ValueError(
            f"mirror_pad: paddings must be one (before, after) of ints for each axis of shape"
            f" {x.shape}, got {paddings!r}"
        )
    skip = int(mode == "reflect")  # entries at the ends that are not repeated
    for axis, (before, after) in enumerate(pairs):
        n = x.shape[axis]
        if not 0 <= min(before, after) <= max(before, after) <= n - skip:
            raise ValueError(
                f"mirror_pad: a border of {(before, after)} at axis {axis} of shape {x.shape}; in"
                f" mode {mode!r} it takes 0 to {n - skip}"
            )
        parts = [
            _mirrored(x, axis, before - 1 + skip, before),
            x,
            _mirrored(x, axis, n - 1 - skip, after),
        ]
        parts = [part for part in parts if part is x or part.shape[axis]]
        x = Concat(axis)(*parts) if len(parts) > 1 else x
    return x


def _mirrored(x: Tensor, axis: int, start: int, count: int) -> Any:
    """`count` entries of the axis from `start` on backwards."""
    begin = tuple(start if i == axis and count else 0 for i in range(x.ndim))
    step = tuple(-1 if i == axis else 1 for i in range(x.ndim))
    size = tuple(count if i == axis else n for i, n in enumerate(x.shape))
    return StridedSlice(begin, step, size)(x)
