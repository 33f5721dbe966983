"""Batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.autodiff import stop_gradient
from ..core.tensor import Tensor, Variable
from . import constraints, initializers, regularizers
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape
from .support.symbols import Shape


@layer("BatchNormalization", "BatchNormalizationV1")
class BatchNormalization(Layer):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with a mean and a
    variance for each channel (Ioffe & Szegedy 2015).

    While training they are the batch's own (variance without Bessel's correction), and
    the moving averages take a step towards them: moving = moving * momentum + batch *
    (1 - momentum). Otherwise they are the moving averages. As in Keras, a layer with
    `trainable = False` uses the moving averages in training, too, and leaves them
    alone; and steps that a mask leaves out do not count in the batch's moments.

    Shapes: [batch, ..., channels] -> the same; channels may be another axis.
    Weights: gamma, beta, moving_mean, moving_variance, each [channels].

    Args:
        axis: that of the channels; 1 where they come first.

    Raises:
        ValueError: an axis that is not there or the batch's, an epsilon that is not
            above 0, a momentum outside [0, 1], or channels that are not known.

    Example:
        >>> layer = layers.BatchNormalization(epsilon=1e-6)
        >>> layer(np.array([[1.0], [3.0]]), training=True).numpy()
        array([[-1.],
               [ 1.]], dtype=float32)
        >>> layer.moving_mean.numpy()
        array([0.02], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
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
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        axis, rank = self.axis, len(input_shape)
        if not -rank < axis < rank or axis == 0:
            raise ValueError(
                f"{self.name}: axis must be one of 1 to {rank - 1}, or -1 for the last, of"
                f" {input_shape}, got {axis}"
            )
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"{self.name}: the number of channels must be known, got shape {input_shape}"
            )
        self.gamma = self._add("gamma", channels) if self.scale else None
        self.beta = self._add("beta", channels) if self.center else None
        self.moving_mean = self._add("moving_mean", channels, trainable=False)
        self.moving_variance = self._add("moving_variance", channels, trainable=False)

    def _add(self, name: str, channels: int, trainable: bool = True) -> Variable:
        return self.add_weight(
            shape=(channels,),
            initializer=getattr(self, f"{name}_initializer"),
            trainable=trainable,
            regularizer=getattr(self, f"{name}_regularizer", None),
            constraint=getattr(self, f"{name}_constraint", None),
            name=name,
        )

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Tensor:
        axis, rank = self.axis % inputs.ndim, inputs.ndim
        to_last = (*(i for i in range(rank) if i != axis), axis)
        back = tuple(to_last.index(i) for i in range(rank))
        counts = None if mask is None else _counts(mask, inputs).transpose(to_last)
        return self._normalized(inputs.transpose(to_last), training, counts).transpose(back)

    def _normalized(self, x: Tensor, training: bool, counts: Any) -> Tensor:
        """Of channels that come last."""
        if training and self.trainable:
            mean = _mean(x, counts)
            centred = x - mean
            variance = _mean(ops.square(centred), counts)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
            y = centred * self._factor(variance)
            return y if self.beta is None else y + self.beta
        # With known moments the whole is one multiply-add per value, and the factors
        # are a small kernel over the channels.
        factor = self._factor(self.moving_variance)
        shift = -self.moving_mean * factor
        return x * factor + (shift if self.beta is None else shift + self.beta)

    def _factor(self, variance: Tensor) -> Tensor:
        factor = ops.rsqrt(variance + self.epsilon)
        return factor if self.gamma is None else factor * self.gamma

    def _follow(self, moving: Any, value: Tensor) -> None:
        moving.assign(moving * self.momentum + stop_gradient(value) * (1.0 - self.momentum))

    compute_output_shape = same_shape


def _counts(mask: Tensor, x: Tensor) -> Tensor:
    """1 for each value of x that the mask [batch, steps] leaves in, else 0."""
    ones = (1,) * (x.ndim - mask.ndim)
    return ops.broadcast_to(mask.astype(x.dtype).reshape((*mask.shape, *ones)), x.shape)


def _mean(x: Tensor, counts: Tensor | None) -> Tensor:
    """The mean of each channel, over what counts."""
    axes = tuple(range(x.ndim - 1))
    if counts is None:
        return ops.mean(x, axes)
    return ops.sum(x * counts, axes) / ops.sum(counts, axes)
