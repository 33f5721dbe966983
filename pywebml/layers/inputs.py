"""Where a model begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import Tensor
from .base import Layer, Symbol
from .registry import layer


@layer("InputLayer")
class InputLayer(Layer):
    """Where a model begins: a shape, and nothing to compute.

    Args:
        input_shape: shape of one example, without the batch size.
        batch_input_shape: the same with the batch size in front (`batch_shape` in newer
            configs).
    """

    def __init__(
        self,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        batch_shape: Sequence[int | None] | None = None,
        **options: Any,
    ):
        options.setdefault("name", None)
        super().__init__(
            input_shape=input_shape, batch_input_shape=batch_input_shape or batch_shape, **options
        )
        if self.batch_input_shape is None:
            raise ValueError(
                "InputLayer: give the shape of one example, for example"
                " InputLayer(input_shape=(224, 224, 3))"
            )
        self.built = True
        self.node = self._add_node([], [self.batch_input_shape], self.dtype)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


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
    """
    if shape is None and batch_shape is None:
        raise ValueError(
            "Input: give the shape of one example, for example Input(shape=(224, 224, 3))"
        )
    if batch_shape is None:
        batch_shape = (batch_size, *((shape,) if isinstance(shape, int) else shape or ()))
    return InputLayer(batch_input_shape=batch_shape, dtype=dtype, name=name).node.outputs[0]
