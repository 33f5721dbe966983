"""Cells on top of each other, as one cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.tensor import Tensor
from ..base import Layer
from ..support.registry import layer
from ..support.symbols import Shape
from .states import as_states, check_cell, is_nested, output_size_of, zeros_for


@layer("StackedRNNCells")
class StackedRNNCells(Layer):
    """Cells on top of each other: the first gets the inputs, each further one the
    output of the one below. A cell itself, with the states of all in its list.

    Shapes: [batch, features] -> what the last cell gives.

    Args:
        cells: layers such as `LSTMCell`, or whatever has a `call(inputs, states)` and a
            `state_size`.

    Raises:
        ValueError: what is no cell, or an empty list.

    Example:
        >>> cells = [layers.LSTMCell(4), layers.LSTMCell(2)]
        >>> layers.RNN(layers.StackedRNNCells(cells))(np.ones((1, 5, 3))).shape
        (1, 2)
    """

    rounds = False

    def __init__(self, cells: Sequence[Any], **options: Any):
        super().__init__(**options)
        if not cells:
            raise ValueError(f"{self.name}: StackedRNNCells needs a cell at least, got {cells!r}")
        for cell in cells:
            check_cell("StackedRNNCells", cell)
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """What each cell begins with."""
        states = [zeros_for(cell, batch_size or 0, self.dtype) for cell in self.cells]
        sizes = self.state_size
        return [one if is_nested(n) else one[0] for one, n in zip(states, sizes, strict=True)]

    def build(self, input_shape: Shape) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer):
                cell._build_once(input_shape)
            size = output_size_of(cell)
            input_shape = (input_shape[0], *(size if is_nested(size) else (size,)))

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        after = []
        for cell, before in zip(self.cells, states, strict=True):
            inputs, new = called(cell, inputs, as_states(before), training)
            after.append(new if is_nested(before) else new[0])
        return inputs, after


def called(cell: Any, inputs: Any, states: list[Any], training: bool) -> tuple[Any, list[Any]]:
    """(output, list of states) of a cell, be it a layer or not."""
    if isinstance(cell, Layer):
        output, after = cell(inputs, states, training=training)
    else:
        output, after = (cell if callable(cell) else cell.call)(inputs, states)
    return output, as_states(after)
