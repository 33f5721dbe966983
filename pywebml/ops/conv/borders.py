"""Zeros around pictures as part of a convolution's padding: what `core.epilogues` asks
of convolutions and of their gradients, where a layer of its own lays the border.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ...core.fusion import Border, SeesZeros
from ...core.op import Op
from ...core.spec import Spec
from ..support.window import Padding, Pair

__all__: list[str] = []


def _padded(op: Any, window: Sequence[int], border: Border, **changes: Any) -> Op | None:
    """The op with a border of [n, h, w, c] in its padding. None where it does not lie
    around height and width, or for windows of 1x1, which are products without any.
    """
    batch, *sides, channels = border
    if batch != (0, 0) or channels != (0, 0) or tuple(window) == (1, 1):
        return None
    padding = tuple((a + c, b + d) for (a, b), (c, d) in zip(op.padding, sides, strict=True))
    return dataclasses.replace(op, padding=padding, **changes)  # type: ignore[no-any-return]


class PadsInput(SeesZeros):
    """A convolution of x and a filter."""

    padding: Padding

    def bordered(self, ins: Sequence[Spec], border: Border) -> Op | None:
        return _padded(self, ins[1].shape[:2], border)


class PadsSeenInput(SeesZeros):
    """The gradient to a filter of `size`, of x and dy."""

    padding: Padding
    size: Pair

    def bordered(self, ins: Sequence[Spec], border: Border) -> Op | None:
        return _padded(self, self.size, border)


class PadsResult(SeesZeros):
    """The gradient to an input of `size`, of dy and a filter."""

    padding: Padding
    size: Pair

    def trimmed(self, ins: Sequence[Spec], margin: Border) -> Op | None:
        _, *sides, _ = margin
        size = tuple(n - a - b for n, (a, b) in zip(self.size, sides, strict=True))
        return _padded(self, ins[1].shape[:2], margin, size=size) if min(size) else None
