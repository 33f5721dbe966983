"""Data sets: order, lengths, batches, and that a second iteration is like the first."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.core.tensor import Tensor
from pywebml.data import Dataset, ElementSpec


def numbers(n: int = 10) -> Dataset:
    return Dataset.range(n)


def counted(n: int = 10) -> Dataset:
    """The same without anything known of it."""
    return Dataset.from_generator(lambda: range(n))


SOURCES = {
    "rows": lambda: Dataset.from_tensor_slices(np.arange(10)),
    "range": numbers,
    "generator": counted,
}
# each against Python's own words for it, on the list of elements
CHANGES: dict[str, tuple[Callable[[Dataset], Dataset], Callable[[list[int]], list[Any]]]] = {
    "map": (lambda d: d.map(lambda x: x * 2), lambda e: [x * 2 for x in e]),
    "filter": (lambda d: d.filter(lambda x: x % 2 == 0), lambda e: [x for x in e if x % 2 == 0]),
    "take": (lambda d: d.take(3), lambda e: e[:3]),
    "take all": (lambda d: d.take(-1), lambda e: e),
    "take more": (lambda d: d.take(99), lambda e: e),
    "skip": (lambda d: d.skip(3), lambda e: e[3:]),
    "skip all": (lambda d: d.skip(-1), lambda e: []),
    "skip and take": (lambda d: d.skip(2).take(3).skip(1), lambda e: e[3:5]),
    "shard": (lambda d: d.shard(3, 1), lambda e: e[1::3]),
    "repeat": (lambda d: d.repeat(2), lambda e: e * 2),
    "repeat none": (lambda d: d.repeat(0), lambda e: []),
    "concatenate": (lambda d: d.concatenate(numbers(2)), lambda e: [*e, 0, 1]),
    "batch": (lambda d: d.batch(4), lambda e: [e[:4], e[4:8], e[8:]]),
    "whole batches": (lambda d: d.batch(4, drop_remainder=True), lambda e: [e[:4], e[4:8]]),
    "batch of all": (lambda d: d.batch(99), lambda e: [e]),
    "rebatch": (lambda d: d.batch(4).rebatch(6), lambda e: [e[:6], e[6:]]),
    "unbatch": (lambda d: d.batch(4).unbatch(), lambda e: e),
    "batches of batches": (lambda d: d.batch(5).batch(2), lambda e: [[e[:5], e[5:]]]),
    "cache": (lambda d: d.cache().prefetch(2), lambda e: e),
    "flat_map": (
        lambda d: d.take(3).flat_map(lambda n: Dataset.range(int(n))), lambda e: [0, 0, 1],
    ),
    "enumerate": (lambda d: d.enumerate(5).map(lambda i, x: i * 100 + x),
                  lambda e: [(i + 5) * 100 + x for i, x in enumerate(e)]),
    "apply": (lambda d: d.apply(lambda d: d.take(1)), lambda e: e[:1]),
    "shuffle and sort": (lambda d: d.shuffle(4).batch(10).map(np.sort), lambda e: [e]),
}  # fmt: skip


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("change", CHANGES)
def test_what_comes_is_what_lists_give_and_comes_again(source: str, change: str) -> None:
    ours, meaning = CHANGES[change]
    data = ours(SOURCES[source]())
    want = meaning(list(range(10)))
    for _ in range(2):
        assert [x.tolist() for x in data] == want
    if data.cardinality() >= 0:
        assert len(data) == len(want)
    else:
        assert data.cardinality() == pw.data.UNKNOWN_CARDINALITY
        with pytest.raises(TypeError, match="nobody knows"):
            len(data)


def test_no_end() -> None:
    data = numbers(3).repeat()
    assert data.cardinality() == pw.data.INFINITE_CARDINALITY
    assert [int(x) for x in itertools.islice(data, 7)] == [0, 1, 2, 0, 1, 2, 0]
    assert len(data.take(7)) == 7
    assert data.batch(2).cardinality() == pw.data.INFINITE_CARDINALITY
    with pytest.raises(TypeError, match="no end"):
        len(data)
    assert list(counted(0).repeat()) == []  # and comes to an end


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [1, 3, 10, 50])
def test_shuffle(source: str, size: int) -> None:
    def orders(seed: int | None, again: bool = True) -> list[list[int]]:
        data = SOURCES[source]().shuffle(size, seed, reshuffle_each_iteration=again)
        return [[int(x) for x in data] for _ in range(3)]

    first = orders(7)
    assert all(sorted(order) == list(range(10)) for order in first)
    assert orders(7) == first
    assert orders(7, again=False) == [first[0]] * 3
    if size == 1:
        assert first == [list(range(10))] * 3
    else:
        assert len({tuple(order) for order in [*first, *orders(8)]}) == 6
    pw.set_seed(3)
    unseeded = orders(None)
    pw.set_seed(3)
    assert orders(None) == unseeded


def test_shuffle_draws_each_place_alike() -> None:
    places = np.zeros((5, 5))
    for seed in range(400):
        for place, x in enumerate(numbers(5).shuffle(5, seed)):
            places[int(x), place] += 1
    assert np.all(abs(places - 80) < 5 * math.sqrt(80 * 0.8))


def test_looking_at_it_leaves_the_orders_alone() -> None:
    one, other = (numbers(10).shuffle(10, seed=1).map(lambda x: x + 1).batch(3) for _ in "ab")
    assert other.element_spec == ElementSpec((None,), "int64")
    assert [x.tolist() for x in one] == [x.tolist() for x in other]


STRUCTURES = [
    (np.zeros((4, 2), np.float32), ElementSpec((2,), "float32")),
    (([[1], [2]], ["a", "b"]), (ElementSpec((1,), "int64"), ElementSpec((), "string"))),
    (
        {"a": np.zeros((2, 3)), "b": (np.ones(2, bool),)},
        {"a": ElementSpec((3,), "float64"), "b": (ElementSpec((), "bool"),)},
    ),
]


@pytest.mark.parametrize(("data", "spec"), STRUCTURES)
def test_structures(data: Any, spec: Any) -> None:
    rows = Dataset.from_tensor_slices(data)
    assert rows.element_spec == spec
    for other in (rows.take(1), rows.shuffle(1), Dataset(lambda: iter(rows)), rows.map(_same)):
        assert other.element_spec == spec
    batches = rows.batch(2)
    (first, *_), n = list(batches), 2
    from pywebml.data.structure import mapped

    assert batches.element_spec == mapped(lambda s: ElementSpec((None, *s.shape), s.dtype), spec)
    assert rows.batch(n, drop_remainder=True).element_spec == mapped(
        lambda s: ElementSpec((n, *s.shape), s.dtype), spec
    )
    mapped(lambda part, s: np.testing.assert_equal(part.shape, (2, *s.shape)), first, spec)


def _same(*element: Any) -> Any:
    return element[0] if len(element) == 1 else element


def test_tensors_stay_on_the_device(host: str) -> None:
    x, y = pw.tensor(np.arange(12.0).reshape(6, 2)), np.arange(6)
    data = Dataset.from_tensor_slices((x, y))
    for rows in (data, Dataset(lambda: iter(data))):
        shuffled = rows.shuffle(6, seed=2).batch(4)
        got = list(shuffled)
        assert all(isinstance(a, Tensor) and isinstance(b, np.ndarray) for a, b in got)
        assert [a.shape for a, _ in got] == [(4, 2), (2, 2)]
        for a, b in got:
            np.testing.assert_array_equal(a.numpy(), x.numpy()[b])
    assert all(isinstance(a, np.ndarray) for a, _ in data.batch(3).as_numpy_iterator())
    assert [a.shape for a, _ in data.batch(4).unbatch()] == [(2,)] * 6


def test_zip() -> None:
    a, b = numbers(3), counted(5).map(lambda x: x * 10)
    pairs = [(0, 0), (1, 10), (2, 20)]
    for data in (Dataset.zip(a, b), Dataset.zip((a, b)), pw.data.zip([a, b])):
        for _ in range(2):
            assert [(int(x), int(y)) for x, y in data] == pairs
    nested = Dataset.zip({"a": a, "b": (b, a)})
    assert [(int(e["a"]), int(e["b"][0]), int(e["b"][1])) for e in nested][-1] == (2, 20, 2)
    assert len(Dataset.zip(a, numbers(7))) == 3
    with pytest.raises(TypeError, match="takes data sets, got Dataset, int"):
        Dataset.zip(a, 3)


def test_padded_batch() -> None:
    words = Dataset.from_generator(lambda: (([1] * n, "x" * n) for n in (1, 3, 2)))
    x, y = next(iter(words.padded_batch(3)))
    assert x.tolist() == [[1, 0, 0], [1, 1, 1], [1, 1, 0]]
    assert y.tolist() == ["x", "xxx", "xx"]
    x, _ = next(iter(words.padded_batch(3, ([4], ()), (-1, None))))
    assert x.tolist() == [[1, -1, -1, -1], [1, 1, 1, -1], [1, 1, -1, -1]]
    with pytest.raises(ValueError, match="more than the padded_shapes"):
        list(words.padded_batch(3, ([2], ())))
    named = Dataset.from_generator(lambda: ({"a": [1] * n} for n in (1, 2)))
    assert next(iter(named.padded_batch(2)))["a"].tolist() == [[1, 0], [1, 1]]


def test_cache_reads_once_and_only_what_was_read_to_the_end() -> None:
    reads = []

    def read() -> Any:
        reads.append(1)
        yield from range(3)

    data = Dataset(read).cache()
    next(iter(data))
    assert [list(data), list(data)] == [[0, 1, 2]] * 2
    assert len(reads) == 2


def test_waiting_for_it() -> None:
    seen: list[int] = []

    async def note(x: Any) -> None:
        await asyncio.sleep(0)
        seen.append(int(x))

    asyncio.run(numbers(3).for_each_async(note))
    asyncio.run(numbers(2).for_each_async(lambda x: seen.append(int(x))))
    assert seen == [0, 1, 2, 0, 1]
    assert [int(x) for x in asyncio.run(numbers(3).to_array())] == [0, 1, 2]
    assert numbers(4).reduce(0, lambda a, b: a + int(b)) == 6


def test_dtypes_of_a_generator() -> None:
    data = Dataset.from_generator(
        lambda: [(1, [2])],
        output_signature=(ElementSpec((), "float32"), ElementSpec((1,), "int32")),
    )
    x, y = next(iter(data))
    assert (x.dtype, y.dtype) == (np.float32, np.int32)
    assert next(iter(Dataset.from_generator(lambda: [1], "float16"))).dtype == np.float16


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Dataset([1, 2]), "from_tensor_slices"),
        (lambda: Dataset.from_generator(iter([1])), "from_generator\\(lambda"),
        (lambda: Dataset.from_tensor_slices((np.zeros(2), np.zeros(3))), r"\(2,\), \(3,\)"),
        (lambda: Dataset.from_tensor_slices(3), "equally many rows"),
        (lambda: numbers().batch(0), "above 0, got 0"),
        (lambda: numbers().batch(2.5), "got 2.5"),
        (lambda: numbers().shuffle(0), "at least 1"),
        (lambda: numbers().shard(2, 2), r"\[0, 2\)"),
        (lambda: counted(0).element_spec, "no elements"),
        (lambda: list(Dataset(lambda: [[1], [1, 2]]).batch(2)), "padded_batch"),
        (lambda: list(Dataset(lambda: [(1, 2), 3]).batch(2)), r"\(array, array\) and array"),
        (lambda: list(Dataset(lambda: [{"a": 1}, {"b": 1}]).batch(2)), "one structure"),
    ],
)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_it_is_quick_on_arrays() -> None:
    """60,000 rows in random order are no work for Python: row by row would be 1 s."""
    import time

    x = np.zeros((60_000, 28), np.float32)
    data = Dataset.from_tensor_slices((x, x)).shuffle(60_000).batch(32)
    start = time.process_time()  # other tests may run meanwhile
    assert sum(1 for _ in data) == 1875
    assert time.process_time() - start < 1.0


def test_repr() -> None:
    assert repr(numbers(3)) == "<Dataset of 3 elements>"
    assert "unknown" in repr(counted())
