"""The rows of arrays in memory: order and batches are made of row numbers, so that
nothing is done row by row in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..host.lazy import np
from .host_rows import ahead, is_worth_a_thread
from .orders import Orders
from .structure import arrays, rows


class Rows:
    """Starts iterations over the rows of the arrays of an element, in the order of the
    numbers that `order` gives each time.
    """

    def __init__(self, element: Any, length: int, order: Callable[[], Any] | None = None):
        self.element, self.length = element, length
        self.order = order or (lambda: np.arange(length))

    def __call__(self) -> Iterator[Any]:
        for i in self.order():
            yield arrays(rows(self.element, int(i)))

    def part(self, start: int, stop: int) -> Rows:
        """Of the rows as they come, those from `start` to before `stop`."""
        some = range(self.length)[start:stop]
        return Rows(self.element, len(some), lambda: self.order()[start:stop])

    def shuffled(self, orders: Orders) -> Rows:
        """The rows in random order."""

        def order() -> Any:
            places = list(range(self.length))
            orders.next().shuffle(places)
            return self.order()[places]

        return Rows(self.element, self.length, order)

    def batches(self, size: int, drop: bool) -> Iterator[Any]:
        """So many rows at a time; of large arrays the next are gathered meanwhile."""
        numbers = self.order()
        runs = (numbers[start : start + size] for start in range(0, self.length, size))
        whole = (some for some in runs if len(some) == size or not drop)

        def gathered(some: Any) -> Any:
            return rows(self.element, _run(some))

        if is_worth_a_thread(self.element):
            return ahead(gathered, whole)
        return map(gathered, whole)


def _run(numbers: Any) -> Any:
    """Neighbours as a slice, which copies nothing."""
    first, last = int(numbers[0]), int(numbers[-1])
    if last - first == len(numbers) - 1 and np.array_equal(numbers, np.arange(first, last + 1)):
        return slice(first, last + 1)
    return numbers
