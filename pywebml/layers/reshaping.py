"""Layers that give the same values another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor
from ..ops.support.layout import channels_first, order_to_last
from .base import Layer
from .spatial import at_least_one
from .support.registry import layer
from .support.symbols import Shape


@layer("Flatten")
class Flatten(Layer):
    """The same values in one row per example.

    Shapes: [batch, ...] -> [batch, the product of the rest].

    Args:
        data_format: with "channels_first" axis 1 goes last before, so that the row is
            that of pictures with channels last.

    Raises:
        ValueError: another data_format.

    Example:
        >>> layers.Flatten()(np.ones((2, 3, 4))).shape
        (2, 12)
    """

    config_keys: ClassVar = {"data_format": None}

    def __init__(self, data_format: str | None = None, **options: Any):
        super().__init__(**options)
        first = channels_first("Flatten", data_format, 2)
        self.data_format = "channels_first" if first else None

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format is not None and inputs.ndim > 2:
            inputs = ops.transpose(inputs, order_to_last(inputs.ndim))
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        size = 1
        for n in input_shape[1:]:
            if n is None:
                return (input_shape[0], None)
            size *= n
        return (input_shape[0], size)


@layer("Reshape")
class Reshape(Layer):
    """The same values in another shape; the batch stays.

    Shapes: [batch, ...] -> [batch, *target_shape].

    Args:
        target_shape: shape of one example; one entry may be -1, or None as
            TensorFlow.js writes it, for what is left.

    Raises:
        ValueError: more than one -1, or an input whose values do not fit.

    Example:
        >>> layers.Reshape((2, -1))(np.ones((5, 6))).shape
        (5, 2, 3)
    """

    def __init__(self, target_shape: Sequence[int | None], **options: Any):
        super().__init__(**options)
        self.target_shape = tuple(-1 if n is None or n < 0 else int(n) for n in target_shape)
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"Reshape: only one dimension may be -1, got {self.target_shape}")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, (inputs.shape[0], *self._target(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = [n for n in input_shape[1:] if n is not None]
        if len(rest) < len(input_shape) - 1:
            return (input_shape[0], *(None if n == -1 else n for n in self.target_shape))
        return (input_shape[0], *self._target(rest))

    def _target(self, rest: Sequence[int]) -> tuple[int, ...]:
        size, known = math.prod(rest), math.prod(n for n in self.target_shape if n != -1)
        if known == 0 or size % known or (-1 not in self.target_shape and size != known):
            raise ValueError(
                f"{self.name}: {tuple(rest)} has {size} values per example, which do not fit"
                f" target_shape {self.target_shape}"
            )
        return tuple(size // known if n == -1 else n for n in self.target_shape)


@layer("Permute")
class Permute(Layer):
    """The axes behind the batch in another order.

    Shapes: [batch, ...] -> the same, its axes as `dims` lists them.

    Args:
        dims: every axis once, counted from 1, as the batch stays in front: (2, 1) turns
            a matrix round.

    Raises:
        ValueError: dims that are no such list, or an input of another rank.

    Example:
        >>> layers.Permute((2, 1))(np.ones((5, 2, 3))).shape
        (5, 3, 2)
    """

    def __init__(self, dims: Sequence[int], **options: Any):
        super().__init__(**options)
        self.dims = tuple(int(n) for n in dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute: dims must have each of 1 to {len(self.dims)} once, got {self.dims}"
            )

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(
                f"{self.name}: Permute{self.dims} needs {len(self.dims)} axes behind the batch, got"
                f" shape {input_shape}"
            )
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))


@layer("RepeatVector")
class RepeatVector(Layer):
    """Each row `n` times, as steps of a sequence.

    Shapes: [batch, features] -> [batch, n, features].

    Raises:
        ValueError: n below 1, or an input of another rank.

    Example:
        >>> layers.RepeatVector(2)(np.array([[1.0, 2.0]])).numpy()
        array([[[1., 2.],
                [1., 2.]]], dtype=float32)
    """

    def __init__(self, n: int, **options: Any):
        super().__init__(**options)
        self.n = at_least_one("RepeatVector", "n", n)

    def build(self, input_shape: Shape) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        batch, features = inputs.shape
        row = ops.reshape(inputs, (batch, 1, features))
        return ops.broadcast_to(row, (batch, self.n, features))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.name}: RepeatVector needs [batch, features], got shape {input_shape}"
            )
        return (input_shape[0], self.n, input_shape[1])
