"""Models: a graph of layers (`Model`) and a stack of them (`Sequential`). Both are
layers themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.op import FLOATS
from ..core.tensor import Tensor, Variable
from .base import Layer, Node, Shape, Symbol, as_list, one_or_list, one_shape
from .core import InputLayer
from .graph import Graph
from .trainable import Trainable


class Model(Trainable, Layer):
    """Layers between symbolic `inputs` and `outputs` (one each, or lists).

    `Model(other.inputs, other.get_layer(name).output)` cuts a model at an inner layer;
    the layers, and so the weights, are shared, not copied.

    Raises:
        ValueError: the outputs need an Input that is not among `inputs`, or two layers
        have one name.
    """

    autocast = False  # its layers do

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True):
        super().__init__(name=name)
        self._graph: Graph | None = None
        self._many_outputs = isinstance(outputs, (list, tuple))
        self._set_graph(as_list(inputs), as_list(outputs))
        if not trainable:
            self.trainable = False

    def _set_graph(self, inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> None:
        self._graph = Graph(self.name, inputs, outputs)
        self.built = True
        self._forget_plans()

    # --- the graph

    @property
    def graph(self) -> Graph:
        if self._graph is None:
            raise ValueError(
                f"model {self.name!r} does not know its input shape yet: give the first layer an"
                " input_shape, or call build(shape)"
            )
        return self._graph

    @property
    def layers(self) -> list[Layer]:
        """All layers, from the inputs to the outputs."""
        return list(self.graph.layers)

    @property
    def inputs(self) -> list[Symbol]:
        return list(self.graph.inputs)

    @property
    def outputs(self) -> list[Symbol]:
        return list(self.graph.outputs)

    @property
    def input(self) -> Any:
        return one_or_list(self.inputs)

    @property
    def output(self) -> Any:
        return one_or_list(self.outputs)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or at that index. ValueError where there is none."""
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"{self.name} has {len(layers)} layers, none at index {index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        shown = ", ".join(names if len(names) <= 12 else [*names[:6], "...", *names[-6:]])
        raise ValueError(f"{self.name} has no layer {name!r}; its layers are {shown}")

    # --- as a layer

    def call(self, inputs: Any, training: bool = False) -> Any:
        outputs = self.graph.run(as_list(inputs), training)
        return outputs if self._many_outputs else outputs[0]

    def split_activation(self) -> str | None:
        outputs = self.graph.outputs
        return outputs[0].layer.split_activation() if len(outputs) == 1 else None

    def call_logits(self, inputs: Any, training: bool = False) -> Tensor:
        return self.graph.run(as_list(inputs), training, logits=True)[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        shapes = self.graph.output_shapes(
            as_list(input_shape) if isinstance(input_shape, list) else [input_shape]
        )
        return shapes if self._many_outputs else shapes[0]

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        """Sets all layers inside, too, as in Keras."""
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = value

    def _collect(self, kind: str) -> list[Variable]:
        seen: dict[int, Variable] = {}
        for layer in self.layers:
            for weight in getattr(layer, kind):
                seen.setdefault(id(weight), weight)
        return list(seen.values())

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        return self._collect("weights")

    @property
    def trainable_weights(self) -> list[Variable]:
        return self._collect("trainable_weights") if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        return self._collect("non_trainable_weights") if self._trainable else self.weights

    # --- configs

    def astype(self, dtype: str) -> Any:
        """A copy whose layers hold their weights in `dtype` and compute on it:
        "float16" takes half the memory, to run and not to train.

        ValueError for other words than "float32" and "float16"; RuntimeError where the
        device has no 16-bit floats.
        """
        if dtype not in FLOATS:
            raise ValueError(f"{self.name}: dtype must be {' or '.join(FLOATS)}, got {dtype!r}")
        made = type(self).from_config(_in_dtype(self.get_config(), dtype))
        for copied, weight in zip(made.weights, self.weights, strict=True):
            copied.assign(weight)
        return made

    def get_config(self) -> dict[str, Any]:
        """The topology, as Keras 2 and TensorFlow.js write it."""
        return self.graph.get_config()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Model:
        """A new model with fresh weights from a topology."""
        inputs, outputs = Graph.symbols_from_config(config)
        return Model(
            one_or_list(inputs),
            outputs if len(outputs) > 1 else outputs[0],
            name=config.get("name"),
        )

    def summary(self, print_fn: Callable[[str], Any] = print) -> None:
        """A table of layers, output shapes and parameters, line by line through
        `print_fn`.
        """
        from .summary import lines

        for line in lines(self):
            print_fn(line)


def _in_dtype(config: dict[str, Any], dtype: str) -> dict[str, Any]:
    """A model's config with its layers' floats in `dtype`, and initializers that take
    no time: the weights are there already.
    """
    entries = []
    for entry in config["layers"]:
        settings = entry["config"]
        if "layers" in settings:
            settings = _in_dtype(settings, dtype)
        else:
            settings = {
                k: "zeros" if v is not None and k.endswith("_initializer") else v
                for k, v in settings.items()
            }
            settings["dtype"] = (
                dtype if settings.get("dtype", dtype) in FLOATS else settings["dtype"]
            )
        entries.append({**entry, "config": settings})
    return {**config, "layers": entries}


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
            self._graph = None
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
        from .serialization import deserialize

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


__all__ = ["Model", "Node", "Sequential"]
