"""ONNX files of a few nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pywebml.formats.wire.onnx import IR, Subgraph, write
from pywebml.formats.wire.stored import Stored, Topology, Weight


def node(
    op: str, inputs: Sequence[str], outputs: Sequence[str] = ("y",), **attributes: Any
) -> dict[str, Any]:
    said = {k: Weight.of(v) if isinstance(v, np.ndarray) else v for k, v in attributes.items()}
    return {
        "op": op, "domain": "", "name": f"the {op} of {outputs[0]}", "inputs": list(inputs),
        "outputs": list(outputs), "attributes": said,
    }  # fmt: skip


def subgraph(
    nodes: Sequence[Mapping[str, Any]],
    outputs: Sequence[str],
    weights: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Subgraph:
    """A graph inside a node; `inputs` are samples."""
    config = {
        "nodes": nodes,
        "inputs": [
            {"name": name, "dtype": str(value.dtype), "shape": list(value.shape)}
            for name, value in (inputs or {}).items()
        ],
        "outputs": [{"name": name, "dtype": "float32", "shape": None} for name in outputs],
    }
    if inputs:  # a loop's first output is whether it goes on
        config["outputs"][0]["dtype"] = "bool" if "goes" in inputs or "g" in inputs else "float32"
    return Subgraph(config, {n: Weight.of(np.asarray(v)) for n, v in (weights or {}).items()})


def onnx_file(
    nodes: Sequence[Mapping[str, Any]],
    fed: Mapping[str, Any],
    weights: Mapping[str, Any],
    outputs: Sequence[tuple[str, str]] = (("y", "float32"),),
    opset: int = 17,
) -> bytes:
    """A graph of nodes; `fed` are samples of the inputs, `outputs` names and types."""
    config = {
        "opset": {"": opset},
        "ir_version": IR,
        "inputs": [
            {"name": name, "dtype": str(value.dtype), "shape": list(value.shape)}
            for name, value in fed.items()
        ],
        "outputs": [{"name": name, "dtype": dtype, "shape": None} for name, dtype in outputs],
        "nodes": nodes,
    }
    stored = {name: Weight.of(np.asarray(value)) for name, value in weights.items()}
    return write(Stored(Topology("onnx", config), stored, {}))["model.onnx"]
