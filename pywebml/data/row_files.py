"""A data set's rows in `.npy` files: `Dataset.save` and `Dataset.load`. Rows are read
where they lie, in any order, so they may be more than memory holds.

A folder has a file for each array of an element and each shard of some megabytes,
`00000-0.npy` and so on, which NumPy reads, too; and rows.json, written last, without
which nothing is there. It says how the arrays make an element (as dataset.json does,
see shards.py), how many rows there are, and the types and shapes; the files' headers
must say the same, and the files have exactly the bytes of that.
"""

from __future__ import annotations

import io
import json
import math
import mmap
import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..host.files import FormatError, refused
from ..host.json_data import json_object
from ..host.lazy import np
from ..host.stores import Files, Folder, FolderStore, staged, waited
from .caching import opened
from .host_rows import HostRows
from .shards import MAX_INDEX, built, dtype_of, parts_in, plain_array, structure_of
from .structure import parts_of

INDEX, KIND = "rows.json", "pywebml-rows"
SHARD = 64 << 20
"""Bytes of a shard, about."""
OPEN = 200
"""Files of a data set that are mapped at a time: systems allow some hundreds."""
HEADER = 4096
"""Bytes that are read of a file to find its header in."""


class Index(NamedTuple):
    """What rows.json says. arrays: (dtype, shape of a row) of each; shards: how many
    rows each has.
    """

    structure: Any
    rows: int
    arrays: list[tuple[str, list[int]]]
    shards: list[int]


# --- writing


def write(where: str | os.PathLike[str], batches: Iterable[Any]) -> int:
    """Writes the rows of the batches, all of them or none; how many there were.

    OSError where they do not fit. ValueError for rows of different types or shapes.
    """
    files = opened(where)
    stage = waited(files, staged(files))
    try:
        index = Index(None, 0, [], [])
        pending: list[list[Any]] = []
        for batch in batches:
            index, arrays = _checked(index, batch)
            pending.append(arrays)
            if sum(a.nbytes for arrays in pending for a in arrays) >= SHARD:
                index = _put(files, stage, index, pending)
                pending = []
        if pending:
            index = _put(files, stage, index, pending)
        if not index.rows:
            raise ValueError("save: there are no rows to write")
        text = json.dumps({"format": KIND, "version": 1, **index._asdict()})
        waited(files, stage.add(INDEX, text.encode()))
        waited(files, stage.finish())
    except BaseException:
        waited(files, stage.drop())
        raise
    return index.rows


def _checked(index: Index, batch: Any) -> tuple[Index, list[Any]]:
    """The arrays of a batch, which are like those before; the first says what all are."""
    arrays = [plain_array(part, "save") for part in parts_of(batch)]
    if any(a.dtype.kind not in "biufc" for a in arrays):
        raise TypeError("save: rows are of numbers; `cache` keeps texts, too")
    specs = [(a.dtype.str, list(a.shape[1:])) for a in arrays]
    structure = structure_of(batch, "save")
    if not index.arrays:
        index = index._replace(structure=structure, arrays=specs)
    if (structure, specs) != (index.structure, index.arrays):
        raise ValueError(
            f"save: rows must be alike, got {specs} after {index.arrays}; bring them to one type"
            " and shape with map()"
        )
    if len({len(a) for a in arrays}) != 1:
        raise ValueError(f"save: arrays of {[len(a) for a in arrays]} rows belong together")
    return index, arrays


def _put(files: Files, stage: Any, index: Index, pending: list[list[Any]]) -> Index:
    """The batches as one shard."""
    for number, several in enumerate(zip(*pending, strict=True)):
        file = io.BytesIO()
        np.lib.format.write_array(file, np.concatenate(several), (1, 0), allow_pickle=False)
        waited(files, stage.add(_name(len(index.shards), number), file.getvalue()))
    rows = sum(len(arrays[0]) for arrays in pending)
    return index._replace(rows=index.rows + rows, shards=[*index.shards, rows])


def _name(shard: int, array: int) -> str:
    return f"{shard:05d}-{array}.npy"


# --- reading


def read(where: str | os.PathLike[str]) -> Any:
    """The element whose arrays have all rows, as `HostRows`. FileNotFoundError where
    nothing was written; FormatError for what is not as it was.
    """
    files = opened(where)
    try:
        if INDEX not in waited(files, files.list()):
            raise FileNotFoundError
    except FileNotFoundError:
        raise FileNotFoundError(f"no rows were saved at {files.name}: it has no {INDEX}") from None
    index = _index(waited(files, files.read(INDEX, MAX_INDEX)), f"{INDEX} in {files.name}")
    folder = _Mapped(files) if isinstance(files, FolderStore) else _Asked(files)
    columns = []
    for number, (dtype, shape) in enumerate(index.arrays):
        shards = [
            folder.part(_name(shard, number), np.dtype(dtype), (rows, *shape))
            for shard, rows in enumerate(index.shards)
        ]
        columns.append(HostRows(shards, index.shards, shape, dtype))
    return built(index.structure, iter(columns))


def _index(data: bytes, where: str) -> Index:
    document = json_object(data, where)
    with refused(where):
        if document["format"] != KIND or document["version"] != 1:
            raise FormatError(f"{where} is of another version; save the data set again")
        shards = [_size(rows) for rows in document["shards"]]
        arrays = [
            (str(dtype), [_size(size) for size in shape]) for dtype, shape in document["arrays"]
        ]
        index = Index(document["structure"], _size(document["rows"]), arrays, shards)
        for dtype, _ in arrays:
            dtype_of(dtype, where)
        if not shards or sum(shards) != index.rows:
            raise FormatError(f"{where} says {index.rows} rows, its shards have {sum(shards)}")
        if not arrays or parts_in(index.structure) != len(arrays):
            raise FormatError(f"{where}: {len(arrays)} arrays do not make its structure")
    return index


def _size(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 48:
        raise FormatError(f"{value!r:.40} is no size")
    return value


class _Mapped:
    """The files of a folder, which the system reads page by page and forgets again."""

    def __init__(self, files: FolderStore):
        self._folder = Folder(files.path)
        self._open: OrderedDict[str, Any] = OrderedDict()

    def part(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Any:
        """What opens a file, checked now."""
        path = self._folder.place(name)
        try:
            with path.open("rb") as file:
                start = _start(file.read(HEADER), dtype, shape, str(path))
            size = path.stat().st_size
        except FileNotFoundError:
            raise FormatError(f"{path} is not there; save the data set again") from None
        _check_size(size, start, dtype, shape, str(path))

        def mapped() -> Any:
            array = self._open.get(name)
            if array is None:
                with path.open("rb") as file:
                    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                array = np.frombuffer(pages, dtype, math.prod(shape), start).reshape(shape)
                self._open[name] = array
                if len(self._open) > OPEN:
                    self._open.popitem(last=False)
            return array

        return mapped


class _Asked:
    """Those of a store that is asked for bytes, such as a browser's folder."""

    def __init__(self, files: Files):
        self._files = files
        self._last: OrderedDict[str, Any] = OrderedDict()

    def part(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Any:
        """What reads rows of a file."""
        where = f"{name} in {self._files.name}"
        if hasattr(self._files, "read_ranges"):
            return lambda: _Ranges(self._files, name, dtype, shape)

        def whole() -> Any:
            """The last shards that were read stay, others are read again."""
            if name not in self._last:
                limit = math.prod(shape) * dtype.itemsize + HEADER
                data = waited(self._files, self._files.read(name, limit))
                start = _start(data[:HEADER], dtype, shape, where)
                _check_size(len(data), start, dtype, shape, where)
                array = np.frombuffer(data, dtype, math.prod(shape), start).reshape(shape)
                self._last[name] = array
                while len(self._last) > 1 and sum(a.nbytes for a in self._last.values()) > SHARD:
                    self._last.popitem(last=False)
            return self._last[name]

        return whole


class _Ranges:
    """A file of a store that gives parts of files: rows are read when they are asked
    for, those of a batch in one go.
    """

    def __init__(self, files: Any, name: str, dtype: Any, shape: tuple[int, ...]):
        self._files, self._name, self._dtype, self._shape = files, name, dtype, shape
        head = waited(files, files.read_ranges(name, [0, HEADER]))
        self._begin = _start(head, dtype, shape, f"{name} in {files.name}")

    def __getitem__(self, rows: Any) -> Any:
        numbers = np.arange(self._shape[0])[rows]
        width = math.prod(self._shape[1:]) * self._dtype.itemsize
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        runs = np.split(numbers, breaks) if len(numbers) else []
        places = [self._begin + width * int(row) for run in runs for row in (run[0], run[-1] + 1)]
        data = waited(self._files, self._files.read_ranges(self._name, places))
        if len(data) != width * len(numbers):
            raise FormatError(f"{self._name} in {self._files.name} breaks off; save it again")
        return np.frombuffer(data, self._dtype).reshape(len(numbers), *self._shape[1:])


def _start(head: bytes, dtype: Any, shape: tuple[int, ...], where: str) -> int:
    """Where the numbers of a file begin, whose header says what it must."""
    file = io.BytesIO(head)
    try:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0(file, max_header_size=HEADER)
    except Exception as error:  # NumPy takes it for Python, and tells what that says of it
        raise FormatError(
            f"{where} has a broken header ({error}); save the data set again"
        ) from None
    if version != (1, 0):
        raise FormatError(f"{where} is of another version of .npy; save the data set again")
    if header != (shape, False, dtype):
        raise FormatError(
            f"{where} has {header[2]} of shape {header[0]}, but {INDEX} says {dtype} of {shape};"
            " save the data set again"
        )
    return file.tell()


def _check_size(size: int, start: int, dtype: Any, shape: tuple[int, ...], where: str) -> None:
    expected = start + math.prod(shape) * dtype.itemsize
    if size != expected:
        raise FormatError(
            f"{where} has {size} bytes, but rows of {shape} have {expected}; save the data set"
            " again"
        )
