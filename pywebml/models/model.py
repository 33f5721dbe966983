"""A model: a graph of layers, and a layer itself."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..core.spec import FLOATS
from ..core.tensor import Tensor
from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.support.context import dtype_as
from ..layers.support.registry import LAYERS, classes_of, one_reading, with_layers
from ..layers.support.shapes import traced
from ..layers.support.symbols import Node, Symbol, as_list, one_or_list, one_shape
from ..train.batches import in_order
from ..train.overrides import ABSENT, overridden
from . import summary
from .graph import Graph
from .graph_config import graph_config, symbols_from_config
from .trainable import Trainable


@LAYERS("Model", "Functional")
class Model(Trainable, Layer):
    """Layers between symbolic `inputs` and `outputs`: one each, or lists of them.
    Inputs, and data for them, may also be a dict by their names.

    A subclass may do without both, hold layers in attributes and have a `call(inputs)`
    (or a `train_step`) of its own: it then knows its shapes once it is built, by
    `build(shape)` or by the first data. Its config is its constructor's arguments.

    `Model(other.inputs, other.get_layer(name).output)` cuts a model at an inner layer;
    the layers, and so the weights, are shared, not copied. Masks that a layer makes
    (`Masking`) reach all layers behind it.

    Raises:
        TypeError: `inputs` or `outputs` that are not symbolic, or neither and no
            `call`.
        ValueError: the outputs need an Input that is not among `inputs`, or two layers
            have one name.

    Example:
        >>> x = layers.Input((2,))
        >>> y = layers.Add()([layers.Dense(2, kernel_initializer="ones")(x), x])
        >>> model = pw.Model(x, y)
        >>> model(np.array([[1.0, 2.0]])).numpy()
        array([[4., 5.]], dtype=float32)
    """

    autocast = False  # its layers do
    _absent = ABSENT

    says_itself = False
    """Whether it was made without inputs and outputs."""
    _ends: tuple[list[Symbol], list[Symbol]] | None = None
    _config_without = (*Layer._config_without, "inputs", "outputs")

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        trainable: bool = True,
    ):
        super().__init__(name=name)
        self._graph: Graph | None = None
        self.plans = {}
        self._many_outputs = isinstance(outputs, (list, tuple))
        if inputs is None and outputs is None:
            if not self._says_call and not overridden(self, "train_step"):
                raise TypeError(
                    f"{type(self).__name__}: a Model is made of inputs and outputs, Model(x, y), or"
                    " has a class with a call(inputs) of its own"
                )
            self.says_itself = True
        else:
            self._set_graph(_listed(inputs), _listed(outputs, may_be_named=False))
        if trainable is not True:
            self.trainable = trainable

    def _set_graph(self, inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> None:
        self._graph = Graph(self.name, inputs, outputs)
        self.built = True
        self.plans = {}

    def __getstate__(self) -> dict[str, Any]:
        """For `copy.deepcopy` and pickles: all but the recordings of it."""
        return {**super().__getstate__(), "plans": {}, "_ends": None}

    # --- the graph

    @property
    def graph(self) -> Graph:
        if self.says_itself:
            raise ValueError(
                f"model {self.name!r} has no graph of layers: its class {type(self).__name__} says"
                " what it does, and may need a call(inputs)"
            )
        if self._graph is None:
            raise ValueError(
                f"model {self.name!r} does not know its input shape yet: give the first layer an"
                " input_shape, or call build(shape)"
            )
        return self._graph

    @property
    def layers(self) -> list[Layer]:
        """All layers, from the inputs to the outputs; of a model that says itself what
        it does those in its attributes.
        """
        if self.says_itself:
            return [part for part in self._inner() if isinstance(part, Layer)]
        return list(self.graph.layers)

    @property
    def inputs(self) -> list[Symbol]:
        return list(self._own_ends()[0] if self.says_itself else self.graph.inputs)

    @property
    def outputs(self) -> list[Symbol]:
        return list(self._own_ends()[1] if self.says_itself else self.graph.outputs)

    def _own_ends(self) -> tuple[list[Symbol], list[Symbol]]:
        """What goes in and comes out, without a graph in between: known once the model
        is built. Its `call` is followed when somebody asks.
        """
        if self._built_for is None:
            raise ValueError(
                f"model {self.name!r} does not know its input shape yet: call it on data, or"
                " build(shape)"
            )
        if self._ends is None:
            many = isinstance(self._built_for, list)
            sizes = [(None, *s[1:]) for s in (self._built_for if many else [self._built_for])]
            names = [f"{self.name}_input{i or ''}" for i in range(len(sizes))]
            inputs = [
                InputLayer(batch_input_shape=size, name=name).node.outputs[0]
                for size, name in zip(sizes, names, strict=True)
            ]
            outputs = traced(self, sizes, ["float32"] * len(sizes), many) if self._says_call else []
            # the model holds its ends, so they must not hold the model
            self._ends = inputs, Node(weakref.proxy(self), inputs, outputs).outputs
        return self._ends

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

    def __call__(self, inputs: Any, *more: Any, **options: Any) -> Any:
        """As of any layer; several inputs are a list, or a dict by their names."""
        if isinstance(inputs, Mapping):
            listed = in_order(self, inputs)
            inputs = listed if len(listed) > 1 else listed[0]
        return super().__call__(inputs, *more, **options)

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return self._run(inputs, training, mask)[0]

    def call_masked(
        self, inputs: Any, training: bool = False, mask: Any = None, logits: bool = False
    ) -> tuple[Any, Any]:
        """(outputs, their masks, None for none): what a loss over sequences asks for."""
        if self._says_call:
            return super().call_masked(inputs, training, mask)
        return self._run(self._prepared(inputs), training, mask, logits)

    @property
    def _says_call(self) -> bool:
        """Whether a subclass has a `call` of its own: then that is what the model is."""
        return type(self).call not in (Model.call, Layer.call)

    def check_call(self) -> None:
        """ValueError where a subclass's `call` gives outputs of other shapes than the
        graph that the model was made of.
        """
        if not self._says_call or self._graph is None:
            return
        sizes = [symbol.shape for symbol in self.inputs]
        shape = super().compute_output_shape(one_shape(sizes, len(sizes) > 1))
        now, then = (
            shape if isinstance(shape, list) else [shape],
            [symbol.shape for symbol in self.outputs],
        )
        if [s[1:] for s in now] != [s[1:] for s in then]:
            raise ValueError(
                f"{type(self).__name__}.call gives {now}, but the model {self.name!r} was made with"
                f" outputs of {then}: make it of what its call gives"
            )

    def split_activation(self) -> str | None:
        if self._says_call or self.says_itself:
            return None
        outputs = self.graph.outputs
        if len(outputs) != 1 or outputs[0].layer.activity_regularizer is not None:
            return None
        return outputs[0].layer.split_activation()

    def call_logits(self, inputs: Any, training: bool = False) -> Tensor:
        return self.graph.run(as_list(inputs), training, logits=True)[0][0]

    def _run(self, inputs: Any, training: bool, mask: Any, logits: bool = False) -> tuple[Any, Any]:
        masks = None if mask is None else as_list(mask)
        outputs, covers = self.graph.run(as_list(inputs), training, logits, masks)
        return (outputs, covers) if self._many_outputs else (outputs[0], covers[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._says_call:
            return super().compute_output_shape(input_shape)
        many = isinstance(input_shape, list)
        shapes = self.graph.output_shapes(input_shape if many else [input_shape])
        return shapes if self._many_outputs else shapes[0]

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Its layers by name, then what a subclass keeps in attributes."""
        listed = {} if self.says_itself else {id(layer): layer for layer in self.layers}
        yield from ((layer.name, layer) for layer in listed.values())
        yield from ((place, part) for place, part in super()._parts() if id(part) not in listed)

    # --- configs

    def astype(self, dtype: str) -> Any:
        """A copy whose layers hold their weights in `dtype` and compute on it:
        "float16" takes half the memory, to run and not to train.

        ValueError for other words than "float32" and "float16"; RuntimeError where the
        device has no 16-bit floats.
        """
        if dtype not in FLOATS:
            raise ValueError(f"{self.name}: dtype must be {' or '.join(FLOATS)}, got {dtype!r}")
        with dtype_as(dtype), classes_of(self._all_layers()):
            copy = type(self).from_config(_in_dtype(self.get_config(), dtype))
            copy.build_from(self.build_config())
        for copied, weight in zip(copy.weights, self.weights, strict=True):
            copied.assign(weight)
        return copy

    def get_config(self) -> dict[str, Any]:
        """The topology, as Keras 2 and TensorFlow.js write it; the constructor's
        arguments of a model that says itself what it does.
        """
        if self.says_itself:
            config = super().get_config()
            return {key: value for key, value in config.items() if key != "dtype"}
        return self._with_trainable(graph_config(self.graph))

    def build_config(self) -> Any:
        if not self.says_itself or self._built_for is None:
            return None
        many = isinstance(self._built_for, list)
        sizes = [[None, *s[1:]] for s in (self._built_for if many else [self._built_for])]
        return {"input_shape": sizes if many else sizes[0]}

    def build_from(self, config: Any) -> None:
        if isinstance(config, dict) and not self.built and config.get("input_shape"):
            self.build(config["input_shape"])

    def _with_trainable(self, config: dict[str, Any]) -> dict[str, Any]:
        return config if self._trainable else {**config, "trainable": False}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new model with fresh weights from a topology. TypeError for a class whose
        constructor takes other arguments than this one's and that has no `from_config`
        of its own.
        """
        if cls is not Model and "input_layers" not in config:
            return cls._of_arguments(config)
        inputs, outputs = symbols_from_config(config)
        ends = one_or_list(inputs), outputs if len(outputs) > 1 else outputs[0]
        return cls._of_config(config, *ends)

    @classmethod
    def _of_arguments(cls, config: Mapping[str, Any]) -> Any:
        """A model that says itself what it does."""
        with one_reading():
            arguments = {key: with_layers(value) for key, value in config.items()}
        return cls._made_of(arguments)

    @classmethod
    def _of_config(cls, config: Mapping[str, Any], *parts: Any) -> Any:
        """The model made of its `parts`, named and frozen as the config says: each
        layer knows itself whether it trains.
        """
        try:
            inspect.signature(cls).bind(*parts, name=None)
        except TypeError:
            raise TypeError(
                f"{cls.__name__}: its constructor does not take what a config holds; give it a"
                " from_config(config) that makes it"
            ) from None
        make: Any = cls
        model = make(*parts, name=config.get("name"))
        model._trainable = config.get("trainable") is not False
        return model

    def summary(self, *, print_fn: Callable[[str], Any] = print) -> None:
        """A table of layers, output shapes and parameters, line by line through
        `print_fn`.
        """
        for line in summary.lines(self):
            print_fn(line)


def _listed(ends: Any, may_be_named: bool = True) -> list[Any]:
    """The inputs or outputs of a model as a list. ValueError for a dict whose keys are
    not the names of its inputs, TypeError for one of outputs.
    """
    if not isinstance(ends, Mapping):
        return as_list(ends)
    if not may_be_named:
        raise TypeError(
            "a Model's outputs are one symbol or a list of them, got a dict: losses, metrics and"
            " labels go by the names of the layers, so write name='...' there"
        )
    for key, symbol in ends.items():
        if isinstance(symbol, Symbol) and symbol.layer.name != key:
            raise ValueError(
                f"the input {key!r} of a Model must be an Input of that name, got"
                f" {symbol.layer.name!r}: write Input(..., name={key!r})"
            )
    return list(ends.values())


def _in_dtype(said: Any, dtype: str) -> Any:
    """A config with its layers' floats in `dtype`, and initializers that take no time:
    the weights are there already.
    """
    if isinstance(said, (list, tuple)):
        return [_in_dtype(item, dtype) for item in said]
    if not isinstance(said, dict):
        return said
    config = {key: _light(key, _in_dtype(value, dtype)) for key, value in said.items()}
    return {**config, "dtype": dtype} if config.get("dtype") in FLOATS else config


def _light(key: str, value: Any) -> Any:
    return "zeros" if value is not None and key.endswith("_initializer") else value


__all__ = ["Model"]
