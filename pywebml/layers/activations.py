"""Activations by name, and as layers."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, ClassVar

from .. import ops
from ..core.registry import Registry
from ..core.tensor import Tensor
from ..ops.support.activation import FUSED
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape

Function = Callable[[Tensor], Tensor]

ACTIVATIONS: Registry[FunctionType] = Registry("activation", FunctionType, functions=True)
activation = ACTIVATIONS
"""Decorator of activations, functions of a tensor: `@activation("swish", "silu")`."""


@activation("linear")
def linear(x: Tensor) -> Tensor:
    """x itself."""
    return x


for _function, *_words in (
    (ops.relu, "relu"),
    (ops.relu6, "relu6"),
    (ops.sigmoid, "sigmoid"),
    (ops.tanh, "tanh"),
    (ops.softmax, "softmax"),
    (ops.elu, "elu"),
    (ops.selu, "selu"),
    (ops.softplus, "softplus"),
    (ops.gelu, "gelu"),
    (ops.swish, "swish", "silu"),
):
    ACTIVATIONS.add(_function, *_words)


def get(identifier: str | Function | None) -> Function:
    """The function of an activation's name; None is linear; a callable is itself."""
    function: Function = linear if identifier is None else ACTIVATIONS.get(identifier)
    return function


def check(identifier: str | Function | None) -> str | Function:
    """The activation as layers keep it: its name ('linear' for None, aliases resolved),
    or a function that has no name. ValueError for an unknown name.
    """
    function = get(identifier)
    known = ACTIVATIONS.entries().items()
    return next((name for name, entry in known if entry is function), function)


def serialize(activation: str | Function) -> str:
    """The name, for a config."""
    if not isinstance(activation, str):
        raise TypeError(
            f"the activation {activation!r} is a plain function: only activations given by name can"
            " be written into a config"
        )
    return activation


def fused(activation: str | Function) -> tuple[str | None, Function]:
    """(what the kernel is told to apply, what is left to do after it)."""
    if isinstance(activation, str) and activation in FUSED:
        return activation, linear
    return None, get(activation)


def splits(activation: str | Function) -> str | None:
    """The activation where losses can be computed from the logits before it."""
    if isinstance(activation, str) and activation in ("softmax", "sigmoid"):
        return activation
    return None


@layer("Activation")
class Activation(Layer):
    """y = f(x), f an activation given by name or as a function of a tensor.

    Shapes: any -> the same.

    Args:
        activation: "linear", "relu", "relu6", "sigmoid", "tanh", "softmax" (over the
            last axis), "elu", "selu", "softplus", "gelu" (by erf), "swish" or "silu"; a
            function can be used, but not written into a config.

    Raises:
        ValueError: an unknown name.

    Example:
        >>> layers.Activation("relu")(np.array([-1.0, 2.0])).numpy()
        array([0., 2.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: str | Function, **options: Any):
        super().__init__(**options)
        self.activation = check(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return get(self.activation)(inputs)

    compute_output_shape = same_shape

    def split_activation(self) -> str | None:
        return splits(self.activation)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs


@layer("ReLU")
class ReLU(Layer):
    """y = max_value where x >= max_value; x where threshold <= x < max_value;
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
        plain = self.negative_slope == 0 and self.threshold == 0
        if plain and self.max_value is None:
            return ops.relu(inputs)
        if plain and self.max_value == 6.0:
            return ops.relu6(inputs)
        y = inputs if self.max_value is None else ops.minimum(inputs, self.max_value)
        return ops.where(
            ops.greater_equal(inputs, self.threshold),
            y,
            (inputs - self.threshold) * self.negative_slope,
        )

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

    def call(self, inputs: Tensor) -> Tensor:
        return ops.leaky_relu(inputs, self.negative_slope)

    compute_output_shape = same_shape


@layer("Softmax")
class Softmax(Layer):
    """y = exp(x) / sum(exp(x)) along `axis`: positive numbers that add up to 1.

    Shapes: any -> the same.

    Args:
        axis: one axis; Keras takes several, too.

    Example:
        >>> layers.Softmax()(np.array([[0.0, np.log(3.0)]])).numpy()
        array([[0.25, 0.75]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.softmax(inputs, self.axis)

    compute_output_shape = same_shape

    def split_activation(self) -> str | None:
        return "softmax" if self.axis == -1 else None

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs
