"""How people lay sequences, pictures and volumes out: with a batch axis or without,
channels last or first. Ops know one way, [batch, *sizes, channels]; functions bring the
others there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core.calling import is_int
from ...core.spec import FLOATS
from ...core.tensor import Tensor, as_tensor, reshape

__all__: list[str] = []

FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
"""TensorFlow.js's words for channels last and channels first, by number of sizes."""
_SIZES = {1: "width", 2: "height, width", 3: "depth, height, width"}


class Layout(NamedTuple):
    """x as [batch, *sizes, channels], and how it came."""

    x: Tensor
    single: bool  # without a batch axis
    first: bool  # channels before the sizes

    def back(self, y: Tensor) -> Tensor:
        """A result [batch, *sizes, channels] laid out as x came."""
        if self.first:
            y = y.transpose(order_from_last(y.ndim))
        return reshape(y, y.shape[1:]) if self.single else y


def laid_out(
    op: str, x: Any, sizes: int, data_format: str | None, dtypes: Sequence[str] = FLOATS
) -> Layout:
    """x with as many sizes as that, whatever its layout. ValueError for another rank,
    format or dtype.
    """
    first = channels_first(op, data_format, sizes)
    x = as_floats(x)
    if x.ndim not in (sizes + 1, sizes + 2):
        axes = f"channels, {_SIZES[sizes]}" if first else f"{_SIZES[sizes]}, channels"
        raise ValueError(
            f"{op}: x must have rank {sizes + 2} [batch, {axes}], or {sizes + 1} without the"
            f" batch, got shape {x.shape}"
        )
    if x.dtype not in dtypes:
        raise ValueError(
            f"{op}: x must be {' or '.join(dtypes)}, got {x.dtype}; use cast(x, 'float32')"
        )
    single = x.ndim == sizes + 1
    if single:
        x = reshape(x, (1, *x.shape))
    return Layout(x.transpose(order_to_last(x.ndim)) if first else x, single, first)


def channels_first(op: str, data_format: str | None, sizes: int) -> bool:
    """What `data_format` says, in TensorFlow.js's words for functions or for layers, or
    in Keras's.
    """
    last, first = FORMATS[sizes]
    if data_format in (None, last, "channels_last", "channelsLast"):
        return False
    if data_format in (first, "channels_first", "channelsFirst"):
        return True
    error = ValueError if isinstance(data_format, str) else TypeError
    raise error(
        f"{op}: data_format must be {last!r} or 'channels_last', {first!r} or 'channels_first',"
        f" got {data_format!r}"
    )


def order_to_last(rank: int) -> tuple[int, ...]:
    """The axes of [batch, channels, *sizes] in the order [batch, *sizes, channels]."""
    return (0, *range(2, rank), 1)


def order_from_last(rank: int) -> tuple[int, ...]:
    """And back."""
    return (0, rank - 1, *range(1, rank - 1))


def as_floats(x: Any) -> Tensor:
    """x as a tensor; plain numbers are floats here, 1 as well as 1.0, as in
    TensorFlow.js. What has a dtype keeps it.
    """
    return as_tensor(x, "float32" if isinstance(x, (int, float, list, tuple)) else None)


def whole_groups(op: str, groups: Any, channels: int, what: str = "channels") -> int:
    """The number of groups. ValueError unless it is one that these channels can be cut
    into evenly.
    """
    if not is_int(groups) or groups < 1 or channels % groups:
        raise ValueError(
            f"{op}: groups must be a whole number that divides the {channels} {what} evenly, got"
            f" {groups!r}"
        )
    return groups


def as_filter(
    op: str, filter: Any, axes: Sequence[str], x: Tensor, place: int, groups: int = 1
) -> Tensor:
    """A filter with these axes, of which that at `place` meets the channels of x, which
    come last, or those of one of its `groups`. ValueError for another rank, number or
    dtype.
    """
    w, channels = as_floats(filter), x.shape[-1]
    parts = whole_groups(op, groups, channels)
    if w.ndim != len(axes):
        raise ValueError(
            f"{op}: the filter must have rank {len(axes)} [{', '.join(axes)}], got shape {w.shape}"
        )
    if w.shape[place] * parts != channels:
        cut = f" in {parts} groups" if parts > 1 else ""
        raise ValueError(
            f"{op}: x has {channels} channels{cut}, but the filter {w.shape} [{', '.join(axes)}]"
            f" wants {w.shape[place]}"
        )
    if w.dtype != x.dtype:
        raise ValueError(
            f"{op}: the filter must be {x.dtype} as x, got {w.dtype}; use cast(filter, '{x.dtype}')"
        )
    return w
