"""The objects of an HDF5 file: headers, groups and what is in them. Which bytes mean
what: "HDF5 File Format Specification", version 3.0, of The HDF Group.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ....host.files import FormatError
from ....host.stores.parts import Part, Slice, raw

START = b"\x89HDF\r\n\x1a\n"
NOWHERE = b"\xff" * 8
MAX_OBJECTS = 100_000
"""Groups and arrays in a file, and pieces of an array."""
MAX_DEPTH = 64
MAX_MESSAGES = 100_000

SPACE, LINK_INFO, TYPE, FILL, LINK, EXTERNAL, LAYOUT = 1, 2, 3, 5, 6, 7, 8
GROUP_INFO, FILTERS, ATTRIBUTE, CONTINUED, SYMBOLS, ATTRIBUTES = 10, 11, 12, 16, 17, 21


class Message(NamedTuple):
    kind: int
    data: memoryview


class Objects:
    """The bytes of a file, with the bounds that every look into them keeps."""

    def __init__(self, data: Slice, name: str):
        self.data, self.name = data if isinstance(data, Part) else memoryview(data), name
        self.seen: set[int] = set()
        self._messages = 0

    def broken(self, what: str) -> FormatError:
        return FormatError(f"{self.name} is a broken HDF5 file: {what}")

    def not_read(self, what: str) -> FormatError:
        return FormatError(
            f"{self.name} has {what}, which is not read; save it again as Keras does by itself"
        )

    def at(self, address: int, size: int) -> memoryview:
        return memoryview(raw(self.later(address, size)))

    def later(self, address: int, size: int) -> Slice:
        """As `at`, and perhaps not read yet."""
        if address < 0 or size < 0 or address + size > len(self.data):
            raise self.broken(f"{size} bytes at {address} lie outside of its {len(self.data)}")
        return self.data[address : address + size]

    def number(self, data: memoryview, place: int) -> int:
        return int(struct.unpack_from("<Q", data, place)[0])

    def root(self) -> int:
        """The address of the outermost group."""
        if bytes(self.data[:8]) != START:
            raise FormatError(f"{self.name} is not a whole HDF5 file: it begins otherwise")
        head = self.at(0, 96 if len(self.data) >= 96 else 48)
        version = head[8]
        if version in (0, 1):
            sizes, place = bytes(head[13:15]), 64 if version == 0 else 68
        elif version in (2, 3):
            sizes, place = bytes(head[9:11]), 36
        else:
            raise self.not_read(f"a superblock of version {version}")
        if sizes != b"\x08\x08":
            raise self.not_read("addresses of other than 8 bytes")
        return self.number(head, place)

    def once(self, address: int, what: str) -> None:
        """FormatError where an address comes again: trees have no circles."""
        if address in self.seen:
            raise self.broken(f"{what} is there twice")
        self.seen.add(address)
        if len(self.seen) > MAX_OBJECTS:
            raise self.broken("more objects than are read")

    def header(self, address: int) -> Iterator[Message]:
        """The messages of an object: what it is."""
        if bytes(self.at(address, 4)) == b"OHDR":
            yield from self._newer(address)
            return
        version, count, size = struct.unpack("<BxHxxxxI", self.at(address, 12))
        if version != 1:
            raise self.broken(f"no object at {address}")
        blocks, left = [self.at(address + 16, size)], count
        while blocks:
            block = blocks.pop(0)
            at = 0
            while left and at + 8 <= len(block):
                kind, length, flags = struct.unpack_from("<HHB", block, at)
                message = self._message(kind, flags, block[at + 8 : at + 8 + length], length)
                if kind == CONTINUED:
                    blocks.append(self.at(*struct.unpack("<QQ", message.data[:16])))
                yield message
                at, left = at + 8 + length, left - 1

    def _newer(self, address: int) -> Iterator[Message]:
        version, flags = self.at(address, 6)[4:6]
        if version != 2:
            raise self.not_read(f"an object of version {version}")
        at = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(self.at(at, width), "little")
        head = 6 if flags & 0x04 else 4
        blocks = [self.at(at + width, size)]
        while blocks:
            block = blocks.pop(0)
            at = 0
            while at + head <= len(block):
                kind, length, flag = struct.unpack_from("<BHB", block, at)
                start = at + head
                message = self._message(kind, flag, block[start : start + length], length)
                if kind == CONTINUED:
                    place, size = struct.unpack("<QQ", message.data[:16])
                    blocks.append(self.at(place, size)[4:-4])  # between name and checksum
                yield message
                at = start + length

    def _message(self, kind: int, flags: int, data: memoryview, length: int) -> Message:
        self._messages += 1
        if self._messages > MAX_OBJECTS + MAX_MESSAGES:
            raise self.broken("more messages than are read")
        if len(data) != length:
            raise self.broken("a message reaches beyond its object")
        if flags & 0x02:
            raise self.not_read("a shared message")
        return Message(kind, data)

    # --- groups

    def links(self, messages: list[Message], path: str) -> Iterator[tuple[str, int]]:
        """(name, address) of all in a group."""
        for kind, data in messages:
            if kind == SYMBOLS:
                tree, heap = struct.unpack("<QQ", data[:16])
                yield from self._symbols(tree, self._heap(heap), 0)
            elif kind == LINK:
                yield self._link(data)
            elif kind == LINK_INFO:
                place = 10 if data[1] & 1 else 2
                if bytes(data[place : place + 8]) != NOWHERE:
                    raise self.not_read(f"a group {path!r} of very many parts")

    def _link(self, data: memoryview) -> tuple[str, int]:
        flags, at = data[1], 2
        if flags & 0x08:
            if data[at] != 0:
                raise self.not_read("a link that is no hard one")
            at += 1
        at += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(data[at : at + width], "little")
        at += width
        return bytes(data[at : at + length]).decode(), self.number(data, at + length)

    def _heap(self, address: int) -> memoryview:
        head = self.at(address, 32)
        if bytes(head[:4]) != b"HEAP":
            raise self.broken(f"no heap at {address}")
        return self.at(self.number(head, 24), self.number(head, 8))

    def _symbols(self, address: int, heap: memoryview, depth: int) -> Iterator[tuple[str, int]]:
        if depth > MAX_DEPTH:
            raise self.broken("a tree of names has no end")
        self.once(address, "a tree of names")
        mark = bytes(self.at(address, 8)[:4])
        if mark == b"TREE":
            count = struct.unpack("<H", self.at(address + 6, 2))[0]
            children = self.at(address + 24, 16 * count + 8)
            for i in range(count):
                yield from self._symbols(self.number(children, 16 * i + 8), heap, depth + 1)
            return
        if mark != b"SNOD":
            raise self.broken(f"no names at {address}")
        count = struct.unpack("<H", self.at(address + 6, 2))[0]
        entries = self.at(address + 8, 40 * count)
        for i in range(count):
            name, child, cached = struct.unpack_from("<QQI", entries, 40 * i)
            if cached == 2:
                raise self.not_read("a link that is no hard one")
            text = bytes(heap[name : name + 1024])
            yield text.split(b"\0", 1)[0].decode(), child
