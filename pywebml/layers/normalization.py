"""Batch normalization."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.autodiff import stop_gradient
from ..core.tensor import Tensor
from . import initializers
from .base import Layer, Shape
from .registry import layer


@layer("BatchNormalization", "BatchNormalizationV1")
class BatchNormalization(Layer):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, a mean and a variance for
    each channel (Ioffe & Szegedy 2015).

    While training they are the batch's own (variance without Bessel's correction), and
    the moving averages take a step towards them: moving = moving * momentum + batch *
    (1 - momentum). Otherwise they are the moving averages. As in Keras, a layer with
    `trainable = False` uses the moving averages in training, too, and leaves them
    alone.

    Weights: gamma, beta, moving_mean, moving_variance, each [channels]. The channels
    are the last axis.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        **options: Any,
    ):
        super().__init__(**options)
        axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if not isinstance(axis, int):
            raise ValueError(f"BatchNormalization: axis must be one integer, got {axis!r}")
        if not epsilon > 0 or not 0 <= momentum <= 1:
            raise ValueError(
                f"BatchNormalization: epsilon must be above 0 and momentum in [0, 1], got {epsilon}"
                f" and {momentum}"
            )
        self.axis, self.momentum, self.epsilon = axis, float(momentum), float(epsilon)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer, self.gamma_initializer = (
            initializers.get(beta_initializer),
            initializers.get(gamma_initializer),
        )
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        if self.axis not in (-1, len(input_shape) - 1):
            raise ValueError(
                f"{self.name}: axis must be the last one (-1) of {input_shape}, got {self.axis};"
                " transpose to channels last"
            )
        if input_shape[-1] is None:
            raise ValueError(
                f"{self.name}: the number of channels must be known, got shape {input_shape}"
            )
        shape = (input_shape[-1],)
        self.gamma = self.add_weight("gamma", shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight("beta", shape, self.beta_initializer) if self.center else None
        self.moving_mean = self.add_weight(
            "moving_mean", shape, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_weight(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if training and self.trainable:
            axes = tuple(range(len(inputs.shape) - 1))
            mean = ops.mean(inputs, axes)
            centred = inputs - mean
            variance = ops.mean(ops.square(centred), axes)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
            y = centred * self._factor(variance)
            return y if self.beta is None else y + self.beta
        # With known moments the whole is one multiply-add a value, and the factors are
        # one small kernel a channel.
        factor = self._factor(self.moving_variance)
        shift = -self.moving_mean * factor
        return inputs * factor + (shift if self.beta is None else shift + self.beta)

    def _factor(self, variance: Tensor) -> Tensor:
        factor = ops.rsqrt(variance + self.epsilon)
        return factor if self.gamma is None else factor * self.gamma

    def _follow(self, moving: Any, value: Tensor) -> None:
        moving.assign(moving * self.momentum + stop_gradient(value) * (1.0 - self.momentum))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
        }
