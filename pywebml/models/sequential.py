"""A stack of layers, one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.calling import named
from ..core.custom_objects import CustomObjectScope
from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.support.context import named_within
from ..layers.support.registry import LAYERS, from_entry, one_config, one_reading, serialize
from ..layers.support.symbols import Shape, Symbol
from .ends import Ends
from .graph import check_names
from .model import Model


@LAYERS("Sequential")
class Sequential(Model):
    """Layers one after another, of one input and one output each.

    Its graph stands as soon as the input's shape is known: at once where the first
    layer states it (an `Input`, or `input_shape=`), else at `build` or at the first
    call on data.

    Raises:
        TypeError: something that is not a layer.
        ValueError: two layers of one name, or one of several inputs or outputs.

    Example:
        >>> model = pw.Sequential([layers.Input((3,)), layers.Dense(2), layers.Softmax()])
        >>> model.predict(np.zeros((1, 3))).numpy()
        array([[0.5, 0.5]], dtype=float32)
    """

    @named
    def __init__(
        self,
        layers: Sequence[Layer | Symbol] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ):
        if isinstance(trainable, str):
            raise TypeError(
                f"Sequential takes layers, trainable and name: write name={trainable!r}"
            )
        Layer.__init__(self, name=name)
        self._graph = None
        self.plans = {}
        self._stack: list[Layer] = []
        self._start: Symbol | None = None
        top: Symbol | None = None
        if isinstance(layers, (Layer, Symbol, str)) or not hasattr(layers or (), "__iter__"):
            raise TypeError(
                f"Sequential takes a list of layers, Sequential([...]), got {layers!r:.100}"
            )
        for layer in layers or ():
            top = self._put(layer, top)
        if top is not None:
            self._close(top)
        if trainable is not True:
            self.trainable = trainable

    def add(self, layer: Layer | Symbol) -> None:
        """Puts a layer on top. TypeError for anything else."""
        top = self._put(layer, None if self._graph is None else self._graph.outputs[0])
        if top is not None:
            self._close(top)

    def _put(self, layer: Layer | Symbol, top: Symbol | None) -> Symbol | None:
        """Calls a layer on the `top` of the others; what comes out of it, None as long
        as nobody knows the input's shape.
        """
        if isinstance(layer, Symbol) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if not isinstance(layer, Layer):
            hint = "; did you forget the ()?" if isinstance(layer, type) else ""
            raise TypeError(f"Sequential holds layers, got {layer!r}{hint}")
        if any(layer is other or layer.name == other.name for other in self._stack):
            raise ValueError(f"Sequential already has a layer {layer.name!r}; names must differ")
        if isinstance(layer, InputLayer):
            if self._stack or self._start is not None:
                raise ValueError("an Input can only stand first in a Sequential")
            self._start = layer.node.outputs[0]
            return None
        if top is None and not self._stack:
            self._start = top = _start_of(layer) if self._start is None else self._start
        self._stack.append(layer)
        return None if top is None else self._called(layer, top)

    def _called(self, layer: Layer, top: Symbol) -> Symbol:
        with named_within(self):
            return _single(layer(top), layer)

    def pop(self) -> Layer:
        """Takes the top layer off and returns it."""
        if not self._stack:
            raise ValueError(f"{self.name} has no layer to take off")
        layer = self._stack.pop()
        if self._graph is not None:
            top = self._graph.outputs[0].node.inputs[0]
            self._graph, self.built = None, False
            if self._stack:
                self._close(top)
        return layer

    def _close(self, end: Symbol) -> None:
        """The graph from the start to `end`."""
        assert self._start is not None
        self._set_graph(Ends(self._start, end))

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
        top = self._start = _input((None, *tuple(input_shape)[1:]))
        for layer in self._stack:
            top = self._called(layer, top)
        self._close(top)

    def get_config(self) -> dict[str, Any]:
        check_names(self.name, self._stack)
        with one_config():
            layers: list[dict[str, Any]] = [serialize(layer) for layer in self._stack]
        if layers and self._start is not None:
            first = self._stack[0]
            if not isinstance(first, Model) and self._start.dtype == first.dtype:
                layers[0]["config"]["batch_input_shape"] = list(self._start.shape)
            else:  # a model's config has no room for it
                config = self._start.layer.get_config()
                layers.insert(0, {"class_name": "InputLayer", "config": config})
        return self._with_trainable({"name": self.name, "layers": layers})

    @classmethod
    def from_config(cls, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """From a config, or from the bare list of layers that older files have."""
        if custom_objects:
            with CustomObjectScope(custom_objects):
                return cls.from_config(config)
        if isinstance(config, list):
            config = {"layers": config}
        with one_reading():
            return cls._of_config(config, [from_entry(entry) for entry in config["layers"]])


def _start_of(layer: Layer) -> Symbol | None:
    """The symbolic input of a Sequential whose first layer is `layer`, if that knows
    its shape.
    """
    shape: Shape | None = layer.batch_input_shape
    if shape is None and isinstance(layer, Model) and layer._graph is not None:
        inputs = layer.inputs
        if len(inputs) > 1:
            raise ValueError(
                f"Sequential passes one tensor on, but {layer.name} takes {len(inputs)}"
            )
        shape = inputs[0].shape
    return None if shape is None else _input(shape, layer.dtype)


def _input(shape: Shape, dtype: str = "float32") -> Symbol:
    return InputLayer(batch_input_shape=shape, dtype=dtype).node.outputs[0]


def _single(symbol: Any, layer: Layer) -> Symbol:
    if isinstance(symbol, list):
        raise ValueError(
            f"Sequential passes one tensor on, but {layer.name} gives {len(symbol)}; use Model"
        )
    assert isinstance(symbol, Symbol)
    return symbol
