"""Elements in random order, the same for the same seed on every host, and in batches."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..core.seeds import next_seed

_looking: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def looking() -> Iterator[None]:
    """An iteration that is started inside counts for none: the next has its order."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


class Orders:
    """The random orders of one `shuffle`, iteration by iteration."""

    def __init__(self, buffer_size: int, seed: int | None, again: bool | None):
        if buffer_size is None or buffer_size < 1:
            raise ValueError(f"shuffle: buffer_size must be at least 1, got {buffer_size}")
        self.buffer_size = buffer_size
        self._seed, self._again = next_seed() if seed is None else int(seed), again
        self._iteration = 0

    def next(self) -> random.Random:
        """The generator of the next iteration."""
        rng = random.Random(f"{self._seed}/{self._iteration}")
        if not _looking.get():
            self._iteration += self._again is not False
        return rng


def shuffled(elements: Iterable[Any], size: int, rng: random.Random) -> Iterator[Any]:
    """Elements in random order, of which `size` wait at a time."""
    waiting: list[Any] = []
    for element in elements:
        if len(waiting) < size:
            waiting.append(element)
            continue
        i = rng.randrange(size)
        yield waiting[i]
        waiting[i] = element
    rng.shuffle(waiting)
    yield from waiting


def batched(
    elements: Iterable[Any], size: int, drop: bool, join: Callable[[list[Any]], Any]
) -> Iterator[Any]:
    """`join` of so many elements at a time; with `drop` without a last one of fewer."""
    following = iter(elements)
    while batch := list(itertools.islice(following, size)):
        if len(batch) == size or not drop:
            yield join(batch)
