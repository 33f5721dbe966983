"""Pictures of few shades, by chance."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from .colours import Colouring
from .images import factors

BITS = 8


@layer("RandomPosterization")
class RandomPosterization(Colouring):
    """While training, the values of each picture in a few bits of 8, by its own number
    of them. There is no gradient through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        factor: how many bits are left, from 1 to 8: one number for at least 1 and less
            than that, or (lower, upper).
        value_range: of the pictures.
        data_format: "channels_last" or "channels_first".
        seed: of the numbers; by default from `pw.set_seed`.

    Example:
        >>> layer = layers.RandomPosterization((1, 1))
        >>> layer(np.array([[[100.0], [200.0]]]), training=True).numpy()[..., 0]
        array([[  0., 128.]], dtype=float32)
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
        lower, upper = factors("RandomPosterization", "factor", factor, 1, BITS)
        self.factor = int(lower), int(upper)

    def at_random(self, x: Tensor) -> Tensor:
        bits = ops.floor(self.per_picture(x, *self.factor))
        step = ops.pow(2.0, BITS - bits)
        whole = ops.floor(ops.clip_by_value(self.to_range(x, 0, 255), 0, 255))
        return self.to_range(ops.floor(whole / step) * step, 0, 255, back=True)
