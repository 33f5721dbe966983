"""What layers over pictures share."""

from __future__ import annotations

from typing import Any

from ..ops.support.layout import channels_first
from ..ops.support.window import Pair, output_size, resolve_padding
from .base import Layer
from .support.symbols import Shape

Sides = tuple[Pair, Pair]


class PictureLayer(Layer):
    """A layer over pictures, whose channels come last or, where `data_format` says so,
    first: "channels_last" or "channels_first", or TensorFlow.js's words for them.
    """

    def __init__(self, data_format: str | None = None, **options: Any):
        super().__init__(**options)
        first = channels_first(type(self).__name__, data_format, 2)
        self.data_format = "channels_first" if first else "channels_last"

    @property
    def channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else 3

    @property
    def size_axes(self) -> tuple[int, int]:
        """Those of height and width."""
        return (2, 3) if self.channel_axis == 1 else (1, 2)

    def picture(self, batch: Any, rows: Any, columns: Any, channels: Any) -> Shape:
        """The shape of pictures, channels where they belong."""
        if self.channel_axis == 1:
            return (batch, channels, rows, columns)
        return (batch, rows, columns, channels)


def check_picture(layer: PictureLayer, shape: Shape) -> int:
    """The number of channels of pictures of this shape."""
    channels = shape[layer.channel_axis] if len(shape) == 4 else None
    if channels is None:
        axes = ", ".join(map(str, layer.picture("batch", "height", "width", "channels")))
        raise ValueError(f"{layer.name}: {type(layer).__name__} needs [{axes}], got shape {shape}")
    return channels


def check_padding(layer: str, padding: str) -> str:
    if not isinstance(padding, str) or padding.lower() not in ("valid", "same"):
        raise ValueError(
            f"{layer}: padding must be 'valid' or 'same', got {padding!r}; use ZeroPadding2D for"
            " other paddings"
        )
    return padding.lower()


def sides(layer: str, padding: Any) -> Sides:
    """((top, bottom), (left, right)) of n, (vertical, horizontal) or itself. ValueError
    for anything else.
    """
    try:
        both = (padding, padding) if isinstance(padding, int) else tuple(padding)
        vertical, horizontal = (
            (s, s) if isinstance(s, int) else tuple(int(n) for n in s) for s in both
        )
        (top, bottom), (left, right) = vertical, horizontal
    except (TypeError, ValueError):
        top = bottom = left = right = -1
    if min(top, bottom, left, right) < 0:
        raise ValueError(
            f"{layer}: padding must be n, (v, h) or ((top, bottom), (left, right)) of at least 0,"
            f" got {padding!r}"
        )
    return (top, bottom), (left, right)


def windows_shape(
    layer: PictureLayer,
    shape: Shape,
    channels: int,
    window: Pair,
    strides: Pair,
    padding: Any,
    dilations: Pair = (1, 1),
) -> Shape:
    """The shape of pictures with a row for each row of windows, and a column for each
    of their columns; open sizes stay open.
    """
    check_picture(layer, shape)
    height, width = layer.size_axes
    size = shape[height], shape[width]
    try:
        resolved = resolve_padding(padding, size, window, strides, dilations)
        rows, columns = output_size(layer.name, size, window, strides, resolved, dilations)
    except ValueError as error:
        raise ValueError(
            f"{layer.name}: the window does not fit into an input of {shape}: {error}"
        ) from None
    return layer.picture(shape[0], rows, columns, channels)
