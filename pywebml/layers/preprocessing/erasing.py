"""Parts of pictures taken away by chance."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ..support.registry import layer
from .colours import Colouring
from .images import factors


@layer("RandomErasing")
class RandomErasing(Colouring):
    """While training, a rectangle of a share of the pictures replaced (Zhong et al.
    2017).

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: the share of the pictures, one number or (lower, upper), in [0, 1].
        scale: how much of a picture's area, (lower, upper) in [0, 1].
        fill_value: what is put there: a number, one per channel, or None for noise.
        value_range: of the pictures.
        seed: of the choices; by default from `pw.set_seed`.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> layer = layers.RandomErasing((1.0, 1.0), scale=(1.0, 1.0), fill_value=3.0)
        >>> layer(np.ones((1, 2, 1)), training=True).numpy()[..., 0]
        array([[3., 3.]], dtype=float32)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(value_range, seed=seed, data_format=data_format, **options)
        self.factor = factors("RandomErasing", "factor", factor, 0.0)
        self.scale = factors("RandomErasing", "scale", scale, 0.0)
        self.fill_value = fill_value

    def at_random(self, x: Tensor) -> Tensor:
        down, across = (
            self.within(x, axis, ops.sqrt(self.per_picture(x, *self.scale))) for axis in (1, 2)
        )
        share = self.per_picture(x, *self.factor)
        chosen = ops.less(self.per_picture(x), share)
        return ops.where(
            ops.logical_and(chosen, ops.logical_and(down, across)),
            self.clipped(self._filling(x)),
            x,
        )

    def _filling(self, x: Tensor) -> Tensor:
        if self.fill_value is None:
            return ops.cast(self.generator.normal(x.shape), x.dtype) * self.value_range[1]
        return as_tensor(self.fill_value, x.dtype) * ops.ones_like(x)
