"""The benchmark's networks as ONNX graphs that are written from the layers, channels
first all through, as somebody would write them for ONNX Runtime: what our own writer
(formats/onnx_writing) puts between the nodes is not in here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....formats.onnx_writing import OPSET
from ....formats.wire import onnx as wire
from ....formats.wire.stored import Stored, Topology, Weight
from ....models import Model
from ....models.graph import Key, key
from ....ops.support.window import resolve_padding
from ....zoo import Preprocess

_ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}), "relu6": ("Clip", {}), "softmax": ("Softmax", {"axis": 1}),
}  # fmt: skip


class _Graph:
    """Nodes and weights of a file."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.weights: dict[str, Weight] = {}

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(
            {"op": kind, "name": name, "inputs": list(inputs), "outputs": [name],
             "attributes": attributes}
        )  # fmt: skip
        return name

    def weight(self, values: Any, dtype: str = "float32") -> str:
        name = f"weight_{len(self.weights)}"
        self.weights[name] = Weight.of(np.asarray(values), dtype)
        return name

    def activated(self, x: str, name: str | None) -> str:
        if name in (None, "linear"):
            return x
        kind, attributes = _ACTIVATIONS[str(name)]
        limits = [self.weight(0.0), self.weight(6.0)] if kind == "Clip" else []
        return self.add(kind, x, *limits, **attributes)


def written(net: Model, preprocess: Preprocess | None = None) -> bytes:
    """The network as a file: "x" float32 [n, 3, h, w] -> "y" [n, classes]; with a
    `preprocess` "x" is the bytes of a picture of its size, uint8 [h, w, 4]. KeyError
    for a layer that is not known here.
    """
    _, height, width, _ = net.input.shape
    graph = _Graph()
    x, about = "x", {"name": "x", "dtype": "float32", "shape": ["n", 3, height, width]}
    if preprocess is not None:
        x, about = _of_bytes(graph, preprocess), about | {"dtype": "uint8"}
        about["shape"] = [height, width, 4]
    values: dict[Key, str] = {key(net.graph.inputs[0]): x}
    for node in net.graph.nodes:
        if node.inputs:
            ins = [values[key(symbol)] for symbol in node.inputs]
            values[key(node.outputs[0])] = _layer(graph, node, ins)
    graph.nodes.append(
        {"op": "Identity", "name": "y", "inputs": [values[key(net.graph.outputs[0])]],
         "outputs": ["y"], "attributes": {}}
    )  # fmt: skip
    outputs = [{"name": "y", "dtype": "float32", "shape": ["n", net.output.shape[1]]}]
    config = {
        "ir_version": wire.IR, "opset": {"": OPSET}, "inputs": [about], "outputs": outputs,
        "nodes": graph.nodes,
    }  # fmt: skip
    return wire.write(Stored(Topology("onnx", config), graph.weights, {}))["model.onnx"]


def _of_bytes(graph: _Graph, preprocess: Preprocess) -> str:
    channels = [2, 1, 0] if preprocess.order == "bgr" else [0, 1, 2]
    x = graph.add("Gather", "x", graph.weight(channels, "int64"), axis=2)
    x = graph.add("Transpose", graph.add("Cast", x, to=wire.CODES["float32"]), perm=(2, 0, 1))
    for kind, numbers in (("Mul", preprocess.scale), ("Add", preprocess.offset)):
        x = graph.add(kind, x, graph.weight(np.reshape(numbers, (3, 1, 1))))
    return graph.add("Unsqueeze", x, graph.weight([0], "int64"))


def _layer(graph: _Graph, node: Any, ins: list[str]) -> str:
    layer, shape, kind = node.layer, node.inputs[0].shape, type(node.layer).__name__
    weights = {w.name: w.numpy() for w in layer.weights}
    activation = getattr(layer, "activation", None)
    if kind in ("Conv2D", "DepthwiseConv2D"):
        if kind == "Conv2D":
            kernel, groups = weights["kernel"].transpose(3, 2, 0, 1), 1
        else:
            kernel, groups = weights["depthwise_kernel"].transpose(2, 3, 0, 1), shape[3]
        (top, bottom), (left, right) = resolve_padding(
            layer.padding, shape[1:3], layer.kernel_size, layer.strides, layer.dilation_rate
        )
        y = graph.add(
            "Conv", *ins, graph.weight(kernel), graph.weight(weights["bias"]),
            strides=layer.strides, pads=(top, left, bottom, right), group=groups,
        )  # fmt: skip
    elif kind == "Dense":
        y = graph.add("Gemm", *ins, graph.weight(weights["kernel"]), graph.weight(weights["bias"]))
    elif kind == "ReLU":
        y, activation = ins[0], "relu6" if layer.max_value == 6 else "relu"
    elif kind == "MaxPooling2D":
        y = graph.add("MaxPool", *ins, kernel_shape=layer.pool_size, strides=layer.strides)
    elif kind == "GlobalAveragePooling2D":
        y = graph.add("Flatten", graph.add("GlobalAveragePool", *ins))
    elif kind == "Flatten":
        pictures = len(shape) == 4  # in the order in which the next layer's kernel lies
        y = graph.add("Flatten", graph.add("Transpose", *ins, perm=(0, 2, 3, 1)) if pictures
                      else ins[0])  # fmt: skip
    elif kind == "Concatenate":
        y = graph.add("Concat", *ins, axis=1)
    else:
        y = {"Add": lambda: graph.add("Add", *ins), "Activation": lambda: ins[0]}[kind]()
    return graph.activated(y, activation)
