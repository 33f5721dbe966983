"""Layers that keep a model from learning its examples by heart."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor
from ..core.trace import eager
from . import initializers
from .base import Layer
from .registry import layer


@layer("Dropout")
class Dropout(Layer):
    """While training sets a fraction `rate` of the values to 0 and scales the others by
    1 / (1 - rate).

    The mask is drawn on the device and is a new one at every step, replayed steps
    included.
    """

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
                self._generator = ops.Generator(
                    self.seed if self.seed is not None else initializers.next_seed()
                )
        return ops.dropout(inputs, self.rate, self._generator)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
