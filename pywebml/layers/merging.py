"""Layers of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer, Shape
from .registry import layer


@layer("Add")
class Add(Layer):
    """The sum of two or more tensors of one shape."""

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        total = inputs[0]
        for x in inputs[1:]:
            total = total + x
        return total

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        if len({len(s) for s in shapes}) > 1 or any(
            len(set(ns) - {None, 1}) > 1 for ns in zip(*shapes, strict=False)
        ):
            raise ValueError(f"{self.name}: Add needs tensors of one shape, got {shapes}")
        return tuple(
            max((n for n in ns if n is not None), default=None) for ns in zip(*shapes, strict=True)
        )


@layer("Concatenate")
class Concatenate(Layer):
    """Puts two or more tensors side by side along `axis`; their other dimensions must
    agree.
    """

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return ops.concat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        if any(len(s) != rank for s in shapes) or not -rank <= self.axis < rank:
            raise ValueError(
                f"{self.name}: Concatenate along axis {self.axis} needs tensors of one rank that"
                f" has it, got {shapes}"
            )
        axis, out = self.axis % rank, []
        for i, ns in enumerate(zip(*shapes, strict=True)):
            known = [n for n in ns if n is not None]
            if i != axis and len(set(known)) > 1:
                raise ValueError(
                    f"{self.name}: all dimensions but axis {self.axis} must agree, got {shapes}"
                )
            out.append(
                (None if len(known) < len(ns) else sum(known))
                if i == axis
                else max(known, default=None)
            )
        return tuple(out)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}


def _several(layer: Layer, shapes: Any) -> list[Shape]:
    if not isinstance(shapes, list) or len(shapes) < 2:
        raise ValueError(
            f"{layer.name}: {type(layer).__name__} is called with a list of at least two tensors,"
            " for example layer([a, b])"
        )
    return [tuple(s) for s in shapes]
