"""The names that layers get where nobody names them, Keras's way: 'dense', 'dense_1'."""

from __future__ import annotations

import re

_taken: set[str] = set()
_counts: dict[str, int] = {}


def snake_case(name: str) -> str:
    """'Conv2D' -> 'conv2d', 'BatchNormalization' -> 'batch_normalization',
    'MaxPooling2D' -> 'max_pooling2d'.
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def take_name(name: str) -> str:
    """`name`, which no automatic name will be from now on. TypeError for what is no
    text.
    """
    if not isinstance(name, str):
        raise TypeError(f"a layer's name must be a text, got {name!r}")
    _taken.add(name)
    return name


def unique_name(base: str) -> str:
    """`base`, or `base_1`, `base_2` ... where that is taken."""
    while True:
        count = _counts.get(base, 0)
        _counts[base] = count + 1
        name = f"{base}_{count}" if count else base
        counted = name in _counts if count else _is_counted(name)
        if name not in _taken and not counted:
            return name


def _is_counted(name: str) -> bool:
    """Whether it came from counting another base: 'dense_1', where 'dense' has come to
    two. So only the names that people give are remembered, however many layers there
    are.
    """
    base, _, number = name.rpartition("_")
    return number.isdecimal() and 0 < int(number) < _counts.get(base, 0)


def reset_names() -> None:
    """Starts the automatic names again from 'dense', 'dense_1' ... (layers that exist
    keep theirs).
    """
    _taken.clear()
    _counts.clear()
