"""cffi's names of C types, read without the whole header."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cffi
import pytest
from cffi import cparser

from pywebml.device.native.type_names import read_alone

HEADER = "\n".join(
    [
        "typedef int Number;",
        "typedef enum { Red, Green } Colour;",
        "typedef struct Point { Number x; Colour colour; struct Point *next; } Point;",
        "typedef void (*Called)(Point const *, uint32_t);",
        *(f"typedef struct Other{i} {{ int a; }} Other{i};" for i in range(300)),
    ]
)
NAMES = (
    "Number", "Point *", "Point[]", "Point[3]", "struct Point *", "Colour", "Called", "void *",
    "void(Point, uint32_t, char *)", "Other7 const * *", "unsigned long", "Point[Green + 1]",
)  # fmt: skip


def header() -> Any:
    ffi = cffi.FFI()
    ffi.cdef(HEADER)
    return ffi


def test_types_are_the_same_and_little_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ffi, read, parser = header(), [], cparser._get_parser

    def spied() -> Any:
        return SimpleNamespace(parse=lambda text: read.append(len(text)) or parser().parse(text))

    monkeypatch.setattr(cparser, "_get_parser", spied)
    before = [ffi._parser.parse_type(name) for name in NAMES]
    assert min(read) > 5000
    read.clear()
    read_alone(ffi)
    assert [ffi._parser.parse_type(name) for name in NAMES] == before
    assert len(read) == len(NAMES) and max(read) < 400
    point = ffi.new("Point[2]", [{"x": 3}, {"colour": 1}])
    assert (point[0].x, point[1].colour, ffi.typeof("Point *").item.fields[0][0]) == (3, 1, "x")


def test_names_that_are_none_are_refused_as_before_and_more_can_be_declared() -> None:
    ffi = header()
    read_alone(ffi)
    for name in ("Nothing *", "Point *)"):
        with pytest.raises(cffi.CDefError):
            ffi.typeof(name)
    ffi.cdef("typedef Point Later;")
    assert ffi.sizeof("Later") == ffi.sizeof("Point")


def test_another_cffi_is_left_as_it_is() -> None:
    other = SimpleNamespace(_parser=SimpleNamespace())
    read_alone(other)
    read_alone(object())
    assert vars(other._parser) == {}
