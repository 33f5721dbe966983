"""What layers of several inputs share."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..base import Layer
from ..support.symbols import Shape


class Merging(Layer):
    """A layer that is called with a list of tensors."""

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def shapes_in(self, input_shape: Any) -> list[Shape]:
        """The shapes of the inputs. ValueError where there is no list of them."""
        if not isinstance(input_shape, list) or not input_shape:
            raise ValueError(
                f"{self.name}: {type(self).__name__} is called with a list of tensors, for example"
                " layer([a, b])"
            )
        return [tuple(shape) for shape in input_shape]

    def masks_of(self, inputs: Any, mask: Any) -> list[Any]:
        """A mask, or None, for each input. ValueError for anything else."""
        if mask is None:
            return [None] * len(inputs)
        lists = isinstance(inputs, (list, tuple)) and isinstance(mask, (list, tuple))
        if not lists or len(mask) != len(inputs):
            raise ValueError(
                f"{self.name}: {type(self).__name__} takes a list of inputs and a list of as many"
                f" masks (or None), got {type(inputs).__name__} and {type(mask).__name__}"
                + (f" of {len(inputs)} and {len(mask)}" if lists else "")
            )
        return list(mask)


def spread(mask: Tensor | None, x: Tensor) -> Tensor:
    """A mask [batch, steps] in the shape of x [batch, steps, ...]; all true for None."""
    if mask is None:
        return ops.fill(x.shape, True, "bool")
    shape = (*mask.shape, *(1 for _ in x.shape[len(mask.shape) :]))
    return ops.broadcast_to(mask.reshape(shape), x.shape)
