"""Layers that give the same values another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer, Shape
from .registry import layer


@layer("Flatten")
class Flatten(Layer):
    """[batch, ...] -> [batch, the product of the rest]."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))  # type: ignore[arg-type]


@layer("Reshape")
class Reshape(Layer):
    """[batch, ...] -> [batch, *target_shape]; one entry of `target_shape` may be -1."""

    def __init__(self, target_shape: Sequence[int], **options: Any):
        super().__init__(**options)
        self.target_shape = tuple(int(n) for n in target_shape)
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"Reshape: only one dimension may be -1, got {self.target_shape}")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, (inputs.shape[0], *self._target(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = input_shape[1:]
        if None in rest:
            return (input_shape[0], *(None if n == -1 else n for n in self.target_shape))
        return (input_shape[0], *self._target(rest))  # type: ignore[arg-type]

    def _target(self, rest: Sequence[int]) -> tuple[int, ...]:
        size, known = math.prod(rest), math.prod(n for n in self.target_shape if n != -1)
        if known == 0 or size % known or (-1 not in self.target_shape and size != known):
            raise ValueError(
                f"{self.name}: {tuple(rest)} has {size} values an example, which do not fit"
                f" target_shape {self.target_shape}"
            )
        return tuple(size // known if n == -1 else n for n in self.target_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "target_shape": list(self.target_shape)}
