"""Normalization of each example by itself, over some of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..base import Layer
from ..support.registry import layer
from ..support.shapes import same_shape
from ..support.symbols import Shape
from .affine import Affine


def _axes_of(layer: str, axis: Any) -> Any:
    """One axis, or a list of them."""
    if isinstance(axis, (list, tuple)):
        if not axis:
            raise ValueError(f"{layer}: axis must name at least one axis, got {axis!r}")
        return [int(one) for one in axis]
    return int(axis)


def _sizes(name: str, axis: Any, shape: Shape) -> tuple[int, ...]:
    """Those of the axes, in their order. ValueError where one is not there or known."""
    axes = axis if isinstance(axis, list) else [axis]
    if any(not -len(shape) <= one < len(shape) for one in axes):
        raise ValueError(f"{name}: axis {axis} is out of range for inputs of shape {shape}")
    sizes = tuple(shape[one] for one in sorted(one % len(shape) for one in axes))
    if None in sizes:
        raise ValueError(f"{name}: the sizes of axis {axis} must be known, got shape {shape}")
    return sizes


@layer("LayerNormalization")
class LayerNormalization(Affine):
    """y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with a mean and a
    variance for each example, and for each place that `axis` leaves out (Ba, Kiros &
    Hinton 2016).

    Shapes: any -> the same.
    Weights: gamma, beta, each of the shape that the axes have.

    Args:
        axis: one axis or several.
        rms_scaling: x is not centred and there is no beta; as in Keras it is still the
            variance that it is divided by. `RMSNormalization` is the one of the papers.

    Raises:
        ValueError: an axis that is not there, or whose size is not known.

    Example:
        >>> layers.LayerNormalization(epsilon=1e-6)(np.array([[1.0, 3.0]])).numpy()
        array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        rms_scaling: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        self.axis, self.epsilon = _axes_of("LayerNormalization", axis), float(epsilon)
        self.rms_scaling = bool(rms_scaling)
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
        sizes = _sizes(self.name, self.axis, input_shape)
        self.gamma = self._add("gamma", sizes) if self.scale or self.rms_scaling else None
        self.beta = self._add("beta", sizes) if self.center and not self.rms_scaling else None

    def call(self, inputs: Tensor) -> Tensor:
        return ops.layer_normalization(
            inputs,
            self.gamma,
            self.beta,
            axis=self.axis,
            epsilon=self.epsilon,
            rms_scaling=self.rms_scaling,
        )

    compute_output_shape = same_shape


@layer("RMSNormalization")
class RMSNormalization(Layer):
    """y = scale * x / sqrt(mean(x^2) + epsilon), the mean taken over `axis` (Zhang &
    Sennrich 2019): layer normalization without a centre.

    Shapes: any -> the same.
    Weights: scale, of the shape that the axes have.

    Raises:
        ValueError: an axis that is not there, or whose size is not known.

    Example:
        >>> layers.RMSNormalization()(np.array([[3.0, -3.0]])).numpy()
        array([[ 1., -1.]], dtype=float32)
    """

    in_halves = False

    def __init__(self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **options: Any):
        super().__init__(**options)
        self.axis, self.epsilon = _axes_of("RMSNormalization", axis), float(epsilon)

    def build(self, input_shape: Shape) -> None:
        sizes = _sizes(self.name, self.axis, input_shape)
        self.scale = self.add_weight(shape=sizes, initializer="ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        return ops.rms_normalization(inputs, self.scale, axis=self.axis, epsilon=self.epsilon)

    compute_output_shape = same_shape


@layer("UnitNormalization")
class UnitNormalization(Layer):
    """y = x / sqrt(sum(x^2)), the sum taken over `axis`: vectors of length 1. What is 0
    stays 0.

    Shapes: any -> the same.

    Raises:
        ValueError: an axis that is not there.

    Example:
        >>> layers.UnitNormalization()(np.array([[3.0, 4.0]])).numpy()
        array([[0.6, 0.8]], dtype=float32)
    """

    in_halves = False

    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **options: Any):
        super().__init__(**options)
        self.axis = _axes_of("UnitNormalization", axis)

    def call(self, inputs: Tensor) -> Tensor:
        squares = ops.sum(ops.square(inputs.astype("float32")), self.axis, True)
        factor = ops.minimum(ops.rsqrt(squares), 1e12)
        return (inputs.astype("float32") * factor).astype(inputs.dtype)

    compute_output_shape = same_shape
