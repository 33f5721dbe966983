"""TensorFlow.js layers models: model.json (topology and weights manifest) beside binary
shards of weights.

model.json is {"format": "layers-model", "modelTopology": ..., "weightsManifest":
[group, ...]}. A group is {"paths": [shard, ...], "weights": [{"name", "shape", "dtype",
"quantization"?}, ...]}: its shards are joined, and its weights lie in them one after
another. Quantised weights are stored as uint8 or uint16 with value = stored * scale +
min, or as float16. The topology is Keras's, from the Python converter or from
TensorFlow.js itself.
"""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..host.files import write_whole
from ..host.stores.folders import Folder, Zip

if TYPE_CHECKING:
    import numpy as np

    from ..models import Model
else:
    from ..host.lazy import np

MAX_JSON = 64 << 20
MAX_WEIGHTS = 1 << 30

_STORED = {"float32": "<f4", "int32": "<i4", "uint8": "<u1", "bool": "?", "float16": "<f2"}
_QUANTIZED = {"uint8": "<u1", "uint16": "<u2", "float16": "<f2"}


class LayersFile(NamedTuple):
    """A layers model as data: `topology` for `models.model_from_config`, `weights` by
    name, `sha256` of all shards joined.
    """

    topology: dict[str, Any]
    weights: dict[str, np.ndarray]
    sha256: str


def open_files(source: str | Path | bytes) -> tuple[Folder | Zip, str]:
    """(files, name of the model.json among them) for a folder, the path of a .json, a
    zip's path or a zip's bytes.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _in_zip(Zip(bytes(source)))
    path = Path(source)
    if path.is_dir():
        if not (path / "model.json").is_file():
            raise ValueError(f"{path} has no model.json; expected a TensorFlow.js layers model")
        return Folder(path), "model.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"no such file or folder: {path}; expected a folder with a model.json, a model.json, or"
            " a zip of one"
        )
    if path.suffix.lower() == ".json":
        return Folder(path.parent), path.name
    return _in_zip(Zip(path))


def _in_zip(archive: Zip) -> tuple[Zip, str]:
    found = [
        n
        for n in archive.entries
        if n.split("/")[-1] == "model.json" and not n.startswith("__MACOSX/")
    ]
    if len(found) != 1:
        raise ValueError(f"{archive.name}: expected one model.json, found {len(found)}")
    archive.inside = found[0].removesuffix("model.json")
    return archive, "model.json"


def read_layers_file(source: str | Path | bytes) -> LayersFile:
    """Reads and checks a layers model as plain data, see `open_files` for what `source`
    may be.

    Raises ValueError that names the file: no layers model, a shard missing, bytes
    missing or left over, an unknown dtype.
    """
    files, name = open_files(source)
    return parse_layers_file(files, name)


def parse_layers_file(
    files: Folder | Zip,
    name: str = "model.json",
    split: Callable[..., dict[str, Any]] | None = None,
) -> LayersFile:
    """`read_layers_file` for files already opened. `split` is `split_group`, or
    `plain_group` where NumPy should not be loaded.
    """
    try:
        model = json.loads(files.read(name, MAX_JSON))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as e:
        raise ValueError(f"{name} in {files.name} is not JSON: {e}") from None
    if not isinstance(model, dict):
        raise ValueError(
            f"{name} in {files.name}: expected a JSON object, got {type(model).__name__}"
        )
    if model.get("format") == "graph-model" or "node" in (model.get("modelTopology") or {}):
        raise ValueError(f"{files.name} holds a graph model; only layers models can be read")
    topology, manifest = model.get("modelTopology"), model.get("weightsManifest")
    if not isinstance(topology, dict) or not isinstance(manifest, list):
        raise ValueError(
            f"{name} in {files.name} is no TensorFlow.js layers model: it needs 'modelTopology' and"
            " 'weightsManifest'"
        )
    topology = topology.get("model_config") or topology
    if not isinstance(topology, dict) or "class_name" not in topology or "config" not in topology:
        raise ValueError(f"{name} in {files.name}: the topology has no 'class_name' and 'config'")
    weights: dict[str, np.ndarray] = {}
    digest = hashlib.sha256()
    left = MAX_WEIGHTS
    for group in manifest:
        paths, entries = (
            (group.get("paths"), group.get("weights")) if isinstance(group, dict) else (None, None)
        )
        if (
            not isinstance(paths, list)
            or not isinstance(entries, list)
            or not all(isinstance(p, str) for p in paths)
        ):
            raise ValueError(
                f"{name} in {files.name}: a group of the weights manifest needs 'paths' and"
                " 'weights'"
            )
        joined = b"".join(files.read(path, left) for path in paths)
        left -= len(joined)
        digest.update(joined)
        for key, value in (split or split_group)(
            entries, joined, f"{files.name}, {', '.join(paths)}"
        ).items():
            if key in weights:
                raise ValueError(f"{name} in {files.name}: the weight {key!r} is there twice")
            weights[key] = value
    return LayersFile(topology, weights, digest.hexdigest())


def split_group(
    entries: Iterable[Mapping[str, Any]], data: bytes, where: str
) -> dict[str, np.ndarray]:
    """The weights of one manifest group from its joined shards; those of an optimizer
    are passed over.
    """
    out: dict[str, np.ndarray] = {}
    at = 0
    for entry in entries:
        name, shape, dtype, quantization = _entry(entry, where)
        stored = (_QUANTIZED if quantization else _STORED)[
            quantization["dtype"] if quantization else dtype
        ]
        size = math.prod(shape)
        end = at + size * np.dtype(stored).itemsize
        if end > len(data):
            raise ValueError(
                f"{where}: {name!r} of shape {shape} needs bytes {at} to {end}, but there are"
                f" {len(data)}"
            )
        values = np.frombuffer(data, stored, size, at).reshape(shape)
        at = end
        if entry.get("group") != "optimizer":
            out[name] = _dequantized(values, dtype, quantization)
    if at != len(data):
        raise ValueError(
            f"{where}: the manifest accounts for {at} bytes, but there are {len(data)}"
        )
    return out


def plain_group(
    entries: Iterable[Mapping[str, Any]], data: bytes, where: str
) -> dict[str, memoryview]:
    """`split_group` without NumPy, for weights stored as float32 or quantised to uint8;
    float32 memoryviews of their shapes.
    """
    out: dict[str, memoryview] = {}
    at = 0
    for entry in entries:
        name, shape, dtype, quantization = _entry(entry, where)
        if dtype != "float32" or (quantization and quantization["dtype"] != "uint8"):
            raise ValueError(
                f"{where}: {name!r} is stored as {quantization or dtype}; expected float32, or that"
                " quantised to uint8"
            )
        size = math.prod(shape) * (1 if quantization else 4)
        raw = data[at : at + size]
        if len(raw) != size:
            raise ValueError(
                f"{where}: {name!r} of shape {shape} needs bytes {at} to {at + size}, but there are"
                f" {len(data)}"
            )
        at += size
        if quantization:
            raw = _dequantized_bytes(raw, quantization["scale"], quantization["min"])
        out[name] = memoryview(raw).cast("f", shape) if shape else memoryview(raw).cast("f")  # type: ignore[assignment]
    if at != len(data):
        raise ValueError(
            f"{where}: the manifest accounts for {at} bytes, but there are {len(data)}"
        )
    return out


def _dequantized_bytes(raw: bytes, scale: float, low: float) -> bytes:
    """uint8 -> float32. The four bytes of the 256 possible values are four tables, and
    C does the looking up.
    """
    values = array("f", [i * scale + low for i in range(256)]).tobytes()
    out = bytearray(4 * len(raw))
    for plane in range(4):
        out[plane::4] = raw.translate(values[plane::4])
    return bytes(out)


def _entry(entry: Any, where: str) -> tuple[str, tuple[int, ...], str, Mapping[str, Any] | None]:
    ok = (
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get("shape"), list)
    )
    if not ok or not all(type(n) is int and n >= 0 for n in entry["shape"]):
        raise ValueError(
            f"{where}: a weight needs a 'name' and a 'shape' of non-negative integers, got"
            f" {str(entry)[:200]}"
        )
    name, dtype, quantization = (
        entry["name"],
        entry.get("dtype", "float32"),
        entry.get("quantization"),
    )
    if dtype not in _STORED:
        raise ValueError(
            f"{where}: {name!r} has dtype {dtype!r}; expected one of {', '.join(_STORED)}"
        )
    if quantization is not None:
        kind = quantization.get("dtype") if isinstance(quantization, dict) else None
        if kind not in _QUANTIZED:
            raise ValueError(
                f"{where}: {name!r} is quantised to {kind!r}; expected one of"
                f" {', '.join(_QUANTIZED)}"
            )
        if kind != "float16" and not all(
            isinstance(quantization.get(k), (int, float)) for k in ("scale", "min")
        ):
            raise ValueError(f"{where}: {name!r} is quantised without a 'scale' and a 'min'")
    return name, tuple(entry["shape"]), dtype, quantization


def _dequantized(
    values: np.ndarray, dtype: str, quantization: Mapping[str, Any] | None
) -> np.ndarray:
    if quantization and quantization["dtype"] != "float16":
        # In float64 and rounded once, halves upwards, as JavaScript's numbers do it:
        # the same weights on both sides.
        values = values.astype(np.float64) * quantization["scale"] + quantization["min"]
        if dtype == "int32":
            values = np.floor(values + 0.5)
    wanted = np.dtype("<f4" if dtype == "float16" else _STORED[dtype])
    return values.astype(wanted)


def load_layers_model(source: str | Path | bytes) -> Model:
    """A model with its weights from a TensorFlow.js layers model: a folder, a
    model.json, a zip's path or bytes.

    Raises ValueError that says what is wrong with the files, or which layer or weight
    does not fit.
    """
    file = read_layers_file(source)
    return build_model(file.topology, file.weights)


def build_model(topology: dict[str, Any], weights: Mapping[str, np.ndarray]) -> Model:
    """A model of a topology, with weights by name."""
    from ..models import model_from_config

    model = model_from_config(topology)
    assign_weights(model, weights)
    return model


def assign_weights(model: Model, weights: Mapping[str, np.ndarray]) -> None:
    """Gives each weight of `model` the value of that name ("layer/kernel").

    Longer names from Keras ("model/layer/kernel:0") are matched by their last two
    parts. Raises ValueError for a weight without a value, a value without a weight, or
    a shape that differs.
    """
    given: dict[str, Any] = {}
    for name, value in weights.items():
        short = short_name(name)
        if short in given:
            raise ValueError(f"two weights are called {short!r}; layers need names of their own")
        given[short] = value
    wanted = {short_name(w.name): w for w in model.weights}
    missing, unused = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
    if missing:
        raise ValueError(
            f"no value for {len(missing)} of the model's {len(wanted)} weights: {_some(missing)}"
        )
    if unused:
        raise ValueError(f"{len(unused)} weights belong to no layer of the model: {_some(unused)}")
    for name, weight in wanted.items():
        if tuple(given[name].shape) != tuple(weight.shape):
            raise ValueError(
                f"weight {name!r} has shape {tuple(given[name].shape)}, its layer expects"
                f" {tuple(weight.shape)}"
            )
    for name, weight in wanted.items():
        value = given[name]
        weight.assign(value if isinstance(value, memoryview) else np.asarray(value, np.float32))


def short_name(name: str) -> str:
    """ "layer/kernel" of a longer name, such as Keras's "model/layer/kernel:0"."""
    return "/".join(name.split(":")[0].split("/")[-2:])


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")


def layers_model_files(model: Model) -> dict[str, bytes]:
    """{"model.json", "weights.bin"}: `model` in the form that `tf.loadLayersModel`
    reads. Reads the weights back.
    """
    return layers_files_of(model, [w.numpy() for w in model.weights])


def layers_files_of(model: Model, values: Iterable[Any]) -> dict[str, bytes]:
    """`layers_model_files` with the values of `model.weights` given, for hosts that
    read them with `await w.data()`.
    """
    from ..host.version import VERSION

    entries: list[dict[str, Any]] = []
    chunks: list[bytes] = []
    for weight, value in zip(model.weights, values, strict=True):
        entries.append({"name": weight.name, "shape": list(weight.shape), "dtype": "float32"})
        chunks.append(
            value.tobytes()
            if isinstance(value, memoryview)
            else np.ascontiguousarray(value, "<f4").tobytes()
        )
    names = [weight.name for weight in model.weights]
    double = sorted({n for n in names if names.count(n) > 1})
    if double:
        raise ValueError(
            "weights need names of their own to be saved, but there are several called"
            f" {_some(double)}"
        )
    document = {
        "format": "layers-model",
        "generatedBy": f"pywebml {VERSION}",
        "convertedBy": None,
        "modelTopology": {
            "class_name": type(model).__name__,
            "config": model.get_config(),
            "keras_version": "tfjs-layers 4.22.0",
            "backend": "tensor_flow.js",
        },
        "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}],
    }
    # TensorFlow.js has no layers of half floats
    text = json.dumps(document).replace('"dtype": "float16"', '"dtype": "float32"')
    return {"model.json": text.encode(), "weights.bin": b"".join(chunks)}


def save_layers_model(model: Model, folder: str | Path) -> Path:
    """Writes `folder`/model.json and `folder`/weights.bin; returns the folder.

    Each file is written whole or not at all, the weights first.
    """
    files = layers_model_files(model)
    for name in ("weights.bin", "model.json"):
        write_whole(Path(folder) / name, files[name])
    return Path(folder)
