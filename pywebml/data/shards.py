"""A data set's elements in files: shards of some megabytes, and an index that is
written last. Without the index nothing is there, so a data set is kept whole or not at
all.

A shard is the length of its header (8 bytes, little-endian), the header as JSON, and
the arrays' bytes one after the other. The header is a list of runs, each of elements
whose arrays have the same types and shapes: [how many, [[dtype, shape], ...]]. The
arrays of a run lie on top of each other, part by part. The index says how the parts
make an element: an object for a dict, a list for a tuple, null for an array.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from ..core.tensor import Tensor
from ..host.files import MAX_FILE, FormatError, refused
from ..host.json_data import json_object, read_json
from ..host.lazy import np
from ..host.stores import AtHand, Files, Stage, staged, waited
from .structure import is_tuple, parts_of

INDEX, KIND = "dataset.json", "pywebml-dataset"
SHARD = 16 << 20
"""Bytes of a shard, about; an element is never cut."""
MAX_INDEX = 64 << 20
_DTYPE = re.compile(r"[<|][biufcSU]\d{1,9}")


class Index(NamedTuple):
    """What dataset.json says. shards: (file, bytes, CRC-32) of each."""

    structure: Any
    elements: int
    shards: list[tuple[str, int, int]]


# --- writing


def writing(files: Files, elements: Iterable[Any]) -> Iterator[Any]:
    """The elements; each is written, too, and all are there when the last one was
    taken. OSError where they do not fit; then, and where nobody takes the rest, nothing
    is.
    """
    stage = waited(files, staged(files))
    writer = _Writer(stage)
    try:
        for element in elements:
            writer.add(element)
            if writer.shard.nbytes >= SHARD:
                waited(files, writer.put())
            yield element
        waited(files, writer.finish())
    except BaseException:
        # in a tab a generator that is closed cannot wait
        if isinstance(files, AtHand):
            waited(files, stage.drop())
        else:
            asyncio.ensure_future(stage.drop())  # noqa: RUF006
        raise


class _Writer:
    """Elements on their way onto a stage."""

    def __init__(self, stage: Stage):
        self._stage = stage
        self.shard = _Shard()
        self._index = Index(None, 0, [])

    def add(self, element: Any) -> None:
        structure, _, shards = self._index
        count = self._index.elements
        if count and structure_of(element, "cache") != structure:
            raise ValueError(
                f"cache: element {count} has another structure than those before it; bring them"
                " to one with map()"
            )
        self.shard.add([plain_array(part, "cache") for part in parts_of(element)])
        self._index = Index(
            structure if count else structure_of(element, "cache"), count + 1, shards
        )

    async def put(self) -> None:
        """What was added since the last time, as one shard."""
        shards = self._index.shards
        data = self.shard.joined()
        name = f"shard-{len(shards):05d}.bin"
        await self._stage.add(name, data)
        shards.append((name, len(data), zlib.crc32(data)))
        self.shard = _Shard()

    async def finish(self) -> None:
        if self.shard.nbytes:
            await self.put()
        text = json.dumps({"format": KIND, "version": 1, **self._index._asdict()})
        await self._stage.add(INDEX, text.encode())
        await self._stage.finish()


class _Shard:
    """Elements that come into one file."""

    def __init__(self) -> None:
        self.nbytes = 0
        self._runs: list[tuple[list[Any], list[list[Any]]]] = []

    def add(self, arrays: list[Any]) -> None:
        specs = [[array.dtype.str, list(array.shape)] for array in arrays]
        if not self._runs or self._runs[-1][0] != specs:
            self._runs.append((specs, []))
        self._runs[-1][1].append(arrays)
        self.nbytes += 1 + sum(array.nbytes for array in arrays)

    def joined(self) -> bytes:
        header = json.dumps([[len(rows), specs] for specs, rows in self._runs]).encode()
        columns = (column for _, rows in self._runs for column in zip(*rows, strict=True))
        arrays = (array.tobytes() for column in columns for array in column)
        return b"".join([len(header).to_bytes(8, "little"), header, *arrays])


def structure_of(element: Any, who: str) -> Any:
    """How the arrays of an element stand, as JSON says it."""
    if isinstance(element, Mapping):
        if not all(isinstance(key, str) for key in element):
            raise TypeError(f"{who}: keys of elements are texts, got {list(element)!r:.80}")
        return {key: structure_of(part, who) for key, part in element.items()}
    return [structure_of(part, who) for part in element] if is_tuple(element) else None


def plain_array(part: Any, who: str) -> Any:
    """As it can be written. TypeError for other objects."""
    array = np.asarray(part.numpy() if isinstance(part, Tensor) else part)
    if array.dtype.kind == "O" and all(isinstance(text, str) for text in array.flat):
        array = array.astype(str)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if not _DTYPE.fullmatch(array.dtype.str):
        raise TypeError(
            f"{who}: arrays of {array.dtype} cannot be written; numbers, truth values and texts can"
        )
    if array.nbytes > MAX_FILE // 2:
        raise ValueError(f"{who}: an element of {array.nbytes} bytes is too large to be written")
    return array


# --- reading


async def index_of(files: Files) -> Index | None:
    """What is kept there, None for nothing. FormatError for what is something else."""
    try:
        if INDEX not in await files.list():
            return None
    except FileNotFoundError:
        return None
    where = f"{INDEX} in {files.name}"
    document = json_object(await files.read(INDEX, MAX_INDEX), where)
    with refused(where):
        if document["format"] != KIND or document["version"] != 1:
            raise FormatError(f"{where} is of another version; remove it, and it is written anew")
        shards = [(str(name), int(size), int(crc)) for name, size, crc in document["shards"]]
        return Index(document["structure"], int(document["elements"]), shards)


def reading(files: Files, index: Index) -> Iterator[Any]:
    """The elements that are kept, one shard in memory at a time. FormatError where a
    shard is not what was written.
    """
    count = 0
    for name, size, crc in index.shards:
        data = waited(files, files.read(name, size))
        where = f"{name} in {files.name}"
        if len(data) != size or zlib.crc32(data) != crc:
            raise FormatError(f"{where} is damaged; remove the data set, and it is written anew")
        with refused(where):
            runs = _runs_of(data, where)
        for rows, arrays in runs:
            if len(arrays) != parts_in(index.structure):
                raise FormatError(
                    f"{where} has {len(arrays)} arrays of each element, its index says"
                    f" {parts_in(index.structure)}"
                )
            for row in range(rows):
                with refused(where):
                    parts = iter([array[row] for array in arrays])
                    element = built(index.structure, parts)
                count += 1
                yield element
    if count != index.elements:
        raise FormatError(f"{files.name} has {count} elements, its index says {index.elements}")


def _runs_of(data: bytes, where: str) -> list[tuple[int, list[Any]]]:
    """(how many elements, their arrays on top of each other) of each run in a shard."""
    start = 8 + int.from_bytes(data[:8], "little")
    if start > min(len(data), MAX_INDEX):
        raise FormatError(f"{where} breaks off in its header")
    runs: list[tuple[int, list[Any]]] = []
    for rows, specs in read_json(data[8:start], where):
        arrays = []
        for dtype, shape in specs:
            start, array = _array_at(data, start, str(dtype), [rows, *shape], where)
            arrays.append(array)
        runs.append((rows, arrays))
    if start != len(data):
        raise FormatError(f"{where} has {len(data) - start} bytes more than its header says")
    return runs


def _array_at(data: bytes, start: int, dtype: str, shape: list[int], where: str) -> tuple[int, Any]:
    """(where it ends, the array that begins at `start`)."""
    sizes_fit = len(shape) <= 32 and all(type(size) is int and size >= 0 for size in shape)
    if not sizes_fit:
        raise FormatError(f"{where}: no array is of shape {shape!r:.80}")
    count = math.prod(shape)
    end = start + count * dtype_of(dtype, where).itemsize
    if end > len(data):
        raise FormatError(f"{where}: an array of shape {shape} goes beyond its end")
    return end, np.frombuffer(data, dtype, count, start).reshape(shape)


def dtype_of(text: str, where: str) -> Any:
    """NumPy's type of this name, of a kind that is written. FormatError for others."""
    if _DTYPE.fullmatch(text):
        with suppress(TypeError):  # of no such size: <i3
            return np.dtype(text)
    raise FormatError(f"{where}: no arrays are of the type {text!r:.40}")


def parts_in(structure: Any) -> int:
    """How many arrays an element of this structure has. FormatError where it is none."""
    if structure is None:
        return 1
    if not isinstance(structure, (dict, list)):
        raise FormatError(f"{structure!r:.40} is no part of a structure; arrays are null there")
    return sum(map(parts_in, structure.values() if isinstance(structure, dict) else structure))


def built(structure: Any, parts: Iterator[Any]) -> Any:
    """An element of these arrays."""
    if isinstance(structure, dict):
        return {key: built(part, parts) for key, part in structure.items()}
    if isinstance(structure, list):
        return tuple([built(part, parts) for part in structure])
    return next(parts)
