"""A stack of layers, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..layers.base import Layer, Shape, Symbol, one_shape
from ..layers.inputs import InputLayer
from ..layers.registry import LAYERS, deserialize
from .model import Model


@LAYERS("Sequential")
class Sequential(Model):
    """Layers one after another. Its graph stands as soon as the input's shape is known:
    at once where the first layer states it (an `Input`, or `input_shape=`), else at
    `build` or at the first call on data.
    """

    def __init__(
        self,
        layers: Sequence[Layer | Symbol] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ):
        Layer.__init__(self, name=name)
        self._graph = None
        self.plans = {}
        self._many_outputs = False
        self._stack: list[Layer] = []
        self._start: Symbol | None = None
        for layer in layers or ():
            self.add(layer)
        if not trainable:
            self.trainable = False

    def add(self, layer: Layer | Symbol) -> None:
        """Puts a layer on top. TypeError for anything else."""
        if isinstance(layer, Symbol) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if not isinstance(layer, Layer):
            raise TypeError(
                f"Sequential holds layers, got {layer!r}"
                + ("; did you forget the ()?" if isinstance(layer, type) else "")
            )
        if any(layer is other or layer.name == other.name for other in self._stack):
            raise ValueError(f"Sequential already has a layer {layer.name!r}; names must differ")
        if isinstance(layer, InputLayer):
            if self._stack or self._start is not None:
                raise ValueError("an Input can only stand first in a Sequential")
            self._start = layer.node.outputs[0]
            return
        top = self._top()
        if top is None and not self._stack:
            top = self._start = _start_of(layer)
        self._stack.append(layer)
        if top is not None:
            self._set_graph([self._start], [_single(layer(top), layer)])  # type: ignore[list-item]

    def pop(self) -> Layer:
        """Takes the top layer off and returns it."""
        if not self._stack:
            raise ValueError(f"{self.name} has no layer to take off")
        layer = self._stack.pop()
        if self._graph is not None:
            top = self._graph.outputs[0].node.inputs[0]
            self._graph, self.built = None, False
            if self._stack:
                self._set_graph([self._start], [top])  # type: ignore[list-item]
        return layer

    def _top(self) -> Symbol | None:
        return (
            self._graph.outputs[0]
            if self._graph is not None
            else self._start
            if not self._stack
            else None
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return list(self._stack)

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of `input_shape`, batch size included:
        build((None, 10)).
        """
        if not self._stack:
            raise ValueError(f"{self.name} has no layers yet; add some first")
        if self._graph is not None:
            return
        top = self._start = InputLayer(
            batch_input_shape=(None, *tuple(input_shape)[1:])
        ).node.outputs[0]
        for layer in self._stack:
            top = _single(layer(top), layer)
        self._set_graph([self._start], [top])

    def get_config(self) -> dict[str, Any]:
        layers = [
            {"class_name": type(layer).__name__, "config": layer.get_config()}
            for layer in self._stack
        ]
        if layers and self._start is not None:
            config = layers[0]["config"]
            if isinstance(self._stack[0], Model):  # a model's config has no room for it
                layers.insert(
                    0, {"class_name": "InputLayer", "config": self._start.layer.get_config()}
                )
            else:
                layers[0]["config"] = {**config, "batch_input_shape": list(self._start.shape)}  # type: ignore[dict-item]
        return {"name": self.name, "layers": layers}

    @classmethod
    def from_config(cls, config: Any) -> Sequential:
        """From a config, or from the bare list of layers that older files have."""
        entries, name = (
            (config, None) if isinstance(config, list) else (config["layers"], config.get("name"))
        )
        return cls(
            [deserialize(entry["class_name"], entry["config"]) for entry in entries], name=name
        )


def _start_of(layer: Layer) -> Symbol | None:
    """The symbolic input of a Sequential whose first layer is `layer`, if that knows
    its shape.
    """
    shape: Shape | None = layer.batch_input_shape
    dtype = layer.dtype
    if shape is None and isinstance(layer, Model) and layer._graph is not None:
        shape = one_shape([s.shape for s in layer.inputs], len(layer.inputs) > 1)
        if isinstance(shape, list):
            raise ValueError(
                f"Sequential passes one tensor on, but {layer.name} takes {len(shape)}"
            )
    return (
        None if shape is None else InputLayer(batch_input_shape=shape, dtype=dtype).node.outputs[0]
    )


def _single(symbol: Any, layer: Layer) -> Symbol:
    if isinstance(symbol, list):
        raise ValueError(
            f"Sequential passes one tensor on, but {layer.name} gives {len(symbol)}; use Model"
        )
    return symbol  # type: ignore[no-any-return]
