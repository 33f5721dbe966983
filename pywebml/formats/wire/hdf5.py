"""HDF5 files of plain arrays, read and written without HDF5's library: what Keras 3
saves weights in. That library needs a process of its own, as some broken files crash
it, and a tab has none.

Read are groups of the older and the newer kind and arrays of numbers that lie in one
piece, which is what h5py writes unless told otherwise; written are such of the newer
kind, which every HDF5 library reads. The format: "HDF5 File Format Specification",
version 3.0, of The HDF Group.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...host.files import FormatError
from .stored import ITEMSIZE, MAX_RANK, Weight, checked_shape, elements

START = b"\x89HDF\r\n\x1a\n"
NOWHERE = b"\xff" * 8
MAX_OBJECTS = 100_000
"""Groups and arrays in a file."""
MAX_DEPTH = 64
MAX_MESSAGES = 100_000

_SPACE, _LINK_INFO, _TYPE, _FILL, _LINK, _EXTERNAL, _LAYOUT = 1, 2, 3, 5, 6, 7, 8
_GROUP_INFO, _FILTERS, _ATTRIBUTE, _CONTINUED, _SYMBOLS = 10, 11, 12, 16, 17
_FLOATS = {2: (10, 5, 10, 15), 4: (23, 8, 23, 127), 8: (52, 11, 52, 1023)}
"""By bytes: where the exponent is, its bits, those of the mantissa, the bias."""


# --- writing


def written(arrays: Mapping[str, Weight]) -> bytes:
    """A file of arrays by path, "layers/dense/vars/0"."""
    tree: dict[str, Any] = {}
    for path, weight in arrays.items():
        *groups, name = path.split("/")
        inside = tree
        for group in groups:
            inside = inside.setdefault(group, {})
        inside[name] = weight
    out = bytearray(96)
    root = _group(out, tree)
    head = START + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    head += struct.pack("<Q8sQ8s", 0, NOWHERE, len(out), NOWHERE)
    out[:96] = head + struct.pack("<QQII16x", 0, root, 0, 0)
    return bytes(out)


def _group(out: bytearray, tree: Mapping[str, Any]) -> int:
    """Puts a group and all in it behind `out`; its address."""
    links = [(_LINK_INFO, b"\0\0" + 2 * NOWHERE), (_GROUP_INFO, b"\0\0")]
    for name, thing in tree.items():
        address = _array(out, thing) if isinstance(thing, Weight) else _group(out, thing)
        text = name.encode()
        head = struct.pack("<BBBH", 1, 0x11, 1, len(text))
        links.append((_LINK, head + text + struct.pack("<Q", address)))
    return _object(out, links)


def _array(out: bytearray, weight: Weight) -> int:
    place = len(out)
    out += weight.data
    out += bytes(-len(out) % 8)
    space = struct.pack("<BB6x", 1, len(weight.shape)) + struct.pack(
        f"<{len(weight.shape)}Q", *weight.shape
    )
    layout = struct.pack("<BBQQ", 3, 1, place, len(weight.data))
    if not len(weight.data):
        layout = struct.pack("<BB8sQ", 3, 1, NOWHERE, 0)
    kind = _type_of(weight.dtype)
    return _object(out, [(_SPACE, space), (_TYPE, kind), (_FILL, b"\2\2\2\0"), (_LAYOUT, layout)])


def _type_of(dtype: str) -> bytes:
    size = ITEMSIZE[dtype]
    if dtype.startswith("float"):
        exponent, bits, mantissa, bias = _FLOATS[size]
        head = struct.pack("<BBBBI", 0x11, 0x20, 8 * size - 1, 0, size)
        return head + struct.pack("<HHBBBBI", 0, 8 * size, exponent, bits, 0, mantissa, bias)
    signed = 0x08 if dtype.startswith("int") else 0
    return struct.pack("<BBBBIHH", 0x10, signed, 0, 0, size, 0, 8 * size)


def _object(out: bytearray, messages: list[tuple[int, bytes]]) -> int:
    body = b""
    for kind, data in messages:
        data += bytes(-len(data) % 8)
        body += struct.pack("<HHB3x", kind, len(data), 0) + data
    address = len(out)
    out += struct.pack("<BxHII4x", 1, len(messages), 1, len(body)) + body
    return address


# --- reading


class _Message(NamedTuple):
    kind: int
    data: memoryview


def read_arrays(data: bytes, name: str) -> dict[str, Weight]:
    """{path: array} of all arrays in the file, which share its memory. FormatError for
    a file that is broken, or stored in a way that is not read.
    """
    file = _File(data, name)
    try:
        return dict(file.arrays(file.root(), "", 0))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise FormatError(f"{name} is a broken HDF5 file: {error}") from None


class _File:
    def __init__(self, data: bytes, name: str):
        self._data, self._name = memoryview(data), name
        self._seen: set[int] = set()
        self._messages = 0

    def _broken(self, what: str) -> FormatError:
        return FormatError(f"{self._name} is a broken HDF5 file: {what}")

    def _not_read(self, what: str) -> FormatError:
        return FormatError(
            f"{self._name} has {what}, which is not read; save it again as Keras does by itself"
        )

    def _at(self, address: int, size: int) -> memoryview:
        if address < 0 or size < 0 or address + size > len(self._data):
            raise self._broken(f"{size} bytes at {address} lie outside of its {len(self._data)}")
        return self._data[address : address + size]

    def _number(self, data: memoryview, place: int) -> int:
        return int(struct.unpack_from("<Q", data, place)[0])

    def root(self) -> int:
        """The address of the outermost group."""
        head = self._at(0, 96 if len(self._data) >= 96 else 48)
        if bytes(head[:8]) != START:
            raise FormatError(f"{self._name} is no HDF5 file")
        version = head[8]
        if version in (0, 1):
            sizes, place = bytes(head[13:15]), 64 if version == 0 else 68
        elif version in (2, 3):
            sizes, place = bytes(head[9:11]), 36
        else:
            raise self._not_read(f"a superblock of version {version}")
        if sizes != b"\x08\x08":
            raise self._not_read("addresses of other than 8 bytes")
        return self._number(head, place)

    def arrays(self, address: int, path: str, depth: int) -> Iterator[tuple[str, Weight]]:
        """All arrays from an object on."""
        if address in self._seen:
            raise self._broken(f"{path or 'the root'} is there twice")
        self._seen.add(address)
        if len(self._seen) > MAX_OBJECTS or depth > MAX_DEPTH:
            raise self._broken("more, or deeper, groups than are read")
        messages = list(self._header(address))
        kinds = {message.kind for message in messages}
        if _SPACE in kinds:
            yield path, self._array(messages, path)
            return
        for name, child in self._links(messages, path):
            yield from self.arrays(child, f"{path}/{name}" if path else name, depth + 1)

    # --- objects

    def _header(self, address: int) -> Iterator[_Message]:
        if bytes(self._at(address, 4)) == b"OHDR":
            yield from self._newer(address)
            return
        version, count, size = struct.unpack("<BxHxxxxI", self._at(address, 12))
        if version != 1:
            raise self._broken(f"no object at {address}")
        blocks, left = [self._at(address + 16, size)], count
        while blocks:
            block = blocks.pop(0)
            at = 0
            while left and at + 8 <= len(block):
                kind, length, flags = struct.unpack_from("<HHB", block, at)
                message = self._message(kind, flags, block[at + 8 : at + 8 + length], length)
                if kind == _CONTINUED:
                    blocks.append(self._at(*struct.unpack("<QQ", message.data[:16])))
                yield message
                at, left = at + 8 + length, left - 1

    def _newer(self, address: int) -> Iterator[_Message]:
        version, flags = self._at(address, 6)[4:6]
        if version != 2:
            raise self._not_read(f"an object of version {version}")
        at = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(self._at(at, width), "little")
        head = 6 if flags & 0x04 else 4
        blocks = [self._at(at + width, size)]
        while blocks:
            block = blocks.pop(0)
            at = 0
            while at + head <= len(block):
                kind, length, flag = struct.unpack_from("<BHB", block, at)
                start = at + head
                message = self._message(kind, flag, block[start : start + length], length)
                if kind == _CONTINUED:
                    place, size = struct.unpack("<QQ", message.data[:16])
                    blocks.append(self._at(place, size)[4:-4])  # between name and checksum
                yield message
                at = start + length

    def _message(self, kind: int, flags: int, data: memoryview, length: int) -> _Message:
        self._messages += 1
        if self._messages > MAX_OBJECTS + MAX_MESSAGES:
            raise self._broken("more messages than are read")
        if len(data) != length:
            raise self._broken("a message reaches beyond its object")
        if flags & 0x02:
            raise self._not_read("a shared message")
        return _Message(kind, data)

    def _links(self, messages: list[_Message], path: str) -> Iterator[tuple[str, int]]:
        for kind, data in messages:
            if kind == _SYMBOLS:
                tree, heap = struct.unpack("<QQ", data[:16])
                yield from self._symbols(tree, self._heap(heap), 0)
            elif kind == _LINK:
                yield self._link(data)
            elif kind == _LINK_INFO:
                place = 10 if data[1] & 1 else 2
                if bytes(data[place : place + 8]) != NOWHERE:
                    raise self._not_read(f"a group {path!r} of very many parts")

    def _link(self, data: memoryview) -> tuple[str, int]:
        flags, at = data[1], 2
        if flags & 0x08:
            if data[at] != 0:
                raise self._not_read("a link that is no hard one")
            at += 1
        at += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(data[at : at + width], "little")
        at += width
        return bytes(data[at : at + length]).decode(), self._number(data, at + length)

    def _heap(self, address: int) -> memoryview:
        head = self._at(address, 32)
        if bytes(head[:4]) != b"HEAP":
            raise self._broken(f"no heap at {address}")
        return self._at(self._number(head, 24), self._number(head, 8))

    def _symbols(self, address: int, heap: memoryview, depth: int) -> Iterator[tuple[str, int]]:
        if address in self._seen or depth > MAX_DEPTH:
            raise self._broken("a tree of names has no end")
        self._seen.add(address)
        mark = bytes(self._at(address, 8)[:4])
        if mark == b"TREE":
            count = struct.unpack("<H", self._at(address + 6, 2))[0]
            children = self._at(address + 24, 16 * count + 8)
            for i in range(count):
                yield from self._symbols(self._number(children, 16 * i + 8), heap, depth + 1)
            return
        if mark != b"SNOD":
            raise self._broken(f"no names at {address}")
        count = struct.unpack("<H", self._at(address + 6, 2))[0]
        entries = self._at(address + 8, 40 * count)
        for i in range(count):
            name, child, cached = struct.unpack_from("<QQI", entries, 40 * i)
            if cached == 2:
                raise self._not_read("a link that is no hard one")
            text = bytes(heap[name : name + 1024])
            yield text.split(b"\0", 1)[0].decode(), child

    # --- arrays

    def _array(self, messages: list[_Message], path: str) -> Weight:
        parts = {message.kind: message.data for message in messages}
        if _FILTERS in parts or _EXTERNAL in parts:
            raise self._not_read(f"an array {path!r} that is packed, or lies elsewhere")
        if not {_TYPE, _LAYOUT} <= parts.keys():
            raise self._broken(f"an array {path!r} without a type or a place")
        shape = self._shape(parts[_SPACE], path)
        dtype = self._dtype(parts[_TYPE], path)
        if dtype == "uint16" and _ATTRIBUTE in parts:  # so says Keras, which names it there
            dtype = "bfloat16"
        size = ITEMSIZE[dtype] * elements(shape)
        layout = parts[_LAYOUT]
        if layout[0] not in (3, 4) or layout[1] not in (0, 1):
            raise self._not_read(f"an array {path!r} in pieces")
        if layout[1] == 0:
            data = layout[4 : 4 + size]
        else:
            data = self._at(self._number(layout, 2), size) if size else layout[:0]
        if len(data) != size:
            raise self._broken(f"{path!r} of shape {shape} has {len(data)} bytes, not {size}")
        return Weight(shape, dtype, data)

    def _shape(self, data: memoryview, path: str) -> tuple[int, ...]:
        version, rank = data[0], data[1]
        if version not in (1, 2) or rank > MAX_RANK:
            raise self._broken(f"{path!r} has no shape")
        sizes = struct.unpack_from(f"<{rank}Q", data, 8 if version == 1 else 4)
        return checked_shape(sizes, f"{path} in {self._name}")

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
        raise self._not_read(f"an array {path!r} of other values than numbers")


_AS = {"uint32": "int32", "uint64": "int64"}
"""The same bytes: seeds, and counters that are never so large."""
