"""A model: a graph of layers, and a layer itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.spec import FLOATS
from ..core.tensor import Tensor
from ..layers.base import Layer
from ..layers.registry import LAYERS
from ..layers.symbols import Symbol, as_list, one_or_list
from ..layers.weights import Weighted
from . import summary
from .graph import Graph
from .trainable import Trainable


@LAYERS("Model", "Functional")
class Model(Trainable, Layer):
    """Layers between symbolic `inputs` and `outputs`: one each, or lists of them.

    `Model(other.inputs, other.get_layer(name).output)` cuts a model at an inner layer;
    the layers, and so the weights, are shared, not copied. Masks that a layer makes
    (`Masking`) reach all layers behind it.

    Raises:
        TypeError: `inputs` or `outputs` that are not symbolic.
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
        self.plans = {}

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

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return self._run(inputs, training, mask)[0]

    def call_masked(
        self, inputs: Any, training: bool = False, mask: Any = None, logits: bool = False
    ) -> tuple[Any, Any]:
        """(outputs, their masks, None for none): what a loss over sequences asks for."""
        return self._run(self._prepared(inputs), training, mask, logits)

    def split_activation(self) -> str | None:
        outputs = self.graph.outputs
        return outputs[0].layer.split_activation() if len(outputs) == 1 else None

    def call_logits(self, inputs: Any, training: bool = False) -> Tensor:
        return self.graph.run(as_list(inputs), training, logits=True)[0][0]

    def _run(self, inputs: Any, training: bool, mask: Any, logits: bool = False) -> tuple[Any, Any]:
        masks = None if mask is None else as_list(mask)
        outputs, covers = self.graph.run(as_list(inputs), training, logits, masks)
        return (outputs, covers) if self._many_outputs else (outputs[0], covers[0])

    def compute_output_shape(self, input_shape: Any) -> Any:
        many = isinstance(input_shape, list)
        shapes = self.graph.output_shapes(input_shape if many else [input_shape])
        return shapes if self._many_outputs else shapes[0]

    def _inner(self) -> list[Weighted]:
        return [*self.layers]

    # --- configs

    def astype(self, dtype: str) -> Any:
        """A copy whose layers hold their weights in `dtype` and compute on it:
        "float16" takes half the memory, to run and not to train.

        ValueError for other words than "float32" and "float16"; RuntimeError where the
        device has no 16-bit floats.
        """
        if dtype not in FLOATS:
            raise ValueError(f"{self.name}: dtype must be {' or '.join(FLOATS)}, got {dtype!r}")
        copy = type(self).from_config(_in_dtype(self.get_config(), dtype))
        for copied, weight in zip(copy.weights, self.weights, strict=True):
            copied.assign(weight)
        return copy

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
        for line in summary.lines(self):
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
            settings = {key: _light(key, value) for key, value in settings.items()}
            if settings.get("dtype", dtype) in FLOATS:
                settings["dtype"] = dtype
        entries.append({**entry, "config": settings})
    return {**config, "layers": entries}


def _light(key: str, value: Any) -> Any:
    return "zeros" if value is not None and key.endswith("_initializer") else value


__all__ = ["Model"]
