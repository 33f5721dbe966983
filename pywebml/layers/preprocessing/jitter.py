"""Several changes of colours in one layer."""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from ..support.registry import layer
from .colours import Colouring, RandomBrightness, RandomContrast, RandomHue, RandomSaturation


@layer("RandomColorJitter")
class RandomColorJitter(Colouring):
    """While training, brightness, contrast, saturation and hue changed one after the
    other, as the layers of these names do it.

    Shapes: [batch, height, width, 3] or without the batch -> the same.

    Args:
        value_range: of the pictures.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: of these
            layers; None leaves a change out.
        seed: of all four; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomColorJitter(value_range=(0, 1), brightness_factor=(0.5, 0.5))
        >>> layer(np.full((1, 1, 3), 0.25), training=True).numpy()
        array([[[0.75, 0.75, 0.75]]], dtype=float32)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        self._changes: list[Colouring] = [
            kind(factor, value_range=value_range, seed=seed)
            for kind, factor in (
                (RandomBrightness, brightness_factor),
                (RandomContrast, contrast_factor),
                (RandomSaturation, saturation_factor),
                (RandomHue, hue_factor),
            )
            if factor is not None
        ]

    def at_random(self, x: Tensor) -> Tensor:
        for change in self._changes:
            x = change.at_random(x)
        return x
