"""Activations: functions of a tensor, as Keras has them, given to layers by name or
as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from .. import ops
from ..core.registry import Registry
from ..core.tensor import Tensor, as_tensor
from ..ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    log_sigmoid,
    log_softmax,
    mish,
    relu6,
    selu,
    sigmoid,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh,
    tanh_shrink,
    threshold,
)
from ..ops.support.activation import FUSED

__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear",
    "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "serialize", "sigmoid",
    "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip

silu, hard_swish = swish, hard_silu

Function = Callable[..., Tensor]

ACTIVATIONS: Registry[FunctionType] = Registry("activation", FunctionType, functions=True)
activation = ACTIVATIONS
"""Decorator of activations, functions of a tensor: `@activation("swish", "silu")`."""


@activation("linear")
def linear(x: Any) -> Any:
    """x itself.

    Example:
        >>> layers.activations.linear(pw.tensor([1.0, -2.0])).tolist()
        [1.0, -2.0]
    """
    return x


@activation("relu")
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """x where it is above the threshold, at most `max_value`, and below it
    negative_slope * (x - threshold).

    Example:
        >>> layers.activations.relu([-10.0, -1.0, 0.5, 9.0], 0.5, 6.0).tolist()
        [-5.0, -0.5, 0.5, 6.0]
    """
    if negative_slope and max_value is None and not threshold:
        return ops.leaky_relu(x, negative_slope)
    if threshold:
        y = ops.threshold(x, threshold, 0.0)
    else:
        y = ops.relu6(x) if max_value == 6 else ops.relu(x)
    if max_value is not None and (threshold or max_value != 6):
        y = y.minimum(float(max_value))
    if negative_slope:
        y = y - ops.relu(threshold - ops.identity(x)) * float(negative_slope)
    return y


@activation("leaky_relu")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """x where positive, else negative_slope * x (Maas, Hannun & Ng 2013).

    Example:
        >>> layers.activations.leaky_relu([-10.0, 4.0], 0.5).tolist()
        [-5.0, 4.0]
    """
    return ops.leaky_relu(x, negative_slope)


@activation("exponential")
def exponential(x: Any) -> Tensor:
    """exp(x).

    Example:
        >>> layers.activations.exponential([0.0, 1.0]).numpy()
        array([1.    , 2.7183], dtype=float32)
    """
    return ops.exp(x)


@activation("gelu")
def gelu(x: Any, approximate: bool = False) -> Tensor:
    """x * Phi(x), Phi the normal distribution function (Hendrycks & Gimpel 2016); by
    tanh where an approximation will do.

    Example:
        >>> layers.activations.gelu([-1.0, 0.0, 1.0]).numpy()
        array([-0.1587,  0.    ,  0.8413], dtype=float32)
    """
    return ops.gelu(x, approximate=approximate)


@activation("keras2_hard_sigmoid")
def _keras2_hard_sigmoid(x: Any) -> Tensor:
    """What Keras 2 and TensorFlow.js call hard_sigmoid: a line from 0 at -2.5 to 1 at
    2.5. Files of theirs that say so are read as this.
    """
    return ops.clip_by_value(as_tensor(x) * 0.2 + 0.5, 0.0, 1.0)


@activation("gelu_new")
def _gelu_new(x: Any) -> Tensor:
    """TensorFlow.js's word for the approximate gelu."""
    return ops.gelu(x, approximate=True)


for _function, *_words in (
    (celu, "celu"), (elu, "elu"), (glu, "glu"), (hard_shrink, "hard_shrink"),
    (hard_sigmoid, "hard_sigmoid"), (hard_silu, "hard_silu", "hard_swish"),
    (hard_tanh, "hard_tanh"), (log_sigmoid, "log_sigmoid"), (log_softmax, "log_softmax"),
    (mish, "mish"), (relu6, "relu6"), (selu, "selu"), (sigmoid, "sigmoid"),
    (soft_shrink, "soft_shrink"), (softmax, "softmax"), (softplus, "softplus"),
    (softsign, "softsign"), (sparse_plus, "sparse_plus"), (sparse_sigmoid, "sparse_sigmoid"),
    (sparsemax, "sparsemax"), (squareplus, "squareplus"), (swish, "swish", "silu"),
    (tanh, "tanh"), (tanh_shrink, "tanh_shrink"), (threshold, "threshold"),
):  # fmt: skip
    ACTIVATIONS.add(_function, *_words)


def get(identifier: Any) -> Function:
    """The function of an activation's name or config; None is linear; a function or a
    layer is itself. ValueError for a name that is not known.

    Example:
        >>> layers.activations.get("relu")([-1.0, 2.0]).tolist()
        [0.0, 2.0]
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict) and identifier.get("class_name") == "function":
        identifier = identifier.get("config")  # as Keras 3 writes functions
    function: Function = ACTIVATIONS.get(identifier)
    return function


def check(identifier: Any) -> str | Function:
    """The activation as layers keep it: its name ('linear' for None, aliases resolved),
    or a function that has no name. ValueError for an unknown name.
    """
    function = get(identifier)
    for name, entry in ACTIVATIONS.entries().items():
        if entry is function:
            return name
    name = getattr(function, "__name__", "")
    if name in ACTIVATIONS and getattr(ops, name, None) is function:
        return check(name)  # an op of the same name and meaning, such as ops.relu
    return function


def serialize(activation: Any) -> Any:
    """The name of an activation, for a config; {class_name, config} of a layer.
    TypeError for a function that has no name.

    Example:
        >>> layers.activations.serialize(layers.activations.silu)
        'swish'
    """
    activation = check(activation)
    if hasattr(activation, "serialized"):
        return activation.serialized()
    if not isinstance(activation, str):
        raise TypeError(
            f"the activation {activation!r} is a plain function: only activations given by name can"
            " be written into a config"
        )
    return activation


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Function:
    """The activation that `serialize` wrote: a name, or a config. `custom_objects` are
    more activations by name.

    Example:
        >>> layers.activations.deserialize("tanh")([0.0]).tolist()
        [0.0]
    """
    custom = (custom_objects or {}).get(config) if isinstance(config, str) else None
    return get(config if custom is None else custom)


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


def shape_after(activation: str | Function, shape: Sequence[int | None]) -> Any:
    """The shape that the activation makes of this one: "glu" halves the last axis."""
    if activation != "glu" or shape[-1] is None:
        return tuple(shape)
    return (*shape[:-1], shape[-1] // 2)
