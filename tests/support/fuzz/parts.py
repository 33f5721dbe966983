"""What files are made of, each kind with ways to break it that keep the rest readable:
a changed byte in a zip is refused by its checksum, a changed number in the JSON within
is what a reader has to look at.

Every part has `whole()`, and `broken(rng)`, which is another one each time.
"""

from __future__ import annotations

import copy
import io
import json
import pickletools
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pywebml.formats.wire.protobuf import varint
from pywebml.host.stores import zip_bytes

from .changes import changed


class Part(Protocol):
    def whole(self) -> Any: ...

    def broken(self, rng: random.Random) -> Any: ...


@dataclass(frozen=True)
class Bytes:
    """Bytes of no known structure."""

    data: bytes

    def whole(self) -> bytes:
        return self.data

    def broken(self, rng: random.Random) -> bytes:
        return changed(self.data, rng)


EXOTIC = (
    "null", "true", "false", "0", "-1", "1", "2", "1.5", "1e999", "-0.0", "NaN", "9" * 3000,
    "4294967296", "-2147483649", "9007199254740993", '""', '"a"', '"' + "a" * 999 + '"',
    '"\\ud800"', '"\\u0000"', '"../x"', '"float16"', '"__class__"', "[]", "{}", "[[]]", "[null]",
    "[" * 900 + "]" * 900, json.dumps([1] * 500), json.dumps([2**40] * 60), json.dumps([0, 2**31]),
)  # fmt: skip
"""Values that JSON can say and hardly anybody expects."""


@dataclass(frozen=True)
class Json:
    """A document: values replaced, left out, doubled and swapped, or its text broken."""

    document: Any

    def whole(self) -> bytes:
        return json.dumps(self.document).encode()

    def broken(self, rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return changed(self.whole(), rng)
        document = copy.deepcopy(self.document)
        marks: dict[str, str] = {}
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            _edit(document, marks, rng)
        text = json.dumps(document)
        for mark, value in marks.items():
            text = text.replace(json.dumps(mark), value)
        return text.encode()


def _edit(document: Any, marks: dict[str, str], rng: random.Random) -> None:
    places = list(_places(document))
    if not places:
        return
    node, key = rng.choice(places)
    kind = rng.randrange(8)
    if kind < 4:
        mark = f"MARK {len(marks)}"
        marks[mark] = rng.choice(EXOTIC)
        node[key] = mark
    elif kind == 4:
        del node[key]
    elif kind == 5:
        node[key] = copy.deepcopy(_at(rng.choice(places)))
    elif kind == 6 and isinstance(node, list):
        node.insert(key, copy.deepcopy(node[key]))
    elif isinstance(node[key], (int, float)) and not isinstance(node[key], bool):
        node[key] += rng.choice((-1, 1, 2, 255, -256, 1 << 31))
    elif isinstance(node[key], str):
        node[key] = changed(node[key].encode(), rng).decode(errors="replace")


def _places(node: Any) -> Any:
    """All (container, key) of a document."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], (dict, list)):
            yield from _places(node[key])


def _at(place: tuple[Any, Any]) -> Any:
    node, key = place
    return node[key] if key in node or (isinstance(node, list) and key < len(node)) else None


@dataclass(frozen=True)
class Files:
    """Several files by name: one of them broken, or missing."""

    parts: Mapping[str, Part]

    def whole(self) -> dict[str, bytes]:
        return {name: part.whole() for name, part in self.parts.items()}

    def broken(self, rng: random.Random) -> dict[str, bytes]:
        files = self.whole()
        names = list(self.parts)
        name = rng.choice(names)
        if rng.random() < 0.04:
            files[rng.choice(("../x", "a//b", "", name.upper(), "x" * 300))] = files.pop(name)
            return files
        files[name] = self.parts[name].broken(rng)
        return files


@dataclass(frozen=True)
class Zip:
    """A zip: one of its files broken, or the archive itself."""

    parts: Mapping[str, Part]

    def whole(self) -> bytes:
        return zip_bytes(Files(self.parts).whole())

    def broken(self, rng: random.Random) -> bytes:
        if rng.random() < 0.2:
            return changed(self.whole(), rng)
        return _zipped(Files(self.parts).broken(rng))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """As `zip_bytes`, whatever the files are called."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


@dataclass(frozen=True)
class Headed:
    """The length of a JSON header, in 8 bytes, the header, and what follows it."""

    header: Any
    rest: bytes

    def whole(self) -> bytes:
        return self._joined(Json(self.header).whole(), self.rest)

    def broken(self, rng: random.Random) -> bytes:
        kind = rng.randrange(5)
        if kind == 0:
            return changed(self.whole(), rng)
        if kind == 1:
            return self._joined(Json(self.header).whole(), changed(self.rest, rng))
        return self._joined(Json(self.header).broken(rng), self.rest)

    @staticmethod
    def _joined(text: bytes, rest: bytes) -> bytes:
        return len(text).to_bytes(8, "little") + text + rest


@dataclass(frozen=True)
class Protobuf(Bytes):
    """Fields of a protobuf message, at any depth: left out, doubled, of another number
    or value, with their lengths put right.
    """

    def broken(self, rng: random.Random) -> bytes:
        if rng.random() < 0.25:
            return changed(self.data, rng)
        return _message(self.data, rng)


def _message(data: bytes, rng: random.Random) -> bytes:
    fields = _fields(data)
    if not fields:
        return changed(data, rng)
    at = rng.randrange(len(fields))
    number, kind, value = fields[at]
    choice = rng.randrange(10)
    if kind == 2 and choice < 6:
        fields[at] = (number, kind, _message(value, rng) if _fields(value) else changed(value, rng))
    elif choice == 6:
        del fields[at]
    elif choice == 7:
        fields.insert(at, rng.choice(fields))
    elif choice == 8:
        fields[at] = (rng.choice((number + 1, 1, 2, 7, 15)), kind, value)
    elif kind == 0:
        fields[at] = (number, 0, rng.choice((0, 1, 2, 7, 11, 127, 2**31, 2**63 - 1, 2**64 - 1)))
    elif kind == 2:
        fields[at] = (number, 2, rng.choice((b"", b"\xff", value + value, b"x" * 300)))
    return b"".join(_field(*field) for field in fields)


def _fields(data: bytes) -> list[tuple[int, int, Any]]:
    """(number, wire type, value) of each field; [] where it is no message."""
    fields: list[tuple[int, int, Any]] = []
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if not number or kind not in (0, 1, 2, 5) or at > len(data):
            return []
        value: Any
        if kind == 0:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at : at + size], at + size
        if at > len(data):
            return []
        fields.append((number, kind, value))
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at
    return value, len(data) + 1


def _field(number: int, kind: int, value: Any) -> bytes:
    tag = varint(number << 3 | kind)
    if kind == 0:
        return tag + varint(value)
    return tag + (varint(len(value)) if kind == 2 else b"") + value


@dataclass(frozen=True)
class Pickle(Bytes):
    """A pickle's instructions: left out, doubled, swapped, from elsewhere in it."""

    def broken(self, rng: random.Random) -> bytes:
        if rng.random() < 0.4:
            return changed(self.data, rng)
        starts = [at for _, _, at in pickletools.genops(self.data) if at is not None]
        parts = [self.data[a:b] for a, b in zip(starts, [*starts[1:], len(self.data)], strict=True)]
        for _ in range(rng.choice((1, 1, 2, 4))):
            at, other = rng.randrange(len(parts)), rng.randrange(len(parts))
            kind = rng.randrange(4)
            if kind == 0 and len(parts) > 1:
                del parts[at]
            elif kind == 1:
                parts.insert(at, parts[other])
            elif kind == 2:
                parts[at], parts[other] = parts[other], parts[at]
            else:
                parts[at] = parts[other]
        return b"".join(parts)


@dataclass(frozen=True)
class Png(Bytes):
    """A PNG's chunks, with their checksums put right."""

    def broken(self, rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return changed(self.data, rng)
        chunks = []
        at = 8
        while at < len(self.data):
            (size,) = struct.unpack(">I", self.data[at : at + 4])
            chunks.append((self.data[at + 4 : at + 8], self.data[at + 8 : at + 8 + size]))
            at += 12 + size
        at = rng.randrange(len(chunks))
        kind = rng.randrange(5)
        if kind == 0:
            del chunks[at]
        elif kind == 1:
            chunks.insert(at, rng.choice(chunks))
        else:
            chunks[at] = (chunks[at][0], changed(chunks[at][1], rng))
        return self.data[:8] + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
