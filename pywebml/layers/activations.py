"""Activations by name, and as layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer
from .registry import layer

FUSED = ("relu", "relu6", "sigmoid", "tanh")
"""Those that dense and convolution kernels apply themselves, on the way out."""


def linear(x: Tensor) -> Tensor:
    """x itself."""
    return x


# Looked up at call time, so that `ops` need not have been imported in any order.
_NAMED: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": linear,
    "relu": lambda x: ops.relu(x),
    "relu6": lambda x: ops.relu6(x),
    "sigmoid": lambda x: ops.sigmoid(x),
    "tanh": lambda x: ops.tanh(x),
    "softmax": lambda x: ops.softmax(x, -1),
    "elu": lambda x: ops.elu(x),
    "selu": lambda x: ops.selu(x),
    "softplus": lambda x: ops.softplus(x),
    "gelu": lambda x: ops.gelu(x),
    "swish": lambda x: ops.swish(x),
}
_ALIASES = {"silu": "swish"}


def get(identifier: str | Callable[[Tensor], Tensor] | None) -> Callable[[Tensor], Tensor]:
    """The function of an activation's name; None is linear; a callable is itself."""
    if identifier is None:
        return linear
    if callable(identifier):
        return identifier
    name = _ALIASES.get(identifier, identifier)
    if name not in _NAMED:
        raise ValueError(f"unknown activation {identifier!r}; known: {', '.join(_NAMED)}")
    return _NAMED[name]


def check(identifier: Any) -> str | Callable[[Tensor], Tensor]:
    """The name (None -> 'linear', aliases resolved) or callable, as layers keep it;
    ValueError for an unknown name.
    """
    get(identifier)
    return (
        "linear"
        if identifier is None
        else _ALIASES.get(identifier, identifier)
        if isinstance(identifier, str)
        else identifier
    )


def serialize(activation: str | Callable[[Tensor], Tensor]) -> str:
    """The name, for a config."""
    if not isinstance(activation, str):
        raise TypeError(
            f"the activation {activation!r} is a plain function: only activations given by name can"
            " be written into a config"
        )
    return activation


def fused(activation: Any) -> tuple[str | None, Callable[[Tensor], Tensor]]:
    """(what the kernel is told to apply, what is left to do after it)."""
    return (activation, linear) if activation in FUSED else (None, get(activation))


@layer("Activation")
class Activation(Layer):
    """Applies an activation given by name or as a function of a tensor."""

    def __init__(self, activation: str | Callable[[Tensor], Tensor], **options: Any):
        super().__init__(**options)
        self.activation = check(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return get(self.activation)(inputs)

    def split_activation(self) -> str | None:
        return self.activation if self.activation in ("softmax", "sigmoid") else None  # type: ignore[return-value]

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": serialize(self.activation)}


@layer("ReLU")
class ReLU(Layer):
    """max_value where x >= max_value; x where threshold <= x < max_value;
    negative_slope * (x - threshold) below.
    """

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
        if (
            self.negative_slope < 0
            or self.threshold < 0
            or (self.max_value is not None and self.max_value < 0)
        ):
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

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


@layer("LeakyReLU")
class LeakyReLU(Layer):
    """x where x >= 0, negative_slope * x below. `alpha` is the older name of
    `negative_slope`.
    """

    def __init__(self, negative_slope: float = 0.3, alpha: float | None = None, **options: Any):
        super().__init__(**options)
        self.negative_slope = float(negative_slope if alpha is None else alpha)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.leaky_relu(inputs, self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.negative_slope}


@layer("Softmax")
class Softmax(Layer):
    """exp(x) / sum(exp(x)) along `axis`."""

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.softmax(inputs, self.axis)

    def split_activation(self) -> str | None:
        return "softmax" if self.axis == -1 else None

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
