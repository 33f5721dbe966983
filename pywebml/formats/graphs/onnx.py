"""An ONNX graph, as wire/onnx.py reads it, to a `GraphModel`."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from ...host.files import FormatError, refused
from ..wire.onnx import Subgraph, Unread
from ..wire.stored import Stored, Weight
from .graph import GraphModel
from .node import Body, Node, Port
from .onnx_ops import ONNX_OPS

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

_INT32 = 2**31
_OLDEST, _NEWEST = 6, 28
"""The versions of ONNX's operators whose meaning is known here."""


def graph_model(stored: Stored, name: str = "onnx") -> GraphModel:
    """The model of a stored ONNX graph. FormatError that names the node: an op that is
    not run here, an attribute that is not read, operators of a version that is not
    known.
    """
    topology = stored.topology
    if topology is None or topology.kind != "onnx":
        raise ValueError("an ONNX model needs a topology of nodes")
    config = topology.config
    with refused("the graph"):
        opset = config["opset"].get("", 0)
        if not _OLDEST <= opset <= _NEWEST:
            raise FormatError(
                f"operators of version {opset}; known are {_OLDEST} to {_NEWEST}: convert the model"
                " with onnx.version_converter"
            )
        dtypes = {name: weight.dtype for name, weight in stored.weights.items()}
        weights = {name: _at_hand(weight) for name, weight in stored.weights.items()}
        nodes = _nodes(config, opset, dtypes, weights)
        inputs = [_port(about) for about in config["inputs"]]
        outputs = [_port(about) for about in config["outputs"]]
        return GraphModel(nodes, weights, inputs, outputs, ONNX_OPS, name, stored.metadata)


def op_counts(config: Mapping[str, Any]) -> dict[str, int]:
    """How many nodes there are of each op type, the most frequent first."""
    return dict(Counter(_kind(entry) for entry in config["nodes"]).most_common())


def _port(about: Mapping[str, Any]) -> Port:
    sizes = about["shape"]
    if sizes is not None:
        sizes = tuple(n if isinstance(n, int) else None for n in sizes)
    dtype = about["dtype"]
    if dtype == "string" or dtype.startswith("type"):
        raise FormatError(f"input or output {about['name']!r} is of {dtype}; expected numbers")
    if dtype != "bool":
        dtype = "float32" if "float" in dtype else "int32"
    return Port(about["name"], about["name"], sizes, dtype)


def _kind(entry: Mapping[str, Any]) -> str:
    return f"{entry['domain']}.{entry['op']}" if entry["domain"] else str(entry["op"])


def _nodes(
    config: Mapping[str, Any],
    opset: int,
    dtypes: MutableMapping[str, str],
    weights: MutableMapping[str, Weight],
) -> list[Node]:
    """The nodes of a graph; its constants are added to `weights`. `dtypes` are those
    that the file has for what is in `weights`.
    """
    dtypes = ChainMap({about["name"]: about["dtype"] for about in config["inputs"]}, dtypes)
    outputs = [output["name"] for output in config["outputs"]]
    read = {*outputs, *_names_read(config)}
    nodes: list[Node] = []
    for number, entry in enumerate(config["nodes"]):
        _enter(entry, number, opset, read, dtypes, weights, nodes)
    return _prepared(nodes, outputs)


def _names_read(config: Mapping[str, Any]) -> set[str]:
    """What nodes read, those of graphs inside them, too."""
    names: set[str] = set()
    for entry in config["nodes"]:
        names.update(entry["inputs"])
        for value in entry["attributes"].values():
            if isinstance(value, Subgraph):
                names |= _names_read(value.config)
                names.update(output["name"] for output in value.config["outputs"])
    return names


def _enter(
    entry: Mapping[str, Any],
    number: int,
    opset: int,
    read: set[str],
    dtypes: MutableMapping[str, str],
    weights: MutableMapping[str, Weight],
    nodes: list[Node],
) -> None:
    """Adds what a file's node says: a constant, or a node. Of its outputs those behind
    the last that is `read` are left out, such as the mask of a Dropout.
    """
    kind, said = _kind(entry), entry["attributes"]
    what = entry["name"] or f"{kind} {number}"
    outputs = tuple(entry["outputs"])
    if not outputs or not any(outputs):
        raise FormatError(f"node {what!r} has no outputs")
    if kind == "Constant":
        weights[outputs[0]] = _constant(said, what)
        return
    if opset < 7 and "broadcast" in said:
        raise FormatError(f"node {what!r} broadcasts as before version 7 of the operators")
    if kind in ONNX_OPS and (bad := [n for n, v in said.items() if isinstance(v, Unread)]):
        raise FormatError(f"attribute {bad[0]!r} of node {what!r} is {said[bad[0]].what}")
    while len(outputs) > 1 and kind != "Split" and outputs[-1] not in read:
        outputs = outputs[:-1]
    named = tuple(output or f"{what} (unused {i})" for i, output in enumerate(outputs))
    attributes = {**said, "opset": opset, "results": len(outputs)}
    if kind == "QuantizeLinear" and len(entry["inputs"]) > 2:
        attributes["stored"] = dtypes.get(entry["inputs"][2], "uint8")
    inputs = tuple(entry["inputs"])
    bodies = {
        key: _body(value, opset, dtypes, weights)
        for key, value in said.items()
        if isinstance(value, Subgraph)
    }
    if bodies and kind in ONNX_OPS:
        if kind == "Scan" and opset < 9:
            raise FormatError(f"node {what!r} scans as before version 9 of the operators")
        attributes |= bodies | {"own": len(inputs)}
        inputs += tuple(dict.fromkeys(name for b in bodies.values() for name in b.around))
    # names of nodes need not be unique in ONNX; those of values are
    nodes.append(Node(named[0], kind, inputs, attributes, named))


def _body(
    inside: Subgraph,
    opset: int,
    dtypes: MutableMapping[str, str],
    around: MutableMapping[str, Weight],
) -> Body:
    """A graph inside a node; `around` are the constants of the graph that it is in."""
    own = {name: _at_hand(weight) for name, weight in inside.weights.items()}
    known = ChainMap(own, around)  # not copied for each of many small graphs
    dtypes = ChainMap({name: weight.dtype for name, weight in inside.weights.items()}, dtypes)
    nodes = _nodes(inside.config, opset, dtypes, known)
    inputs = tuple(about["name"] for about in inside.config["inputs"])
    outputs = tuple(about["name"] for about in inside.config["outputs"])
    inner = {"", *inputs, *(name for node in nodes for name in node.outputs)}
    read = dict.fromkeys([*(name for node in nodes for name in node.inputs), *outputs])
    weights = {name: known[name] for name in read if name in known and name not in inner}
    rest = tuple(name for name in read if name not in inner and name not in weights)
    return Body(tuple(nodes), weights, inputs, outputs, rest)


def _constant(said: Mapping[str, Any], what: str) -> Weight:
    for key, dtype in (
        ("value", ""), ("value_float", "float32"), ("value_int", "int64"),
        ("value_floats", "float32"), ("value_ints", "int64"),
    ):  # fmt: skip
        value = said.get(key)
        if isinstance(value, Weight):
            return _at_hand(value)
        if value is not None and dtype:
            return _at_hand(Weight.of(np.asarray(value, dtype)))
    raise FormatError(f"the constant {what!r} has no value that is read; it has {sorted(said)}")


def _at_hand(weight: Weight) -> Weight:
    """With its bytes in memory; whole numbers of 64 bits in those of 32. What does not
    fit stands for "as far as it goes", in slices, and becomes the largest.
    """
    if weight.dtype != "int64":
        return weight.at_hand()
    return Weight.of(np.clip(weight.array(), -_INT32, _INT32 - 1).astype(np.int32))


def _prepared(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    """The nodes, each convolution's filter laid out as kernels want it by a node before
    it, and a batch norm behind it, if that alone reads it, multiplied in.
    """
    readers = Counter(name for node in nodes for name in node.inputs)
    readers.update(outputs)
    makers = {output: node for node in nodes for output in node.outputs}
    norms = {}  # by the convolution whose result they are of
    for node in nodes:
        conv = makers.get(node.inputs[0]) if node.inputs else None
        if conv is None or conv.op != "Conv" or readers[conv.outputs[0]] != 1:
            continue
        if _is_fixed_norm(node):
            norms[conv.name] = node
    prepared: list[Node] = []
    folded = {node.name for node in norms.values()}
    for node in nodes:
        if node.op != "Conv" or len(node.inputs) < 2:
            if node.name not in folded:
                prepared.append(node)
            continue
        x, kernel, *rest = node.inputs
        norm = norms.get(node.name)
        laid = f"{node.name} (filter)"
        if norm is None:
            prepared.append(Node(laid, "Filter", (kernel,), node.attributes, (laid,)))
            prepared.append(node._replace(inputs=(x, laid, *rest)))
            continue
        _, scale, offset, mean, variance = norm.inputs
        said = {**node.attributes, **norm.attributes}
        shifted = f"{node.name} (bias)"
        bias = (rest[0] if rest else "", scale, offset, mean, variance)
        prepared += [
            Node(laid, "ScaledFilter", (kernel, scale, variance), said, (laid,)),
            Node(shifted, "ShiftedBias", bias, said, (shifted,)),
            node._replace(inputs=(x, laid, shifted), outputs=norm.outputs),
        ]
    return prepared


def _is_fixed_norm(node: Node) -> bool:
    """Whether it is a batch norm by the moments that the file has."""
    said = node.attributes
    by_moments = not said.get("training_mode") and said.get("spatial", 1)
    return node.op == "BatchNormalization" and len(node.inputs) == 5 and bool(by_moments)
