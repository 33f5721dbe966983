"""What stands for a tensor whose numbers come later: symbols, of which models are put
together. Functions that know them take one wherever they take a tensor, and then write
themselves down as a call in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_LONG = 32
"""Of a list that is longer, only the first item is looked at: it holds one kind."""
FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""The functions that can stand in a graph, by the names that its config has."""


more: list[Callable[[], Any]] = []
"""What makes Keras's functions known, whose module is loaded on first use."""


def function_of(name: str) -> Callable[..., Any] | None:
    """The function of that name, None where there is none."""
    if name not in FUNCTIONS and name.startswith("keras."):
        for load in more:
            load()
    return FUNCTIONS.get(name)


class Symbolic:
    """Base of symbols."""

    __slots__ = ()

    def calling(self, function: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The symbols of what the function of that name gives for these arguments, one
        of which is this symbol.
        """
        raise NotImplementedError


def symbol_in(values: Iterable[Any]) -> Symbolic | None:
    """The first symbol among arguments, or in lists, tuples and dicts there.

    Example:
        >>> from pywebml.core.symbolic import symbol_in
        >>> x = layers.Input((2,))
        >>> symbol_in([1.0, {"a": [x]}]) is x
        True
    """
    for value in values:
        if isinstance(value, Symbolic):
            return value
        if isinstance(value, dict):
            symbol = symbol_in(value.values())
        elif isinstance(value, (list, tuple)):
            symbol = symbol_in(value if len(value) <= _LONG else value[:1])
        else:
            continue
        if symbol is not None:
            return symbol
    return None
