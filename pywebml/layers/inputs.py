"""Where a model begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..core.tensor import Tensor
from .base import Layer
from .support.context import default_dtype
from .support.policies import KNOWN
from .support.registry import layer
from .support.shapes import same_shape
from .support.symbols import Symbol


@layer("InputLayer")
class InputLayer(Layer):
    """Where a model begins: a shape, and nothing to compute. `Input` gives its symbol.

    Args:
        shape: shape of one example, without the batch size (`input_shape` in older
            configs).
        batch_size: fixed batch size, usually left out.
        sparse, ragged: Keras's; tensors here are neither.
        batch_shape: the shape with the batch size in front (`batch_input_shape` in
            older configs).
        input_tensor: a symbol whose shape and dtype it takes.
        optional: whether None may be given for it.

    Raises:
        ValueError: no shape, or two.

    Example:
        >>> layers.InputLayer((4,)).output
        <Symbol input_layer shape=(None, 4) dtype=float32>
    """

    rounds = False

    config_keys: ClassVar = dict.fromkeys(
        ("shape", "batch_size", "sparse", "ragged", "input_tensor", "optional")
    )
    supports_masking = True
    _config_without = (*Layer._config_without, "batch_shape")

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        *,
        input_shape: Any = None,
        batch_input_shape: Sequence[int | None] | None = None,
        **options: Any,
    ):
        for kind, asked in (("sparse", sparse), ("ragged", ragged)):
            if asked:
                raise ValueError(
                    f"Input: there are no {kind} tensors here: leave {kind} out, and give the model"
                    " dense ones"
                )
        whole = _whole(
            input_shape if shape is None else shape,
            batch_size,
            batch_input_shape if batch_shape is None else batch_shape,
        )
        if input_tensor is not None:
            if not isinstance(input_tensor, Symbol):
                raise TypeError(
                    f"Input: tensor must be a symbol, got {input_tensor!r:.80}; give real tensors"
                    " to the model's call"
                )
            whole = input_tensor.shape if whole is None else whole
            dtype = input_tensor.dtype if dtype is None else dtype
        if whole is None:
            raise ValueError(
                "Input: give the shape of one example, for example Input(shape=(224, 224, 3))"
            )
        dtype = KNOWN[default_dtype()][1] if dtype is None else dtype  # what comes in is data
        super().__init__(batch_input_shape=whole, dtype=dtype, name=name, **options)
        self.optional = optional
        self.built = True
        self.node = self._add_node([], Symbol(self.batch_input_shape or (), self.dtype))

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in super().__getstate__().items() if key != "node"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.node = self._add_node([], Symbol(self.batch_input_shape or (), self.dtype))

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    compute_output_shape = same_shape

    @property
    def batch_shape(self) -> Any:
        """The shape with the batch size in front."""
        return self.batch_input_shape


def is_optional(symbol: Any) -> bool:
    """Whether a model's input may be None."""
    return isinstance(symbol.layer, InputLayer) and symbol.layer.optional


def check_optional(model: str, inputs: Sequence[Any], values: Sequence[Any]) -> None:
    """ValueError where None is given for what is not optional."""
    for symbol, value in zip(inputs, values, strict=True):
        if value is None and not is_optional(symbol):
            raise ValueError(
                f"model {model!r}: the input {symbol.layer.name!r} is not optional, got None; give"
                " it a tensor, or make it with Input(..., optional=True)"
            )


def _whole(shape: Any, batch_size: int | None, batch_shape: Any) -> Any:
    """The shape with the batch size in front, None where nothing says it."""
    if batch_shape is not None:
        if shape is not None or batch_size is not None:
            raise ValueError(
                "Input: batch_shape says all, so leave shape and batch_size out, or give these"
                " alone"
            )
        return batch_shape
    if shape is None:
        return None
    return (batch_size, *((shape,) if isinstance(shape, int) else shape))


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: str | None = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> Symbol:
    """The symbolic tensor that a functional model starts from.

    Args:
        shape: shape of one example, for example (224, 224, 3) or (10,).
        batch_size: fixed batch size, usually left out.
        dtype: "float32" where not given, "int32", "bool".
        sparse, ragged: Keras's; tensors here are neither.
        batch_shape: the shape with the batch size in front.
        tensor: a symbol whose shape and dtype it takes.
        optional: whether None may be given for it, in calls, `fit` and `predict`; the
            layers that take it then get None.

    Raises:
        ValueError: no shape, or two.

    Example:
        >>> x = layers.Input((2,))
        >>> model = pw.Model(x, layers.Dense(1, kernel_initializer="ones")(x))
        >>> model.predict(np.array([[1.0, 2.0]])).numpy()
        array([[3.]], dtype=float32)
    """
    start = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    return start.node.outputs[0]
