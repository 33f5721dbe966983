"""Tensors side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from ..support.symbols import Shape
from .base import Merging, spread


@layer("Concatenate")
class Concatenate(Merging):
    """Tensors side by side along `axis`.

    Shapes: a list of tensors that differ along `axis` alone -> their sizes there added
    up.
    Masks: side by side where the steps are; along any other axis a step counts where
    one of the inputs has it. An input without a mask counts whole.

    Raises:
        ValueError: no list of tensors, or shapes that differ elsewhere.

    Example:
        >>> layers.Concatenate()([np.ones((2, 1)), np.zeros((2, 2))]).numpy()
        array([[1., 0., 0.],
               [1., 0., 0.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **options: Any):
        super().__init__(**options)
        self.axis = int(axis)

    def compute_mask(self, inputs: Sequence[Tensor], mask: Any = None) -> Any:
        masks = self.masks_of(inputs, mask)
        if all(m is None for m in masks):
            return None
        # Every mask as large as its input, joined as the inputs are: a step of the
        # result counts where one of its values does.
        whole = [spread(m, x) for m, x in zip(masks, inputs, strict=True)]
        joined = ops.concat(whole, self.axis)
        return ops.any(joined, tuple(range(2, len(joined.shape))))

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return ops.concat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shapes = self.shapes_in(input_shape)
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
            if i != axis:
                out.append(max(known, default=None))
            else:
                out.append(sum(known) if len(known) == len(ns) else None)
        return tuple(out)


def concatenate(inputs: Sequence[Any], axis: int = -1, **options: Any) -> Any:
    """`Concatenate(axis, **options)(inputs)`, of tensors or symbols.

    Example:
        >>> layers.concatenate([np.ones((1, 1)), np.zeros((1, 2))]).tolist()
        [[1.0, 0.0, 0.0]]
    """
    return Concatenate(axis, **options)(inputs)
