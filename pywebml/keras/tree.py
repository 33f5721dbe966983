"""Lists, tuples and dicts of things, at any depth, as Keras's `keras.tree`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = [
    "MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path",
    "is_nested", "lists_to_tuples", "map_shape_structure", "map_structure", "map_structure_up_to",
    "pack_sequence_as", "traverse",
]  # fmt: skip


class MAP_TO_NONE:
    """What `traverse` takes for None as a result."""


def is_nested(structure: Any) -> bool:
    """Whether it holds others: is_nested([1]) is True."""
    return isinstance(structure, (list, tuple, Mapping))


def _children(structure: Any) -> list[tuple[Any, Any]]:
    if isinstance(structure, Mapping):
        return [(key, structure[key]) for key in sorted(structure)]
    return list(enumerate(structure))


def _like(structure: Any, values: list[Any]) -> Any:
    """The structure with these in place of its children, in their order."""
    if isinstance(structure, Mapping):
        made_of = dict(zip(sorted(structure), values, strict=True))
        return type(structure)((key, made_of[key]) for key in structure)  # type: ignore[call-arg]
    if hasattr(structure, "_fields"):
        return type(structure)(*values)
    return type(structure)(values)


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """[(path, leaf), ...]: flatten_with_path({"a": [1]}) is [(("a", 0), 1)]."""
    return list(_walked(structure, ()))


def _walked(structure: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key, child in _children(structure):
        yield from _walked(child, (*path, key))


def flatten(structure: Any) -> list[Any]:
    """All leaves, of dicts in the order of their keys."""
    return [leaf for _, leaf in flatten_with_path(structure)]


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The structure with func(leaf, ...) in place of each leaf."""
    if not callable(func):
        raise TypeError(f"map_structure takes a function first, got {func!r:.100}")
    if not structures:
        raise ValueError("map_structure: give a structure")
    first = structures[0]
    if first is None and not none_is_leaf:
        return None
    if not is_nested(first):
        return func(*structures)
    for other in structures[1:]:
        assert_same_structure(first, other, shallow=True)
    columns = zip(*([child for _, child in _children(s)] for s in structures), strict=True)
    return _like(first, [map_structure(func, *c, none_is_leaf=none_is_leaf) for c in columns])


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """As `map_structure`, no deeper than the first."""
    if not is_nested(shallow_structure):
        return func(*structures)
    columns = zip(
        *([child for _, child in _children(s)] for s in (shallow_structure, *structures)),
        strict=True,
    )
    return _like(
        shallow_structure, [map_structure_up_to(shape, func, *rest) for shape, *rest in columns]
    )


def map_shape_structure(func: Callable[..., Any], structure: Any) -> Any:
    """As `map_structure`, where a leaf is a tuple or list of sizes."""
    if _is_shape(structure):
        return func(tuple(structure))
    return _like(structure, [map_shape_structure(func, child) for _, child in _children(structure)])


def _is_shape(thing: Any) -> bool:
    return isinstance(thing, (tuple, list)) and all(n is None or isinstance(n, int) for n in thing)


def assert_same_structure(
    a: Any, b: Any, check_types: Any = None, *, shallow: bool = False
) -> None:
    """ValueError where they are not nested alike."""
    if is_nested(a) != is_nested(b):
        raise ValueError(f"one is nested, the other is not: {a!r:.100}, {b!r:.100}")
    if not is_nested(a):
        return
    ours, others = _children(a), _children(b)
    if [k for k, _ in ours] != [k for k, _ in others] or (
        isinstance(a, Mapping) != isinstance(b, Mapping)
    ):
        raise ValueError(f"they are not nested alike: {a!r:.100}, {b!r:.100}")
    if not shallow:
        for (_, x), (_, y) in zip(ours, others, strict=True):
            assert_same_structure(x, y)


def assert_same_paths(a: Any, b: Any) -> None:
    """ValueError where leaves stand at other places."""
    ours, others = ([path for path, _ in flatten_with_path(s)] for s in (a, b))
    if ours != others:
        raise ValueError(f"leaves stand at other places: {ours!r:.200}, {others!r:.200}")


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The structure with these as its leaves: what `flatten` turns back."""
    leaves = list(flat_sequence)
    if len(leaves) != len(flatten(structure)):
        raise ValueError(
            f"the structure has {len(flatten(structure))} leaves, the sequence {len(leaves)}"
        )
    left = iter(leaves)
    return _packed(structure, left)


def _packed(structure: Any, left: Iterator[Any]) -> Any:
    if not is_nested(structure):
        return next(left)
    return _like(structure, [_packed(child, left) for _, child in _children(structure)])


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Whatever func gives in place of each part; where that is None, what is in it."""
    if top_down:
        instead = func(structure)
        if instead is not None:
            return None if instead is MAP_TO_NONE else instead
    if is_nested(structure):
        children = [traverse(func, child, top_down) for _, child in _children(structure)]
        structure = _like(structure, children)
    if top_down:
        return structure
    instead = func(structure)
    if instead is None:
        return structure
    return None if instead is MAP_TO_NONE else instead


def lists_to_tuples(structure: Any) -> Any:
    """The same with tuples for lists."""
    if is_nested(structure):
        inner = _like(structure, [lists_to_tuples(child) for _, child in _children(structure)])
        return tuple(inner) if isinstance(inner, list) else inner
    return structure
