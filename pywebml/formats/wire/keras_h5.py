"""Weights and whole models in Keras's older HDF5 files, NAME.h5, read and written
without HDF5's library.

Layout (Keras 1 to 3): the root, or the group "model_weights" of a whole model, lists
its layers in an attribute `layer_names`; each layer's group lists its arrays, in the
layer's order, in `weight_names`. A whole model has its config in the attribute
`model_config`, as JSON; how it was compiled in `training_config`, and what its
optimizer remembers in the group "optimizer_weights".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...host.files import FormatError
from ...host.json_data import json_object
from ...host.stores.files import Files
from ...host.stores.parts import Data, sha256_of_data
from . import hdf5
from .keras import KERAS
from .keras_1 import from_keras_1, is_keras_1, weights_from_keras_1
from .stored import Format, Stored, Topology, Training, Weight, sole_file
from .words import from_keras_2

if TYPE_CHECKING:
    import numpy as np

MAX_BYTES = 1 << 30
"""Files of more bytes are not read."""
START = hdf5.START
MODEL, OPTIMIZER = "model_weights", "optimizer_weights"
OWN = "user_defined_metadata"
"""An attribute that Keras passes over: JSON data of the user's."""


async def knows(files: Files) -> bool:
    """Whether there is one file, and it starts as HDF5 does."""
    file = await sole_file(files)
    return file is not None and file[1].startswith(START)


async def read(files: Files) -> Stored:
    """The weights, and the topology where it is a whole model. FormatError as
    `read_keras_weights`.
    """
    file = await sole_file(files)
    if file is None:
        raise FormatError(f"{files.name}: expected one HDF5 file")
    name, data = file
    contents = hdf5.read(data, name)
    about = contents.texts.get("", {})
    sha256 = sha256_of_data(data)
    if "layer_names" not in about and MODEL not in contents.texts and _is_newer(contents.arrays):
        return Stored(None, contents.arrays, {}, sha256)
    weights: dict[str, Weight] = {}
    layers: dict[str, list[str]] = {}
    for layer, array, weight in _listed(contents, name):
        key = array if array not in weights else f"{layer}/{array}"
        weights[key] = weight
        layers.setdefault(layer, []).append(key)
    versions = {key: about[key] for key in ("keras_version", "backend") if key in about}
    metadata: dict[str, Any] = dict(versions)
    if OWN in about:
        metadata["userDefinedMetadata"] = json_object(str(about[OWN]).encode(), f"{OWN} in {name}")
    topology = None
    if "model_config" in about:
        config, by_keras_1 = _config(str(about["model_config"]), versions, name)
        topology = Topology("keras", config)
        if by_keras_1:
            weights |= _renewed(topology.config, weights, layers)
    return Stored(topology, weights, metadata, sha256, layers, _training(contents, name))


def _renewed(
    config: Mapping[str, Any], weights: Mapping[str, Weight], layers: dict[str, list[str]]
) -> dict[str, Weight]:
    """The weights of Keras 1's layers as Keras 2 keeps them, whose names go into
    `layers`.
    """
    inside = config["config"]
    entries = inside.get("layers", ()) if isinstance(inside, dict) else inside
    fresh: dict[str, Weight] = {}
    for entry in entries:
        layer = entry.get("name") or entry["config"].get("name")
        if layer in layers:
            listed = weights_from_keras_1(entry, [weights[key] for key in layers[layer]])
            layers[layer] = [f"{layer}/{i}" for i in range(len(listed))]
            fresh |= dict(zip(layers[layer], listed, strict=True))
    return fresh


def _is_newer(arrays: Mapping[str, Weight]) -> bool:
    """Whether these are weights as Keras 3 keeps them, by places."""
    return bool(arrays) and all(path.rsplit("/", 2)[-2:-1] == ["vars"] for path in arrays)


def _config(text: str, versions: Mapping[str, str], name: str) -> tuple[dict[str, Any], bool]:
    """(the topology in Keras 2's words, whether it is Keras 1's)."""
    said = json_object(text.encode(errors="replace"), f"model_config in {name}")
    if "class_name" not in said or "config" not in said:
        raise FormatError(f"{name}: the topology has no 'class_name' and 'config'")
    # what Keras 2 calls batch_input_shape
    by_keras_3 = versions.get("keras_version", "").startswith("3") or '"batch_shape"' in text
    by_keras_1 = is_keras_1(said, versions.get("keras_version", ""))
    if by_keras_1:
        said = from_keras_1(said)
    return (said if by_keras_3 else from_keras_2(said)), by_keras_1


def _training(contents: hdf5.Contents, name: str) -> Training | None:
    text = contents.texts.get("", {}).get("training_config")
    if not isinstance(text, str):
        return None
    config = json_object(text.encode(errors="replace"), f"training_config in {name}")
    listed = _names(contents, OPTIMIZER, "weight_names", name) if _has_state(contents) else []
    state = {array: _array(contents, OPTIMIZER, array, name) for array in listed}
    return Training(config, state)


def _has_state(contents: hdf5.Contents) -> bool:
    names = contents.texts.get(OPTIMIZER, {})
    return any(name.startswith("weight_names") for name in names)


def read_keras_weights(path: str | Path) -> dict[str, list[np.ndarray]]:
    """{layer: its float32 arrays, in its order}, layers without weights left out; a
    weights file or a whole model.

    Only arrays that lie in the file itself are read: no links to other files.
    FormatError for a file that is not of that layout or broken.
    """
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        raise FormatError(f"{path} has {size} bytes, more than the {MAX_BYTES} that are read")
    by_layer = weights_by_layer(Path(path).read_bytes(), str(path))
    return {
        layer: [weight.array().astype("float32", copy=False) for weight in listed]
        for layer, listed in by_layer.items()
    }


def weights_by_layer(data: Data, name: str) -> dict[str, list[Weight]]:
    """{layer: its weights, in its order} of the bytes of a file called `name`."""
    weights: dict[str, list[Weight]] = {}
    for layer, _, weight in _listed(hdf5.read(data, name), name):
        weights.setdefault(layer, []).append(weight)
    return weights


def _listed(contents: hdf5.Contents, name: str) -> Iterable[tuple[str, str, Weight]]:
    """(layer, name of the array, array), in the file's order."""
    root = MODEL if MODEL in contents.texts else ""
    for layer in _names(contents, root, "layer_names", name):
        group = f"{root}/{layer}" if root else layer
        for array in _names(contents, group, "weight_names", name):
            yield layer, array, _array(contents, group, array, name)


def _array(contents: hdf5.Contents, group: str, array: str, name: str) -> Weight:
    weight = contents.arrays.get(f"{group}/{array}")
    if weight is None:
        raise FormatError(f"{name}: /{group} holds no array {array!r} of its own")
    return weight


def _names(contents: hdf5.Contents, group: str, attribute: str, name: str) -> list[str]:
    """The names in an attribute; one that would be too long is stored in parts, NAME0,
    NAME1 ...
    """
    said = contents.texts.get(group, {})
    numbered = (f"{attribute}{i}" for i in range(len(said)))
    parts = [attribute] if attribute in said else [part for part in numbered if part in said]
    if not parts:
        raise FormatError(
            f"{name}: /{group} has no attribute {attribute!r}; expected weights that Keras saved"
        )
    values = [said[part] for part in parts]
    return [text for value in values for text in ([value] if isinstance(value, str) else value)]


def write(stored: Stored) -> dict[str, bytes]:
    """{"model.h5": the file}. ValueError where there is no topology of Keras's."""
    if stored.topology is None or stored.topology.kind != "keras":
        raise ValueError("an .h5 file of Keras needs a topology of layers")
    versions = {"keras_version": KERAS, "backend": "jax"}
    about: dict[str, Any] = {**versions, "model_config": _text(stored.topology.config)}
    if "userDefinedMetadata" in stored.metadata:
        about[OWN] = _text(stored.metadata["userDefinedMetadata"])
    texts: dict[str, dict[str, Any]] = {
        "": about,
        MODEL: {**versions, "layer_names": list(stored.layers)},
        f"{MODEL}/top_level_model_weights": {"weight_names": []},
    }
    arrays: dict[str, Weight] = {}
    for layer, names in sorted(stored.layers.items()):
        texts[f"{MODEL}/{layer}"] = {"weight_names": list(names)}
        arrays |= {f"{MODEL}/{layer}/{name}": stored.weights[name] for name in names}
    if stored.training is not None:
        about["training_config"] = _text(stored.training.config)
        state = stored.training.weights
        if state:
            texts[OPTIMIZER] = {"weight_names": list(state)}
            arrays |= {f"{OPTIMIZER}/{name}": weight for name, weight in state.items()}
    return {"model.h5": hdf5.written(arrays, texts)}


def _text(config: Mapping[str, Any]) -> str:
    return json.dumps(config, separators=(",", ":"), allow_nan=False)


FORMAT = Format("keras-h5", (".h5", ".hdf5"), knows, read, write)
