"""Graph models written by hand: TensorFlow.js's files from a few nodes."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

import numpy as np

_TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL"}


class Const(NamedTuple):
    """An input that the file has among its weights."""

    value: np.ndarray


def const(value: Any, dtype: Any = None) -> Const:
    array = np.asarray(value, dtype)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    return Const(array.astype(np.int32) if array.dtype == np.int64 else array)


def attribute(value: Any) -> dict[str, Any]:
    """As GraphDef's JSON has it: whole numbers and bytes are texts."""
    if isinstance(value, list):
        kinds = {next(iter(attribute(one))) for one in value} or {"i"}
        kind = kinds.pop()
        return {"list": {kind: [attribute(one)[kind] for one in value]}}
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, tuple):
        return {"shape": {"dim": [{"size": str(n)} for n in value]}}
    if value.startswith("DT_"):
        return {"type": value}
    return {"s": base64.b64encode(value.encode()).decode()}


def node(name: str, op: str, inputs: list[str], **attributes: Any) -> dict[str, Any]:
    attr = {key: attribute(value) for key, value in attributes.items()}
    return {"name": name, "op": op, "input": inputs, "attr": attr}


def placeholder(name: str, shape: tuple[int, ...], dtype: str = "float32") -> dict[str, Any]:
    return node(name, "Placeholder", [], dtype=_TYPES[dtype], shape=shape)


def graph_files(
    nodes: list[dict[str, Any]], weights: dict[str, np.ndarray], **others: Any
) -> dict[str, bytes]:
    """{"model.json", "weights.bin"} of nodes, the constants among them by their names."""
    consts = [node(n, "Const", [], dtype=_TYPES[w.dtype.name]) for n, w in weights.items()]
    entries = [
        {"name": name, "shape": list(w.shape), "dtype": w.dtype.name} for name, w in weights.items()
    ]
    document = {
        "format": "graph-model",
        "modelTopology": {"node": [*consts, *nodes], "versions": {"producer": 1}},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}],
        **others,
    }
    data = b"".join(w.tobytes() for w in weights.values())
    return {"model.json": json.dumps(document).encode(), "weights.bin": data}


def one_op(
    op: str, inputs: list[Any], outputs: int = 1, **attributes: Any
) -> tuple[dict[str, bytes], dict[str, np.ndarray], list[str]]:
    """(the files of a graph of one node, what its placeholders are fed, its outputs)."""
    names = [f"in{i}" for i in range(len(inputs))]
    weights = {n: x.value for n, x in zip(names, inputs, strict=True) if isinstance(x, Const)}
    fed = {n: x for n, x in zip(names, inputs, strict=True) if not isinstance(x, Const)}
    nodes = [placeholder(n, x.shape, x.dtype.name) for n, x in fed.items()]
    nodes.append(node("y", op, names, **attributes))
    asked = [f"y:{i}" if i else "y" for i in range(outputs)]
    return graph_files(nodes, weights), fed, asked


def job(files: dict[str, bytes], fed: dict[str, np.ndarray], asked: list[str]) -> dict[str, Any]:
    """What tests/node/graphs.mjs is given for that."""
    return {
        "model": {
            "document": json.loads(files["model.json"]),
            "weights": base64.b64encode(files["weights.bin"]).decode(),
        },
        "inputs": {
            name: {"dtype": x.dtype.name, "shape": x.shape, "values": x.ravel().tolist()}
            for name, x in fed.items()
        },
        "outputs": asked,
    }
