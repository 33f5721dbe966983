"""Where weights start: Keras's initializers, by name, config or as they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ...core.tensor import Tensor, as_tensor
from .base import INITIALIZERS, Initializer, initializer
from .constant import Constant, Identity, Ones, Zeros
from .random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    fans,
)
from .stft import STFT

__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "drawn",
    "fans",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "initializer",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]  # fmt: skip

# Keras's second names
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal
constant, identity, ones, zeros = Constant, Identity, Ones, Zeros
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
orthogonal, variance_scaling = Orthogonal, VarianceScaling
random_normal, random_uniform = RandomNormal, RandomUniform
STFTInitializer = stft = STFT
truncated_normal = TruncatedNormal


def get(
    identifier: str | dict[str, Any] | Initializer | Callable[..., Any] | Any,
) -> Any:
    """An initializer from a name, a config `{class_name, config}`, an instance, an
    array or tensor of values, or any callable of a shape. None means zeros.

    Example:
        >>> layers.initializers.get("ones")((2,)).tolist()
        [1.0, 1.0]
    """
    if identifier is None:
        return Zeros()
    if isinstance(identifier, Tensor) or hasattr(identifier, "__array_interface__"):
        return Values(identifier)
    return INITIALIZERS.get(identifier)


class Values(Initializer):
    """Values that are there already; a weight of another shape refuses them."""

    def __init__(self, values: Any):
        self.values = values

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        return as_tensor(self.values).astype(dtype or "float32")

    def get_config(self) -> dict[str, Any]:
        return {"values": as_tensor(self.values).tolist()}


def drawn(identifier: Any, shape: Sequence[int], dtype: str) -> Any:
    """What the initializer gives for this shape, and dtype where it asks for one, as
    Keras's do.
    """
    make = get(identifier)
    try:
        asks = "dtype" in inspect.signature(make).parameters
    except (TypeError, ValueError):
        asks = False
    return make(shape, dtype=dtype) if asks else make(shape)


def serialize(initializer: Any) -> Any:
    """`{class_name, config}`, as Keras writes it. TypeError for a plain function.

    Example:
        >>> layers.initializers.serialize(layers.initializers.Ones())
        {'class_name': 'Ones', 'config': {}}
    """
    if not isinstance(initializer, Initializer):
        raise TypeError(
            f"{initializer!r} is a plain function: only pywebml's initializers can be written into"
            " a config"
        )
    return {"class_name": type(initializer).__name__, "config": initializer.get_config()}


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that `serialize` wrote: a name, or a config. `custom_objects` are
    more initializers by name.

    Example:
        >>> layers.initializers.deserialize({"class_name": "Zeros", "config": {}})((1,)).item()
        0.0
    """
    name = config.get("class_name") if isinstance(config, dict) else config
    custom = (custom_objects or {}).get(name) if isinstance(name, str) else None
    if custom is None:
        return get(config)
    settings = config.get("config") or {} if isinstance(config, dict) else {}
    return custom.from_config(settings) if hasattr(custom, "from_config") else custom
