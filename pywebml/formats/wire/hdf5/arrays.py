"""Arrays of an HDF5 file: in one piece, or in pieces that may be packed."""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from ....host.stores.parts import Slice
from ..stored import ITEMSIZE, MAX_RANK, Weight, checked_shape, elements
from .objects import (
    ATTRIBUTE,
    EXTERNAL,
    FILTERS,
    LAYOUT,
    MAX_DEPTH,
    MAX_OBJECTS,
    SPACE,
    TYPE,
    Message,
    Objects,
)

SMALL, RATIO = 64 << 20, 50
"""Pieces of more than so many bytes in all, and of more than so many times the file's,
are not unpacked: weights are not that empty.
"""
GZIP, SHUFFLE, SUM = 1, 2, 3
_AS = {"uint32": "int32", "uint64": "int64"}
"""The same bytes: seeds, and counters that are never so large."""


class Piece(NamedTuple):
    """Where a piece begins in its array, its bytes as they are stored, and the filters
    that it was not put through, as bits.
    """

    start: tuple[int, ...]
    data: memoryview
    skipped: int


class Arrays:
    """Reads the arrays of one file."""

    def __init__(self, objects: Objects):
        self._file = objects
        self._left = max(SMALL, RATIO * len(objects.data))

    def array(self, messages: list[Message], path: str) -> Weight:
        """The array of an object. FormatError where it is broken, or not of numbers."""
        file = self._file
        parts = {message.kind: message.data for message in messages}
        if EXTERNAL in parts:
            raise file.not_read(f"an array {path!r} that is not an array in this file")
        if not {TYPE, LAYOUT} <= parts.keys():
            raise file.broken(f"an array {path!r} without a type or a place")
        shape = self._shape(parts[SPACE], path)
        dtype = self._dtype(parts[TYPE], path)
        if dtype == "uint16" and ATTRIBUTE in parts:  # so says Keras, which names it there
            dtype = "bfloat16"
        size = ITEMSIZE[dtype] * elements(shape)
        layout = parts[LAYOUT]
        if (layout[0], layout[1]) == (3, 2):
            filters = self._filters(parts[FILTERS], path) if FILTERS in parts else []
            data = self._joined(layout, shape, ITEMSIZE[dtype], filters, path)
            return Weight(shape, dtype, memoryview(data))
        if layout[0] not in (3, 4) or layout[1] not in (0, 1) or FILTERS in parts:
            raise file.not_read(f"an array {path!r} in pieces of another kind")
        piece: Slice = layout[4 : 4 + size] if layout[1] == 0 else layout[:0]
        if layout[1] == 1 and size:
            piece = file.later(file.number(layout, 2), size)
        if len(piece) != size:
            raise file.broken(f"{path!r} of shape {shape} has {len(piece)} bytes, not {size}")
        return Weight(shape, dtype, piece)

    def _shape(self, data: memoryview, path: str) -> tuple[int, ...]:
        version, rank = data[0], data[1]
        if version not in (1, 2) or rank > MAX_RANK:
            raise self._file.broken(f"{path!r} has no shape")
        sizes = struct.unpack_from(f"<{rank}Q", data, 8 if version == 1 else 4)
        return checked_shape(sizes, f"{path} in {self._file.name}")

    def _dtype(self, data: memoryview, path: str) -> str:
        kind, bits, size = data[0] & 15, data[1], struct.unpack_from("<I", data, 4)[0]
        if kind in (0, 1) and not bits & 1:
            signed = "int" if bits & 8 else "uint"
            dtype = f"float{8 * size}" if kind == 1 else f"{signed}{8 * size}"
            if dtype in ITEMSIZE:
                return dtype
            if dtype in _AS:
                return _AS[dtype]
        if kind == 8 and size == 1:  # how h5py stores True and False
            return "bool"
        raise self._file.not_read(f"an array {path!r} of other values than numbers")

    def _filters(self, data: memoryview, path: str) -> list[int]:
        """The numbers of the filters that pieces went through."""
        version, count = data[0], data[1]
        at = 8 if version == 1 else 2
        numbers = []
        for _ in range(count):
            number, values = struct.unpack_from("<H4xH" if version == 1 else "<H2xH", data, at)
            if number not in (GZIP, SHUFFLE, SUM):
                raise self._file.not_read(f"an array {path!r} that is packed by filter {number}")
            if version == 1:
                at += 8 + struct.unpack_from("<H", data, at + 2)[0] + 4 * (values + values % 2)
            else:
                at += 6 + 4 * values
            numbers.append(number)
        return numbers

    def _joined(
        self,
        layout: memoryview,
        shape: tuple[int, ...],
        itemsize: int,
        filters: list[int],
        path: str,
    ) -> bytearray:
        """The bytes of an array from its pieces."""
        rank = len(shape)
        if layout[2] != rank + 1:
            raise self._file.broken(f"{path!r} has pieces of another rank")
        address, *sizes = struct.unpack_from(f"<Q{rank}I", layout, 3)
        if not all(sizes):
            raise self._file.broken(f"{path!r} has pieces of no size")
        count = math.prod(-(-n // step) for n, step in zip(shape, sizes, strict=True))
        nbytes = math.prod(sizes) * itemsize
        self._left -= max(count * nbytes, elements(shape) * itemsize)
        if self._left < 0 or count > MAX_OBJECTS:
            most = max(SMALL, RATIO * len(self._file.data))
            raise self._file.not_read(f"{path!r}, holds more than the {most} bytes that are read")
        out = bytearray(elements(shape) * itemsize)
        if not out:
            return out
        starts = set()
        for piece in self._pieces(address, rank, path, 0):
            whole = all(
                at < n and not at % step
                for at, n, step in zip(piece.start, shape, sizes, strict=True)
            )
            if not whole or piece.start in starts:
                raise self._file.broken(f"a piece of {path!r} lies where none can be")
            starts.add(piece.start)
            raw = self._unpacked(piece, filters, itemsize, nbytes, path)
            _place(out, shape, piece.start, tuple(sizes), raw, itemsize)
        if len(starts) != count:
            raise self._file.broken(f"{len(starts)} of the {count} pieces of {path!r} are there")
        return out

    def _pieces(self, address: int, rank: int, path: str, depth: int) -> Iterator[Piece]:
        file = self._file
        if depth > MAX_DEPTH:
            raise file.broken(f"the pieces of {path!r} have no end")
        if address.to_bytes(8, "little") == b"\xff" * 8:
            return
        file.once(address, f"a list of pieces of {path!r}")
        mark, kind, level, count = struct.unpack("<4sBBH", file.at(address, 8))
        if mark != b"TREE" or kind != 1:
            raise file.broken(f"no pieces of {path!r} at {address}")
        width = 8 + 8 * (rank + 1)
        entries = file.at(address + 24, count * (width + 8))
        for i in range(count):
            at = i * (width + 8)
            size, skipped, *start = struct.unpack_from(f"<II{rank}Q", entries, at)
            child = file.number(entries, at + width)
            if level:
                yield from self._pieces(child, rank, path, depth + 1)
            else:
                yield Piece(tuple(start), file.at(child, size), skipped)

    def _unpacked(
        self, piece: Piece, filters: list[int], itemsize: int, nbytes: int, path: str
    ) -> bytes | bytearray | memoryview:
        data: bytes | bytearray | memoryview = piece.data
        for number, kind in reversed(list(enumerate(filters))):
            if piece.skipped >> number & 1:
                continue
            if kind == GZIP:
                try:
                    data = zlib.decompressobj().decompress(data, nbytes + 4)
                except zlib.error as error:
                    raise self._file.broken(f"a piece of {path!r}: {error}") from None
            elif kind == SUM:
                data = data[:-4]
            else:
                data = _unshuffled(data, itemsize)
        if len(data) != nbytes:
            raise self._file.broken(f"a piece of {path!r} has {len(data)} bytes, not {nbytes}")
        return data


def _unshuffled(data: bytes | bytearray | memoryview, itemsize: int) -> bytearray:
    """First bytes of all numbers, then second ones ...: number by number again."""
    out = bytearray(data)
    count = len(data) // itemsize
    for i in range(itemsize):
        out[i : count * itemsize : itemsize] = data[i * count : (i + 1) * count]
    return out


def _place(
    out: bytearray,
    shape: tuple[int, ...],
    start: tuple[int, ...],
    sizes: tuple[int, ...],
    raw: bytes | bytearray | memoryview,
    itemsize: int,
) -> None:
    """Copies a piece to where it lies in its array, by runs that are whole in both."""
    axis = len(shape) - 1
    while axis > 0 and sizes[axis] == shape[axis]:
        axis -= 1
    inner = math.prod(shape[axis + 1 :]) * itemsize
    inside = [min(step, n - at) for step, n, at in zip(sizes, shape, start, strict=True)]
    run = (inside[axis] if shape else 1) * inner
    for index in itertools.product(*map(range, inside[:axis])):
        source = target = 0
        for i, (place, at) in enumerate(zip(index, start, strict=False)):
            source = source * sizes[i] + place
            target = target * shape[i] + at + place
        if shape:
            source = source * sizes[axis] * inner
            target = (target * shape[axis] + start[axis]) * inner
        out[target : target + run] = raw[source : source + run]
