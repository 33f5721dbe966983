"""A layer that is applied to each step of a sequence."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..normalization import BatchNormalization
from ..support.registry import layer
from ..support.symbols import Shape
from ..wrapper import Wrapper


@layer("TimeDistributed")
class TimeDistributed(Wrapper):
    """Applies a layer, or a model, to each step of sequences.

    All steps are one batch to the layer, except where the layer looks at a whole batch
    (`BatchNormalization`) or keeps states: then they come one after the other.

    Shapes: [batch, steps, ...] -> [batch, steps, what the layer makes of the rest].
    Weights: the layer's.

    Raises:
        ValueError: what is no layer, a shape without steps, a mask that does not fit.

    Example:
        >>> layer = layers.TimeDistributed(layers.Conv2D(4, 3))
        >>> layer(np.ones((2, 5, 8, 8, 3))).shape
        (2, 5, 6, 6, 4)
    """

    supports_masking = True

    def build(self, input_shape: Shape) -> None:
        super().build(self._step_shape(input_shape))

    def _step_shape(self, shape: Shape) -> Shape:
        if len(shape) < 3:
            raise ValueError(
                f"{self.name}: TimeDistributed takes [batch, steps, ...] with something behind"
                f" the steps, got shape {tuple(shape)}"
            )
        return (shape[0], *shape[2:])

    def compute_output_shape(self, input_shape: Shape) -> Any:
        batch, *rest = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (batch, input_shape[1], *rest)

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Tensor:
        if mask is not None and tuple(mask.shape[:2]) != tuple(inputs.shape[:2]):
            raise ValueError(
                f"{self.name}: a mask must begin with the batch and the steps of the inputs,"
                f" {tuple(inputs.shape[:2])}, got {tuple(mask.shape)}"
            )
        if self._looks_at_batches():
            steps = [self._called(inputs[:, t], training, None if mask is None else mask[:, t])
                     for t in range(inputs.shape[1])]  # fmt: skip
            return ops.stack(steps, 1)
        rows = inputs.shape[0] * inputs.shape[1]
        flat_mask = None if mask is None else mask.reshape((rows, *mask.shape[2:]))
        y = self._called(inputs.reshape((rows, *inputs.shape[2:])), training, flat_mask)
        return y.reshape((*inputs.shape[:2], *y.shape[1:]))

    def _called(self, x: Tensor, training: bool, mask: Any) -> Tensor:
        takes = self.layer._takes_mask and mask is not None
        y: Tensor = self.layer(x, training=training, **({"mask": mask} if takes else {}))
        return y

    def _looks_at_batches(self) -> bool:
        inside = self.layer._all_layers()
        return any(
            isinstance(one, BatchNormalization) or getattr(one, "stateful", False) for one in inside
        )
