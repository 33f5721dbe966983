"""Batch normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.autodiff import stop_gradient
from ...core.tensor import Tensor
from ...ops.column_moments import normalize_columns
from .. import initializers
from ..support.registry import layer
from ..support.shapes import same_shape
from ..support.symbols import Shape
from .affine import Affine


@layer("BatchNormalization", "BatchNormalizationV1")
class BatchNormalization(Affine):
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
        renorm, renorm_clipping, renorm_momentum: Keras's batch renormalization; only
            False is supported.
        synchronized: whether devices share their moments; there is one device.

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

    config_keys: ClassVar = {
        "renorm": None,
        "renorm_clipping": None,
        "renorm_momentum": None,
        "synchronized": None,
    }

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
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if not isinstance(axis, int):
            raise ValueError(f"BatchNormalization: axis must be one integer, got {axis!r}")
        if not epsilon >= 0 or not 0 <= momentum <= 1:
            raise ValueError(
                "BatchNormalization: epsilon must be at least 0 and momentum in [0, 1], got"
                f" {epsilon} and {momentum}"
            )
        self.axis, self.momentum, self.epsilon = axis, float(momentum), float(epsilon)
        if renorm_clipping is not None and not isinstance(renorm_clipping, dict):
            raise ValueError(
                "BatchNormalization: renorm_clipping must be a dict or None, got"
                f" {renorm_clipping!r:.100}"
            )
        if renorm:
            raise ValueError(
                "BatchNormalization: renorm (Ioffe 2017) is not supported; leave it out, or use"
                " LayerNormalization or GroupNormalization where batches are small"
            )
        self.renorm, self.renorm_clipping = False, renorm_clipping
        self.renorm_momentum, self.synchronized = float(renorm_momentum), bool(synchronized)
        self._set_affine(
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        axis, rank = self.axis, len(input_shape)
        if not -rank <= axis < rank:
            raise ValueError(
                f"{self.name}: axis must be one of 0 to {rank - 1}, or -1 for the last, of"
                f" {input_shape}, got {axis}"
            )
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"{self.name}: the size of axis {axis} must be known, got shape {input_shape}"
            )
        self._add_affine((channels,))
        self.moving_mean = self._add("moving_mean", (channels,), trainable=False)
        self.moving_variance = self._add("moving_variance", (channels,), trainable=False)

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Tensor:
        axis, rank = self.axis % inputs.ndim, inputs.ndim
        to_last = (*(i for i in range(rank) if i != axis), axis)
        back = tuple(to_last.index(i) for i in range(rank))
        counts = None if mask is None else _counts(mask, inputs).transpose(to_last)
        return self._normalized(inputs.transpose(to_last), training, counts).transpose(back)

    def _normalized(self, x: Tensor, training: bool, counts: Any) -> Tensor:
        """Of channels that come last."""
        if training and self.trainable and counts is None and x.dtype == "float32":
            y, mean, variance = normalize_columns(x, self.gamma, self.beta, self.epsilon)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_variance, variance)
            return y
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
    return ops.sum(x * counts, axes) / (ops.sum(counts, axes) + 1e-7)
