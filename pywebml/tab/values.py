"""The value of a program's last expression: as data, and in words."""

from __future__ import annotations

import json
from typing import Any

from ..core.tensor import Tensor

MOST_NUMBERS = 1_000_000
"""Values with more elements have no JSON form: as lists they would take all memory."""
MOST_CHARACTERS = 20_000
"""Of a longer repr the beginning and the end are shown."""


async def plain(value: Any) -> Any:
    """`value` as JSON data: tensors and arrays as lists, also inside lists and dicts;
    None where it has no such form, or more than a million elements.
    """
    try:
        return json.loads(json.dumps(await _lists(value), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None


async def _lists(value: Any) -> Any:
    if isinstance(value, Tensor):
        _bounded(value.size)
        numbers = await value.data()
        return numbers.tolist() if value.shape else numbers[0]
    if hasattr(value, "tolist"):
        _bounded(getattr(value, "size", 0) or getattr(value, "nbytes", 0))
        return value.tolist()
    if isinstance(value, (list, tuple)):
        _bounded(len(value))
        return [await _lists(item) for item in value]
    if isinstance(value, dict):
        return {key: await _lists(item) for key, item in value.items()}
    return value


def _bounded(size: Any) -> None:
    if isinstance(size, int) and size > MOST_NUMBERS:
        raise ValueError(f"{size:,} elements; up to {MOST_NUMBERS:,} are handed on as data")


async def shown(value: Any) -> str | None:
    """repr(value), or None for None; a memoryview, as `data()` gives them, as the
    numbers in it. A tensor is read without blocking, since not every browser lets
    Python wait.
    """
    if value is None:
        return None
    if isinstance(value, Tensor) and value.size <= 1000:
        return f"Tensor({await _lists(value)}, dtype={value.dtype})"
    if isinstance(value, memoryview):
        numbers = value.tolist() if value.nbytes <= MOST_NUMBERS else "..."
        return f"memoryview({numbers}, shape={value.shape})"
    text = repr(value)
    if len(text) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        left = len(text) - 2 * half
        text = f"{text[:half]} ... {left:,} characters more ... {text[-half:]}"
    return text
