"""The values of pictures spread evenly."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from .images import ImageLayer, value_range_of


@layer("Equalization")
class Equalization(ImageLayer):
    """While training, the values of each channel spread so that all are about equally
    frequent in the batch; a channel of a single value stays as it is. There is no
    gradient through it.

    Shapes: [batch, height, width, channels] or without the batch -> the same.

    Args:
        value_range: of the pictures.
        bins: how many values are told apart.
        data_format: "channels_last" or "channels_first".

    Example:
        >>> x = np.array([[[10.0], [11.0], [12.0]]])
        >>> layers.Equalization()(x, training=True).numpy()[..., 0]
        array([[  0., 128., 255.]], dtype=float32)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **options: Any,
    ):
        super().__init__(data_format=data_format, **options)
        self.value_range = value_range_of("Equalization", value_range)
        if not isinstance(bins, int) or bins < 2:
            raise ValueError(f"Equalization: bins must be a whole number above 1, got {bins!r}")
        self.bins = bins

    def changed(self, x: Tensor, training: bool) -> Tensor:
        if not training:
            return x
        low, high = self.value_range
        scaled = (x - low) * (255 / (high - low))
        even = ops.stack([self._even(channel) for channel in ops.unstack(scaled, axis=-1)], -1)
        return ops.cast(even * ((high - low) / 255) + low, x.dtype)

    def _even(self, values: Tensor) -> Tensor:
        """Of 0 ... 255."""
        last = self.bins - 1
        places = ops.cast(ops.clip_by_value(values * (last / 255), 0, last), "int32")
        counts = ops.cast(ops.bincount(places.reshape(-1), size=self.bins), "float32")
        up_to = ops.cumsum(counts)
        least = ops.min(ops.where(ops.greater(counts, 0), up_to, float(values.size)))
        span = values.size - least
        table = ops.round((up_to - least) * 255 / ops.maximum(span, 1.0))
        table = ops.clip_by_value(table, 0, 255)
        return ops.where(ops.equal(span, 0), values, ops.gather(table, places))
