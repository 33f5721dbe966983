"""Our models and their weights as ONNX files.

ONNX is channels first and we are channels last: kernels are transposed when they are
written, pictures once when they come in, and where a picture is flattened, the rows of
the dense kernel behind it change places instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

from .. import layers as L
from ..host.optional import need
from ..layers.base import Layer
from ..layers.merging.elementwise import Elementwise
from ..layers.support.symbols import Symbol
from ..models import Model
from ..models.graph import Graph, key
from ..ops.support.window import resolve_padding

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

OPSET, IR = 17, 9  # understood by every runtime since 2023
_FIRST = {0: 0, 1: 2, 2: 3, 3: 1}  # an axis of [n, h, w, c] -> the same one of [n, c, h, w]


def onnx_bytes(model: Model) -> bytes:
    """A model with one output as an ONNX file: inputs by their names, the output
    "output", float32, of our shapes and with any number of examples. A name that is
    taken has a number behind it. Weights are read back from the device.

    ValueError for a layer, or a use of one, that is not written; ImportError where the
    package onnx is not installed.
    """
    if len(model.outputs) != 1:
        raise ValueError(f"{model.name} has {len(model.outputs)} outputs; one is written as ONNX")
    writer = Writer()
    names = [writer.free(symbol.layer.name or "input") for symbol in model.inputs]
    inputs: list[tuple[str, str, tuple[Any, ...]]] = []
    values: list[str] = []
    for name, symbol in zip(names, model.inputs, strict=True):
        inputs.append((name, "FLOAT", ("n", *symbol.shape[1:])))
        picture = len(symbol.shape) == 4
        values.append(writer.add("Transpose", name, perm=(0, 3, 1, 2)) if picture else name)
    (out,) = writer.graph(model.graph, values)
    if out in writer.flat:
        raise ValueError(
            f"{model.name}: the output is a flattened picture; its values would come in another"
            " order, so put a Dense behind it"
        )
    shape = model.outputs[0].shape
    if len(shape) == 4:
        out = writer.add("Transpose", out, perm=(0, 2, 3, 1))
    dims: tuple[Any, ...] = ("n", *shape[1:])
    return writer.model(inputs, out, writer.free("output"), dims)


class Writer:
    """Nodes and constants of one ONNX graph. Values are known by name. ImportError
    where the package onnx is not installed.
    """

    def __init__(self) -> None:
        self.onnx = need("onnx", "writes ONNX files", extra="bench")
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        # flattened pictures -> (h, w, c); their values are channel by channel
        self.flat: dict[str, tuple[int, ...]] = {}
        self._names: set[str] = set()

    def free(self, name: str) -> str:
        """`name`, or `name_1` ... where a value is called that already: layers may be
        called whatever their users like.
        """
        unique, number = name, 0
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node; the name of what it gives."""
        name = self.free(f"{kind}_{len(self.nodes)}")
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        name = self.free(f"constant_{len(self.constants)}")
        self.constants[name] = self.onnx.numpy_helper.from_array(
            np.ascontiguousarray(value, dtype), name
        )
        return name

    def ints(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def model(
        self,
        inputs: list[tuple[str, str, tuple[Any, ...]]],
        out: str,
        name: str,
        shape: tuple[Any, ...],
    ) -> bytes:
        """The file's bytes: `inputs` are (name, type, shape), and value `out` becomes
        the output `name`.
        """
        helper, types = self.onnx.helper, self.onnx.TensorProto
        self.nodes.append(helper.make_node("Identity", [out], [name]))
        infos = [
            helper.make_tensor_value_info(n, getattr(types, dtype), dims)
            for n, dtype, dims in inputs
        ]
        outputs = [helper.make_tensor_value_info(name, types.FLOAT, shape)]
        graph = helper.make_graph(
            self.nodes, "pywebml", infos, outputs, list(self.constants.values())
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR
        )
        self.onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def graph(self, graph: Graph, inputs: list[str]) -> list[str]:
        """The nodes of a model's graph; names of its outputs."""
        values = {key(symbol): name for symbol, name in zip(graph.inputs, inputs, strict=True)}
        for node in graph.nodes:
            if node.inputs:
                names = [values[key(symbol)] for symbol in node.inputs]
                outs = self.layer(node.layer, node.inputs, node.outputs[0].shape, names)
                for symbol, name in zip(node.outputs, outs, strict=True):
                    values[key(symbol)] = name
        return [values[key(symbol)] for symbol in graph.outputs]

    def layer(self, layer: Layer, ins: list[Symbol], out: Any, names: list[str]) -> list[str]:
        if isinstance(layer, Model):
            return self.graph(layer.graph, names)
        write = _LAYERS.get(type(layer))
        if write is None:
            known = ", ".join(sorted(k.__name__ for k in _LAYERS))
            raise ValueError(
                f"{layer.name}: a {type(layer).__name__} is not written as ONNX; these layers are:"
                f" {known}"
            )
        _check_channels_last(layer, ins[0].shape)
        if type(layer) not in _FLAT and any(name in self.flat for name in names):
            raise ValueError(
                f"{layer.name}: behind a flattened picture only a Dense is written as ONNX, got"
                f" {type(layer).__name__}"
            )
        if isinstance(layer, Elementwise):
            names = [
                self.ranked(name, len(s.shape), len(out))
                for name, s in zip(names, ins, strict=True)
            ]
        return [write(self, layer, ins[0].shape, out, *names)]

    def ranked(self, x: str, rank: int, target: int) -> str:
        """A value with as many dimensions, further ones behind the batch: of pictures,
        behind the channels, which come first here.
        """
        if rank == target:
            return x
        if target == 4 and rank == 3:  # [n, w, c] -> [n, c, 1, w]
            x = self.add("Transpose", x, perm=(0, 2, 1))
            return self.add("Unsqueeze", x, self.ints(2))
        axes = (2, 3) if target == 4 else range(1, 1 + target - rank)
        return self.add("Unsqueeze", x, self.ints(*axes))

    def activation(self, x: str, name: Any, rank: int) -> str:
        if name in (None, "linear"):
            return x
        if name == "relu6":
            return self.clip(x, 6.0)
        if name == "softmax":
            return self.add("Softmax", x, axis=1 if rank == 4 else rank - 1)
        if name in ("relu", "sigmoid", "tanh"):
            return self.add(name.capitalize(), x)
        raise ValueError(
            f"activation {name!r} is not written as ONNX; written are linear, relu, relu6, sigmoid,"
            " tanh, softmax"
        )

    def clip(self, x: str, most: float) -> str:
        return self.add("Clip", x, self.constant(0.0), self.constant(most))


# --- layers: (writer, layer, shape of the first input, shape of the output, names of
# the inputs) -> name of the output


def _check_channels_last(layer: Any, x: Any) -> None:
    first = getattr(layer, "data_format", None) == "channels_first"
    if first or (isinstance(layer, L.BatchNormalization) and layer.axis % len(x) != len(x) - 1):
        raise ValueError(
            f"{layer.name}: a {type(layer).__name__} with channels first is not written as ONNX;"
            " build the model with channels last, whose weights are the same"
        )


def _window(layer: Any, size: tuple[int, int], x: Any) -> dict[str, Any]:
    dilations = getattr(layer, "dilation_rate", (1, 1))
    (top, bottom), (left, right) = resolve_padding(
        layer.padding, x[1:3], size, layer.strides, dilations
    )
    return {"kernel_shape": size, "strides": layer.strides, "pads": (top, left, bottom, right)}


def _conv(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    if isinstance(layer, L.DepthwiseConv2D):
        # HWCM -> CMHW -> (C*M)1HW
        kernel, groups = layer.depthwise_kernel.numpy().transpose(2, 3, 0, 1), x[3]
        kernel = kernel.reshape(-1, 1, *layer.kernel_size)
    else:
        kernel, groups = layer.kernel.numpy().transpose(3, 2, 0, 1), 1
    weights = [w.constant(kernel)] + (
        [] if layer.bias is None else [w.constant(layer.bias.numpy())]
    )
    window = _window(layer, layer.kernel_size, x)
    y = w.add("Conv", name, *weights, group=groups, dilations=layer.dilation_rate, **window)
    return w.activation(y, layer.activation, 4)


def _dense(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    kernel = layer.kernel.numpy()
    if name in w.flat:
        kernel = kernel.reshape(*w.flat[name], -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    if len(x) != 2:
        raise ValueError(f"{layer.name}: only a Dense of [n, inputs] is written as ONNX, got {x}")
    weights = [w.constant(kernel)] + (
        [] if layer.bias is None else [w.constant(layer.bias.numpy())]
    )
    return w.activation(w.add("Gemm", name, *weights), layer.activation, 2)


def _relu(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    if layer.negative_slope or layer.threshold:
        raise ValueError(f"{layer.name}: a ReLU with a slope or a threshold is not written as ONNX")
    return w.add("Relu", name) if layer.max_value is None else w.clip(name, layer.max_value)


def _batch_norm(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
    gamma = np.ones_like(mean) if layer.gamma is None else layer.gamma.numpy()
    beta = np.zeros_like(mean) if layer.beta is None else layer.beta.numpy()
    return w.add(
        "BatchNormalization",
        name,
        *map(w.constant, (gamma, beta, mean, variance)),
        epsilon=layer.epsilon,
    )


def _pool(kind: str) -> Callable[..., str]:
    # padding does not count
    return lambda w, layer, x, out, name: w.add(kind, name, **_window(layer, layer.pool_size, x))


def _global(kind: str) -> Callable[..., str]:
    def write(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
        y = w.add(kind, name)
        return y if layer.keepdims else w.add("Flatten", y)

    return write


def _flatten(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    y = w.add("Flatten", name)
    if len(x) == 4 and math.prod(x[1:3]) > 1:
        w.flat[y] = x[1:]
    return y


def _reshape(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    if any(len(shape) not in (2, 4) or math.prod(shape[1:-1]) != 1 for shape in (x, out)):
        raise ValueError(
            f"{layer.name}: only a Reshape between [n, c] and [n, 1, 1, c] is written as ONNX, got"
            f" {x} -> {out}"
        )
    return w.add("Reshape", name, w.ints(-1, out[-1], *(1,) * (len(out) - 2)))


def _concatenate(w: Writer, layer: Any, x: Any, out: Any, *names: str) -> str:
    axis = layer.axis % len(x)
    return w.add("Concat", *names, axis=_FIRST[axis] if len(x) == 4 else axis)


def _zero_padding(w: Writer, layer: Any, x: Any, out: Any, name: str) -> str:
    (top, bottom), (left, right) = layer.padding
    return w.add("Pad", name, w.ints(0, 0, top, left, 0, 0, bottom, right))


_LAYERS: dict[type, Callable[..., str]] = {
    L.Conv2D: _conv,
    L.DepthwiseConv2D: _conv,
    L.Dense: _dense,
    L.ReLU: _relu,
    L.Activation: lambda w, layer, x, out, name: w.activation(name, layer.activation, len(x)),
    L.Softmax: lambda w, layer, x, out, name: w.activation(name, "softmax", len(x)),
    L.BatchNormalization: _batch_norm,
    L.Add: lambda w, layer, x, out, *names: (
        w.add("Sum", *names) if len(names) > 2 else w.add("Add", *names)
    ),
    L.Subtract: lambda w, layer, x, out, *names: w.add("Sub", *names),
    L.Multiply: lambda w, layer, x, out, first, *names: reduce(
        lambda y, name: w.add("Mul", y, name), names, first
    ),
    L.Average: lambda w, layer, x, out, *names: w.add("Mean", *names),
    L.Maximum: lambda w, layer, x, out, *names: w.add("Max", *names),
    L.Minimum: lambda w, layer, x, out, *names: w.add("Min", *names),
    L.Concatenate: _concatenate,
    L.MaxPooling2D: _pool("MaxPool"),
    L.AveragePooling2D: _pool("AveragePool"),
    L.GlobalAveragePooling2D: _global("GlobalAveragePool"),
    L.GlobalMaxPooling2D: _global("GlobalMaxPool"),
    L.Flatten: _flatten,
    L.Reshape: _reshape,
    L.Dropout: lambda w, layer, x, out, name: name,
    L.ZeroPadding2D: _zero_padding,
}
_FLAT = (L.Dense, L.Dropout)  # layers that may stand behind a flattened picture
