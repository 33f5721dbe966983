"""TensorFlow's GraphDef, as TensorFlow.js stores it in JSON, to a `GraphModel`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...host.files import FormatError, refused
from ..wire.stored import Stored, Weight
from .graph import GraphModel
from .node import Node, Port
from .tf_folding import with_folded_norms
from .tf_ops import TF_OPS
from .tf_ops.table import dtype_of

_SILENT = ("NoOp", "Assert")
_MOST = 1000
"""Outputs of a node."""
_PAIRS = (
    "ListDiff", "MaxPoolWithArgmax", "NonMaxSuppressionV4", "NonMaxSuppressionV5", "TopKV2",
    "Unique", "UniqueV2",
)  # fmt: skip


def graph_model(stored: Stored, name: str = "graph") -> GraphModel:
    """The model of a stored graph. FormatError that names the node: an op that is not
    run here, a constant without a value, an attribute of another kind.
    """
    topology = stored.topology
    if topology is None or topology.kind != "graph":
        raise ValueError("a graph model needs a topology of nodes")
    with refused("the graph"):
        said = [_checked(node) for node in topology.config["node"]]
        signature = topology.config.get("signature") or {}
        inputs = _inputs(said, signature)
        outputs = _outputs(said, signature)
        nodes, weights = _nodes(said, stored.weights, outputs)
        nodes = with_folded_norms(nodes, weights, [port.value for port in outputs])
        return GraphModel(nodes, weights, inputs, outputs, TF_OPS, name, stored.metadata)


def op_counts(config: Mapping[str, Any]) -> dict[str, int]:
    """How many nodes there are of each op type."""
    counts: dict[str, int] = {}
    for node in config["node"]:
        op = _checked(node)["op"]
        counts[op] = counts.get(op, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _checked(node: Any) -> dict[str, Any]:
    """A node whose parts are what they should be."""
    if not isinstance(node, dict) or not all(isinstance(node.get(k), str) for k in ("name", "op")):
        raise FormatError(f"a node needs a 'name' and an 'op', got {str(node)[:200]}")
    inputs, attributes = node.get("input") or [], node.get("attr") or {}
    are_names = isinstance(inputs, list) and all(isinstance(one, str) for one in inputs)
    if not are_names or not isinstance(attributes, dict):
        raise FormatError(
            f"node {node['name']!r}: 'input' is no list of names, or 'attr' no object"
        )
    return {"name": node["name"], "op": node["op"], "input": inputs, "attr": attributes}


def _nodes(
    said: Iterable[Mapping[str, Any]], weights: Mapping[str, Weight], outputs: Iterable[Port]
) -> tuple[list[Node], dict[str, Weight]]:
    """(the nodes that compute, the constants)."""
    said = [node for node in said if node["op"] not in _SILENT]
    read = [_value(one) for node in said for one in node["input"] if not one.startswith("^")]
    counts: dict[str, int] = {}
    for value in (*read, *(port.value for port in outputs)):
        name, _, place = value.partition(":")
        counts[name] = max(counts.get(name, 0), int(place or 0) + 1)
    nodes, constants = [], {}
    for node in said:
        name, op = node["name"], node["op"]
        if op == "Const":
            if name in weights:
                constants[name] = weights[name].at_hand()
            elif name in counts:
                raise FormatError(f"the constant {name!r} is not among the weights")
        elif op != "Placeholder":
            attributes = {key: _attribute(value, name) for key, value in node["attr"].items()}
            number = max(counts.get(name, 1), _outputs_of(node, attributes))
            values = tuple(f"{name}:{i}" if i else name for i in range(number))
            inputs = tuple(_value(one) for one in node["input"] if not one.startswith("^"))
            nodes.append(Node(name, op, inputs, attributes, values))
    return nodes, constants


def _outputs_of(node: Mapping[str, Any], attributes: Mapping[str, Any]) -> int:
    """How many outputs a node has at least, where its op says so."""
    if node["op"] in ("IdentityN", "ShapeN"):
        return len([one for one in node["input"] if not one.startswith("^")])
    count = attributes.get(
        {"Unpack": "num", "Split": "num_split", "SplitV": "num_split"}.get(node["op"], "")
    )
    if isinstance(count, int) and 0 < count <= _MOST:
        return count
    return 2 if node["op"] in _PAIRS else 1


def _value(name: str) -> str:
    """The value of an input "node" or "node:0", "node:1" ..., or "node:output:1" in
    functions.
    """
    first, *rest = name.split(":")
    if not rest or rest[-1] == "0":
        return first
    if not rest[-1].isdecimal() or int(rest[-1]) > _MOST:
        raise FormatError(f"an input is {name!r}; expected a node, or node:number")
    return f"{first}:{int(rest[-1])}"


def _attribute(said: Any, node: str) -> Any:
    """An attribute as Python has it."""
    if not isinstance(said, Mapping):
        raise FormatError(f"node {node!r}: an attribute is {str(said)[:80]}; expected an object")
    for kind, value in said.items():
        if kind == "list":
            lists = [many for many in value.values() if many] if isinstance(value, Mapping) else []
            which = next((k for k in (value or {}) if value[k]), "i")
            return [_scalar(which, one, node) for one in (lists[0] if lists else [])]
        return _scalar(kind, value, node)
    return None


def _scalar(kind: str, value: Any, node: str) -> Any:
    try:
        if kind == "i":
            return int(value)
        if kind == "f":
            return float(value)
        if kind == "b":
            return bool(value)
        if kind == "s":
            return _text(value)
        if kind == "type":
            return value
        if kind == "shape":
            return _sizes(value)
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise FormatError(
            f"node {node!r}: an attribute of kind {kind!r} is {str(value)[:80]}"
        ) from error
    return None  # tensors, functions: no op of the table asks for them


def _text(value: Any) -> str:
    """A text in base64, or as a list of its bytes."""
    if not isinstance(value, (str, list)):
        raise TypeError(f"no text: {value}")
    data = base64.b64decode(value) if isinstance(value, str) else bytes(value)
    return data.decode()


def _sizes(said: Any) -> list[int] | None:
    """The sizes of a shape, -1 for an open one; None where it is not known."""
    if not said or said.get("unknownRank"):
        return None
    return [int((one or {}).get("size", -1)) for one in said.get("dim") or []]


# --- ports


def _inputs(said: Sequence[Mapping[str, Any]], signature: Mapping[str, Any]) -> list[Port]:
    """The inputs by the signature's names, else all placeholders."""
    places = {node["name"]: node for node in said if node["op"].startswith("Placeholder")}
    named = _signed(signature, "inputs")
    names = {value: key for key, value in named.items() if value in places}
    if not names:
        names = {name: name for name, node in places.items() if node["op"] == "Placeholder"}
    missing = [n for n, node in places.items() if node["op"] == "Placeholder" and n not in names]
    ports = []
    for value, key in {**names, **{name: name for name in missing}}.items():
        attributes = places[value]["attr"]
        shape = _sizes((attributes.get("shape") or {}).get("shape"))
        signed = (signature.get("inputs") or {}).get(key) if key in named else None
        if isinstance(signed, Mapping) and signed.get("tensorShape"):
            shape = _sizes(signed["tensorShape"]) or shape
        dtype = dtype_of((attributes.get("dtype") or {}).get("type", "DT_FLOAT"))
        ports.append(Port(key, value, _open(shape), dtype))
    return ports


def _outputs(said: Sequence[Mapping[str, Any]], signature: Mapping[str, Any]) -> list[Port]:
    """The outputs by the signature's names, else the nodes that none reads."""
    signed = signature.get("outputs") or {}
    named = _signed(signature, "outputs")
    if named:
        return [Port(key, value, *_told(signed[key])) for key, value in named.items()]
    read = {_value(one.removeprefix("^")).split(":")[0] for node in said for one in node["input"]}
    ends = [n["name"] for n in said if n["name"] not in read and n["op"] not in (*_SILENT, "Const")]
    return [Port(name, name) for name in ends]


def _told(signed: Mapping[str, Any]) -> tuple[tuple[int | None, ...] | None, str]:
    """(shape, dtype) as a signature tells them."""
    return _open(_sizes(signed.get("tensorShape"))), dtype_of(signed.get("dtype", "DT_FLOAT"))


def _open(sizes: Sequence[int] | None) -> tuple[int | None, ...] | None:
    """A shape with None for what is open."""
    if sizes is None:
        return None
    return tuple(None if n < 0 else n for n in sizes)


def _signed(signature: Mapping[str, Any], side: str) -> dict[str, str]:
    """{name: value} of a side of the signature."""
    return {
        key: _value(told.get("name") or key)
        for key, told in (signature.get(side) or {}).items()
        if isinstance(told, Mapping)
    }
