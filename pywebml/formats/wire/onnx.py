"""ONNX files as plain data, and back: without the package onnx, in a tab too.

The topology's config is {"ir_version", "producer", "opset": {domain: version},
"inputs", "outputs": [{"name", "dtype", "shape"}], "nodes": [{"op", "domain", "name",
"inputs", "outputs", "attributes"}]}. A size in a shape is a number, a name (one that is
open, such as "n"), or None. Attributes are numbers, texts, lists of them, `Weight` for
a tensor, `Subgraph` for a graph inside, or `Unread` for what has no meaning here, such
as several tensors. The graph's initializers are the weights.

Source of the numbers: onnx/onnx.proto, https://onnx.ai/onnx/api/classes.html.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ...host.files import MAX_FILE, FormatError, refused
from ...host.json_data import read_json
from ...host.stores.files import Files, part_of
from ...host.stores.parts import Data, Slice, raw
from .protobuf import Reader, Table, written
from .stored import ITEMSIZE, Format, Stored, Topology, Weight, checked_shape, elements, sole_file

IR = 9
"""The version of the file format that is written: of 2023, so that every runtime since
reads it.
"""
MAX_NODES = 100_000
_ENTRY: Table = {1: ("key", "text"), 2: ("value", "text")}
_TENSOR: Table = {
    1: ("dims", "ints"), 2: ("data_type", "int"), 4: ("float_data", "floats"),
    5: ("int32_data", "ints"), 7: ("int64_data", "ints"), 8: ("name", "text"),
    9: ("raw_data", "bytes"), 10: ("double_data", "doubles"), 11: ("uint64_data", "ints"),
    13: ("external_data", [_ENTRY]), 14: ("data_location", "int"),
}  # fmt: skip
_ATTRIBUTE: Table = {
    1: ("name", "text"), 20: ("type", "int"), 2: ("f", "float"), 3: ("i", "int"),
    4: ("s", "bytes"), 5: ("t", _TENSOR), 7: ("floats", "floats"),
    8: ("ints", "ints"), 9: ("strings", ["bytes"]), 21: ("ref_attr_name", "text"),
}  # fmt: skip
_NODE: Table = {
    1: ("input", ["text"]), 2: ("output", ["text"]), 3: ("name", "text"), 4: ("op_type", "text"),
    5: ("attribute", [_ATTRIBUTE]), 7: ("domain", "text"),
}  # fmt: skip
_DIM: Table = {1: ("dim_value", "int"), 2: ("dim_param", "text")}
_TYPE: Table = {1: ("tensor_type", {1: ("elem_type", "int"), 2: ("shape", {1: ("dim", [_DIM])})})}
_VALUE: Table = {1: ("name", "text"), 2: ("type", _TYPE)}
_GRAPH: Table = {
    1: ("node", [_NODE]), 2: ("name", "text"), 5: ("initializer", [_TENSOR]),
    15: ("sparse_initializer", ["bytes"]), 11: ("input", [_VALUE]), 12: ("output", [_VALUE]),
}  # fmt: skip
_ATTRIBUTE[6] = ("g", _GRAPH)  # a branch, or what a loop repeats
_MODEL: Table = {
    1: ("ir_version", "int"), 2: ("producer_name", "text"), 3: ("producer_version", "text"),
    7: ("graph", _GRAPH), 8: ("opset_import", [{1: ("domain", "text"), 2: ("version", "int")}]),
    14: ("metadata_props", [_ENTRY]), 25: ("functions", ["bytes"]),
}  # fmt: skip

CODES = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7,
    "bool": 9, "float16": 10, "float64": 11, "uint32": 12, "bfloat16": 16,
}  # fmt: skip
"""The numbers of the dtypes that are known here."""
DTYPES = {code: dtype for dtype, code in CODES.items()}
_OTHERS = {0: "undefined", 8: "string", 13: "uint64", 14: "complex64", 15: "complex128"}
_FLOAT, _INT, _STRING, _TENSOR_TYPE, _GRAPH_TYPE, _FLOATS, _INTS, _STRINGS = range(1, 9)
_KINDS = {9: "several tensors", 10: "several graphs"}


class Unread(NamedTuple):
    """An attribute that is not read; `what` it is, in words."""

    what: str


class Subgraph(NamedTuple):
    """A graph inside a node. It reads values of the graph around it, too."""

    config: dict[str, Any]
    weights: dict[str, Weight]


async def knows(files: Files) -> bool:
    """Whether there is one file NAME.onnx (with others beside it), or one file of any
    name whose outermost fields are those of a model with a graph.
    """
    names = await files.list()
    if sum(name.endswith(".onnx") for name in names) == 1:
        return True
    file = await sole_file(files)
    if file is None or not file[1].startswith(b"\x08"):
        return False
    known: Table = {1: ("ir_version", "int"), 7: ("graph", "bytes"), 8: ("opset", ["bytes"])}
    try:
        return Reader(file[1]).message(known).keys() >= {"ir_version", "graph"}
    except FormatError:
        return False


async def read(files: Files) -> Stored:
    """The graph and its weights, those in files beside it too. FormatError for a broken
    file, more than MAX_NODES nodes, weights that do not have the bytes that their
    shapes say, or lie in a file that is not there.
    """
    names = await files.list()
    path = next((name for name in names if name.endswith(".onnx")), names[0])
    data = await part_of(files, path, MAX_FILE)
    with refused(path):
        return await _stored(data, path, _Beside(files, names, path))


async def _stored(data: Data, path: str, beside: _Beside) -> Stored:
    model = Reader(data).message(_MODEL)
    graph = model.get("graph")
    if graph is None or not model.get("ir_version"):
        raise FormatError("it has no graph, or does not say of which version of ONNX it is")
    if model.get("functions"):
        raise FormatError("it defines functions of its own, which are not read; inline them")
    elsewhere = {
        tensor.get("name", ""): lying
        for tensor in graph.get("initializer", ())
        if (lying := await beside.data(tensor)) is not None
    }
    weights, about = _graph(graph, elsewhere)
    opset = {
        _domain(entry.get("domain", "")): entry.get("version", 0)
        for entry in model.get("opset_import", ())
    }
    config = {
        "ir_version": model["ir_version"],
        "producer": f"{model.get('producer_name', '')} {model.get('producer_version', '')}".strip(),
        "opset": opset,
        **about,
    }
    metadata = {
        entry.get("key", ""): _unpacked(entry.get("value", ""))
        for entry in model.get("metadata_props", ())
    }
    return Stored(Topology("onnx", config), weights, metadata)


def _graph(
    graph: dict[str, Any], elsewhere: Mapping[str, Slice]
) -> tuple[dict[str, Weight], dict[str, Any]]:
    """(the weights, inputs with outputs and nodes); `elsewhere` are the bytes of
    weights that lie in other files.
    """
    if graph.get("sparse_initializer"):
        raise FormatError("it has sparse weights, which are not read; write them dense")
    if len(graph.get("node", ())) > MAX_NODES:
        raise FormatError(f"it has more than {MAX_NODES:,} nodes")
    weights: dict[str, Weight] = {}
    for tensor in graph.get("initializer", ()):
        name = tensor.get("name", "")
        if name in weights:
            raise FormatError(f"two weights are called {name!r}")
        weights[name] = _weight(tensor, f"weight {name!r}", elsewhere.get(name))
    return weights, {
        "inputs": [_about(v) for v in graph.get("input", ()) if v.get("name", "") not in weights],
        "outputs": [_about(value) for value in graph.get("output", ())],
        "nodes": [_node(node) for node in graph.get("node", ())],
    }


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name  # two names of one


def _about(value: dict[str, Any]) -> dict[str, Any]:
    tensor = value.get("type", {}).get("tensor_type", {})
    code = tensor.get("elem_type", 0)
    shape = None
    if "shape" in tensor:
        shape = [d.get("dim_value") or d.get("dim_param") for d in tensor["shape"].get("dim", ())]
    dtype = DTYPES.get(code) or _OTHERS.get(code, f"type {code}")
    return {"name": value.get("name", ""), "dtype": dtype, "shape": shape}


def _node(node: dict[str, Any]) -> dict[str, Any]:
    attributes = node.get("attribute", ())
    return {
        "op": node.get("op_type", ""),
        "domain": _domain(node.get("domain", "")),
        "name": node.get("name", ""),
        "inputs": node.get("input", []),
        "outputs": node.get("output", []),
        "attributes": {a.get("name", ""): _attribute(a) for a in attributes},
    }


def _attribute(attribute: dict[str, Any]) -> Any:
    """Its value. Files of the first years leave the type out, and have the value."""
    kinds = {"f": 1, "i": 2, "s": 3, "t": 4, "g": 5, "floats": 6, "ints": 7, "strings": 8}
    kind = attribute.get("type") or next((kinds[key] for key in kinds if key in attribute), 0)
    what = f"attribute {attribute.get('name', '')!r}"
    if kind == _FLOAT:
        return attribute.get("f", 0.0)
    if kind == _INT:
        return attribute.get("i", 0)
    if kind == _STRING:
        return _text(attribute.get("s", b""), what)
    if kind == _TENSOR_TYPE:
        tensor = attribute.get("t", {})
        if tensor.get("data_location"):
            return Unread("a tensor in another file")
        return _weight(tensor, what, None)
    if kind == _GRAPH_TYPE:
        weights, config = _graph(attribute.get("g", {}), {})
        return Subgraph(config, weights)
    if kind == _FLOATS:
        return memoryview(_whole(attribute.get("floats", b""), 4, what)).cast("f").tolist()
    if kind == _INTS:
        return attribute.get("ints", [])
    if kind == _STRINGS:
        return [_text(data, what) for data in attribute.get("strings", ())]
    return Unread(_KINDS.get(kind, f"of type {kind}"))


def _text(data: Any, what: str) -> str:
    try:
        return str(raw(data), "utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"{what} is no UTF-8") from None


def _whole(data: Any, size: int, what: str) -> bytes:
    if len(data) % size:
        raise FormatError(f"{what} has {len(data)} bytes, no multiple of {size}")
    return bytes(data)


def _weight(tensor: dict[str, Any], what: str, data: Slice | None) -> Weight:
    """A tensor; `data` where its bytes lie elsewhere. FormatError for a dtype that is
    not known, and for more or fewer values than the shape says.
    """
    code = tensor.get("data_type", 0)
    dtype = DTYPES.get(code)
    if data is None and tensor.get("data_location"):
        raise FormatError(f"{what} of a graph inside lies in another file, which is not read")
    if dtype is None:
        raise FormatError(f"{what} is of {_OTHERS.get(code, f'type {code}')}, which is not read")
    shape = checked_shape(tensor.get("dims", []), what)
    data = tensor.get("raw_data") if data is None else data
    data = _listed(tensor, dtype, what) if data is None else data
    if len(data) != elements(shape) * ITEMSIZE[dtype]:
        raise FormatError(
            f"{what} has {len(data)} bytes; {dtype} of shape {list(shape)} has"
            f" {elements(shape) * ITEMSIZE[dtype]}"
        )
    return Weight(shape, dtype, data)


def _listed(tensor: dict[str, Any], dtype: str, what: str) -> bytes:
    """The bytes of values that are not raw: half floats and small integers each stand
    in an int32.
    """
    if dtype == "float32":
        return bytes(tensor.get("float_data", b""))
    if dtype == "float64":
        return bytes(tensor.get("double_data", b""))
    field = {"int64": "int64_data", "uint32": "uint64_data"}.get(dtype, "int32_data")
    size, signed = ITEMSIZE[dtype], dtype.startswith("int")
    try:
        return b"".join(n.to_bytes(size, "little", signed=signed) for n in tensor.get(field, ()))
    except OverflowError:
        raise FormatError(f"{what} has numbers that do not fit {dtype}") from None


class _Beside:
    """Weights in files beside the model's."""

    def __init__(self, files: Files, names: list[str], path: str):
        self._files, self._names = files, names
        self._folder = path.rpartition("/")[0]

    async def data(self, tensor: dict[str, Any]) -> Slice | None:
        """A tensor's bytes, None where they are in the model's own file. FormatError
        for a file that is not among the store's, so nothing outside it is ever read.
        """
        if not tensor.get("data_location"):
            return None
        about = {e.get("key", ""): e.get("value", "") for e in tensor.get("external_data", ())}
        location = about.get("location", "")
        path = f"{self._folder}/{location}" if self._folder else location
        what = f"weight {tensor.get('name', '')!r}"
        if path not in self._names:
            raise FormatError(
                f"{what} is in the file {location!r}, which is not here; give a folder or a zip"
                " with the model and that file, or save the model as one file"
            )
        data = await part_of(self._files, path, MAX_FILE)
        try:
            start = int(about.get("offset", "0"))
            length = int(about.get("length", str(len(data) - start)))
        except ValueError:
            raise FormatError(f"{what} has no number for where it is in {location!r}") from None
        if start < 0 or length < 0 or start + length > len(data):
            raise FormatError(
                f"{what} is said to be {length} bytes from byte {start} of {location!r}, which has"
                f" {len(data)}"
            )
        return (memoryview(data) if isinstance(data, bytes) else data)[start : start + length]


def _unpacked(value: str) -> Any:
    """Metadata are texts. Lists and dicts in them are JSON, as `write` puts them there."""
    if value[:1] in ("[", "{"):
        try:
            return read_json(value, "metadata")
        except FormatError:
            pass
    return value


def write(stored: Stored, beside: Collection[str] = ()) -> dict[str, bytes]:
    """The file's bytes: {"model.onnx": bytes}. Of the weights `beside` it has names and
    shapes alone: who reads it gets their values in another way.
    """
    assert stored.topology is not None
    config = stored.topology.config
    producer, _, version = str(config.get("producer", "pywebml")).partition(" ")
    model = {
        "ir_version": config.get("ir_version", IR),
        "producer_name": producer,
        "producer_version": version,
        "graph": _as_graph(config, stored.weights, beside),
        "opset_import": [{"domain": d, "version": n} for d, n in config["opset"].items()],
        "metadata_props": [
            {"key": key, "value": value if isinstance(value, str) else json.dumps(value)}
            for key, value in stored.metadata.items()
        ],
    }
    return {"model.onnx": written(model, _MODEL)}


def _as_graph(
    config: Mapping[str, Any], weights: Mapping[str, Weight], beside: Collection[str] = ()
) -> dict[str, Any]:
    return {
        "node": [_as_node(node) for node in config["nodes"]],
        "name": "pywebml",
        "initializer": [
            {"name": name, **(_absent(weight) if name in beside else _tensor(weight))}
            for name, weight in weights.items()
        ],
        "input": [_as_value(value) for value in config["inputs"]],
        "output": [_as_value(value) for value in config["outputs"]],
    }


def _tensor(weight: Weight) -> dict[str, Any]:
    if weight.quantization:
        weight = Weight.of(weight.array())
    return {"dims": weight.shape, "data_type": CODES[weight.dtype], "raw_data": weight.raw}


def _absent(weight: Weight) -> dict[str, Any]:
    about = {"dims": weight.shape, "data_type": CODES[weight.dtype], "data_location": 1}
    return {**about, "external_data": [{"key": "location", "value": "beside"}]}


def _as_value(value: Mapping[str, Any]) -> dict[str, Any]:
    tensor: dict[str, Any] = {"elem_type": CODES[value["dtype"]]}
    if value["shape"] is not None:
        dims = [{"dim_param" if isinstance(n, str) else "dim_value": n} for n in value["shape"]]
        tensor["shape"] = {"dim": dims}
    return {"name": value["name"], "type": {"tensor_type": tensor}}


def _as_node(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "input": node["inputs"], "output": node["outputs"], "name": node["name"],
        "op_type": node["op"], "domain": node.get("domain", ""),
        "attribute": [_as_attribute(name, value) for name, value in node["attributes"].items()],
    }  # fmt: skip


def _as_attribute(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Weight):
        return {"name": name, "type": _TENSOR_TYPE, "t": _tensor(value)}
    if isinstance(value, Subgraph):
        graph = _as_graph(value.config, value.weights)
        return {"name": name, "type": _GRAPH_TYPE, "g": graph}
    if isinstance(value, float):
        return {"name": name, "type": _FLOAT, "f": value}
    if isinstance(value, int):
        return {"name": name, "type": _INT, "i": value}
    if isinstance(value, str):
        return {"name": name, "type": _STRING, "s": value.encode()}
    if any(isinstance(one, str) for one in value):
        return {"name": name, "type": _STRINGS, "strings": [one.encode() for one in value]}
    if any(isinstance(one, float) for one in value):
        return {"name": name, "type": _FLOATS, "floats": struct.pack(f"<{len(value)}f", *value)}
    return {"name": name, "type": _INTS, "ints": list(value)}


FORMAT = Format("onnx", (".onnx",), knows, read, write)
