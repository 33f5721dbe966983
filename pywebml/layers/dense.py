"""The layer in which every output sees every input."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor, Variable
from . import activations, constraints, initializers, regularizers
from .base import Layer
from .support.registry import layer
from .support.symbols import Shape


@layer("Dense")
class Dense(Layer):
    """y = activation(x · kernel + bias), over the last axis.

    Shapes: [batch, ..., inputs] -> [batch, ..., units].
    Weights: kernel [inputs, units], bias [units].

    Raises:
        ValueError: `units` below 1, or an input whose last dimension is not known.

    Example:
        >>> layer = layers.Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).numpy()
        array([[6., 6.]], dtype=float32)
    """

    config_keys: ClassVar = {"input_dim": None}
    supports_masking = True
    whole_numbers = False

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        *,
        input_dim: int | None = None,
        **options: Any,
    ):
        if input_dim is not None:
            options["input_shape"] = (input_dim,)
        super().__init__(activity_regularizer=activity_regularizer, **options)
        if int(units) < 1:
            raise ValueError(f"Dense: units must be at least 1, got {units}")
        self.units, self.use_bias = int(units), bool(use_bias)
        self.activation = activations.check(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: Dense needs [batch, ..., inputs] with a known last dimension, got"
                f" shape {input_shape}"
            )
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = self._add_bias() if self.use_bias else None

    def _add_bias(self) -> Variable:
        return self.add_weight(
            shape=(self.units,),
            initializer=self.bias_initializer,
            regularizer=self.bias_regularizer,
            constraint=self.bias_constraint,
            name="bias",
        )

    def call(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        return after(ops.dense(inputs, self.kernel, self.bias, activation=within))

    def split_activation(self) -> str | None:
        return activations.splits(self.activation)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return ops.dense(inputs, self.kernel, self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shape = (*input_shape[:-1], self.units)
        return activations.shape_after(self.activation, shape)  # type: ignore[no-any-return]
