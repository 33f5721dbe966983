"""A cell's way through sequences: by one op where the cell has one for all steps, by
way of the cells below where they are stacked, else step by step.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .cell import Cell
from .stacked import StackedRNNCells, called
from .states import as_states, is_nested, mapped


def walk(
    layer: Any, x: Tensor, states: list[Any], mask: Any, training: bool
) -> tuple[Tensor, list[Any]]:
    """(the output of the last step, or of all [batch, steps, ...] with the layer's
    return_sequences; the states after it) for x [batch, steps, ...].
    """
    whole = None
    if not (layer.unroll and mask is not None):  # where Keras begins masked outputs at 0
        whole = _whole(layer.cell, x, states, mask, training)
    if whole is None:
        steps, after = _steps(layer, x, states, mask, training)
        return (ops.stack(steps, 1) if layer.return_sequences else steps[-1]), after
    outputs, after = whole
    if mask is not None and layer.zero_output_for_mask:
        outputs = ops.where(_beside(mask, outputs), outputs, 0.0)
        return (outputs if layer.return_sequences else outputs[:, -1]), after
    if layer.return_sequences:
        return outputs, after
    return _last(layer.cell, after), after


def _last(cell: Any, after: list[Any]) -> Tensor:
    """The last output: the state that the library's cells give out."""
    state = after[-1] if isinstance(cell, StackedRNNCells) else after
    output: Tensor = as_states(state)[0]
    return output


def _whole(
    cell: Any, x: Tensor, states: list[Any], mask: Any, training: bool
) -> tuple[Tensor, list[Any]] | None:
    """All steps at once, None for cells that have no op for it."""
    if isinstance(cell, Cell):
        return cell.whole(x, as_states(states), mask, training)
    if not isinstance(cell, StackedRNNCells):
        return None
    # A masked step leaves all states as they are, so that each cell may finish before
    # the next begins.
    after = []
    for inner, before in zip(cell.cells, states, strict=True):
        result = _whole(inner, x, as_states(before), mask, training)
        if result is None:
            return None
        x, new = result
        after.append(new if is_nested(before) else new[0])
    return x, after


def _steps(
    layer: Any, x: Tensor, states: list[Any], mask: Any, training: bool
) -> tuple[list[Tensor], list[Any]]:
    """The output of each step, and the states after the last."""
    cell = layer.cell
    outputs: list[Tensor] = []
    recorded = _Products(cell, x, states, training) if isinstance(cell, Cell) else None
    for t in range(x.shape[1]):
        if recorded:
            output, new = recorded.step(t, states)
        else:
            output, new = called(cell, x[:, t], states, training)
        if mask is not None:
            here = mask[:, t]
            before = None if layer.zero_output_for_mask else _before(layer, outputs, states, output)
            masked = 0.0 if before is None else before
            output = ops.where(_beside(here, output), output, masked)
            new = mapped(lambda n, o, here=here: ops.where(_beside(here, n), n, o), new, states)
        outputs.append(output)
        states = new
    return outputs, states


class _Products:
    """The steps of a cell of the library, with the inputs' products made before."""

    def __init__(self, cell: Cell, x: Tensor, states: list[Any], training: bool):
        self.cell, self.all = cell, cell.products(x, training)
        self.masks = cell.recurrent_masks(states[0], training)

    def step(self, t: int, states: list[Any]) -> tuple[Tensor, list[Any]]:
        return self.cell.step(self.all[:, t], states, self.masks)


def _before(layer: Any, outputs: list[Tensor], states: list[Any], output: Tensor) -> Any:
    """What a masked step gives out: the output before, which Keras takes from the first
    state; where it unrolls, from the step before, and zeros at the first.
    """
    first = states[-1][0] if is_nested(states[0]) else states[0]
    if not layer.unroll and first.shape == output.shape:
        return first
    return outputs[-1] if outputs else None


def _beside(mask: Tensor, x: Tensor) -> Tensor:
    """A mask [batch, ...] as it is broadcast to x."""
    return mask.reshape((*mask.shape, *(1,) * (x.ndim - mask.ndim)))
