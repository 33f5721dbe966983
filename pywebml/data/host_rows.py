"""Rows of numbers that stay on the host, in memory or in files, and come to the device
batch by batch: what is too large for one of its buffers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from ..core.tensor import Tensor
from ..host import IN_TAB
from ..host.lazy import np
from .structure import parts_of

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2
"""Batches that are gathered before they are asked for."""
MANY = 64 << 20
"""Bytes of arrays from which on a thread gathers their rows: smaller ones are in the
processor's reach anyway.
"""


class HostRows:
    """Rows [n, ...] in parts that lie one behind the other, as if they were one array.
    Indexing gives a NumPy array of the rows asked for: by number, by a slice, or by any
    sequence of numbers, in its order.

    Args:
        parts: what gives each part, an array of some rows, when it is needed.
        lengths: how many rows each has.
        shape: of a row. dtype: NumPy's.

    Example:
        >>> from pywebml.data.host_rows import HostRows
        >>> rows = HostRows.of([np.arange(3), np.arange(3, 8)])
        >>> rows.shape, rows[[7, 0, 3]].tolist(), rows[2:5].tolist()
        ((8,), [7, 0, 3], [2, 3, 4])
    """

    def __init__(
        self,
        parts: Sequence[Callable[[], Any]],
        lengths: Sequence[int],
        shape: Sequence[int],
        dtype: Any,
    ):
        self._parts = parts
        self._starts = np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))])
        self.shape = (int(self._starts[-1]), *shape)
        self.dtype = np.dtype(dtype)

    @classmethod
    def of(cls, arrays: Sequence[Any]) -> HostRows:
        """Of arrays that lie in memory."""
        parts = [lambda array=array: array for array in arrays]
        return cls(parts, [len(a) for a in arrays], arrays[0].shape[1:], arrays[0].dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Any:
        if isinstance(rows, slice):
            return self._run(*rows.indices(len(self)))
        numbers = np.asarray(rows, np.int64)
        if numbers.ndim == 0:
            return self._gathered(numbers.reshape(1))[0]
        return self._gathered(numbers)

    def numpy(self) -> Any:
        """All of them in one array."""
        return self[:]

    def reshape(self, n: int, *shape: int) -> HostRows:
        """The same rows, each of another shape."""
        assert n == len(self)
        parts = [
            lambda part=part, rows=int(rows): part().reshape(rows, *shape)
            for part, rows in zip(self._parts, np.diff(self._starts), strict=True)
        ]
        one = np.broadcast_to(np.int8(0), self.shape[1:]).reshape(shape)
        return HostRows(parts, np.diff(self._starts), one.shape, self.dtype)

    def _run(self, start: int, stop: int, step: int) -> Any:
        """Neighbours. Those of one part are a view of it."""
        if step == 1 and start < stop:
            part = int(np.searchsorted(self._starts, start, "right")) - 1
            first = int(self._starts[part])
            if stop <= self._starts[part + 1]:
                return self._parts[part]()[start - first : stop - first]
        return self._gathered(np.arange(start, stop, step))

    def _gathered(self, numbers: Any) -> Any:
        """Part by part, each opened once."""
        if len(self._parts) == 1:
            return self._parts[0]()[numbers]
        n = len(self)
        if numbers.size and not (-n <= numbers.min() and numbers.max() < n):
            raise IndexError(
                f"rows are numbered 0 to {n - 1}, got {numbers.min()} to {numbers.max()}"
            )
        numbers = np.where(numbers < 0, numbers + n, numbers)
        out = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], self._starts)
        for part in np.flatnonzero(np.diff(ends)):
            mine = order[ends[part] : ends[part + 1]]
            out[mine] = self._parts[part]()[numbers[mine] - self._starts[part]]
        return out


class Picked:
    """Some rows of others, by their numbers there; nothing is copied before it is asked
    for.

    Example:
        >>> from pywebml.data.host_rows import HostRows, Picked
        >>> Picked(HostRows.of([np.arange(10, 20)]), [9, 2, 5])[1:].tolist()
        [12, 15]
    """

    def __init__(self, rows: Any, numbers: Sequence[int]):
        self._rows, self._numbers = rows, numbers
        self.shape = (len(numbers), *rows.shape[1:])
        self.nbytes = len(numbers) * (rows.nbytes // max(1, len(rows)))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Any:
        places = range(*rows.indices(len(self))) if isinstance(rows, slice) else rows
        return self._rows[[self._numbers[place] for place in places]]

    def numpy(self) -> Any:
        """All of them in one array."""
        return self[:]

    def reshape(self, n: int, *shape: int) -> Picked:
        """The same rows, each of another shape."""
        return Picked(self._rows.reshape(len(self._rows), *shape), self._numbers)


class Listed:
    """Numbers of a list by their places, as lists: what needs no NumPy."""

    def __init__(self, values: Sequence[Any]):
        self._values, self.shape, self.nbytes = values, (len(values),), 4 * len(values)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, rows: Any) -> Any:
        if isinstance(rows, slice):
            return self._values[rows]
        return [self._values[row] for row in rows]


def ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`function` of each item, in their order; a thread has done the next few by the
    time they are asked for. Where there are no threads, one after the other.

    Example:
        >>> from pywebml.data.host_rows import ahead
        >>> list(ahead(lambda n: n * n, range(4)))
        [0, 1, 4, 9]
    """
    if IN_TAB:
        yield from map(function, items)
        return
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor  # a tab has no threads

    pool = ThreadPoolExecutor(1, "pywebml-rows")
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def is_worth_a_thread(element: Any) -> bool:
    """Whether rows of these arrays are to be gathered ahead of time: they are many, and
    all of the host. (Ops belong to the thread that trains.)
    """
    parts = list(parts_of(element))
    return not any(isinstance(part, Tensor) for part in parts) and (
        sum(part.nbytes for part in parts) >= MANY
    )
