"""HDF5 files of plain arrays, written: groups of the newer kind, which every HDF5
library reads, and texts as attributes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ..stored import ITEMSIZE, Weight
from .objects import (
    ATTRIBUTE,
    FILL,
    GROUP_INFO,
    LAYOUT,
    LINK,
    LINK_INFO,
    NOWHERE,
    SPACE,
    START,
    TYPE,
)

_FLOATS = {2: (10, 5, 10, 15), 4: (23, 8, 23, 127), 8: (52, 11, 52, 1023)}
"""By bytes: where the exponent is, its bits, those of the mantissa, the bias."""


MAX_NAMES = 4000
"""A list of more texts is stored in parts, NAME0, NAME1 ..., as Keras does it: an
attribute has at most 64 KiB.
"""
MAX_HEAP = 60_000
"""Texts of a heap are numbered in 16 bits."""
_TEXT = bytes.fromhex("19 01 01 00 10 00 00 00  10 00 00 00 01 00 00 00 00 00 08 00")
"""The type of texts of any length in UTF-8."""

Texts = Mapping[str, Mapping[str, str | Sequence[str]]]


def written(arrays: Mapping[str, Weight], texts: Texts | None = None) -> bytes:
    """A file of arrays by path, "layers/dense/vars/0"; `texts` are {path of a group:
    {name: text or list of texts}}.
    """
    tree: dict[str, Any] = {}
    for path in texts or {}:
        _inside(tree, path.split("/") if path else [])
    for path, weight in arrays.items():
        *groups, name = path.split("/")
        _inside(tree, groups)[name] = weight
    out = bytearray(96)
    root = _Groups(out, texts or {}).put(tree, "")
    head = START + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 4, 16, 0)
    head += struct.pack("<Q8sQ8s", 0, NOWHERE, len(out), NOWHERE)
    out[:96] = head + struct.pack("<QQII16x", 0, root, 0, 0)
    return bytes(out)


def _inside(tree: dict[str, Any], groups: Sequence[str]) -> dict[str, Any]:
    for group in groups:
        tree = tree.setdefault(group, {})
    return tree


class _Groups:
    """Puts groups and all in them behind `out`."""

    def __init__(self, out: bytearray, texts: Texts):
        self._out, self._texts = out, texts
        listed = [value for named in texts.values() for value in named.values()]
        every = [[value] if isinstance(value, str) else value for value in listed]
        unique = dict.fromkeys(text for texts in every for text in texts if text)
        self._places = _put_texts(out, list(unique))

    def put(self, tree: Mapping[str, Any], path: str) -> int:
        """The address of a group."""
        messages = [(LINK_INFO, b"\0\0" + 2 * NOWHERE), (GROUP_INFO, b"\0\0")]
        for name, value in self._texts.get(path, {}).items():
            if isinstance(value, str) or len(value) <= MAX_NAMES:
                messages.append((ATTRIBUTE, self._attribute(name, value)))
                continue
            for part, start in enumerate(range(0, len(value), MAX_NAMES)):
                some = value[start : start + MAX_NAMES]
                messages.append((ATTRIBUTE, self._attribute(f"{name}{part}", some)))
        for name, thing in tree.items():
            inside = f"{path}/{name}" if path else name
            is_array = isinstance(thing, Weight)
            address = _array(self._out, thing) if is_array else self.put(thing, inside)
            text = name.encode()
            head = struct.pack("<BBBH", 1, 0x11, 1, len(text))
            messages.append((LINK, head + text + struct.pack("<Q", address)))
        return _object(self._out, messages)

    def _attribute(self, name: str, value: str | Sequence[str]) -> bytes:
        listed = [value] if isinstance(value, str) else value
        space = struct.pack("<BB6x", 1, 0)
        if not isinstance(value, str):
            space = struct.pack("<BB6xQ", 1, 1, len(value))
        called = name.encode() + b"\0"
        head = struct.pack("<BBHHHB", 3, 0, len(called), len(_TEXT), len(space), 1)
        data = b"".join(
            struct.pack("<IQI", len(text.encode()), *self._places.get(text, (0, 0)))
            for text in listed
        )
        return head + called + _TEXT + space + data


def _put_texts(out: bytearray, texts: list[str]) -> dict[str, tuple[int, int]]:
    """Puts heaps of texts behind `out`: {text: (address of its heap, its number)}."""
    places = {}
    for start in range(0, len(texts), MAX_HEAP):
        address, body = len(out), bytearray()
        for number, text in enumerate(texts[start : start + MAX_HEAP], 1):
            raw = text.encode()
            body += struct.pack("<HH4xQ", number, 1, len(raw)) + raw + bytes(-len(raw) % 8)
            places[text] = address, number
        free = max(4096 - 16 - len(body), 16)  # a heap has 4 KiB at least, and room at its end
        body += struct.pack("<HH4xQ", 0, 0, free) + bytes(free - 16)
        out += struct.pack("<4sB3xQ", b"GCOL", 1, 16 + len(body)) + body
    return places


def _array(out: bytearray, weight: Weight) -> int:
    place = len(out)
    out += weight.raw
    out += bytes(-len(out) % 8)
    space = struct.pack("<BB6x", 1, len(weight.shape)) + struct.pack(
        f"<{len(weight.shape)}Q", *weight.shape
    )
    layout = struct.pack("<BBQQ", 3, 1, place, len(weight.data))
    if not len(weight.data):
        layout = struct.pack("<BB8sQ", 3, 1, NOWHERE, 0)
    kind = _type_of(weight.dtype)
    return _object(out, [(SPACE, space), (TYPE, kind), (FILL, b"\2\2\2\0"), (LAYOUT, layout)])


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
