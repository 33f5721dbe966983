"""Rows in `.npy` files: the same rows in the same order as in memory, whole or not at
all, and what others may have made of the files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.data import row_files
from pywebml.data.host_rows import HostRows, ahead
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store, zip_bytes
from pywebml.host.stores.files import Names

N = 1000
X = np.random.default_rng(0).standard_normal((N, 3, 2)).astype(np.float32)
Y = np.arange(N, dtype=np.int64)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows in 16 shards, of which two are open at a time."""
    monkeypatch.setattr(row_files, "SHARD", 2000)
    monkeypatch.setattr(row_files, "OPEN", 2)
    pw.data.Dataset.from_tensor_slices({"x": X, "y": (Y,)}).save(tmp_path / "rows")
    return tmp_path / "rows"


def same(one: Iterable[Any], other: Iterable[Any]) -> None:
    for a, b in zip(one, other, strict=True):
        assert list(a) == list(b) == ["x", "y"]
        np.testing.assert_array_equal(a["x"], b["x"])
        np.testing.assert_array_equal(a["y"][0], b["y"][0])
        assert (a["x"].dtype, a["y"][0].dtype) == (np.float32, np.int64)


WAYS: dict[str, Callable[[pw.data.Dataset], pw.data.Dataset]] = {
    "rows": lambda data: data,
    "batches": lambda data: data.batch(70),
    "all in another order": lambda data: data.shuffle(N, seed=3).batch(128),
    "some of them": lambda data: data.skip(100).take(500).shuffle(500, seed=1).batch(33),
    "the last left out": lambda data: data.batch(300, drop_remainder=True),
    "twice": lambda data: data.shuffle(N, seed=2).batch(512).repeat(2),
}


@pytest.mark.parametrize("many", [0, row_files.SHARD], ids=["by a thread", "at once"])
@pytest.mark.parametrize("way", WAYS)
def test_rows_come_as_from_memory(
    folder: Path, way: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywebml.data.host_rows.MANY", many)
    in_memory = pw.data.Dataset.from_tensor_slices({"x": X, "y": (Y,)})
    same(WAYS[way](pw.data.Dataset.load(folder)), WAYS[way](in_memory))


def test_numpy_reads_the_files(folder: Path) -> None:
    shards = sorted(folder.glob("*-0.npy"))
    assert len(shards) > 10
    np.testing.assert_array_equal(np.concatenate([np.load(shard) for shard in shards]), X)


def test_nothing_is_there_before_the_last_row(tmp_path: Path) -> None:
    def fails() -> Any:
        yield from range(900)
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        pw.data.Dataset.from_generator(fails).save(tmp_path / "rows")
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError, match=r"no rows were saved at .*rows"):
        pw.data.Dataset.load(tmp_path / "rows")


def test_what_are_no_rows_is_refused(tmp_path: Path) -> None:
    for elements, error, said in (
        ([np.zeros(2), np.zeros(3)], ValueError, "one shape"),
        ([np.zeros(2)] * 64 + [np.zeros(2, int)], ValueError, "rows must be alike"),
        ([np.asarray("text")], TypeError, "rows are of numbers"),
        ([], ValueError, "no rows"),
    ):
        with pytest.raises(error, match=said):
            pw.data.Dataset.from_generator(lambda e=elements: e).save(tmp_path / "rows")
    assert not list(tmp_path.iterdir())


def _index(folder: Path, **changes: Any) -> None:
    index = json.loads((folder / "rows.json").read_text())
    (folder / "rows.json").write_text(json.dumps({**index, **changes}))


def _cut(folder: Path) -> None:
    path = folder / "00003-0.npy"
    path.write_bytes(path.read_bytes()[:-4])


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no index": (lambda f: (f / "rows.json").unlink(), "no rows were saved"),
    "no json": (lambda f: (f / "rows.json").write_text("{"), "rows.json"),
    "another version": (lambda f: _index(f, version=2), "another version"),
    "rows": (lambda f: _index(f, rows=N + 1), f"says {N + 1} rows, its shards have {N}"),
    "a shard less": (lambda f: _index(f, shards=[N]), r"has float32 of shape .*but rows.json"),
    "below zero": (lambda f: _index(f, shards=[-1, N + 1]), "-1 is no size"),
    "objects": (lambda f: _index(f, arrays=[["|O8", []], ["<i8", []]]), "of the type '|O8'"),
    "no size": (lambda f: _index(f, arrays=[["<i0", []], ["<i8", []]]), "of the type '<i0'"),
    "type": (lambda f: _index(f, arrays=[["<f2", [3, 2]], ["<i8", []]]), "says float16"),
    "structure": (lambda f: _index(f, structure=None), "do not make its structure"),
    "part": (lambda f: _index(f, structure=[None, None, ""]), "'' is no part of a structure"),
    "cut off": (_cut, r"00003-0.npy has \d+ bytes, but rows of .* have"),
    "gone": (lambda f: (f / "00001-1.npy").unlink(), "00001-1.npy is not there"),
    "no npy": (lambda f: (f / "00000-0.npy").write_bytes(b"nothing" * 9), "00000-0.npy"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_refused_in_words(folder: Path, damage: str) -> None:
    work, said = DAMAGES[damage]
    work(folder)
    with pytest.raises((FormatError, FileNotFoundError), match=said):
        pw.data.Dataset.load(folder)


def test_from_a_zip_and_from_a_store_that_gives_parts_of_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is how a browser's folder does it; tests/tab has the real one."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    zipped = folder.parent / "rows.zip"
    zipped.write_bytes(zip_bytes(files))
    plain = list(pw.data.Dataset.load(folder).shuffle(N, seed=1).batch(200))
    same(pw.data.Dataset.load(zipped).shuffle(N, seed=1).batch(200), plain)
    asked: list[int] = []

    class Parts:
        name = "opfs://rows"

        async def read(self, path: str, limit: int = 1 << 20) -> bytes:
            return files[path]

        async def list(self) -> Names:
            return sorted(files)

        async def read_ranges(self, path: str, places: Sequence[int]) -> bytes:
            asked.append(len(places))
            pairs = zip(places[::2], places[1::2], strict=True)
            return b"".join(files[path][start:stop] for start, stop in pairs)

    monkeypatch.setattr("pywebml.data.caching.open_store", lambda _: Parts())
    same(pw.data.Dataset.load("opfs://rows").shuffle(N, seed=1).batch(200), plain)
    asked.clear()
    next(iter(pw.data.Dataset.load("opfs://rows").batch(10)))
    assert asked.count(2) == len(asked) == 4, "neighbours are read in one piece"
    assert open_store(zipped).name.endswith("rows.zip")


def test_rows_by_number() -> None:
    rows = HostRows.of([X[:10], X[10:11], X[11:500], X[500:]])
    assert (rows.shape, rows.ndim, rows.size, rows.nbytes) == (X.shape, 3, X.size, X.nbytes)
    np.testing.assert_array_equal(rows[-1], X[-1])
    np.testing.assert_array_equal(rows[5:505], X[5:505])
    np.testing.assert_array_equal(rows[::-7], X[::-7])
    np.testing.assert_array_equal(rows[[999, 0, 10, 10, -2]], X[[999, 0, 10, 10, -2]])
    assert np.shares_memory(rows[20:300], X)
    assert rows[[]].shape == (0, 3, 2)
    for number in (N, -N - 1):
        with pytest.raises(IndexError, match="rows are numbered 0 to 999"):
            rows[number]


def test_what_fails_ahead_of_time_is_said_in_its_turn() -> None:
    def half(n: int) -> float:
        return 1 / (2 - n)

    values = ahead(half, range(9))
    assert [next(values), next(values)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        next(values)
    left = ahead(half, range(9))
    next(left)
    left.close()  # the thread ends
