"""Layers that keep a model from learning its examples by heart."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import ops
from ..core.seeds import next_seed
from ..core.tensor import Tensor
from ..core.trace import eager
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape


@layer("Dropout")
class Dropout(Layer):
    """While training, y = 0 with probability `rate`, else x / (1 - rate), so that the
    mean stays (Srivastava et al. 2014). Otherwise y = x.

    What is dropped is drawn on the device, anew at every step, replayed steps included.

    Shapes: any -> the same.

    Args:
        noise_shape: only None; Keras takes a shape that is broadcast.

    Raises:
        ValueError: a rate outside [0, 1).

    Example:
        >>> layer = layers.Dropout(0.5, seed=1)
        >>> x = np.ones((1, 4))
        >>> layer(x).numpy()
        array([[1., 1., 1., 1.]], dtype=float32)
        >>> sorted(set(layer(np.ones((1, 100)), training=True).numpy()[0].tolist()))
        [0.0, 2.0]
    """

    config_keys: ClassVar = {"noise_shape": None}
    supports_masking = True

    def __init__(
        self, rate: float, noise_shape: None = None, seed: int | None = None, **options: Any
    ):
        super().__init__(**options)
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout: rate must be in [0, 1), got {rate}")
        if noise_shape is not None:
            raise ValueError(f"Dropout: noise_shape is not supported, got {noise_shape!r}")
        self.rate, self.seed = float(rate), seed
        self._generator: Any = None

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        if self._generator is None:
            with eager():
                self._generator = ops.Generator(next_seed() if self.seed is None else self.seed)
        return ops.dropout(inputs, self.rate, generator=self._generator)

    compute_output_shape = same_shape
