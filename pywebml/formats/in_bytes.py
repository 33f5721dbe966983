"""Models whose weights stay on the device in the bytes that a file has: of dense layers
and of convolutions of 1 x 1, by `load_model(where, keep_quantised=True)`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from .. import ops
from ..core.custom_objects import CustomObjectScope
from ..core.tensor import Tensor
from ..host.lazy import np
from ..layers import Conv2D, Dense, activations
from ..layers.support.symbols import Shape
from ..models import Model
from ..models.weights import short_name
from .layers_models import build_model, topology_of
from .wire.stored import Stored, Weight

PARTS = ("kernel", "scale", "low", "bias")


class _InBytes:
    """What both have: a row of bytes, a scale, a low and a bias for each output."""

    add_weight: Any
    activation: Any

    def _bytes(self, inputs: int, outputs: int) -> None:
        self.kernel = self.add_weight(
            (outputs, -(-inputs // 4) * 4), "zeros", "uint8", trainable=False, name="kernel"
        )
        self.scale, self.low, self.bias = (
            self.add_weight((outputs,), "zeros", "float32", trainable=False, name=name)
            for name in PARTS[1:]
        )

    def _product(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        weights = (self.kernel, self.scale, self.low, self.bias)
        y: Tensor = after(ops.bytes_dense(inputs, *weights, activation=within))
        return y

    def get_config(self) -> Any:
        raise ValueError(
            "a model whose weights stayed in bytes is not saved or copied: load it without"
            " keep_quantised, and save that"
        )


class BytesDense(_InBytes, Dense):
    """A Dense layer for inference."""

    def build(self, input_shape: Shape) -> None:
        self._bytes(int(input_shape[-1] or 0), self.units)

    def call(self, inputs: Tensor) -> Tensor:
        return self._product(inputs)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        weights = (self.kernel, self.scale, self.low, self.bias)
        return ops.bytes_dense(inputs, *weights)


class BytesConv2D(_InBytes, Conv2D):
    """A convolution of 1 x 1 for inference: a dense layer at every place."""

    def build(self, input_shape: Shape) -> None:
        self._bytes(self.channels_of(input_shape), self.filters)

    def call(self, inputs: Tensor) -> Tensor:
        down, right = self.strides
        places = inputs if (down, right) == (1, 1) else inputs[:, ::down, ::right]
        return self._product(places)


CLASSES = {"Dense": "BytesDense", "Conv2D": "BytesConv2D"}


def model_in_bytes(stored: Stored) -> tuple[Model, int]:
    """(the model, how many of its layers keep their bytes)."""
    config = copy.deepcopy(topology_of(stored))
    weights: dict[str, Any] = dict(stored.weights)
    kernels = {short_name(name): name for name in stored.weights}
    count = 0
    for layer in _layers(config):
        full = kernels.get(f"{layer['config'].get('name')}/kernel")
        if full is None or not _stays(layer, stored.weights[full]):
            continue
        layer["class_name"] = CLASSES[layer["class_name"]]
        weights |= _parts(full.removesuffix("kernel"), stored.weights[full], weights)
        count += 1
    with CustomObjectScope({"BytesDense": BytesDense, "BytesConv2D": BytesConv2D}):
        return build_model(config, weights), count


def _layers(model: Any) -> Iterator[dict[str, Any]]:
    """The layers of a config, those of models inside it, too."""
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers", ()) if isinstance(config, dict) else config
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and isinstance(layer.get("config"), dict):
            yield layer
        yield from _layers(layer)


def _stays(layer: dict[str, Any], kernel: Weight) -> bool:
    """Whether a kernel reads the layer's weights in bytes."""
    config, last = layer["config"], len(kernel.shape) - 1
    if layer.get("class_name") not in CLASSES or kernel.stored_as != "uint8":
        return False
    if kernel.quantization is None or kernel.quantization.axis not in (None, last):
        return False
    plain = config.get("groups", 1) == 1 and config.get("data_format") != "channels_first"
    return plain and all(size == 1 for size in kernel.shape[:-2]) and 0 not in kernel.shape


def _parts(start: str, kernel: Weight, weights: dict[str, Any]) -> dict[str, Any]:
    """The four weights of such a layer from those in the file."""
    assert kernel.quantization is not None
    inputs, outputs = kernel.shape[-2:]
    rows = np.zeros((outputs, -(-inputs // 4) * 4), np.uint8)
    rows[:, :inputs] = np.frombuffer(kernel.raw, np.uint8).reshape(inputs, outputs).T
    _, scale, low, _ = kernel.quantization
    affine = {
        name: np.broadcast_to(np.asarray(value, np.float32), (outputs,))
        for name, value in (("scale", scale), ("low", low))
    }
    bias = weights.get(f"{start}bias", np.zeros(outputs, np.float32))
    return {f"{start}kernel": rows, f"{start}bias": bias} | {
        f"{start}{name}": value for name, value in affine.items()
    }
