"""What stands in a layer's attributes, and in the lists and dicts there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

PLAIN = frozenset((str, bytes, int, float, bool, type(None)))
"""Most of what stands there: looked for by class, as that is quick."""


def parts_in(
    place: str, value: Any, kinds: tuple[type, ...], around: tuple[int, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """(place, thing) for everything of these kinds in `value`: itself, or an item of
    nested lists, tuples, sets and dicts. Kinds of things, not numbers or strings.

    Example:
        >>> from pywebml.layers.support.parts import parts_in
        >>> list(parts_in("a", [range(2), {"b": (range(3), "c")}], (range,)))
        [('a/0', range(0, 2)), ('a/1/b/0', range(0, 3))]
    """
    if isinstance(value, kinds):
        yield place, value
    elif id(value) not in around:  # a list may hold itself
        for key, item in items_of(value):
            if item.__class__ not in PLAIN:
                yield from parts_in(f"{place}/{key}", item, kinds, (*around, id(value)))


def items_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """(key, item) of a list, tuple, set or dict; of anything else nothing."""
    if isinstance(value, (list, tuple, deque)):
        yield from enumerate(value)
    elif isinstance(value, Mapping):
        yield from list(value.items())
    elif isinstance(value, (set, frozenset)):  # an order that is the same in every run
        yield from enumerate(sorted(value, key=lambda item: str(getattr(item, "name", item))))
