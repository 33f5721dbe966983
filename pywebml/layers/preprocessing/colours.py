"""Colours, brightness and contrast of pictures, changed by chance."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from .images import ImageLayer, RandomImageLayer, factors, value_range_of


class Colouring(RandomImageLayer):
    """Changes values, which lie in `value_range`."""

    def __init__(self, value_range: Any = (0, 255), **options: Any):
        super().__init__(**options)
        self.value_range = value_range_of(type(self).__name__, value_range)

    def clipped(self, x: Tensor) -> Tensor:
        return ops.clip_by_value(x, *self.value_range)

    def to_range(self, x: Tensor, low: float, high: float, back: bool = False) -> Tensor:
        """From the value range to [low, high], or back."""
        (a, b), (c, d) = self.value_range, (low, high)
        if back:
            a, b, c, d = c, d, a, b
        return x if (a, b) == (c, d) else (x - a) * ((d - c) / (b - a)) + c


def hsv_of(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation and value [..., 1] of colours [..., 3] of 0 ... 1; the hue, too,
    is in 0 ... 1.
    """
    red, green, blue = ops.split(x, 3, axis=-1)
    most = ops.maximum(ops.maximum(red, green), blue)
    span = most - ops.minimum(ops.minimum(red, green), blue)
    safe = ops.where(ops.greater(span, 0), span, 1.0)
    hue = ops.where(
        ops.equal(most, red),
        (green - blue) / safe,
        ops.where(ops.equal(most, green), (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = hue / 6
    hue = ops.where(ops.less(hue, 0), hue + 1, hue)
    saturation = span / ops.where(ops.greater(most, 0), most, 1.0)
    return hue, saturation, most


def rgb_of(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Colours of 0 ... 1 of what `hsv_of` gives."""
    parts = []
    for n in (5, 3, 1):
        k = ops.mod(hue * 6 + n, 6.0)
        share = ops.clip_by_value(ops.minimum(k, 4 - k), 0, 1)
        parts.append(value - value * saturation * share)
    return ops.concat(parts, -1)


@layer("RandomContrast")
class RandomContrast(Colouring):
    """While training, y = (x - m) * f + m, with a factor f of each picture's own and
    the mean m of each of its channels, within the value range.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: f is in [1 - lower, 1 + upper) for (lower, upper) in [0, 1]; one number
            is the upper.
        value_range: of the pictures.
        seed: of the factors; by default from `pw.set_seed`.

    Example:
        >>> layers.RandomContrast(0.5, seed=1)(np.full((2, 2, 3), 7.0), training=True).numpy().max()
        np.float32(7.0)
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ):
        super().__init__(value_range, seed=seed, **options)
        self.factor = factors("RandomContrast", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        mean = x.mean((1, 2), keepdims=True)
        f = self.per_picture(x, 1 - self.factor[0], 1 + self.factor[1])
        return self.clipped((x - mean) * f + mean)


@layer("RandomBrightness")
class RandomBrightness(Colouring):
    """While training, pictures lighter or darker, each by its own amount, within the
    value range.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: how much, as a share of the value range: one number for both ways, or
            (lower, upper), in [-1, 1].
        value_range: of the pictures.
        seed: of the amounts; by default from `pw.set_seed`.

    Example:
        >>> layer = layers.RandomBrightness((0.2, 0.2), value_range=(0, 1))
        >>> layer(np.array([[[0.5], [0.9]]]), training=True).numpy()[..., 0]
        array([[0.7, 1. ]], dtype=float32)
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ):
        super().__init__(value_range, seed=seed, **options)
        self.factor = factors("RandomBrightness", "factor", factor)

    def at_random(self, x: Tensor) -> Tensor:
        low, high = self.value_range
        return self.clipped(x + self.per_picture(x, *self.factor) * (high - low))


@layer("RandomHue")
class RandomHue(Colouring):
    """While training, the hues of red, green and blue pictures turned, each by its own
    angle.

    Shapes: [batch, height, width, 3] or without the batch -> the same.

    Args:
        factor: the share of half a turn, one number or (lower, upper), in [0, 1]; half
            of the pictures turn the other way.
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of the angles; by default from `pw.set_seed`.

    Example:
        >>> layers.RandomHue(0.2, seed=1)(np.full((2, 2, 3), 7.0), training=True).shape
        (2, 2, 3)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomHue", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        way = ops.where(ops.greater(self.per_picture(x), 0.5), -1.0, 1.0)
        turn = way * self.per_picture(x, *self.factor) * 0.5
        hue, saturation, value = hsv_of(self.to_range(x, 0, 1))
        hue = hue + turn
        hue = hue - ops.cast(ops.greater(hue, 1), x.dtype) + ops.cast(ops.less(hue, 0), x.dtype)
        colours = ops.clip_by_value(rgb_of(hue, saturation, value), 0, 1)
        return self.to_range(colours, 0, 1, back=True)


@layer("RandomSaturation")
class RandomSaturation(Colouring):
    """While training, the colours of red, green and blue pictures stronger or paler,
    each by its own factor.

    Shapes: [batch, height, width, 3] or without the batch -> the same.

    Args:
        factor: one number or (lower, upper), in [0, 1]: 0 takes all colour, 0.5 leaves
            it, 1 gives as much as there can be.
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of the factors; by default from `pw.set_seed`.

    Example:
        >>> layer = layers.RandomSaturation((0.0, 0.0), value_range=(0, 1))
        >>> layer(np.array([[[1.0, 0.5, 0.0]]]), training=True).numpy()
        array([[[1., 1., 1.]]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomSaturation", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        share = self.per_picture(x, *self.factor)
        hue, saturation, value = hsv_of(x)
        saturation = ops.clip_by_value(saturation * (share / (1 - share + 1e-7)), 0, 1)
        return rgb_of(hue, saturation, value)


@layer("RandomGrayscale")
class RandomGrayscale(RandomImageLayer):
    """While training, a share of the red, green and blue pictures without colours.

    Shapes: [batch, height, width, 3] or without the batch -> the same.

    Args:
        factor: the share of the pictures, in [0, 1].
        data_format: "channels_last" or "channels_first".
        seed: of the choices; by default from `pw.set_seed`.

    Example:
        >>> layers.RandomGrayscale(1.0)(np.array([[[1.0, 1.0, 0.0]]]), training=True).numpy()
        array([[[0.8859, 0.8859, 0.8859]]], dtype=float32)
    """

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(seed=seed, data_format=data_format, **options)
        if not 0 <= factor <= 1:
            raise ValueError(f"RandomGrayscale: factor must be in [0, 1], got {factor}")
        self.factor = factor

    def at_random(self, x: Tensor) -> Tensor:
        chosen = ops.less(self.per_picture(x), self.factor)
        return ops.where(chosen, grey_of(x), x)


def grey_of(x: Tensor) -> Tensor:
    """How bright colours [..., 3] are, [..., 1], as the eye sees them."""
    red, green, blue = ops.split(x, 3, axis=-1)
    return red * 0.2989 + green * 0.587 + blue * 0.114


@layer("RandomColorDegeneration")
class RandomColorDegeneration(Colouring):
    """While training, the colours of red, green and blue pictures paler, each by its
    own share.

    Shapes: [batch, height, width, 3] or without the batch -> the same.

    Args:
        factor: how much of the grey picture is mixed in, one number or (lower, upper),
            in [0, 1].
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of the shares; by default from `pw.set_seed`.

    Example:
        >>> layer = layers.RandomColorDegeneration((1.0, 1.0), value_range=(0, 1))
        >>> layer(np.array([[[1.0, 1.0, 0.0]]]), training=True).numpy()
        array([[[0.8859, 0.8859, 0.8859]]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomColorDegeneration", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        share = self.per_picture(x, *self.factor)
        return self.clipped(x + share * (grey_of(x) - x))


@layer("RandomInvert")
class RandomInvert(Colouring):
    """While training, a share of the pictures as negatives.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: the share of the pictures, one number or (lower, upper), in [0, 1].
        value_range: of the pictures.
        seed: of the choices; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomInvert((1.0, 1.0), value_range=(0, 1))
        >>> layer(np.array([[[0.25]]]), training=True).numpy()
        array([[[0.75]]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomInvert", "factor", factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        share = self.per_picture(x, *self.factor)
        return ops.where(ops.less(self.per_picture(x), share), self.value_range[1] - x, x)


@layer("Solarization")
class Solarization(Colouring):
    """While training, pictures made lighter by chance, and what is above a threshold as
    a negative: like film that saw too much light.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        addition_factor: how much lighter, one number (up to) or (lower, upper), in
            [0, 1] of 255.
        threshold_factor: the threshold, likewise.
        value_range: of the pictures.
        seed: of both; by default from `pw.set_seed`.

    Example:
        >>> layers.Solarization()(np.array([[[10.0], [250.0]]]), training=True).numpy()[..., 0]
        array([[245.,   5.]], dtype=float32)
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, **options)
        self.addition_factor = factors("Solarization", "addition_factor", addition_factor, 0.0)
        self.threshold_factor = factors("Solarization", "threshold_factor", threshold_factor, 0.0)

    def at_random(self, x: Tensor) -> Tensor:
        # the lower bound is no share of 255 in Keras, either
        added, threshold = (
            self.per_picture(x, low, high * 255)
            for low, high in (self.addition_factor, self.threshold_factor)
        )
        lighter = ops.clip_by_value(self.to_range(x, 0, 255) + added, 0, 255)
        turned = ops.where(ops.less(lighter, threshold), lighter, 255 - lighter)
        return self.to_range(turned, 0, 255, back=True)


@layer("AutoContrast")
class AutoContrast(ImageLayer):
    """Each channel of each picture stretched over the whole value range; one of a
    single value stays as it is.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        value_range: of the pictures.

    Example:
        >>> layers.AutoContrast()(np.array([[[100.0], [110.0], [105.0]]])).numpy()[..., 0]
        array([[  0. , 255. , 127.5]], dtype=float32)
    """

    def __init__(self, value_range: Any = (0, 255), **options: Any):
        super().__init__(**options)
        self.value_range = value_range_of("AutoContrast", value_range)

    def changed(self, x: Tensor, training: bool) -> Tensor:
        low, high = x.min((1, 2), keepdims=True), x.max((1, 2), keepdims=True)
        span = high - low
        share = (x - low) / ops.where(ops.equal(span, 0), 1.0, span)
        first, last = self.value_range
        return ops.where(ops.equal(span, 0), x, share * (last - first) + first)
