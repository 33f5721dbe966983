"""The state of a recurrent layer between two steps: a list of tensors, or of lists of
them where cells are stacked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import ops
from ...core.spec import FLOATS


def is_nested(states: Any) -> bool:
    return isinstance(states, (list, tuple))


def as_states(states: Any) -> list[Any]:
    """A list, also where there is but one state."""
    return list(states) if is_nested(states) else [states]


def flat(states: Any) -> list[Any]:
    """All tensors, in order."""
    if not is_nested(states):
        return [states]
    return [leaf for one in states for leaf in flat(one)]


def mapped(function: Callable[..., Any], first: Any, *others: Any) -> Any:
    """`function` of the tensors that stand at the same place, as lists like the first."""
    if not is_nested(first):
        return function(first, *others)
    return [mapped(function, *ones) for ones in zip(first, *others, strict=True)]


def packed(like: Any, leaves: Sequence[Any]) -> Any:
    """`leaves` in lists like those of `like`."""
    left = iter(leaves)
    return mapped(lambda _: next(left), like)


def state_size_of(cell: Any) -> list[Any]:
    """A list of what each state has: a size, a shape, or a list of these."""
    size = cell.state_size
    return list(size) if is_nested(size) else [size]


def output_size_of(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    if size is None:
        size = state_size_of(cell)[0]
    return size


def state_shape(batch: Any, size: Any) -> tuple[Any, ...]:
    return (batch, *size) if is_nested(size) else (batch, size)


def zeros_for(cell: Any, batch: int, dtype: str) -> list[Any]:
    """The states a sequence begins with: what the cell says, else zeros."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return as_states(own(batch_size=batch))
    dtype = dtype if dtype in FLOATS else "float32"
    return [ops.zeros(state_shape(batch, size), dtype) for size in state_size_of(cell)]


def check_cell(what: str, cell: Any) -> None:
    """ValueError unless it has what a cell needs."""
    for name, kind in (("call", "method"), ("state_size", "attribute")):
        if not hasattr(type(cell), name) and not hasattr(cell, name):
            raise ValueError(
                f"{what}: a cell needs a {name!r} {kind} (call(inputs, states) -> output, states;"
                f" state_size: a number, or a list of one per state), got {cell!r:.100}"
            )
