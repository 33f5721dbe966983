"""A model: a graph of layers, and a layer itself."""

from __future__ import annotations

import inspect
import json
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.custom_objects import CustomObjectScope
from ..core.spec import FLOATS
from ..core.tensor import Tensor
from ..device import get_device
from ..layers.base import Layer
from ..layers.inputs import InputLayer
from ..layers.support.context import dtype_as
from ..layers.support.registry import LAYERS, classes_of, one_reading, serialize, with_layers
from ..layers.support.shapes import followed, is_shape, shapes_of, specs_of
from ..layers.support.structures import leaves, mapped
from ..layers.support.symbols import Node, Symbol
from ..train.batches import in_order
from ..train.overrides import ABSENT, overridden
from .ends import Ends
from .front import Fronted
from .graph import Graph
from .graph_config import graph_config
from .graph_reading import symbols_from_config
from .saving import Saveable
from .summary import Summarised
from .trainable import Trainable


@LAYERS("Model", "Functional")
class Model(Trainable, Saveable, Summarised, Fronted, Layer):
    """Layers between symbolic `inputs` and `outputs`: one each, or lists, dicts or
    nested structures of them. Data come in the same structure, or as a dict by the
    names of the inputs; outputs in theirs.

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

    rounds = False

    autocast = False  # its layers do
    _absent = ABSENT

    says_itself = False
    """Whether it was made without inputs and outputs."""
    _ends: Any = None  # Ends, and of a copy the structures of these
    _config_without = (*Layer._config_without, "inputs", "outputs")

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        trainable: bool = True,
        **options: Any,
    ):
        super().__init__(name=name, **options)
        self._graph: Graph | None = None
        self.plans = {}
        if inputs is None and outputs is None:
            if not self._says_call and not overridden(self, "train_step"):
                raise TypeError(
                    f"{type(self).__name__}: a Model is made of inputs and outputs, Model(x, y), or"
                    " has a class with a call(inputs) of its own"
                )
            self.says_itself = True
        else:
            self._set_graph(Ends(inputs, outputs))
        if trainable is not True:
            self.trainable = trainable

    def _set_graph(self, ends: Ends) -> None:
        self._graph = Graph(self.name, ends.inputs, ends.outputs)
        self._ends, self.built = ends, True
        self.plans = {}

    def __getstate__(self) -> dict[str, Any]:
        """For `copy.deepcopy` and pickles: all but the recordings of it."""
        forms = None if self._graph is None else (self.ends.takes, self.ends.gives)
        return {**super().__getstate__(), "plans": {}, "_ends": forms}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._graph is not None and self._ends is not None:
            takes, gives = self._ends
            ends = Ends(self._graph.inputs, self._graph.outputs)
            ends.takes, ends.gives = takes, gives
            self._ends = ends

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
        return list(self.ends.inputs)

    @property
    def outputs(self) -> list[Symbol]:
        return list(self.ends.outputs)

    @property
    def ends(self) -> Ends:
        """What goes in and comes out. Without a graph in between that is known once the
        model is built; its `call` is followed when somebody asks.
        """
        if not self.says_itself:
            assert self.graph is not None
            return self._ends  # type: ignore[return-value]  # it comes with the graph
        if self._built_for is None:
            raise ValueError(
                f"model {self.name!r} does not know its input shape yet: call it on data, or"
                " build(shape)"
            )
        if self._ends is None:
            numbers = iter(range(1000))

            def of_any_batch(symbol: Symbol) -> Symbol:
                name = f"{self.name}_input{next(numbers) or ''}"
                shape = (None, *symbol.shape[1:])
                start = InputLayer(batch_shape=shape, dtype=symbol.dtype, name=name)
                return start.node.outputs[0]

            inputs = mapped(of_any_batch, self._built_like)
            outputs = followed(self, inputs, {}) if self._says_call else []
            # the model holds its ends, so they must not hold the model
            node = Node(weakref.proxy(self), inputs, outputs)
            self._ends = Ends(inputs, node.result)
        return self._ends

    @property
    def input(self) -> Any:
        return self.ends.as_called(self.inputs)

    @property
    def output(self) -> Any:
        return self.ends.as_given(self.outputs)

    def build_for(self, inputs: Any) -> None:
        """Makes the weights for a tensor, or a structure of them, such as these."""
        self._build_for(inputs, {})

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

    def __call__(self, *args: Any, **options: Any) -> Any:
        """As of any layer; several inputs are a list, or a dict by their names."""
        if args and isinstance(args[0], Mapping) and not self.says_itself:
            listed = in_order(self, args[0])
            args = (self.ends.as_called(listed), *args[1:])
        return super().__call__(*self._from_host(args), **options)

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return self._run(inputs, training, mask)[0]

    def call_masked(
        self,
        inputs: Any,
        training: bool = False,
        mask: Any = None,
        logits: bool = False,
        said: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Any]:
        """(outputs, their masks, None for none): what a loss over sequences asks for."""
        if self._says_call:
            return super().call_masked(inputs, training, mask, said=said)
        return self._run(self._prepared(inputs, dict(said or {}))[0], training, mask, logits)

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
        outputs = followed(self, self.as_called(self.inputs), {})
        now = [symbol.shape for symbol in leaves(outputs)]
        then = [symbol.shape for symbol in self.outputs]
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
        return self.graph.run(self._row(inputs), training, logits=True)[0][0]

    def _run(self, inputs: Any, training: bool, mask: Any, logits: bool = False) -> tuple[Any, Any]:
        graph, ends = self.graph, self.ends
        masks = None if mask is None else self._row(mask)
        outputs, covers = graph.run(self._row(inputs), training, logits, masks)
        return ends.as_given(outputs), ends.as_given(covers)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._says_call:
            return super().compute_output_shape(input_shape)
        return shapes_of(self._outputs_for(specs_of(input_shape, "float32"), {}, None))

    def _outputs_for(self, first: Any, options: Mapping[str, Any], training: bool | None) -> Any:
        if self._says_call:
            return super()._outputs_for(first, options, training)
        if any(leaf is None for leaf in leaves(first)):
            return followed(self, first, options, training)
        self._build_for(first, options)
        shapes = self.graph.output_shapes([s.shape for s in self.ends.in_a_row(first)])
        pairs = zip(shapes, self.outputs, strict=True)
        return self.ends.as_given([Symbol(shape, like.dtype) for shape, like in pairs])

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
        adapter = get_device().adapter
        if dtype == "float16" and not adapter.has_halves:
            raise RuntimeError(f"{self.name}: {adapter.name} has no 16-bit floats; keep float32")
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
        return self._with_trainable(graph_config(self.graph, self.ends))

    def build_config(self) -> Any:
        if not self.says_itself or self._built_for is None:
            return None
        return {"input_shape": _of_any_batch(self._built_for)}

    def build_from(self, config: Any) -> None:
        if isinstance(config, dict) and not self.built and config.get("input_shape"):
            self.build(config["input_shape"])

    def _with_trainable(self, config: dict[str, Any]) -> dict[str, Any]:
        return config if self._trainable else {**config, "trainable": False}

    def to_json(self, **options: Any) -> str:
        """The config as text, which `pw.models.model_from_json` makes a model of;
        `options` are those of `json.dumps`.
        """
        return json.dumps(serialize(self), **options)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A new model with fresh weights from a topology; `custom_objects` are classes
        and functions of your own that it names. TypeError for a class whose constructor
        takes other arguments than this one's and that has no `from_config` of its own.
        """
        if custom_objects:
            with CustomObjectScope(custom_objects):
                return cls.from_config(config)
        if cls is not Model and "input_layers" not in config:
            return cls._of_arguments(config)
        return cls._of_config(config, *symbols_from_config(config))

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


def _of_any_batch(shape: Any) -> Any:
    """A shape, or all in a structure, with an open batch size."""
    if is_shape(shape):
        return [None, *shape[1:]]
    if isinstance(shape, Mapping):
        return {key: _of_any_batch(one) for key, one in shape.items()}
    return [_of_any_batch(one) for one in shape]


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
