"""Configs as Keras 3 writes them, to ours and back: {module, class_name, config,
registered_name} for everything that has a config.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.registry import Registry, parameters_of
from ...host.files import FormatError
from ...layers.constraints import CONSTRAINTS
from ...layers.initializers import INITIALIZERS
from ...layers.merging.base import Merging
from ...layers.regularizers import REGULARIZERS
from ...layers.support.policies import KNOWN as POLICIES
from ...layers.support.registry import LAYERS
from ...train.losses import LOSSES
from ...train.metrics import METRICS
from ...train.optimizers import OPTIMIZERS
from ...train.schedules import SCHEDULES
from . import calls, operations
from .places import OTHERWISE

ROOMS: tuple[tuple[str, str, Registry[Any]], ...] = (
    ("initializer", "keras.initializers", INITIALIZERS),
    ("regularizer", "keras.regularizers", REGULARIZERS),
    ("constraint", "keras.constraints", CONSTRAINTS),
    ("learning_rate", "keras.optimizers.schedules", SCHEDULES),
    ("optimizer", "keras.optimizers", OPTIMIZERS),
    ("optimizer_map", "keras.optimizers", OPTIMIZERS),
    ("loss", "keras.losses", LOSSES),
    ("metrics", "keras.metrics", METRICS),
)
"""What the key of a config ends with, Keras's module, and where these are known here."""


def to_keras(value: Any, key: str = "") -> Any:
    """A config of ours as Keras 3 reads it. `key` is what it stands under."""
    if isinstance(value, (list, tuple)):
        return [to_keras(item, key) for item in value]
    if not isinstance(value, Mapping):
        return value
    if not isinstance(value.get("class_name"), str) or "config" not in value:
        return {
            k: to_keras(item, f"{key}.{k}" if key in _COMPILED else k) for k, item in value.items()
        }
    name, config = value["class_name"], value["config"]
    if isinstance(config, Mapping):
        config = _config_to_keras(name, dict(config))
    module, name, registered = _where(value.get("registered_name") or name, key)
    known = {"module": module, "class_name": name, "config": config, "registered_name": registered}
    return {**value, **known}


_COMPILED = ("loss", "metrics", "weighted_metrics", "optimizer_map")
"""Under these are dicts by names that say nothing of what they hold."""


def _where(name: str, key: str) -> tuple[str | None, str, str | None]:
    """(module, class name, registered name) of a class."""
    if ">" in name:  # of one's own, "package>name"
        return None, name.rpartition(">")[2], name
    key = key.partition(".")[0]
    for ending, module, registry in ROOMS:
        if key.endswith(ending) and name in registry:
            return (module, name, None) if _is_ours(registry.find(name)) else (None, name, name)
    if name == "OptimizerMap":
        return "keras.optimizers", name, None
    if name in ("Model", "Functional"):
        return "keras.src.models.functional", "Functional", None
    if name == "Sequential":
        return "keras", name, None
    if name in LAYERS and _is_ours(LAYERS.find(name)):
        return "keras.layers", name, None
    return None, name, name


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] == "pywebml"


def _config_to_keras(name: str, config: dict[str, Any]) -> dict[str, Any]:
    shape = config.pop("batch_input_shape", None)
    if name == "InputLayer":
        return {**config, "batch_shape": shape}
    layers = config.get("layers")
    if not isinstance(layers, list):
        return {key: to_keras(value, key) for key, value in config.items()}
    if name == "Sequential" and layers and layers[0]["class_name"] != "InputLayer":
        shape = layers[0]["config"].get("batch_input_shape")
        dtype = layers[0]["config"].get("dtype", "float32")
        if shape is not None:
            dtype = POLICIES.get(dtype, (None, dtype))[1]
            entry = {"batch_input_shape": shape, "dtype": dtype, "name": f"{config['name']}_input"}
            layers = [{"class_name": "InputLayer", "config": entry}, *layers]
    firsts = {e.get("name") for e in layers if isinstance(e["config"].get("layers"), list)}
    said = {
        key: _alone(_from_zero(value, firsts))
        for key, value in config.items()
        if key in ("input_layers", "output_layers")
    }
    entries = []
    for entry in layers:
        said_here = to_keras(entry)
        if "inbound_nodes" in entry:
            nodes = _from_zero(entry["inbound_nodes"], firsts)
            if entry["class_name"] == "Operation":
                entries.append(operations.as_keras_has(entry, nodes) or said_here)
                continue
            said_here["inbound_nodes"] = [_call(entry["class_name"], node) for node in nodes]
        entries.append(said_here)
    rest = {k: v for k, v in config.items() if k not in ("layers", "input_layers", "output_layers")}
    return {**rest, "layers": entries, **said}


def _call(name: str, node: Any) -> Any:
    """A call of one tensor in a list, as Keras 3 writes calls: in the older form, which
    it reads, too, that would be the tensor alone.
    """
    alone = isinstance(node, list) and len(node) == 1 and isinstance(node[0], list)
    options = node[0][3] if alone and len(node[0]) > 3 else {}
    merges = name in LAYERS and issubclass(LAYERS.find(name), Merging)
    if not alone or not (merges or options.pop("many", False)):
        return node
    config = {"shape": [None], "dtype": "float32", "keras_history": node[0][:3]}
    return {"args": [[{"class_name": "__keras_tensor__", "config": config}]], "kwargs": options}


def _alone(ends: Any) -> Any:
    """One input or output as Keras 3 writes it: a list of one is a list to whatever
    reads it there, such as a Dense layer behind a model in a Sequential.
    """
    alone = isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list)
    return ends[0] if alone else ends


def _from_zero(value: Any, firsts: set[Any]) -> Any:
    """References to calls of models counted from 0, as Keras 3 does, and not from 1."""
    if isinstance(value, Mapping):
        return {key: _from_zero(item, firsts) for key, item in value.items()}
    if not isinstance(value, (list, tuple)):
        return value
    if len(value) >= 3 and isinstance(value[0], str) and isinstance(value[1], int):
        name, number, index, *options = value
        return [name, number - 1 if name in firsts else number, index, *options]
    return [_from_zero(item, firsts) for item in value]


# --- and back


def from_keras(value: Any) -> Any:
    """A config of Keras 3's as ours read it. FormatError for Python code in it, which
    is never run.
    """
    if isinstance(value, list):
        return [from_keras(item) for item in value]
    if not isinstance(value, dict):
        return value
    name, config = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or "config" not in value:
        if name == "__tuple__":
            return [from_keras(item) for item in value.get("items") or []]
        return {key: from_keras(item) for key, item in value.items()}
    if name in ("__lambda__", "__bytes__", "__typespec__"):
        raise FormatError(
            "it holds a Python function as code (a Lambda layer's?), which is never run here: make"
            " it a layer of your own, or a function registered by name"
        )
    if name == "DTypePolicy" or name.endswith("DTypePolicy"):
        policy = str(config.get("name")) if isinstance(config, dict) else ""
        return policy if policy in POLICIES else "float32"
    if name in ("__numpy__", "__tensor__") and isinstance(config, dict):
        return config.get("value")
    if name == "function":
        return value.get("registered_name") or config
    if str(value.get("module")).startswith(operations.OPS):
        return operations.read(value)
    name = next((ours for ours, theirs in OTHERWISE.items() if theirs == name), name)
    registered = value.get("registered_name")
    if isinstance(registered, str) and ">" in registered:
        name = registered
    entry = {key: item for key, item in value.items() if key in _KEPT}
    if name not in LAYERS and name not in OPTIMIZERS:
        entry.pop("shared_object_id", None)
    if "inbound_nodes" in value:
        entry["inbound_nodes"] = calls.of_layer(name, value["inbound_nodes"])
    return {**entry, "class_name": name, "config": from_keras(_config_from_keras(name, config))}


_KEPT = ("name", "build_config", "shared_object_id")


def _config_from_keras(name: str, config: Any) -> Any:
    if not isinstance(config, dict):
        return config
    known = dict(config)
    if name == "InputLayer" and "batch_shape" in known:
        known["batch_input_shape"] = known.pop("batch_shape")
    known.pop("build_input_shape", None)
    known.pop("quantization_config", None)
    for _, module, registry in ROOMS:
        if module != "keras.optimizers" and name in registry and name not in LAYERS:
            entry = registry.find(name)
            taken = parameters_of(entry) if isinstance(entry, type) else known
            neutral = {k for k, v in known.items() if k not in taken and v in _NEUTRAL}
            return {key: value for key, value in known.items() if key not in neutral}
    return known


_NEUTRAL = (None, "float32")
"""What arguments that are not taken here may be: they then say nothing."""
