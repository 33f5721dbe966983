"""Activations as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import ops
from ..core.tensor import Tensor, as_tensor
from . import activations, constraints, initializers, regularizers
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape
from .support.symbols import Shape


@layer("Activation")
class Activation(Layer):
    """y = f(x), f an activation given by name or as a function of a tensor.

    Shapes: any -> the same.

    Args:
        activation: a name of `layers.activations`, such as "relu"; a function can be
            used, but not written into a config.

    Raises:
        ValueError: an unknown name.

    Example:
        >>> layers.Activation("relu")(np.array([-1.0, 2.0])).numpy()
        array([0., 2.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: Any, **options: Any):
        super().__init__(**options)
        self.activation = activations.check(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return activations.get(self.activation)(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return activations.shape_after(self.activation, input_shape)  # type: ignore[no-any-return]

    def split_activation(self) -> str | None:
        return activations.splits(self.activation)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs


@layer("ReLU")
class ReLU(Layer):
    """y = max_value where x >= max_value; x where threshold < x < max_value;
    negative_slope * (x - threshold) below.

    Shapes: any -> the same.

    Raises:
        ValueError: a negative argument.

    Example:
        >>> layers.ReLU(6.0, negative_slope=0.5)(np.array([-1.0, 2.0, 7.0])).numpy()
        array([-0.5,  2. ,  6. ], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ):
        super().__init__(**options)
        self.max_value = None if max_value is None else float(max_value)
        self.negative_slope, self.threshold = float(negative_slope or 0.0), float(threshold or 0.0)
        if min(self.negative_slope, self.threshold, self.max_value or 0.0) < 0:
            raise ValueError(
                "ReLU: max_value, negative_slope and threshold must not be negative, got"
                f" {max_value}, {negative_slope}, {threshold}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    compute_output_shape = same_shape


@layer("LeakyReLU")
class LeakyReLU(Layer):
    """y = x where x >= 0, negative_slope * x below (Maas, Hannun & Ng 2013).

    Shapes: any -> the same.

    Args:
        alpha: the older name of `negative_slope`, which files have.

    Example:
        >>> layers.LeakyReLU(0.1)(np.array([-1.0, 2.0])).numpy()
        array([-0.1,  2. ], dtype=float32)
    """

    config_keys: ClassVar = {"negative_slope": "alpha", "alpha": None}
    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, alpha: float | None = None, **options: Any):
        super().__init__(**options)
        self.negative_slope = float(negative_slope if alpha is None else alpha)
        if self.negative_slope < 0:
            raise ValueError(
                f"LeakyReLU: negative_slope (alpha) must not be negative, got {self.negative_slope}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.leaky_relu(inputs, self.negative_slope)

    compute_output_shape = same_shape


@layer("ELU")
class ELU(Layer):
    """y = x where x > 0, alpha * (exp(x) - 1) below (Clevert, Unterthiner & Hochreiter
    2016).

    Shapes: any -> the same.

    Example:
        >>> layers.ELU(0.5)(np.array([-1.0, 2.0])).numpy()
        array([-0.3161,  2.    ], dtype=float32)
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Any):
        super().__init__(**options)
        self.alpha = float(alpha)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.elu(inputs, self.alpha)

    compute_output_shape = same_shape


@layer("ThresholdedReLU")
class ThresholdedReLU(Layer):
    """y = x where x > theta, else 0. TensorFlow.js and Keras 2 have it; Keras 3 writes
    `ReLU(threshold=theta)`.

    Shapes: any -> the same.

    Example:
        >>> layers.ThresholdedReLU()(np.array([-1.0, 0.5, 2.0])).numpy()
        array([0., 0., 2.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, theta: float = 1.0, **options: Any):
        super().__init__(**options)
        self.theta = float(theta)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.threshold(inputs, self.theta, 0.0)

    compute_output_shape = same_shape


@layer("PReLU")
class PReLU(Layer):
    """y = x where x > 0, alpha * x below, with an alpha that is learned, for each place
    of an example (He et al. 2015).

    Shapes: any -> the same.
    Weights: alpha, of the shape of an example, 1 along the shared axes.

    Args:
        shared_axes: axes along which one alpha serves all places, counted with the
            batch as 0: [1, 2] gives each channel of pictures one.

    Raises:
        ValueError: a shared axis that is not there, or a size that is not known.

    Example:
        >>> layer = layers.PReLU(alpha_initializer=layers.initializers.Constant(0.25))
        >>> layer(np.array([[-4.0, 2.0]])).numpy()
        array([[-1.,  2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = (shared_axes,) if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if axes is None else list(axes)

    def build(self, input_shape: Shape) -> None:
        shared = self.shared_axes or []
        if not all(0 < axis < len(input_shape) for axis in shared):
            raise ValueError(
                f"{self.name}: shared_axes must be among 1 to {len(input_shape) - 1} for inputs of"
                f" shape {input_shape}, got {shared}"
            )
        sizes: list[Any] = [1 if axis in shared else n for axis, n in enumerate(input_shape)][1:]
        if None in sizes:
            raise ValueError(
                f"{self.name}: PReLU has a weight for each place, so sizes must be known, or their"
                f" axes among shared_axes; got shape {input_shape}"
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(sizes),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.prelu(inputs, self.alpha)

    compute_output_shape = same_shape


@layer("Softmax")
class Softmax(Layer):
    """y = exp(x) / sum(exp(x)) along `axis`: positive numbers that add up to 1. Places
    that a mask leaves out, which is given as `layer(x, mask=...)`, get 0.

    Shapes: any -> the same; the mask's broadcasts to it.

    Args:
        axis: one axis, or several over which it is done together.

    Raises:
        ValueError: an axis that is not there, or a mask that does not broadcast.

    Example:
        >>> layers.Softmax()(np.array([[0.0, np.log(3.0)]])).numpy()
        array([[0.25, 0.75]], dtype=float32)
        >>> layers.Softmax()(np.zeros((1, 3)), mask=np.array([[True, True, False]])).numpy()
        array([[0.5, 0.5, 0. ]], dtype=float32)
    """

    in_halves = False

    whole_numbers = False
    supports_masking = True

    def __init__(self, axis: int | Sequence[int] = -1, **options: Any):
        super().__init__(**options)
        self.axis = axis if isinstance(axis, int) else list(axis)

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is None:
            return self._softmax(inputs)
        mask = as_tensor(mask)
        tail = inputs.shape[max(inputs.ndim - mask.ndim, 0) :]
        fits = mask.ndim <= inputs.ndim and all(
            m in (1, n) for m, n in zip(mask.shape, tail, strict=True)
        )
        if not fits:
            raise ValueError(
                f"{self.name}: the mask must broadcast to the inputs' shape {inputs.shape}, got"
                f" {mask.shape}"
            )
        if mask.dtype != "bool":
            mask = mask > 0.5
        least = -3e4 if inputs.dtype == "float16" else -1e9
        return ops.where(mask, self._softmax(ops.where(mask, inputs, least)), 0.0)

    def _softmax(self, x: Tensor) -> Tensor:
        if isinstance(self.axis, int):
            return ops.softmax(x, self.axis)
        if len(self.axis) == 1:
            return ops.softmax(x, self.axis[0])
        return ops.exp(x - ops.logsumexp(x, self.axis, True))

    compute_output_shape = same_shape

    def split_activation(self) -> str | None:
        return "softmax" if self.axis in (-1, [-1]) else None

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs
