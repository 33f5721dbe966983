"""Texts that an HDF5 file has in attributes: one, or a list of them."""

from __future__ import annotations

import math
import struct
from typing import Any

from ..stored import MAX_RANK
from .objects import ATTRIBUTE, ATTRIBUTES, NOWHERE, Message, Objects

MAX_TEXT = 64 << 20
"""Bytes of all texts that are read of a file: several places may point to one."""
FIXED, VARYING = 3, 9


class Texts:
    """Reads the attributes of one file."""

    def __init__(self, objects: Objects):
        self._file = objects
        self._left = MAX_TEXT
        self._heaps: dict[int, dict[int, memoryview]] = {}

    def of(self, messages: list[Message]) -> dict[str, Any]:
        """{name: text, or list of texts} of an object; attributes of other kinds are
        left out.
        """
        texts = {}
        for kind, data in messages:
            if kind == ATTRIBUTES:
                place = 4 if data[1] & 1 else 2
                if bytes(data[place : place + 8]) != NOWHERE:
                    raise self._file.not_read("an object of very many attributes")
            if kind == ATTRIBUTE:
                name, value = self._attribute(data)
                if value is not None:
                    texts[name] = value
        return texts

    def _attribute(self, data: memoryview) -> tuple[str, Any]:
        version, flags, name_size, type_size, space_size = struct.unpack_from("<BBHHH", data)
        if version not in (1, 2, 3):
            raise self._file.broken(f"an attribute of version {version}")
        at = 9 if version == 3 else 8
        parts = []
        for size in (name_size, type_size, space_size):
            parts.append(data[at : at + size])
            at += size + (-size % 8 if version == 1 else 0)
        name = bytes(parts[0]).split(b"\0", 1)[0].decode()
        if version > 1 and flags & 3:  # its type or its shape is kept elsewhere
            return name, None
        return name, self._value(parts[1], parts[2], data[at:], name)

    def _value(self, kind: memoryview, space: memoryview, data: memoryview, name: str) -> Any:
        what, bits, size = kind[0] & 15, kind[1] & 15, struct.unpack_from("<I", kind, 4)[0]
        version, rank = space[0], space[1]
        if rank > MAX_RANK:
            raise self._file.broken(f"the attribute {name!r} has no shape")
        count = math.prod(struct.unpack_from(f"<{rank}Q", space, 8 if version == 1 else 4))
        if not count or (version == 2 and space[3] == 2):
            return []  # a list of nothing is one of anything
        if what not in (FIXED, VARYING) or (what == VARYING and bits != 1):
            return None
        if size and count * size > len(data):
            raise self._file.broken(f"the attribute {name!r} claims {count * size} bytes")
        if not size:
            return []
        items = [self._text(data[i * size : (i + 1) * size], what) for i in range(count)]
        return items if rank else items[0]

    def _text(self, data: memoryview, what: int) -> str:
        if what == VARYING:
            length, address, index = struct.unpack_from("<IQI", data)
            data = self._heap(address).get(index, data[:0])[:length] if length else data[:0]
        self._left -= len(data)
        if self._left < 0:
            raise self._file.broken(f"more than {MAX_TEXT} bytes of texts")
        return bytes(data).split(b"\0", 1)[0].decode()

    def _heap(self, address: int) -> dict[int, memoryview]:
        """{number: bytes} of a collection of texts."""
        if address in self._heaps:
            return self._heaps[address]
        file = self._file
        mark, size = struct.unpack("<4s4xQ", file.at(address, 16))
        if mark != b"GCOL":
            raise file.broken(f"no texts at {address}")
        block = file.at(address, size)
        items: dict[int, memoryview] = {}
        at = 16
        while at + 16 <= len(block):
            index, length = struct.unpack_from("<H6xQ", block, at)
            if index == 0:  # what is free
                break
            items[index] = block[at + 16 : at + 16 + length]
            at += 16 + length + -length % 8
        self._heaps[address] = items
        return items
