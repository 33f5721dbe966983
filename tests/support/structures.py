"""JSON documents whose structure has suffered: keys missing, values of other kinds,
keys that nobody knows.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, -7, 1.5, 2**31, 10**9, 10**30, float("nan"), float("inf"), "",
    "text", "relu", "\ud800", "a" * 5000, [], [None], ["a"], [0], [-1, 2.5], [[]], [[["a", 0, 0]]],
    [2**40] * 64, [9] * 400_000, {}, {"class_name": "Dense", "config": {}}, {"a": 1}, [{}],
    {"class_name": "Sequential", "config": {"layers": []}},
)  # fmt: skip
"""What stands in place of a value."""
UNKNOWN: tuple[tuple[str, Any], ...] = (
    ("lora_alpha", 3), ("lora_rank", None), ("new_option", True), ("new_option", {"a": 1}),
    ("name", 5), ("layers", []), ("dtype", {"class_name": "DTypePolicy"}), ("units", 3),
    ("quantization", {"dtype": "uint8"}),
)  # fmt: skip
"""What is added to an object."""


def broken(document: Any, count: int | None = None, seed: int = 0) -> Iterator[tuple[str, Any]]:
    """(what was changed, the document with one change): `count` of all changes that
    there are, or all of them.
    """
    changes = list(_changes(document))
    if count is not None and count < len(changes):
        changes = random.Random(seed).sample(changes, count)
    for path, kind, value in changes:
        changed = copy.deepcopy(document)
        node = changed
        for step in path[:-1]:
            node = node[step]
        if kind == "delete":
            del node[path[-1]]
        elif kind == "twice":
            node.insert(path[-1], copy.deepcopy(node[path[-1]]))
        else:
            node[path[-1]] = value
        yield f"{kind} {'.'.join(map(str, path))} {value!r:.60}", changed


def _changes(document: Any) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    stack: list[tuple[tuple[Any, ...], Any]] = [((), document)]
    while stack:
        path, node = stack.pop()
        if path:
            yield path, "delete", None
            for value in VALUES:
                yield path, "replace", value
            if isinstance(path[-1], int):
                yield path, "twice", None
        if isinstance(node, dict):
            for key, value in UNKNOWN:
                yield (*path, key), "add", value
        children = node.items() if isinstance(node, dict) else ()
        if isinstance(node, list):
            children = enumerate(node)
        stack.extend(((*path, key), child) for key, child in children)
