"""Pictures in another size, and parts of them."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ...ops.support.resampling import weights_of
from ..support.registry import layer
from .images import ImageLayer, RandomImageLayer

INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")


@layer("Resizing")
class Resizing(ImageLayer):
    """Pictures in another size. Whole numbers stay such, rounded.

    Shapes: [batch, height, width, channels] or without the batch -> the same with the
    new height and width.

    Args:
        height, width: the new size.
        interpolation: "bilinear", "nearest", "bicubic", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: takes the middle that has the new proportions first.
        pad_to_aspect_ratio: puts `fill_value` around the picture first instead.
        fill_mode: only "constant".
        antialias: a smaller picture is made of all pixels, not of the nearest.
        data_format: "channels_last" or "channels_first".

    Raises:
        ValueError: other words, sizes below 1, cropping and padding at once.

    Example:
        >>> layers.Resizing(1, 2)(np.array([[[1.0], [2.0]], [[3.0], [4.0]]])).numpy()[..., 0]
        array([[2., 3.]], dtype=float32)
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, **options)
        self.height, self.width = _size("Resizing", height, width)
        if interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"Resizing: interpolation must be {', '.join(INTERPOLATIONS)}, got"
                f" {interpolation!r}"
            )
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("Resizing: crop_to_aspect_ratio or pad_to_aspect_ratio, not both")
        if fill_mode != "constant":
            raise ValueError(f"Resizing: fill_mode must be 'constant', got {fill_mode!r}")
        self.interpolation, self.antialias = interpolation, antialias
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = (
            crop_to_aspect_ratio,
            pad_to_aspect_ratio,
        )
        self.fill_mode, self.fill_value = fill_mode, fill_value

    def call(self, inputs: Tensor, training: bool = True) -> Tensor:
        out = super().call(inputs, training)
        return ops.cast(ops.round(out), inputs.dtype) if inputs.dtype == "int32" else out

    def changed(self, x: Tensor, training: bool) -> Tensor:
        size = self.height, self.width
        if self.crop_to_aspect_ratio:
            x = _in_proportion(x, size)
        elif self.pad_to_aspect_ratio:
            x = _with_room(x, size, self.fill_value)
        return resized(x, size, self.interpolation, self.antialias)


def resized(
    x: Tensor, size: tuple[int, int], interpolation: str = "bilinear", antialias: bool = False
) -> Tensor:
    """Pictures [batch, height, width, channels] in another size."""
    _, rows, columns, _ = x.shape
    if (rows, columns) == size:
        return x
    if interpolation == "nearest":
        return ops.image.resize_nearest_neighbor(x, size, half_pixel_centers=True)
    if interpolation == "bilinear" and not antialias:
        return ops.image.resize_bilinear(x, size, half_pixel_centers=True)
    down, across = (
        as_tensor(weights_of(n, m, interpolation, antialias), x.dtype)
        for n, m in zip((rows, columns), size, strict=True)
    )
    return ops.einsum("hy,byxc,wx->bhwc", down, x, across)


def _in_proportion(x: Tensor, size: tuple[int, int]) -> Tensor:
    """The largest part in the middle that has the proportions of `size`."""
    _, rows, columns, _ = x.shape
    height = max(min(rows, int(columns * size[0] / size[1])), 1)
    width = max(min(columns, int(rows * size[1] / size[0])), 1)
    return _part(x, (rows - height) // 2, (columns - width) // 2, height, width)


def _with_room(x: Tensor, size: tuple[int, int], value: float) -> Tensor:
    _, rows, columns, _ = x.shape
    height = max(rows, int(columns * size[0] / size[1]))
    width = max(columns, int(rows * size[1] / size[0]))
    top, left = (height - rows) // 2, (width - columns) // 2
    pads = ((0, 0), (top, height - rows - top), (left, width - columns - left), (0, 0))
    return ops.pad(x, pads, constant_value=value)


def _part(x: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    n, rows, columns, channels = x.shape
    height, width = min(height, rows - top), min(width, columns - left)
    if (height, width) == (rows, columns):
        return x
    return ops.slice(x, (0, top, left, 0), (n, height, width, channels))


def _size(who: str, height: int, width: int) -> tuple[int, int]:
    if height < 1 or width < 1:
        raise ValueError(f"{who}: height and width must be at least 1, got {height} and {width}")
    return height, width


@layer("CenterCrop")
class CenterCrop(ImageLayer):
    """The middle of pictures; one that is smaller is enlarged, in its proportions.

    Shapes: [batch, height, width, channels] or without the batch -> the same with the
    new height and width.

    Args:
        height, width: of the part.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> picture = np.arange(9.0).reshape(3, 3, 1)
        >>> layers.CenterCrop(1, 3)(picture).numpy()[..., 0]
        array([[3., 4., 5.]], dtype=float32)
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **options: Any):
        super().__init__(data_format=data_format, **options)
        self.height, self.width = _size("CenterCrop", height, width)

    def changed(self, x: Tensor, training: bool) -> Tensor:
        _, rows, columns, _ = x.shape
        size = self.height, self.width
        if rows < self.height or columns < self.width:
            return resized(_in_proportion(x, size), size)
        return _part(x, (rows - self.height) // 2, (columns - self.width) // 2, *size)


@layer("RandomCrop")
class RandomCrop(RandomImageLayer):
    """While training, a part of the pictures at a random place, the same for all of a
    batch; pictures that are not larger are cut to its proportions and resized.
    Otherwise the pictures as they are, as in Keras.

    Shapes: [batch, height, width, channels] or without the batch -> the same with the
    new height and width.

    Args:
        height, width: of the part.
        seed: of the places; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layers.RandomCrop(2, 2, seed=1)(np.ones((1, 8, 8, 3)), training=True).shape
        (1, 2, 2, 3)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        name: str | None = None,
        **options: Any,
    ):
        super().__init__(seed=seed, data_format=data_format, name=name, **options)
        self.height, self.width = _size("RandomCrop", height, width)

    def at_random(self, x: Tensor) -> Tensor:
        _, rows, columns, _ = x.shape
        size = self.height, self.width
        if rows <= self.height or columns <= self.width:
            height = max(min(rows, int(columns * self.height / self.width)), 1)
            width = max(min(columns, int(rows * self.width / self.height)), 1)
            top, left = (rows - height) // 2, (columns - width) // 2
            return resized(_part(x, top, left, *size), size)
        for axis, n, m in ((1, rows, self.height), (2, columns, self.width)):
            first = ops.cast(self.uniform((1,)) * (n - m + 1), "int32")
            places = ops.minimum(first, n - m) + ops.range(0, m, dtype="int32")
            x = ops.gather(x, places, axis=axis)
        return x
