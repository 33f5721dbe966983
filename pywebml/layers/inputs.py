"""Where a model begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..core.tensor import Tensor
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape
from .support.symbols import Symbol


@layer("InputLayer")
class InputLayer(Layer):
    """Where a model begins: a shape, and nothing to compute. `Input` gives its symbol.

    Args:
        input_shape: shape of one example, without the batch size.
        batch_input_shape: the same with the batch size in front (`batch_shape` in newer
            configs).

    Raises:
        ValueError: no shape.

    Example:
        >>> layers.InputLayer(input_shape=(4,)).output
        <Symbol input_layer shape=(None, 4) dtype=float32>
    """

    config_keys: ClassVar = {"batch_shape": None}
    supports_masking = True

    def __init__(
        self,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        batch_shape: Sequence[int | None] | None = None,
        **options: Any,
    ):
        super().__init__(
            input_shape=input_shape, batch_input_shape=batch_input_shape or batch_shape, **options
        )
        if self.batch_input_shape is None:
            raise ValueError(
                "InputLayer: give the shape of one example, for example"
                " InputLayer(input_shape=(224, 224, 3))"
            )
        self.built = True
        self.node = self._add_node([], [(self.batch_input_shape, self.dtype)])

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in super().__getstate__().items() if key != "node"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        assert self.batch_input_shape is not None
        self.node = self._add_node([], [(self.batch_input_shape, self.dtype)])

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    compute_output_shape = same_shape


def Input(
    shape: Sequence[int | None] | int | None = None,
    batch_size: int | None = None,
    dtype: str = "float32",
    name: str | None = None,
    batch_shape: Sequence[int | None] | None = None,
) -> Symbol:
    """The symbolic tensor that a functional model starts from.

    Args:
        shape: shape of one example, for example (224, 224, 3) or (10,).
        batch_size: fixed batch size, usually left out.

    Raises:
        ValueError: no shape.

    Example:
        >>> x = layers.Input((2,))
        >>> model = pw.Model(x, layers.Dense(1, kernel_initializer="ones")(x))
        >>> model.predict(np.array([[1.0, 2.0]])).numpy()
        array([[3.]], dtype=float32)
    """
    if shape is None and batch_shape is None:
        raise ValueError(
            "Input: give the shape of one example, for example Input(shape=(224, 224, 3))"
        )
    if batch_shape is None:
        batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape or ()))
    return InputLayer(batch_input_shape=batch_shape, dtype=dtype, name=name).node.outputs[0]
