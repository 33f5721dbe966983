"""Input, Dense and the layers that only move numbers about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.capture import eager
from ..core.tensor import Tensor
from . import activations, initializers
from .base import Layer, Shape, Symbol


class InputLayer(Layer):
    """Where a model begins: a shape, and nothing to compute.

    Args:
        input_shape: shape of one example, without the batch size. batch_input_shape:
        the same with the batch size in front (`batch_shape` in newer configs).
    """

    def __init__(
        self,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        batch_shape: Sequence[int | None] | None = None,
        **options: Any,
    ):
        options.setdefault("name", None)
        super().__init__(
            input_shape=input_shape, batch_input_shape=batch_input_shape or batch_shape, **options
        )
        if self.batch_input_shape is None:
            raise ValueError(
                "InputLayer: give the shape of one example, for example"
                " InputLayer(input_shape=(224, 224, 3))"
            )
        self.built = True
        self.node = self._add_node([], [self.batch_input_shape], self.dtype)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


def Input(
    shape: Sequence[int | None] | int | None = None,
    batch_size: int | None = None,
    dtype: str = "float32",
    name: str | None = None,
    batch_shape: Sequence[int | None] | None = None,
) -> Symbol:
    """The symbolic tensor that a functional model starts from.

    Args:
        shape: shape of one example, for example (224, 224, 3) or (10,).
        batch_size: fixed batch size, usually left out.
    """
    if shape is None and batch_shape is None:
        raise ValueError(
            "Input: give the shape of one example, for example Input(shape=(224, 224, 3))"
        )
    if batch_shape is None:
        batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape or ()))
    return InputLayer(batch_input_shape=batch_shape, dtype=dtype, name=name).node.outputs[0]


class Dense(Layer):
    """activation(x · kernel + bias) over the last axis: [..., inputs] -> [..., units].

    Weights: kernel [inputs, units], bias [units].
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        input_dim: int | None = None,
        **options: Any,
    ):
        if input_dim is not None:
            options["input_shape"] = (input_dim,)
        super().__init__(**options)
        if int(units) < 1:
            raise ValueError(f"Dense: units must be at least 1, got {units}")
        self.units, self.use_bias = int(units), bool(use_bias)
        self.activation = activations.check(activation)
        self.kernel_initializer, self.bias_initializer = (
            initializers.get(kernel_initializer),
            initializers.get(bias_initializer),
        )

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: Dense needs [batch, ..., inputs] with a known last dimension, got"
                f" shape {input_shape}"
            )
        self.kernel = self.add_weight(
            "kernel", (input_shape[-1], self.units), self.kernel_initializer
        )
        self.bias = (
            self.add_weight("bias", (self.units,), self.bias_initializer) if self.use_bias else None
        )

    def call(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        return after(ops.dense(inputs, self.kernel, self.bias, within))

    def split_activation(self) -> str | None:
        return self.activation if self.activation in ("softmax", "sigmoid") else None  # type: ignore[return-value]

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return ops.dense(inputs, self.kernel, self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }


class Flatten(Layer):
    """[batch, ...] -> [batch, the product of the rest]."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, (inputs.shape[0], math.prod(inputs.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))  # type: ignore[arg-type]


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


class Add(Layer):
    """The sum of two or more tensors of one shape."""

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        if len({len(s) for s in shapes}) > 1 or any(
            len(set(ns) - {None, 1}) > 1 for ns in zip(*shapes, strict=False)
        ):
            raise ValueError(f"{self.name}: Add needs tensors of one shape, got {shapes}")
        return tuple(
            max((n for n in ns if n is not None), default=None) for ns in zip(*shapes, strict=True)
        )


class Concatenate(Layer):
    """Puts two or more tensors side by side along `axis`; their other dimensions must
    agree.
    """

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return ops.concat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        if any(len(s) != rank for s in shapes) or not -rank <= self.axis < rank:
            raise ValueError(
                f"{self.name}: Concatenate along axis {self.axis} needs tensors of one rank that"
                f" has it, got {shapes}"
            )
        axis, out = self.axis % rank, []
        for i, ns in enumerate(zip(*shapes, strict=True)):
            known = [n for n in ns if n is not None]
            if i != axis and len(set(known)) > 1:
                raise ValueError(
                    f"{self.name}: all dimensions but axis {self.axis} must agree, got {shapes}"
                )
            out.append(
                (None if len(known) < len(ns) else sum(known))
                if i == axis
                else max(known, default=None)
            )
        return tuple(out)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _several(layer: Layer, shapes: Any) -> list[Shape]:
    if not isinstance(shapes, list) or len(shapes) < 2:
        raise ValueError(
            f"{layer.name}: {type(layer).__name__} is called with a list of at least two tensors,"
            " for example layer([a, b])"
        )
    return [tuple(s) for s in shapes]
