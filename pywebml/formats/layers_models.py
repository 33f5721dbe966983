"""TensorFlow.js layers models to models and back; the files themselves: wire/tfjs.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.spec import FLOATS
from ..host.files import FormatError, refused
from ..host.stores.folders import AtHand, Folder, Memory, Zip, write_files
from ..host.waiting import at_once
from ..layers.support.registry import serialize
from ..layers.support.weights import unset_weights
from ..models import Model, model_from_config
from ..models.weights import assign_weights, short_name, weight_names
from ..train.overrides import check_layers
from .wire import tfjs
from .wire.stored import Stored, Topology, Weight

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "LayersFile", "assign_weights", "build_model", "layers_files_of", "layers_model_files",
    "load_layers_model", "read_layers_file", "read_layers_stored", "save_layers_model",
    "short_name", "stored_model", "topology_of", "unset_model",
]  # fmt: skip


class LayersFile(NamedTuple):
    """A layers model as data: `topology` for `models.model_from_config`, `weights` by
    name, `sha256` of all shards joined.
    """

    topology: dict[str, Any]
    weights: dict[str, np.ndarray]
    sha256: str


def read_layers_stored(source: str | Path | bytes | Folder | Zip | Memory) -> Stored:
    """A layers model as plain data, its weights not decoded yet. `source` is a folder,
    the path of a .json, a zip's path or a zip's bytes.

    FormatError that names the file: no layers model, a shard missing, bytes missing or
    left over, an unknown dtype.
    """
    files = source if isinstance(source, (Folder, Zip, Memory)) else _opened(source)
    with refused(files.name):
        return at_once(tfjs.read(AtHand(files)))


def _opened(source: str | Path | bytes) -> Folder | Zip:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Zip(bytes(source))
    path = Path(source)
    if path.is_dir():
        if not (path / "model.json").is_file():
            raise FormatError(f"{path} has no model.json; expected a TensorFlow.js layers model")
        return Folder(path, "model.json")
    if not path.is_file():
        raise FileNotFoundError(
            f"no such file or folder: {path}; expected a folder with a model.json, a model.json, or"
            " a zip of one"
        )
    return Folder(path.parent, path.name) if path.suffix.lower() == ".json" else Zip(path)


def read_layers_file(source: str | Path | bytes | Folder | Zip) -> LayersFile:
    """`read_layers_stored` with its weights as arrays."""
    stored = read_layers_stored(source)
    weights = {name: weight.array() for name, weight in stored.weights.items()}
    return LayersFile(topology_of(stored), weights, stored.sha256)


def topology_of(stored: Stored) -> dict[str, Any]:
    """The config of a stored model. ValueError for weights alone."""
    if stored.topology is None or stored.topology.kind != "keras":
        raise ValueError("these are weights alone; build the model and assign them by name")
    return stored.topology.config


def load_layers_model(source: str | Path | bytes) -> Model:
    """A model with its weights from a TensorFlow.js layers model: a folder, a
    model.json, a zip's path or bytes.

    Raises ValueError that says what is wrong with the files, or which layer or weight
    does not fit.
    """
    stored = read_layers_stored(source)
    return build_model(topology_of(stored), stored.weights)


def unset_model(topology: dict[str, Any]) -> Model:
    """A model of a topology, its weights without values and memory. FormatError that
    names the place in a config that layers cannot be made of.
    """
    with refused("the topology"), unset_weights():
        return model_from_config(topology)


def build_model(topology: dict[str, Any], weights: Mapping[str, Any]) -> Model:
    """A model of a topology, with weights by name, see `assign_weights`. FormatError
    for a config that layers cannot be made of.
    """
    model = unset_model(topology)
    with refused("the weights"):
        assign_weights(model, weights)
    return model


def stored_model(model: Model, values: Iterable[Any]) -> Stored:
    """A model as plain data, with `values` of `model.weights`. TypeError where a layer
    says by itself how it is saved, which nobody would ask.
    """
    weights = [
        Weight.of(value, "float32" if weight.dtype in FLOATS else weight.dtype)._replace(
            shape=tuple(weight.shape)
        )
        for weight, value in zip(model.weights, values, strict=True)
    ]
    return stored_of(model, weights)


def stored_of(model: Model, weights: Iterable[Weight]) -> Stored:
    """A model as plain data with its `weights`, in the order of `model.weights`."""
    check_layers(model)
    own = model.get_user_defined_metadata()
    return Stored(
        Topology("keras", _in_float32(_with_whole_pools(serialize(model), model))),
        dict(zip(weight_names(model), weights, strict=True)),
        {} if own is None else {"userDefinedMetadata": own},
    )


def _with_whole_pools(entry: dict[str, Any], model: Model) -> dict[str, Any]:
    """A model's entry, its global pools that keep their axes as pools over all places:
    TensorFlow.js's layers do not know `keepdims`, and would drop them without a word.
    """
    known = {layer.name: layer for layer in model.layers}
    entries = []
    for each in entry["config"].get("layers", ()):
        layer = known.get(each["config"].get("name"))
        kind = _WHOLE.get(each["class_name"])
        if isinstance(layer, Model):
            each = _with_whole_pools(each, layer)
        elif kind and layer is not None and each["config"].get("keepdims"):
            first = each["config"].get("data_format") == "channels_first"
            sizes = list(layer.input.shape[2:] if first else layer.input.shape[1:-1])
            if None not in sizes:
                config = {key: v for key, v in each["config"].items() if key != "keepdims"}
                config |= {"pool_size": sizes, "strides": sizes, "padding": "valid"}
                each = {**each, "class_name": kind, "config": config}
        entries.append(each)
    if not entries:
        return entry
    return {**entry, "config": {**entry["config"], "layers": entries}}


_WHOLE = {
    f"Global{kind}Pooling{rank}D": f"{kind}Pooling{rank}D"
    for kind in ("Average", "Max")
    for rank in (1, 2)
}


def _in_float32(config: Any) -> Any:
    """A config whose half floats are float32: TensorFlow.js has no layers of those."""
    if isinstance(config, dict):
        half = {"dtype": "float32"} if config.get("dtype") == "float16" else {}
        return {key: _in_float32(value) for key, value in config.items()} | half
    if isinstance(config, (list, tuple)):
        return [_in_float32(value) for value in config]
    return config


def layers_model_files(model: Model) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}: `model` in the form that `tf.loadLayersModel`
    reads. Reads the weights back.
    """
    return layers_files_of(model, [w.data_sync() for w in model.weights])


def layers_files_of(model: Model, values: Iterable[Any]) -> dict[str, bytes]:
    """`layers_model_files` with the values of `model.weights`, for hosts that read them
    with `await w.data()`.
    """
    return tfjs.write(stored_model(model, values))


def save_layers_model(model: Model, folder: str | Path) -> Path:
    """Writes `folder`/model.json and `folder`/weights.bin, both or none; returns the
    folder.
    """
    return write_files(folder, layers_model_files(model))
