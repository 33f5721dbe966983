"""Data sets: elements one after the other, made when they are asked for, and what can
be made of them. TensorFlow's `tf.data.Dataset`, in Python.
"""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from typing import Any

from ..host.waiting import run_sync
from .caching import in_files, in_memory
from .elements import Elements
from .orders import Orders, batched, shuffled
from .padding import padded
from .rows import Rows
from .structure import (
    arrays,
    as_said,
    called,
    length_of,
    mapped,
    parts_of,
    rows,
    stacked,
)  # fmt: skip

AUTOTUNE = -1


class Dataset(Elements):
    """Elements, one after the other: arrays, or tuples and dicts of arrays. They are
    made while one iterates, so a data set may be larger than memory, and anew at each
    iteration. `fit`, `evaluate` and `predict` take one whose elements are batches x,
    (x, y) or (x, y, sample_weight).

    Made by `from_tensor_slices`, `from_generator`, `range`, `zip` and by what reads
    folders and files; `pw.data.Dataset(lambda: ...)` takes a function that starts an
    iteration. Arrays are NumPy's; tensors stay on the device. Python makes the elements
    while the device computes, so `prefetch` and `num_parallel_calls` change nothing.

    Args:
        start: gives an iterator over the elements, each time it is called.
        length: how many there are, `math.inf` for no end, None for unknown.

    Example:
        >>> data = pw.data.Dataset.range(5).map(lambda n: n * n).batch(2)
        >>> [batch.tolist() for batch in data]
        [[0, 1], [4, 9], [16]]
    """

    batch_size: int | None = None
    """How many examples a batch has at most, where `batch` made them."""
    class_names: list[str] | None = None
    """Of what reads folders, as `file_paths`."""
    file_paths: list[str] | None = None

    # --- where they come from

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """A data set of the rows of an array, or of arrays of equally many rows in a
        tuple or dict. ValueError where they are not equally many.

        Example:
            >>> data = pw.data.Dataset.from_tensor_slices(([[1, 2], [3, 4]], [0, 1]))
            >>> [(x.tolist(), int(y)) for x, y in data]
            [([1, 2], 0), ([3, 4], 1)]
        """
        element = arrays(tensors)
        return _of_rows(Rows(element, length_of(element, "from_tensor_slices")))

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """A data set of this one element."""
        element = arrays(tensors)
        return Dataset(lambda: [element], 1)

    @staticmethod
    def load(path: str | PathLike[str], element_spec: Any = None) -> Dataset:
        """The rows that `save` wrote, read where they lie when they are asked for; so
        they may be shuffled as a whole (`shuffle(len(data))`) and be more than memory
        holds. FileNotFoundError where none are, FormatError where they are damaged.
        """
        from .row_files import read  # when it is asked for

        element = read(path)
        return _of_rows(Rows(element, length_of(element, "load")))

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: tuple[Any, ...] | None = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> Dataset:
        """A data set of what `generator(*args)` yields, called anew for each iteration.
        The dtypes that `output_types` or `output_signature` say (anything with a
        `dtype`) are what numbers are brought to. TypeError for what is no function: a
        generator itself is over after one pass.

        Example:
            >>> def numbers(n):
            ...     yield from range(n)
            >>> data = pw.data.Dataset.from_generator(numbers, args=(3,))
            >>> [int(x) for x in data]
            [0, 1, 2]
        """
        if not callable(generator):
            raise TypeError(
                f"from_generator takes a function that gives a generator, got"
                f" {type(generator).__name__}: write from_generator(lambda: ...), so that a second"
                " epoch can start"
            )
        said = output_signature if output_signature is not None else output_types

        def start() -> Iterator[Any]:
            for element in generator(*(args or ())):
                yield arrays(element) if said is None else mapped(as_said, arrays(element), said)

        return Dataset(start)

    @staticmethod
    def range(*args: int, name: str | None = None) -> Dataset:
        """A data set of whole numbers: range(stop), range(start, stop[, step])."""
        numbers = builtins.range(*args)
        return Dataset(lambda: map(arrays, numbers), len(numbers))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Data sets side by side: elements are tuples of their elements, or what
        structure of data sets is given; as long as the shortest.

        Example:
            >>> a, b = pw.data.Dataset.range(3), pw.data.Dataset.range(10, 13)
            >>> [(int(x), int(y)) for x, y in pw.data.Dataset.zip(a, b)]
            [(0, 10), (1, 11), (2, 12)]
        """
        several = args[0] if len(args) == 1 else args
        several = several if datasets is None else datasets
        several = tuple(several) if isinstance(several, list) else several
        members = list(parts_of(several))
        if not members or not all(isinstance(member, Dataset) for member in members):
            raise TypeError(
                f"zip takes data sets, got {', '.join(type(m).__name__ for m in members)}"
            )

        def start() -> Iterator[Any]:
            iterators = mapped(iter, several)
            while True:
                try:
                    yield mapped(next, iterators)
                except StopIteration:
                    return

        lengths = [math.inf if m._length is None else m._length for m in members]
        unknown = any(m._length is None for m in members)
        return Dataset(start, None if unknown else min(lengths))

    # --- one by one

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """`map_func` of each element; one that is a tuple comes as several arguments.

        Example:
            >>> data = pw.data.Dataset.from_tensor_slices(([1.0, 2.0], [0, 1]))
            >>> [(float(x), int(y)) for x, y in data.map(lambda x, y: (x / 2, y))]
            [(0.5, 0), (1.0, 1)]
        """
        return self._like(lambda: (arrays(called(map_func, e)) for e in self), self._length)

    def map_async(self, map_func: Callable[..., Any]) -> Dataset:
        """`map` with an `async def`, one element after the other. TensorFlow.js's name.

        Example:
            >>> async def twice(n):
            ...     return n * 2
            >>> [int(n) for n in pw.data.Dataset.range(3).map_async(twice)]
            [0, 2, 4]
        """
        return self.map(lambda *element: run_sync(map_func(*element)))

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements for which `predicate` is true."""
        return self._like(lambda: (e for e in self if bool(called(predicate, e))), None)

    def flat_map(self, map_func: Callable[..., Iterable[Any]], name: str | None = None) -> Dataset:
        """The elements of the data sets that `map_func` gives for each element."""
        return Dataset(lambda: (arrays(part) for e in self for part in called(map_func, e)))

    def enumerate(self, start: int = 0, name: str | None = None) -> Dataset:
        """(number, element)."""
        return Dataset(
            lambda: ((arrays(i), e) for i, e in builtins.enumerate(self, start)), self._length
        )

    def apply(self, transformation_func: Callable[[Dataset], Dataset]) -> Dataset:
        """`transformation_func` of the data set."""
        return transformation_func(self)

    # --- which, and in what order

    def take(self, count: int, name: str | None = None) -> Dataset:
        """The first `count` elements; all of them for -1."""
        if count < 0:
            return self
        if isinstance(self._start, Rows):
            return _of_rows(self._start.part(0, count))
        length = None if self._length is None else min(count, self._length)
        return self._like(lambda: itertools.islice(self, count), length)

    def skip(self, count: int, name: str | None = None) -> Dataset:
        """All but the first `count` elements; none of them for -1."""
        if count < 0:
            return self._like(lambda: iter(()), 0)
        if isinstance(self._start, Rows):
            return _of_rows(self._start.part(count, self._start.length))
        length = None if self._length is None else max(0, self._length - count)
        return self._like(lambda: itertools.islice(self, count, None), length)

    def shard(self, num_shards: int, index: int, name: str | None = None) -> Dataset:
        """Every `num_shards`-th element, from the `index`-th on."""
        if not 0 <= index < num_shards:
            raise ValueError(f"shard: index must be in [0, {num_shards}), got {index}")
        length = self._length
        if length is not None and not math.isinf(length):
            length = max(0, -(-(int(length) - index) // num_shards))
        return self._like(lambda: itertools.islice(self, index, None, num_shards), length)

    def repeat(self, count: int | None = None, name: str | None = None) -> Dataset:
        """The data set `count` times over, without end for None or -1."""
        times = None if count is None or count < 0 else count

        def start() -> Iterator[Any]:
            for _ in itertools.count() if times is None else builtins.range(times):
                empty = True
                for element in self:
                    empty = False
                    yield element
                if empty:  # it would go round for ever
                    return

        length = self._length
        if times is None:
            length = 0 if length == 0 else math.inf
        elif length is not None:
            length = length * times if times else 0
        return self._like(start, length)

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """The elements of this data set, then those of another."""
        lengths = self._length, dataset._length
        total = None if lengths[0] is None or lengths[1] is None else lengths[0] + lengths[1]
        return self._like(lambda: itertools.chain(self, dataset), total)

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = True,
        name: str | None = None,
    ) -> Dataset:
        """The elements in random order: of `buffer_size` that wait one is drawn, and
        the next takes its place; all orders are equally likely where it holds all of
        them. Another order at each iteration, unless `reshuffle_each_iteration` is
        False. The same orders for the same seed, by default from `pw.set_seed`'s.

        Example:
            >>> data = pw.data.Dataset.range(5).shuffle(5, seed=1)
            >>> sorted(int(x) for x in data)
            [0, 1, 2, 3, 4]
        """
        orders = Orders(buffer_size, seed, reshuffle_each_iteration)
        if isinstance(self._start, Rows) and buffer_size >= self._start.length:
            return _of_rows(self._start.shuffled(orders))
        return self._like(lambda: shuffled(self, orders.buffer_size, orders.next()), self._length)

    def prefetch(self, buffer_size: int = AUTOTUNE, name: str | None = None) -> Dataset:
        """The data set itself: the device works while Python makes the next element."""
        return self

    def with_options(self, options: Any = None, name: str | None = None) -> Dataset:
        """The data set itself: there are no options."""
        return self

    def cache(self, filename: str | PathLike[str] = "", name: str | None = None) -> Dataset:
        """Keeps the elements once they were all seen: in memory; or at `filename`, from
        where later programs take them, too, some megabytes at a time: a folder, or in a
        browser tab "opfs://NAME". What is kept there already is taken as it is,
        whatever the data set has become; `pw.data.forget` removes it. Written whole or
        not at all: OSError where it does not fit.

        Example:
            >>> data = pw.data.Dataset.range(3).map(lambda n: n * n).cache()
            >>> [int(n) for n in data], [int(n) for n in data]
            ([0, 1, 4], [0, 1, 4])
        """
        start = in_files(self, filename) if filename else in_memory(self)
        return self._like(start, self._length)

    # --- batches

    def batch(
        self,
        batch_size: int,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:
        """So many elements on top of each other; the last batch may have fewer, unless
        `drop_remainder`. ValueError for elements of different shapes.
        """
        start = self._start
        if isinstance(start, Rows):
            return self._joined(
                batch_size, drop_remainder, lambda n: start.batches(n, drop_remainder)
            )
        return self._joined(
            batch_size, drop_remainder, lambda n: batched(self, n, drop_remainder, stacked)
        )

    def padded_batch(
        self,
        batch_size: int,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """`batch` of elements of different shapes, each filled up behind with
        `padding_values` (by default 0, or "") to the batch's largest or to
        `padded_shapes`.

        Example:
            >>> data = pw.data.Dataset.from_generator(lambda: [[1], [2, 3]])
            >>> next(iter(data.padded_batch(2))).tolist()
            [[1, 0], [2, 3]]
        """

        def join(elements: list[Any]) -> Any:
            return padded(elements, padded_shapes, padding_values)

        return self._joined(
            batch_size, drop_remainder, lambda n: batched(self, n, drop_remainder, join)
        )

    def unbatch(self, name: str | None = None) -> Dataset:
        """The rows of each element."""

        def start() -> Iterator[Any]:
            for element in self:
                for i in builtins.range(length_of(element, "unbatch")):
                    yield rows(element, i)

        return Dataset(lambda: map(arrays, start()))

    def rebatch(self, batch_size: int, drop_remainder: bool = False) -> Dataset:
        """Batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def _like(self, start: Callable[[], Iterable[Any]], length: float | None) -> Dataset:
        """Of elements that look like these."""
        other = Dataset(start, length, self._open_rows)
        other.batch_size = self.batch_size
        return other

    def _joined(
        self, batch_size: int, drop: bool, start: Callable[[int], Iterable[Any]]
    ) -> Dataset:
        """Batches of these elements."""
        size = checked_size(batch_size)
        length = self._length
        if length is not None and not math.isinf(length):
            length = int(length) // size if drop else -(-int(length) // size)
        batches = Dataset(lambda: start(size), length, open_rows=not drop)
        batches.batch_size = size
        return batches


def checked_size(batch_size: Any) -> int:
    """ValueError for what no batch can have."""
    if type(batch_size) is bool or not hasattr(batch_size, "__index__") or batch_size < 1:
        raise ValueError(f"batch: batch_size must be a whole number above 0, got {batch_size!r}")
    return int(batch_size)


def _of_rows(table: Rows) -> Dataset:
    return Dataset(table, table.length)
