"""What a layer is: weights made at the first call, a `call`, a config, and symbolic
tensors for the functional API.
"""

from __future__ import annotations

import inspect
import math
import re
import warnings
import weakref
from collections.abc import Sequence
from typing import Any

from ..core.spec import FLOATS
from ..core.tensor import Tensor, Variable, as_tensor
from ..core.trace import eager
from . import initializers

Shape = tuple[int | None, ...]

_taken: set[str] = set()
_counts: dict[str, int] = {}

# Keys of older and newer Keras configs that change nothing here.
_HARMLESS = frozenset(
    {
        "data_format",
        "sparse",
        "ragged",
        "implementation",
        "input_dtype",
        "optional",
        "synchronized",
        "fused",
    }
)


def snake_case(name: str) -> str:
    """'Conv2D' -> 'conv2d', 'BatchNormalization' -> 'batch_normalization',
    'MaxPooling2D' -> 'max_pooling2d'.
    """
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def unique_name(base: str) -> str:
    """`base`, or `base_1`, `base_2` ... where that is taken: Keras's way of naming
    layers.
    """
    while True:
        count = _counts.get(base, 0)
        _counts[base] = count + 1
        name = f"{base}_{count}" if count else base
        if name not in _taken:
            _taken.add(name)
            return name


def reset_names() -> None:
    """Starts the automatic names again from 'dense', 'dense_1' ... (layers that exist
    keep theirs).
    """
    _taken.clear()
    _counts.clear()


class Symbol:
    """A tensor that is only known by shape (batch size `None`) and by the layer that
    makes it: `Input(...)` and what follows.
    """

    def __init__(self, shape: Shape, dtype: str, node: Node, index: int):
        self.shape, self.dtype, self.node, self.index = tuple(shape), dtype, node, index

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def layer(self) -> Layer:
        """The layer whose output this is."""
        return self.node.layer

    def __repr__(self) -> str:
        return f"<Symbol {self.layer.name} shape={self.shape} dtype={self.dtype}>"


class Node:
    """One symbolic call of a layer: what went in and what came out."""

    def __init__(
        self, layer: Layer, inputs: Sequence[Symbol], output_shapes: Sequence[Shape], dtype: str
    ):
        self.layer, self.inputs = layer, list(inputs)
        # Layers hold their nodes weakly, so that a model nobody uses any more frees its
        # GPU memory at once.
        self._outputs = [(tuple(shape), dtype) for shape in output_shapes]

    @property
    def outputs(self) -> list[Symbol]:
        return [Symbol(shape, dtype, self, i) for i, (shape, dtype) in enumerate(self._outputs)]


def as_list(x: Any) -> list[Any]:
    return list(x) if isinstance(x, (list, tuple)) else [x]


def one_or_list(xs: Sequence[Any]) -> Any:
    return xs[0] if len(xs) == 1 else list(xs)


def pair(value: int | Sequence[int], what: str) -> tuple[int, int]:
    """An int or two ints as two positive ints."""
    both = (value, value) if isinstance(value, int) else tuple(int(v) for v in value)
    if len(both) != 2 or min(both) < 1:
        raise ValueError(f"{what} must be a positive integer or two of them, got {value!r}")
    return both  # type: ignore[return-value]


class Layer:
    """Base of all layers.

    A subclass gives `build(input_shape)` (makes weights with `add_weight`),
    `call(inputs, training=False)`, `compute_output_shape(input_shape)` and
    `get_config()`. Shapes start with the batch size, `None` while unknown.

    Args:
        name: unique within a model; made from the class name where not given.
        trainable: whether training changes the weights.
        dtype: "float32", or "float16" for a layer that holds its weights in that, and
            casts its inputs to it: half the memory, for networks that only run
            (training wants float32).
        input_shape: shape of one example, for the first layer of a `Sequential`.
        batch_input_shape: the same with the batch size (or None) in front, as older
            configs have it.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = "float32",
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        **config: Any,
    ):
        _check_config(type(self).__name__, config)
        if name is not None:
            _taken.add(name)
        self.name = name if name is not None else unique_name(snake_case(type(self).__name__))
        self.dtype = dtype if isinstance(dtype, str) else "float32"
        self._trainable = bool(trainable)
        if batch_input_shape is None and input_shape is not None:
            batch_input_shape = (
                None,
                *((input_shape,) if isinstance(input_shape, int) else input_shape),
            )
        self.batch_input_shape = None if batch_input_shape is None else tuple(batch_input_shape)
        self.built = False
        self._weights: list[Variable] = []
        self._nodes: list[weakref.ref[Node]] = []

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "call" in cls.__dict__:
            cls._takes_training = "training" in inspect.signature(cls.call).parameters

    _takes_training = False
    autocast = True
    """Whether a layer casts floats that come in to its `dtype`, as in Keras."""

    def _autocast(self, x: Tensor) -> Tensor:
        return (
            x.astype(self.dtype)
            if self.autocast and x.dtype != self.dtype and {x.dtype, self.dtype} <= set(FLOATS)
            else x
        )

    # --- to be given by subclasses

    def build(self, input_shape: Any) -> None:
        """Makes the weights. `input_shape` is a tuple, or a list of tuples for layers
        of several inputs.
        """

    def call(self, *inputs: Any, **options: Any) -> Any:
        """`call(inputs)` or `call(inputs, training=False)`: tensors in, tensors out,
        made of ops.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a call(inputs) method")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, `None` where the batch size is unknown. The input's,
        unless overridden.
        """
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild the layer:
        `type(layer).from_config(layer.get_config())`.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.dtype,
        }
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from the config of `get_config`, or from a file in Keras's or
        TensorFlow.js's layers format.
        """
        return cls(**config)

    # --- calling

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        given = as_list(inputs)
        if any(isinstance(x, Symbol) for x in given):
            return self._call_symbolic(given, isinstance(inputs, (list, tuple)))
        tensors = [self._autocast(x if isinstance(x, Tensor) else as_tensor(x)) for x in given]
        self._build_once(one_shape([t.shape for t in tensors], isinstance(inputs, (list, tuple))))
        x = tensors if isinstance(inputs, (list, tuple)) else tensors[0]
        return self.call(x, training=training) if self._takes_training else self.call(x)

    def _call_symbolic(self, symbols: list[Any], many: bool) -> Any:
        if not all(isinstance(s, Symbol) for s in symbols):
            raise TypeError(
                f"{self.name}: symbolic inputs (from Input) and real tensors cannot be mixed in one"
                " call"
            )
        shape = one_shape([s.shape for s in symbols], many)
        self._build_once(shape)
        out = self.compute_output_shape(shape)
        shapes = out if isinstance(out, list) else [out]
        return one_or_list(self._add_node(symbols, shapes).outputs)

    def _add_node(
        self, inputs: Sequence[Symbol], output_shapes: Sequence[Shape], dtype: str = "float32"
    ) -> Node:
        node = Node(self, inputs, output_shapes, dtype)
        self._nodes.append(weakref.ref(node))
        return node

    def _build_once(self, input_shape: Any) -> None:
        if not self.built:
            self.build(input_shape)
            self.built = True

    def split_activation(self) -> str | None:
        """'softmax' or 'sigmoid' where that is the last thing the layer does and
        `call_logits` can leave it out.
        """
        return None

    def call_logits(self, inputs: Any, training: bool = False) -> Any:
        """`call` without the activation that `split_activation` names. Losses use it:
        stable, and one kernel fewer.
        """
        raise TypeError(
            f"{self.name} has no logits: its last activation is neither softmax nor sigmoid"
        )

    # --- symbolic ends

    def _node(self) -> Node:
        alive = [node for node in (ref() for ref in self._nodes) if node is not None]
        if len(alive) != 1:
            found = (
                "has not been called on an Input"
                if not alive
                else f"is used at {len(alive)} places"
            )
            raise AttributeError(
                f"layer {self.name!r} {found}, so it has no single .input and .output"
            )
        return alive[0]

    @property
    def input(self) -> Any:
        """The symbolic input, where the layer is used at one place."""
        return one_or_list(self._node().inputs)

    @property
    def output(self) -> Any:
        """The symbolic output, where the layer is used at one place:
        `Model(model.inputs, layer.output)` cuts there.
        """
        return one_or_list(self._node().outputs)

    @property
    def input_shape(self) -> Any:
        return one_or_list([s.shape for s in as_list(self.input)])

    @property
    def output_shape(self) -> Any:
        return one_or_list([s.shape for s in as_list(self.output)])

    # --- weights

    def add_weight(
        self,
        name: str,
        shape: Sequence[int],
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
    ) -> Variable:
        """A new weight `layer/name`, drawn on the device by the initializer. Weights
        keep the order they are added in.
        """
        with eager():  # also where the layer is first called inside a captured function
            dtype = self.dtype if self.dtype in FLOATS else "float32"
            variable = Variable(
                initializers.get(initializer)(tuple(shape)), trainable, f"{self.name}/{name}", dtype
            )
        self._weights.append(variable)
        return variable

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def weights(self) -> list[Variable]:
        """All weights, in Keras's order."""
        return list(self._weights)

    @property
    def trainable_weights(self) -> list[Variable]:
        return [w for w in self._weights if w.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that training does not change: all of them where `trainable` is
        False.
        """
        return [w for w in self._weights if not (w.trainable and self._trainable)]

    def count_params(self) -> int:
        """The number of values in all weights."""
        return sum(math.prod(w.shape) for w in self.weights)

    def get_weights(self) -> list[Any]:
        """NumPy copies of `weights` (reads from the device; inside a page use `await
        w.data()` on each).
        """
        return [w.numpy() for w in self.weights]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Copies arrays or tensors, in the order of `weights`, into the weights.

        Raises ValueError where their number or a shape differs.
        """
        weights = self.weights
        if len(values) != len(weights):
            hint = (
                ""
                if weights or self.built
                else "; the layer has no weights until it is called or built"
            )
            raise ValueError(
                f"{self.name} has {len(weights)} weights, got {len(values)} values{hint}"
            )
        tensors = [v if isinstance(v, Tensor) else as_tensor(v) for v in values]
        for weight, tensor in zip(weights, tensors, strict=True):
            if tuple(tensor.shape) != tuple(weight.shape):
                raise ValueError(
                    f"{weight.name}: shape {tuple(weight.shape)} expected, got"
                    f" {tuple(tensor.shape)}"
                )
        for weight, tensor in zip(weights, tensors, strict=True):
            weight.assign(tensor)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def one_shape(shapes: Sequence[Shape], many: bool) -> Any:
    """A tuple for a layer called with one tensor, a list of tuples for one called with
    a list.
    """
    return [tuple(s) for s in shapes] if many else tuple(shapes[0])


def _check_config(layer: str, config: dict[str, Any]) -> None:
    """Refuses arguments nobody knows; lets the harmless ones of other versions pass."""
    for key, value in config.items():
        if key == "data_format" and value == "channels_first":
            raise ValueError(
                f"{layer}: data_format 'channels_first' is not supported; transpose images to"
                " channels last (NHWC)"
            )
        if value is None or key in _HARMLESS:
            continue
        if key.endswith(("_regularizer", "_constraint")):
            warnings.warn(
                f"{layer}: {key} is not supported and is left out of training", stacklevel=4
            )
        else:
            raise TypeError(f"{layer} does not know the argument {key}={value!r}")
