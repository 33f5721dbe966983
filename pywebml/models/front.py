"""What of a model runs on the host: layers of texts at its front, before anything is
uploaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.runtime import Recorder
from ..core.symbolic import symbol_in
from ..layers.support.symbols import Symbol
from .ends import Ends
from .graph import Graph


class Fronted:
    """The half of a model that knows what the device begins with."""

    _graph: Graph | None

    if TYPE_CHECKING:  # the model has them

        @property
        def inputs(self) -> list[Symbol]: ...

        @property
        def ends(self) -> Ends: ...

    @property
    def fed(self) -> list[Symbol]:
        """What the device begins with: the inputs, or what layers of the host make of
        them.
        """
        return list(self._graph.fed) if self._graph and self._has_front else self.inputs

    @property
    def _has_front(self) -> bool:
        return self._graph is not None and bool(self._graph.front)

    def on_host(self, values: Sequence[Any]) -> list[Any]:
        """Values for `fed`, of values for the inputs."""
        return self._graph.before(values) if self._graph and self._has_front else list(values)

    def as_called(self, inputs: Sequence[Any]) -> Any:
        """What belongs to the inputs, one for each, as the model is called with it."""
        return list(inputs) if self._has_front else self.ends.as_called(inputs)

    def _row(self, inputs: Any) -> list[Any]:
        """Values for `fed` one after the other, as `as_called` was given them."""
        return list(inputs) if self._has_front else self.ends.in_a_row(inputs)

    def _from_host(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Arguments of a call by hand, the first as it comes from the user."""
        by_hand = args and Recorder.trace is None and symbol_in(args) is None
        if not (by_hand and self._has_front):
            return args
        first = args[0]
        is_one = len(self.inputs) == 1 and not (isinstance(first, list) and _is_array(first[0]))
        return (self.on_host([first] if is_one else self.ends.in_a_row(first)), *args[1:])


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape")
