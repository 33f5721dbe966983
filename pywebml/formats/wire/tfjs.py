"""TensorFlow.js models: model.json (topology and weights manifest) beside binary shards
of weights.

model.json is {"format": "layers-model", "modelTopology": ..., "weightsManifest":
[group, ...]}. A group is {"paths": [shard, ...], "weights": [{"name", "shape", "dtype",
"quantization"?}, ...]}: its shards are joined, and its weights lie in them one after
another. Quantised weights are stored as uint8 or uint16 with value = stored * scale +
min, or as float16. The topology of a layers model is Keras's, from the Python converter
or from TensorFlow.js itself; that of a graph model, {"node": [...]}, is TensorFlow's
GraphDef.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...host.files import FormatError, checked_name
from ...host.json_data import json_object
from ...host.stores.files import Files, part_of
from ...host.stores.parts import Data, chunks, joined
from ...host.version import VERSION
from .keras_1 import from_keras_1, is_keras_1
from .stored import (
    ITEMSIZE,
    MAX_JSON,
    MAX_WEIGHTS,
    Format,
    Quantization,
    Stored,
    Topology,
    Training,
    Weight,
    announce,
    checked_quantization,
    checked_shape,
    elements,
)
from .words import from_keras_2, to_keras_2

_STORED = ("float32", "int32", "uint8", "bool", "float16")
_GROUP = ("paths", "weights")
MAX_ENTRIES = 50_000
SLACK = 1 << 20
"""A few bytes more than the manifest says are read, to say how many there are."""
_QUANTIZED = ("uint8", "uint16", "float16")


async def knows(files: Files) -> bool:
    """Whether there is one model.json, or nothing but a file of JSON, and no graph."""
    return await _kind(files) == "layers"


async def knows_graph(files: Files) -> bool:
    """Whether there is the model.json of a graph model."""
    return await _kind(files) == "graph"


async def _kind(files: Files) -> str:
    """ "layers" or "graph", "" where there is no model.json."""
    try:
        name = _document_name(await files.list(), files.name)
    except FormatError:
        return ""
    data = await files.read(name, MAX_JSON)
    if b"graph-model" not in data and b'"node"' not in data:
        return "layers"  # without reading it twice
    return "graph" if _is_graph(json_object(data, f"{name} in {files.name}")) else "layers"


def _is_graph(document: Mapping[str, Any]) -> bool:
    topology = document.get("modelTopology")
    has_nodes = isinstance(topology, dict) and "node" in topology
    return document.get("format") == "graph-model" or has_nodes


def _document_name(names: list[str], where: str) -> str:
    """The name of the model.json: one that lies outermost, the only one anywhere, or
    the only file.
    """
    documents = [name for name in names if name.split("/")[-1] == "model.json"]
    if "model.json" in documents:
        return "model.json"
    if not documents and len(names) == 1 and names[0].lower().endswith(".json"):
        return names[0]
    if not documents:
        raise FormatError(f"{where} has no model.json: expected one model.json, found 0")
    if len(documents) > 1:
        raise FormatError(f"{where}: expected one model.json, found {len(documents)}")
    return documents[0]


async def read(files: Files) -> Stored:
    """A layers model as plain data. FormatError that names the file: no layers model, a
    shard missing, bytes missing or left over, an unknown dtype; more than MAX_JSON or
    MAX_WEIGHTS bytes.
    """
    document, place = await _document(files)
    where = f"{place} in {files.name}"
    if _is_graph(document):
        raise FormatError(f"{files.name} holds a graph model; expected a layers model")
    topology = document.pop("modelTopology", None)
    if not isinstance(topology, dict) or not isinstance(document.get("weightsManifest"), list):
        raise FormatError(
            f"{where} is no TensorFlow.js layers model: it needs 'modelTopology' and"
            " 'weightsManifest'"
        )
    version = topology.get("keras_version")
    by_keras_3 = str(version).startswith("3")
    topology = topology.get("model_config") or topology
    if not isinstance(topology, dict) or "class_name" not in topology or "config" not in topology:
        raise FormatError(f"{where}: the topology has no 'class_name' and 'config'")
    if is_keras_1(topology, str(version or "")):
        topology = from_keras_1(topology)
    topology = topology if by_keras_3 else from_keras_2(topology)
    state: dict[str, Weight] = {}
    weights, digest = await _weights(files, document, place, state)
    config = document.pop("trainingConfig", None)
    training = Training(config, state) if isinstance(config, dict) else None
    return Stored(Topology("keras", topology), weights, document, digest, {}, training)


async def read_graph(files: Files) -> Stored:
    """A graph model as plain data: the topology is of kind "graph", with what
    modelTopology has ("node", "library" ...) and the file's "signature". Errors as
    `read`.
    """
    document, place = await _document(files)
    where = f"{place} in {files.name}"
    topology = document.pop("modelTopology", None)
    manifest = document.get("weightsManifest")
    nodes = topology.get("node") if isinstance(topology, dict) else None
    if not isinstance(nodes, list) or not isinstance(manifest, list):
        raise FormatError(
            f"{where} is no TensorFlow.js graph model: it needs 'modelTopology' with a list 'node',"
            " and 'weightsManifest'"
        )
    if len(nodes) > MAX_ENTRIES:
        raise FormatError(f"{where} has {len(nodes)} nodes; at most {MAX_ENTRIES} are read")
    own = document.get("userDefinedMetadata")
    signature = document.get("signature") or (own.get("signature") if isinstance(own, dict) else {})
    weights, digest = await _weights(files, document, place)
    config = {**topology, "signature": signature or {}}
    return Stored(Topology("graph", config), weights, document, digest)


async def _document(files: Files) -> tuple[dict[str, Any], str]:
    """The model.json, and its name."""
    name = _document_name(await files.list(), files.name)
    return json_object(await files.read(name, MAX_JSON), f"{name} in {files.name}"), name


async def _weights(
    files: Files, document: dict[str, Any], name: str, state: dict[str, Weight] | None = None
) -> tuple[dict[str, Weight], str]:
    """The weights of a document's manifest, which is taken out of it, and the SHA-256
    of all shards joined. What an optimizer remembers goes into `state`.
    """
    where = f"{name} in {files.name}"
    folder = name[: len(name) - len(name.split("/")[-1])]
    weights: dict[str, Weight] = {}
    digest = hashlib.sha256()
    groups = [_group(group, where) for group in document.pop("weightsManifest")]
    nbytes = 0
    for _, entries in groups:
        said = [_entry(entry, where) for entry in entries]
        nbytes += sum(elements(weight.shape) * ITEMSIZE[weight.stored_as] for _, weight in said)
        if nbytes > MAX_WEIGHTS:
            raise FormatError(
                f"{where}: the bytes of the weights are more than the {MAX_WEIGHTS} that are read"
            )
    announce(files, nbytes)
    at_most = nbytes + SLACK
    for paths, entries in groups:
        shards: list[Data] = []
        for path in paths:
            shards.append(await part_of(files, folder + checked_name(path), at_most))
            at_most -= len(shards[-1])
        whole = joined(shards)
        for chunk in chunks(whole):
            digest.update(chunk)
        there = split(entries, whole, f"{files.name}, {', '.join(paths)}", state)
        for key, weight in there.items():
            if key in weights:
                raise FormatError(f"{where}: the weight {key!r} is there twice")
            weights[key] = weight
    return weights, digest.hexdigest()


def _group(group: Any, where: str) -> tuple[list[str], list[Any]]:
    """(paths, entries) of a group of the manifest."""
    paths, entries = (group.get(key) if isinstance(group, dict) else None for key in _GROUP)
    if not isinstance(entries, list) or not isinstance(paths, list) or not _all_texts(paths):
        raise FormatError(f"{where}: a group of the weights manifest needs 'paths' and 'weights'")
    if max(len(paths), len(entries)) > MAX_ENTRIES:
        raise FormatError(
            f"{where}: a group of the weights manifest has {len(paths)} paths and {len(entries)}"
            f" weights; at most {MAX_ENTRIES} are read"
        )
    return paths, entries


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def split(
    entries: Iterable[Any], data: Data, where: str, state: dict[str, Weight] | None = None
) -> dict[str, Weight]:
    """The weights of a manifest's group in its joined shards; those of an optimizer go
    into `state`.
    """
    view = memoryview(data) if isinstance(data, bytes) else data
    weights: dict[str, Weight] = {}
    at = 0
    for entry in entries:
        name, weight = _entry(entry, where)
        end = at + elements(weight.shape) * ITEMSIZE[weight.stored_as]
        if end > len(data):
            raise FormatError(
                f"{where}: {name!r} of shape {weight.shape} needs bytes {at} to {end}, but there"
                f" are {len(data)}"
            )
        target = weights
        if entry.get("group") == "optimizer":
            target = {} if state is None else state
        if name in target:
            raise FormatError(f"{where}: the weight {name!r} is there twice")
        target[name] = weight._replace(data=view[at:end])
        at = end
    if at != len(data):
        raise FormatError(
            f"{where}: the manifest accounts for {at} bytes, but there are {len(data)}"
        )
    return weights


def _entry(entry: Any, where: str) -> tuple[str, Weight]:
    """The name of an entry of the manifest, and its weight, still without data."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise FormatError(f"{where}: a weight needs a 'name', got {str(entry)[:200]}")
    name, dtype = entry["name"], entry.get("dtype", "float32")
    shape = checked_shape(entry.get("shape"), f"{where}: {name!r}")
    if dtype not in _STORED:
        raise FormatError(
            f"{where}: {name!r} has dtype {dtype!r}; expected one of {', '.join(_STORED)}"
        )
    quantization = _quantization(entry.get("quantization"), f"{where}: {name!r}")
    if dtype == "float16":  # TensorFlow.js computes in float32
        dtype, quantization = "float32", quantization or Quantization("float16")
    return name, Weight(shape, dtype, b"", quantization)


def _quantization(said: Any, what: str) -> Quantization | None:
    if said is None:
        return None
    kind = said.get("dtype") if isinstance(said, dict) else None
    if kind not in _QUANTIZED:
        raise FormatError(
            f"{what} is quantised to {kind!r}; expected one of {', '.join(_QUANTIZED)}"
        )
    if kind == "float16":
        return Quantization("float16")
    return checked_quantization(kind, said.get("scale"), said.get("min"), None, (), what)


def write(stored: Stored, shard_bytes: int | None = None) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}; with `shard_bytes` the weights are cut into files
    of so many bytes, as the converter of TensorFlow.js does, "group1-shard1of3.bin".
    ValueError where there is no topology of Keras's.
    """
    if stored.topology is None or stored.topology.kind != "keras":
        raise ValueError("a layers model needs a topology of layers")
    entries = [_described(name, weight) for name, weight in stored.weights.items()]
    parts = [weight.raw for weight in stored.weights.values()]
    training = {}
    if stored.training is not None:
        training = {"trainingConfig": stored.training.config}
        for name, weight in stored.training.weights.items():
            entries.append({**_described(name, weight), "group": "optimizer"})
            parts.append(weight.raw)
    shards = _shards(b"".join(parts), shard_bytes)
    document = {
        "format": "layers-model",
        "generatedBy": f"pywebml {VERSION}",
        "convertedBy": None,
        **stored.metadata,
        **training,
        "modelTopology": {
            "keras_version": "tfjs-layers 4.22.0",
            "backend": "tensor_flow.js",
            **to_keras_2(stored.topology.config),
        },
        "weightsManifest": [{"paths": list(shards), "weights": entries}],
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return {"model.json": text.encode(), **shards}


def _shards(data: bytes, size: int | None) -> dict[str, bytes]:
    if size is None:
        return {"weights.bin": data}
    if size < 1:
        raise ValueError(f"shard_bytes must be at least 1, got {size}; converters take 4 << 20")
    count = max(1, -(-len(data) // size))
    return {
        f"group1-shard{i + 1}of{count}.bin": data[i * size : (i + 1) * size] for i in range(count)
    }


def _described(name: str, weight: Weight) -> dict[str, Any]:
    entry = {"name": name, "shape": list(weight.shape), "dtype": weight.dtype}
    if weight.quantization is None:
        return entry
    kind, scale, low, axis = weight.quantization
    if axis is not None:
        raise ValueError(
            f"{name!r} is quantised channel by channel, and TensorFlow.js knows one scale for each"
            " weight; write .safetensors, or quantise without channels"
        )
    affine = {} if kind == "float16" else {"scale": scale, "min": low}
    return {**entry, "quantization": {"dtype": kind, **affine}}


FORMAT = Format("tfjs-layers", (".json", ".zip"), knows, read, write)
GRAPH_FORMAT = Format("tfjs-graph", (".json", ".zip"), knows_graph, read_graph)
