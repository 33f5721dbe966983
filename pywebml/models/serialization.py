"""Things as configs and back, whatever they are: `pw.saving`, Keras's `keras.saving`
without its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.custom_objects import (
    CustomObjectScope,
    custom_name,
    custom_object,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..core.registry import Registry
from ..core.tensor import Tensor, tensor
from ..layers.activations import ACTIVATIONS
from ..layers.constraints import CONSTRAINTS
from ..layers.initializers import INITIALIZERS
from ..layers.regularizers import REGULARIZERS
from ..layers.support.registry import LAYERS, from_entry, serialize
from ..train.losses import LOSSES
from ..train.metrics import METRICS
from ..train.optimizers import OPTIMIZERS
from ..train.schedules import SCHEDULES

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "register_keras_serializable",
    "serialize_keras_object",
]  # fmt: skip

KINDS: Mapping[str, Registry[Any]] = {
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
    "keras.constraints": CONSTRAINTS,
    "keras.losses": LOSSES,
    "keras.metrics": METRICS,
    "keras.optimizers": OPTIMIZERS,
    "keras.optimizers.schedules": SCHEDULES,
    "keras.activations": ACTIVATIONS,
}
"""{Keras's module: what is known of it here}."""


def serialize_keras_object(obj: Any) -> Any:
    """Plain data that `deserialize_keras_object` makes the thing of again: {module,
    class_name, config, registered_name} of what has a config, and of functions.

    TypeError for what has none.

    Example:
        >>> pw.saving.serialize_keras_object(layers.initializers.Ones())["class_name"]
        'Ones'
    """
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(item) for key, item in obj.items()}
    if isinstance(obj, Tensor) or hasattr(obj, "__array_interface__"):
        values = tensor(obj)
        return _entry("__tensor__", {"value": values.tolist(), "dtype": values.dtype})
    if hasattr(obj, "get_config") and not isinstance(obj, type):
        if hasattr(obj, "serialized"):
            return {**_about(obj), **serialize(obj)}
        config = {k: serialize_keras_object(v) for k, v in obj.get_config().items()}
        return {**_about(obj), "class_name": type(obj).__name__, "config": config}
    if callable(obj):
        name = ACTIVATIONS.entries() if obj in list(ACTIVATIONS.entries().values()) else None
        known = get_registered_name(obj) if name is None else ACTIVATIONS.name_of(obj)
        return {"module": "builtins", "class_name": "function", "config": known,
                "registered_name": "function"}  # fmt: skip
    raise TypeError(f"{obj!r:.80} has no config: give its class a get_config()")


def _entry(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def _about(obj: Any) -> dict[str, Any]:
    """The module and the registered name of an instance's class."""
    cls = type(obj)
    for module, kind in KINDS.items():
        if isinstance(obj, kind.base) and cls.__module__.startswith("pywebml."):
            return {"module": module, "registered_name": None}
    return {"module": cls.__module__, "registered_name": custom_name(obj) or cls.__name__}


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The thing that `serialize_keras_object` wrote; classes and functions of your own
    are registered, or among the `custom_objects`.

    TypeError for a class or function that nobody knows.

    Example:
        >>> entry = pw.saving.serialize_keras_object(layers.ReLU(6.0))
        >>> pw.saving.deserialize_keras_object(entry).max_value
        6.0
    """
    with CustomObjectScope(custom_objects):
        return _made(config)


def _made(config: Any) -> Any:
    if isinstance(config, (list, tuple)):
        return [_made(item) for item in config]
    if not isinstance(config, Mapping):
        return config
    name, inner = config.get("class_name"), config.get("config")
    if not isinstance(name, str) or "config" not in config:
        return {key: _made(value) for key, value in config.items()}
    if name in ("__tensor__", "__numpy__") and isinstance(inner, Mapping):
        dtype = str(inner.get("dtype", "float32")).replace("64", "32")
        return tensor(inner["value"], dtype=dtype)
    if name == "function":
        return _function(str(inner))
    registered = config.get("registered_name")
    own = custom_object(registered) if isinstance(registered, str) else None
    own = custom_object(name) if own is None else own
    layer = name in LAYERS or (isinstance(own, type) and issubclass(own, LAYERS.base))
    if layer and config.get("module") in (None, *KINDS, getattr(own, "__module__", "")):
        return from_entry({**config, "class_name": name})
    if own is not None:
        return own.from_config(inner) if hasattr(own, "from_config") else own(**dict(inner or {}))
    told = KINDS.get(str(config.get("module")))
    kinds = list(KINDS.values()) if told is None else [told]
    for kind in kinds:
        if name in kind:
            return kind.get({"class_name": name, "config": inner})
    if name in LAYERS:
        return from_entry(dict(config))
    raise TypeError(
        f"no class {name!r:.80} is known: decorate yours with"
        " @pw.saving.register_keras_serializable(), or give it in custom_objects"
    )


def _function(name: str) -> Any:
    own = custom_object(name)
    if own is not None:
        return own
    if name in ACTIVATIONS:
        return ACTIVATIONS.find(name)
    raise TypeError(
        f"no function {name!r:.80} is known: decorate yours with"
        " @pw.saving.register_keras_serializable(), or give it in custom_objects"
    )
