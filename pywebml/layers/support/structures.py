"""Nested lists, tuples and dicts of things, as layers take and give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def leaves(structure: Any) -> Iterator[Any]:
    """All that stands in lists, tuples and dicts; dicts in the order of their keys, as
    in Keras.

    Example:
        >>> from pywebml.layers.support.structures import leaves
        >>> list(leaves([1, {"b": (2, 3), "a": None}]))
        [1, None, 2, 3]
    """
    if isinstance(structure, Mapping):
        for key in ordered(structure):
            yield from leaves(structure[key])
    elif isinstance(structure, (list, tuple)):
        for item in structure:
            yield from leaves(item)
    else:
        yield structure


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """The same structure of what the function makes of its leaves, in their order.

    Example:
        >>> from pywebml.layers.support.structures import mapped
        >>> mapped(lambda n: n * 2, [1, {"b": (2, 3)}])
        [2, {'b': (4, 6)}]
    """
    if isinstance(structure, Mapping):
        items = {key: mapped(function, structure[key]) for key in ordered(structure)}
        return {key: items[key] for key in structure}
    if isinstance(structure, list):
        return [mapped(function, item) for item in structure]
    if isinstance(structure, tuple):
        parts = [mapped(function, item) for item in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return function(structure)


def packed(structure: Any, values: Any) -> Any:
    """The same structure with these values as its leaves."""
    left = iter(values)
    return mapped(lambda _: next(left), structure)


def is_nested(value: Any) -> bool:
    return isinstance(value, (list, tuple, Mapping))


def ordered(items: Mapping[Any, Any]) -> list[Any]:
    """The keys, sorted where they can be."""
    try:
        return sorted(items)
    except TypeError:
        return list(items)
