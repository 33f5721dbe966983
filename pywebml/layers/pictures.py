"""What layers over pictures [batch, height, width, channels] share."""

from __future__ import annotations

from typing import Any

from ..ops.support.window import Pair, output_size, resolve_padding
from .base import Layer
from .symbols import Shape

Sides = tuple[Pair, Pair]


class PictureLayer(Layer):
    """A layer whose config says that channels come last, which is all there is here."""

    data_format = "channels_last"


def check_picture(layer: Layer, shape: Shape) -> int:
    """The number of channels of [batch, height, width, channels]."""
    if len(shape) != 4 or shape[-1] is None:
        raise ValueError(
            f"{layer.name}: {type(layer).__name__} needs [batch, height, width, channels], got"
            f" shape {shape}"
        )
    return shape[-1]


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
    layer: Layer,
    shape: Shape,
    channels: int,
    window: Pair,
    strides: Pair,
    padding: Any,
    dilations: Pair = (1, 1),
) -> Shape:
    """[batch, rows of windows, columns of windows, channels]; open sizes stay open."""
    check_picture(layer, shape)
    try:
        resolved = resolve_padding(padding, shape[1:3], window, strides, dilations)
        rows, columns = output_size(layer.name, shape[1:3], window, strides, resolved, dilations)
    except ValueError as error:
        raise ValueError(
            f"{layer.name}: the window does not fit into an input of {shape}: {error}"
        ) from None
    return (shape[0], rows, columns, channels)
