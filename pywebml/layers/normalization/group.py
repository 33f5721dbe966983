"""Group normalization."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from ..support.shapes import same_shape
from ..support.symbols import Shape
from .affine import Affine


@layer("GroupNormalization")
class GroupNormalization(Affine):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with a mean and a
    variance for each example and group of neighbouring channels (Wu & He 2018): what
    batches have to do with it is nothing.

    Shapes: [batch, ..., channels] -> the same; channels may be another axis.
    Weights: gamma, beta, each [channels].

    Args:
        groups: how many; -1 for as many as channels (instance normalization).
        axis: that of the channels.

    Raises:
        ValueError: channels that are not known, or not a multiple of the groups; an
            axis that is not there or the batch's.

    Example:
        >>> layer = layers.GroupNormalization(2, epsilon=1e-6)
        >>> layer(np.array([[1.0, 3.0, 0.0, 10.0]])).numpy()
        array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ):
        super().__init__(**options)
        if groups < 1 and groups != -1:
            raise ValueError(
                "GroupNormalization: groups must be at least 1, or -1 for one per channel, got"
                f" {groups}"
            )
        self.groups, self.axis, self.epsilon = int(groups), int(axis), float(epsilon)
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
        groups = self._groups(channels)
        if channels % groups:
            raise ValueError(
                f"{self.name}: {channels} channels are no multiple of {groups} groups; choose"
                " groups that divide them, or -1 for one per channel"
            )
        self._add_affine((channels,))

    def _groups(self, channels: int) -> int:
        return channels if self.groups == -1 else self.groups

    def call(self, inputs: Tensor) -> Tensor:
        shape, axis = inputs.shape, self.axis % inputs.ndim
        groups = self._groups(shape[axis])
        parted = (*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
        x = inputs.reshape(parted).astype("float32")
        axes = [i for i in range(1, len(parted)) if i != axis]
        centred = x - ops.mean(x, axes, True)
        factor = ops.rsqrt(ops.mean(ops.square(centred), axes, True) + self.epsilon)
        places = [1] * len(parted)
        places[axis : axis + 2] = parted[axis : axis + 2]
        if self.gamma is not None:
            factor = factor * self.gamma.reshape(places)
        y = centred * factor
        if self.beta is not None:
            y = y + self.beta.reshape(places)
        return y.reshape(shape).astype(inputs.dtype)

    compute_output_shape = same_shape
