"""The layer that marks steps of a sequence as not there."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape


@layer("Masking")
class Masking(Layer):
    """Leaves out the steps of a sequence in which every value is `mask_value`: the
    layers behind it and the loss do not count them, and their values become 0.

    Shapes: [batch, steps, ...] -> the same. The mask is [batch, steps], bool: what the
    last axis has any other value in.

    Example:
        >>> x = np.array([[[1.0, 2.0], [0.0, 0.0]]])
        >>> values, mask = layers.Masking().call_masked(x)
        >>> mask.numpy()
        array([[ True, False]])
    """

    def __init__(self, mask_value: float = 0.0, **options: Any):
        super().__init__(**options)
        self.mask_value = float(mask_value)

    def compute_mask(self, inputs: Tensor, mask: Any = None) -> Any:
        return ops.any(ops.not_equal(inputs, self.mask_value), -1)

    def call(self, inputs: Tensor) -> Tensor:
        there = ops.any(ops.not_equal(inputs, self.mask_value), -1, True)
        return inputs * there.astype(inputs.dtype)

    compute_output_shape = same_shape
