"""Channels first, as ONNX has them, and last, as our kernels want them.

A convolution gives its result with channels last, and says so (`Last`). What comes next
goes on with that where it can; whoever needs the ONNX order asks for it. So a picture
is turned once when it comes in and once where it is flattened, not around each
convolution, which takes twice as long (docs/formats.md has figures).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....core.tensor import Tensor
from ..known import Laid


class Last(Laid):
    """A value [n, c, ...] that lies as `values`, [n, ..., c]."""

    def __init__(self, values: Tensor):
        self.values = values
        n, *inner, c = values.shape
        self.shape, self.ndim, self.dtype = (n, c, *inner), values.ndim, values.dtype
        self._plain: Tensor | None = None

    def tensor(self) -> Tensor:
        """In the order of ONNX."""
        if self._plain is None:
            self._plain = turned(self.values, (0, self.ndim - 1, *range(1, self.ndim - 1)))
        return self._plain


def turned(x: Tensor, perm: Sequence[int]) -> Tensor:
    """`x.transpose(perm)`; where only sizes of 1 change places, nothing is moved."""
    if [axis for axis in perm if x.shape[axis] != 1] == [
        axis for axis in range(x.ndim) if x.shape[axis] != 1
    ]:
        return x.reshape(*(x.shape[axis] for axis in perm))
    return x.transpose(perm)


def plain(x: Any) -> Any:
    return x.tensor() if isinstance(x, Last) else x


def last(x: Any, rank: int = 0) -> Tensor:
    """The values of [n, c, ...] as [n, ..., c]; of fewer dimensions than `rank`, with
    some of size 1 before them.
    """
    if isinstance(x, Last) and x.ndim >= rank:
        return x.values
    x = plain(x)
    if x.ndim < rank:
        x = x.reshape(*[1] * (rank - x.ndim), *x.shape)
    return turned(x, (0, *range(2, x.ndim), 1))


def last_axis(axis: int, rank: int) -> int:
    """The place of an axis of [n, c, ...] in [n, ..., c]."""
    axis %= rank
    if axis == 1:
        return rank - 1
    return axis - 1 if axis > 1 else 0


def alike(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of values that are broadcast: it works in whatever order they are in,
    last where one of them is.
    """

    def in_any_order(*values: Any, **attributes: Any) -> Any:
        ranks = [x.ndim for x in values if isinstance(x, Last)]
        rank = max((getattr(x, "ndim", 0) for x in values), default=0)
        if not ranks or min(ranks) < rank:
            return function(*map(plain, values), **attributes)
        laid = [last(x, rank) if isinstance(x, (Last, Tensor)) else x for x in values]
        return Last(function(*laid, **attributes))

    return in_any_order
