"""JSON of foreign files: bounded before it is parsed, as its parser is not."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from itertools import accumulate
from typing import Any

from .files import FormatError

MAX_DEPTH = 256
"""Brackets inside each other. Python's parser calls itself for each: 1,000 are too many
for it, and in a browser tab they end Python as a whole.
"""
MAX_BRACKETS = 1_000_000
"""Lists and objects in all: each takes 60 bytes of memory for its two in the file."""

NO_FILE = "it is a web page, as hosts send where a file is not there or wants a sign-in"
"""Said of HTML that comes in a file's place."""

_NO_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.|\\$)*+"?|[^][{}"]++', re.DOTALL)


def read_json(data: bytes | bytearray | memoryview | str, what: str, unique: bool = False) -> Any:
    """The value that JSON says. FormatError that names `what` where it is none, or goes
    deeper or has more lists and objects than are read; with `unique`, where an object
    has a key twice, too.

    Example:
        >>> read_json(b'{"units": [1, 2]}', "model.json")
        {'units': [1, 2]}
        >>> read_json("[" * 200_000, "model.json")
        Traceback (most recent call last):
        pywebml.host.files.FormatError: model.json is not read: its brackets are 200000 deep, ...
    """
    try:
        text = data if isinstance(data, str) else _decoded(bytes(data))
        _check(_NO_BRACKETS.sub("", text), what)
        return json.loads(text, object_pairs_hook=partial(_once, what) if unique else None)
    except FormatError:
        raise
    except (ValueError, RecursionError, MemoryError) as e:
        raise FormatError(f"{what} is not JSON: {_kind(data) or e}") from None


def json_object(
    data: bytes | bytearray | memoryview | str, what: str, unique: bool = False
) -> dict[str, Any]:
    """A JSON object. FormatError that names `what` where it is none; as `read_json`."""
    value = read_json(data, what, unique)
    if not isinstance(value, dict):
        raise FormatError(f"{what}: expected a JSON object, got {type(value).__name__}")
    return value


def json_bytes(value: Any, indent: int | None = 1) -> bytes:
    r"""A value as JSON in UTF-8. Halves of letters, as names of files on Linux may have
    them, are spelled out, since UTF-8 has none. ValueError for what JSON has no form
    of.

    Example:
        >>> json_bytes(["caf\u00e9", "\udcff"], None).decode()
        '["café", "\\udcff"]'
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    return text.encode(errors="backslashreplace")


def _once(what: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these pairs."""
    value = dict(pairs)
    if len(value) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise FormatError(f"{what} has {max(value, key=counts.__getitem__)!r:.80} twice")
    return value


def _kind(data: bytes | bytearray | memoryview | str) -> str:
    """What it is instead, where that says more than what the parser misses."""
    if not len(data):
        return "it is empty"
    return NO_FILE if looks_like_html(data) else ""


def looks_like_html(data: bytes | bytearray | memoryview | str) -> bool:
    """By its first letters.

    Example:
        >>> looks_like_html(b"<!DOCTYPE html><title>Sign in</title>")
        True
    """
    start = data[:256]
    text = start if isinstance(start, str) else bytes(start).decode("latin-1")
    return text.lstrip("\ufeff\xef\xbb\xbf \t\r\n").lower().startswith(("<!doctype html", "<html"))


def _decoded(data: bytes) -> str:
    # surrogates pass, as in json.loads: JavaScript writes names with halves of letters
    return data.decode(json.detect_encoding(data), "surrogatepass")


def _check(brackets: str, what: str) -> None:
    opening = brackets.count("[") + brackets.count("{")
    if opening > MAX_BRACKETS:
        raise FormatError(
            f"{what} is not read: it has {opening} lists and objects, more than {MAX_BRACKETS}"
        )
    if opening > MAX_DEPTH:
        depth = max(accumulate(1 if bracket in "[{" else -1 for bracket in brackets))
        if depth > MAX_DEPTH:
            raise FormatError(
                f"{what} is not read: its brackets are {depth} deep, more than {MAX_DEPTH}"
            )
