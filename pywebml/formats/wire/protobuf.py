"""Protocol buffers: bytes into dicts and back, by a table that says what a message has.
What no table names is passed over, as protobuf has it.

A table is {number: (name, kind)}. Kinds are "int" (a varint of 64 bits), "float",
"double", "bytes" (a view of the file, not a copy; of a file that is read where it lies,
and many bytes, a `Part`), "text", another table for a message inside, and "ints",
"floats", "doubles" for numbers in a row; [kind] is a list of them. Floats in a row stay
bytes, little-endian, as weights do.
"""

from __future__ import annotations

import struct
from typing import Any

from ...host.files import FormatError
from ...host.stores.parts import BLOCK, LARGE, Part, Slice, raw

Table = dict[int, tuple[str, Any]]
MAX_FIELDS = 2_000_000
"""Fields and whole numbers of a file; a second or two of reading."""
MAX_DEPTH = 100
"""Messages within messages; a table may name itself, as a graph in a graph's node."""
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_ROWS = ("ints", "floats", "doubles")  # of which each may come alone, or all in one field
_WIRE = {
    "int": _VARINT, "ints": _VARINT, "float": _FOUR, "floats": _FOUR, "double": _EIGHT,
    "doubles": _EIGHT,
}  # fmt: skip


class Reader:
    """Reads one file; FormatError where it ends too early, has more than MAX_FIELDS,
    messages more than MAX_DEPTH deep, or fields of another kind than the table says.
    """

    def __init__(self, data: Slice):
        self._part = data if isinstance(data, Part) else None
        self._size, self._first = len(data), 0
        # what is looked at: all of it, or of a part those bytes from the first one on
        self._data = memoryview(b"" if isinstance(data, Part) else data).cast("B")
        self._left, self._depth = MAX_FIELDS, 0

    def message(self, table: Table, start: int = 0, end: int | None = None) -> dict[str, Any]:
        """What the bytes from `start` to `end` say; fields that are absent are absent."""
        values: dict[str, Any] = {}
        end = self._size if end is None else end
        while start < end:
            self._count()
            tag, start = self._varint(start, end)
            number, wire = tag >> 3, tag & 7
            start, first, last = self._extent(wire, start, end)
            name, kind = table.get(number, ("", None))
            if kind is None:
                continue
            several = isinstance(kind, list)
            kind = kind[0] if several else kind
            expected = _WIRE.get(kind, _LENGTH) if isinstance(kind, str) else _LENGTH
            if wire != expected and not (kind in _ROWS and wire == _LENGTH):
                raise FormatError(f"field {name!r} (number {number}) is of wire type {wire}")
            if several:
                values.setdefault(name, []).append(self._value(kind, first, last))
            elif kind == "ints":
                values.setdefault(name, []).extend(self._ints(first, last))
            elif kind in ("floats", "doubles"):
                values.setdefault(name, bytearray()).extend(self._bytes(first, last))
            else:
                values[name] = self._value(kind, first, last)
        return values

    def _extent(self, wire: int, start: int, end: int) -> tuple[int, int, int]:
        """(where the field ends, its value's first byte, and the byte behind its last)."""
        if wire == _VARINT:
            _, stop = self._varint(start, end)
            return stop, start, stop
        if wire not in (_EIGHT, _FOUR, _LENGTH):
            raise FormatError(f"byte {start} belongs to a field of unknown wire type {wire}")
        size = {_EIGHT: 8, _FOUR: 4}.get(wire, 0)
        if wire == _LENGTH:
            size, start = self._varint(start, end)
        if size > end - start:
            raise FormatError(
                f"a field at byte {start} has {size} bytes, but only {end - start} are left; is the"
                " file whole?"
            )
        return start + size, start, start + size

    def _value(self, kind: Any, first: int, last: int) -> Any:
        if isinstance(kind, dict):
            if self._depth == MAX_DEPTH:
                raise FormatError(f"messages lie in each other more than {MAX_DEPTH} deep")
            self._depth += 1
            message = self.message(kind, first, last)
            self._depth -= 1
            return message
        if kind == "int":
            return _signed(self._varint(first, last)[0])
        if kind in ("float", "double"):
            data = self._bytes(first, last)
            return struct.unpack("<f" if kind == "float" else "<d", data)[0]
        if kind == "bytes":
            if self._part is not None and last - first >= LARGE:
                return self._part[first:last]
            return self._bytes(first, last)
        try:
            return str(self._bytes(first, last), "utf-8")
        except UnicodeDecodeError as error:
            raise FormatError(f"a text at byte {first} is not UTF-8: {error.reason}") from None

    def _ints(self, at: int, end: int) -> list[int]:
        values = []
        while at < end:
            self._count()
            value, at = self._varint(at, end)
            values.append(_signed(value))
        return values

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        if self._part is not None and not self._sees(at, min(at + 10, self._size)):
            self._look(at)
        data, first = self._data, self._first
        for shift in range(0, 70, 7):
            if at >= end:
                raise FormatError(f"it ends at byte {at} within a number; is the file whole?")
            byte = data[at - first]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value & (1 << 64) - 1, at
        raise FormatError(f"a number before byte {at} has more than 64 bits")

    def _bytes(self, first: int, last: int) -> memoryview:
        if self._part is not None and not self._sees(first, last):
            if last - first > BLOCK:
                return memoryview(raw(self._part[first:last])).cast("B")
            self._look(first)
        return self._data[first - self._first : last - self._first]

    def _sees(self, first: int, last: int) -> bool:
        return self._first <= first and last <= self._first + len(self._data)

    def _look(self, at: int) -> None:
        assert self._part is not None
        self._first = at
        self._data = memoryview(raw(self._part[at : at + BLOCK])).cast("B")

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise FormatError(f"it has more than {MAX_FIELDS:,} fields")


def written(values: dict[str, Any], table: Table) -> bytes:
    """A message's bytes; `values` as `Reader.message` gives them."""
    parts: list[Any] = []
    for number, (name, kind) in table.items():
        if values.get(name) is None:
            continue
        several = isinstance(kind, list)
        for value in values[name] if several else [values[name]]:
            parts.append(_field(number, kind[0] if several else kind, value))
    return b"".join(parts)


def _field(number: int, kind: Any, value: Any) -> bytes:
    if kind == "int":
        return varint(number << 3 | _VARINT) + varint(value)
    if kind == "float":
        return varint(number << 3 | _FOUR) + struct.pack("<f", value)
    if kind == "double":
        return varint(number << 3 | _EIGHT) + struct.pack("<d", value)
    if kind == "ints":
        value = b"".join(map(varint, value))
    elif isinstance(kind, dict):
        value = written(value, kind)
    elif kind == "text":
        value = value.encode()
    return b"".join((varint(number << 3 | _LENGTH), varint(len(value)), value))


def varint(value: int) -> bytes:
    """A whole number's bytes; negative ones in two's complement of 64 bits."""
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
