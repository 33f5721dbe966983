"""Pictures [batch, height, width, channels], or one, as Keras has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import expand_dims, moveaxis
from .making import linspace
from .nn import depthwise_conv
from .support import to_float, to_tensor

__all__ = [
    "affine_transform", "crop_images", "extract_patches", "gaussian_blur", "hsv_to_rgb",
    "map_coordinates", "pad_images", "resize", "rgb_to_grayscale", "rgb_to_hsv", "sobel_edges",
]  # fmt: skip


def _last(data_format: str | None) -> bool:
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first', got {data_format!r}"
        )
    return data_format != "channels_first"


def _of_pictures(function: Callable[[Tensor], Tensor], x: Any, data_format: str | None) -> Tensor:
    """With channels last and a batch axis, whichever way x is."""
    x = to_tensor(x)
    if x.ndim not in (3, 4):
        raise ValueError(
            f"pictures are [batch, height, width, channels] or one [height, width, channels], got"
            f" {list(x.shape)}"
        )
    last, one = _last(data_format), x.ndim == 3
    x = x if last else moveaxis(x, -3, -1)
    y = function(ops.expand_dims(x, 0) if one else x)
    y = ops.squeeze(y, 0) if one else y
    return y if last else moveaxis(y, -1, -3)


def resize(
    images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant", fill_value: float = 0.0, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Pictures of another size, 'bilinear' or 'nearest'."""
    if interpolation not in ("bilinear", "nearest"):
        raise ValueError(
            f"resize: interpolation must be 'bilinear' or 'nearest', got {interpolation!r}"
        )
    if antialias:
        raise ValueError("resize: antialias is not here; average_pool the pictures first")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("resize: crop_to_aspect_ratio or pad_to_aspect_ratio, not both")
    height, width = size
    function = ops.image.resize_bilinear
    if interpolation == "nearest":
        function = ops.image.resize_nearest_neighbor

    def call(x: Tensor) -> Tensor:
        h, w = x.shape[1:3]
        if crop_to_aspect_ratio:
            ch, cw = min(h, w * height // width), min(w, h * width // height)
            top, left = (h - ch) // 2, (w - cw) // 2
            x = x[:, top : top + ch, left : left + cw]
        if pad_to_aspect_ratio:
            ph, pw = max(h, w * height // width), max(w, h * width // height)
            top, left = (ph - h) // 2, (pw - w) // 2
            x = ops.pad(x, [(0, 0), (top, ph - h - top), (left, pw - w - left), (0, 0)],
                        constant_value=fill_value)  # fmt: skip
        y = function(x, (height, width), half_pixel_centers=True)
        return y if x.dtype == y.dtype else ops.round(y).astype(x.dtype)

    return _of_pictures(call, images, data_format)


def crop_images(
    images: Any, top_cropping: int | None = None, left_cropping: int | None = None,
    bottom_cropping: int | None = None, right_cropping: int | None = None,
    target_height: int | None = None, target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Pictures without some rows and columns; two of border, other border and size."""

    def call(x: Tensor) -> Tensor:
        h, w = x.shape[1:3]
        top, height = _place(h, top_cropping, bottom_cropping, target_height, -1)
        left, width = _place(w, left_cropping, right_cropping, target_width, -1)
        return x[:, top : top + height, left : left + width]

    return _of_pictures(call, images, data_format)


def pad_images(
    images: Any, top_padding: int | None = None, left_padding: int | None = None,
    bottom_padding: int | None = None, right_padding: int | None = None,
    target_height: int | None = None, target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Pictures with rows and columns of 0; two of border, other border and size."""

    def call(x: Tensor) -> Tensor:
        h, w = x.shape[1:3]
        top, height = _place(h, top_padding, bottom_padding, target_height, 1)
        left, width = _place(w, left_padding, right_padding, target_width, 1)
        return ops.pad(x, [(0, 0), (top, height - h - top), (left, width - w - left), (0, 0)])

    return _of_pictures(call, images, data_format)


def _place(
    size: int, before: int | None, after: int | None, target: int | None, sign: int
) -> tuple[int, int]:
    """(the border before, the size after), from two of the three."""
    if [before, after, target].count(None) != 1:
        raise ValueError(
            f"give two of the border before ({before}), the one after ({after}) and the size"
            f" ({target})"
        )
    if target is None:
        return before or 0, size + sign * ((before or 0) + (after or 0))
    return (target - size) * sign - (after or 0) if before is None else before, target


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Tensor:
    """Brightness: 0.2989 red + 0.587 green + 0.114 blue, as one channel."""

    def call(x: Tensor) -> Tensor:
        weights = to_tensor([0.2989, 0.5870, 0.1140])
        return ops.sum(to_float(x) * weights, -1, True).astype(x.dtype)

    return _of_pictures(call, images, data_format)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> Tensor:
    """Hue, saturation and value, 0 to 1, of red, green and blue, 0 to 1."""

    def call(x: Tensor) -> Tensor:
        r, g, b = ops.unstack(to_float(x), axis=-1)
        value = ops.maximum(r, ops.maximum(g, b))
        spread = value - ops.minimum(r, ops.minimum(g, b))
        grey = ops.equal(spread, 0.0)
        safe = ops.where(grey, 1.0, spread)
        hue = ops.where(
            ops.equal(r, value), (g - b) / safe,
            ops.where(ops.equal(g, value), (b - r) / safe + 2.0, (r - g) / safe + 4.0),
        )  # fmt: skip
        hue = ops.where(grey, 0.0, ops.mod(hue / 6.0, 1.0))
        black = ops.equal(value, 0.0)
        saturation = ops.where(black, 0.0, spread / ops.where(black, 1.0, value))
        return ops.stack([hue, saturation, value], -1)

    return _of_pictures(call, images, data_format)


def hsv_to_rgb(images: Any, data_format: str | None = None) -> Tensor:
    """What `rgb_to_hsv` turns back."""

    def call(x: Tensor) -> Tensor:
        hue, saturation, value = ops.unstack(to_float(x), axis=-1)

        def channel(n: float) -> Tensor:
            k = ops.mod(hue * 6.0 + n, 6.0)
            part = ops.relu(ops.minimum(ops.minimum(k, 4.0 - k), 1.0))
            return value - value * saturation * part

        return ops.stack([channel(5.0), channel(3.0), channel(1.0)], -1)

    return _of_pictures(call, images, data_format)


def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """The windows of pictures, each as one row of numbers: [n, oh, ow, kh * kw * c]."""
    kh, kw = (size, size) if isinstance(size, int) else size
    strides = (kh, kw) if strides is None else strides

    def call(x: Tensor) -> Tensor:
        channels = x.shape[-1]
        kernel = ops.eye(kh * kw * channels).reshape(kh, kw, channels, -1)
        return ops.conv2d(to_float(x), kernel, strides, padding, "NHWC", dilation_rate)

    return _of_pictures(call, images, data_format)


def affine_transform(
    images: Any, transform: Any, interpolation: str = "bilinear", fill_mode: str = "constant",
    fill_value: float = 0, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Pictures under eight numbers each: output (x, y) is input
    ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1.
    """
    transform = to_float(transform)
    transform = ops.expand_dims(transform, 0) if transform.ndim == 1 else transform

    def call(x: Tensor) -> Tensor:
        return ops.image.transform(to_float(x), transform, interpolation, fill_mode,
                                   float(fill_value))  # fmt: skip

    return _of_pictures(call, images, data_format)


def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Tensor:
    """Each channel blurred by a bell curve: sizes and widths are (across, down)."""

    def bell(size: int, width: float) -> Tensor:
        place = linspace(-(size - 1) / 2, (size - 1) / 2, size)
        curve = ops.exp(ops.square(place / width) * -0.5)
        return curve / ops.sum(curve)

    def call(x: Tensor) -> Tensor:
        window = ops.outer_product(bell(kernel_size[1], sigma[1]), bell(kernel_size[0], sigma[0]))
        channels = x.shape[-1]
        kernel = ops.tile(expand_dims(window, (-2, -1)), (1, 1, channels, 1))
        return depthwise_conv(x, kernel, 1, "same")

    return _of_pictures(call, images, data_format)


_EDGES = [[[-1.0, -1.0], [-2.0, 0.0], [-1.0, 1.0]], [[0.0, -2.0], [0.0, 0.0], [0.0, 2.0]],
          [[1.0, -1.0], [2.0, 0.0], [1.0, 1.0]]]  # fmt: skip


def sobel_edges(images: Any, data_format: str | None = None) -> Tensor:
    """Slopes downwards and to the right: [n, h, w, c] to [n, h, w, c, 2]."""
    x = to_float(images)
    if x.ndim != 4 or not _last(data_format):
        raise ValueError(f"sobel_edges takes [n, height, width, channels], got {list(x.shape)}")
    channels = x.shape[-1]
    kernel = ops.tile(expand_dims(to_tensor(_EDGES), 2), (1, 1, channels, 1))
    padded = ops.mirror_pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], "symmetric")
    slopes = ops.depthwise_conv2d(padded, kernel)
    return slopes.reshape(*slopes.shape[:-1], channels, 2)


def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Tensor:
    """The values at places between the entries: the nearest (order 0) or a mixture (1)."""
    if order not in (0, 1) or fill_mode not in ("constant", "nearest"):
        raise ValueError(
            f"map_coordinates: order must be 0 or 1 and fill_mode 'constant' or 'nearest', got"
            f" {order!r} and {fill_mode!r}"
        )
    x, places = to_float(inputs), [to_float(c) for c in coordinates]
    total: Any = 0.0
    corners = 1 if order == 0 else 2**x.ndim
    for corner in range(corners):
        weight: Any = 1.0
        inside: Any = None
        index: Any = 0
        for axis, place in enumerate(places):
            size = x.shape[axis]
            at = ops.round(place) if order == 0 else ops.floor(place) + float(corner >> axis & 1)
            if order:
                weight = weight * (1.0 - ops.abs(place - at))
            fits = ops.logical_and(ops.greater_equal(at, 0.0), ops.less(at, float(size)))
            inside = fits if inside is None else ops.logical_and(inside, fits)
            at = ops.minimum(ops.maximum(at, 0.0), size - 1.0)
            index = index + at.astype("int32") * math.prod(x.shape[axis + 1 :])
        value = ops.gather(x.reshape(-1), index)
        if fill_mode == "constant":
            value = ops.where(inside, value, float(fill_value))
        total = total + value * weight
    return total  # type: ignore[no-any-return]
