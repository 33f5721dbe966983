"""The bytes of a CSV file as a table of texts: without a data frame's library, as a tab
has none.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...host.files import FormatError

MOST_BYTES = 16 << 20
MOST_ROWS, MOST_COLUMNS = 50_000, 100
MOST_VALUES = 1_000_000
LONGEST_NAME = 60
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
HEADERS = ("auto", "yes", "no")
MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "?", "-", "."}
"""What stands where there is no value, in small letters."""

_BINARY = {
    b"PK": "a zip, or an Excel or LibreOffice workbook; save its sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save its sheet as CSV",
    b"PAR1": "a Parquet file; write it as CSV",
    b"\x1f\x8b": "a gzip file; unpack it first",
}
_ASCII = re.ASCII | re.IGNORECASE
_POINT = re.compile(r"[+-]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d*)(\.\d*)?(e[+-]?\d+)?", _ASCII)
_COMMA = re.compile(r"[+-]?(?=,?\d)(\d{1,3}([. ]\d{3})+|\d*)(,\d*)?(e[+-]?\d+)?", _ASCII)


@dataclass(frozen=True)
class Table:
    """Named columns of texts, all of one length; `notes` say how they were read."""

    name: str
    names: tuple[str, ...]
    columns: tuple[list[str], ...]
    delimiter: str
    named: bool  # by the first line
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.columns[0])


def read_table(data: bytes, name: str = "the file", header: str = "auto") -> Table:
    """The table in a CSV file's bytes: UTF-8, UTF-16 or Latin-1; separated by commas,
    semicolons, tabs or bars. `header`: whether the first line has the columns' names;
    "auto" looks whether it is like the others.

    FormatError for what is no table, or larger than MOST_BYTES, MOST_ROWS, MOST_COLUMNS
    or MOST_VALUES.

    Example:
        >>> table = read_table(b"size;price\\n1,5;2\\n2;3\\n")
        >>> table.names, table.columns
        (('size', 'price'), (['1,5', '2'], ['2', '3']))
    """
    if header not in HEADERS:
        raise ValueError(f"header must be one of {', '.join(HEADERS)}, got {header!r}")
    text, notes = _decoded(data, name)
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter, name)
    if not rows:
        raise FormatError(f"{name} is empty; expected a line of names, and rows below it")
    width = len(rows[0][1])
    if width < 2:
        raise FormatError(
            f"{name} has one column; expected two or more, separated by commas, semicolons or tabs"
        )
    if width > MOST_COLUMNS:
        raise FormatError(f"{name} has {width:,} columns; expected at most {MOST_COLUMNS}")
    for line, row in rows:
        if len(row) != width:
            raise FormatError(
                f"{name}: line {line} has {len(row)} values where the first has {width}; a value"
                f' with {DELIMITERS[delimiter]} in it must stand in "quotes"'
            )
    values = [row for _, row in rows]
    named = header == "yes" or (header == "auto" and _has_header(values))
    names, more = _names(values[0] if named else [""] * width)
    notes += more
    if not named and header == "auto":
        notes.append(
            "The first line has values, not names, so the columns are called"
            f" {names[0]} to {names[-1]}."
        )
    values = values[1:] if named else values
    if not values:
        raise FormatError(f"{name} has names and no rows; expected rows below the first line")
    if len(values) > MOST_ROWS or len(values) * width > MOST_VALUES:
        raise FormatError(
            f"{name} has {len(values):,} rows of {width} columns; expected at most"
            f" {MOST_ROWS:,} rows, and {MOST_VALUES:,} values in all"
        )
    if delimiter != ",":
        notes.append(f"Its values are separated by {DELIMITERS[delimiter]}.")
    columns = tuple(list(column) for column in zip(*values, strict=True))
    return Table(name, tuple(names), columns, delimiter, named, tuple(notes))


def _decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    if len(data) > MOST_BYTES:
        raise FormatError(
            f"{name} has {len(data):,} bytes; expected at most {MOST_BYTES:,} ({MOST_BYTES >> 20}"
            " MiB)"
        )
    for start, what in _BINARY.items():
        if data.startswith(start):
            raise FormatError(f"{name} is {what}")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), []
    if b"\0" in data:
        raise FormatError(f"{name} is no text; expected a CSV file")
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        # as Windows and Excel write in Western Europe; five bytes of it mean nothing
        text = data.decode("cp1252", "replace")
        return text, ["It is not UTF-8, so its letters were read as Latin-1 (Windows-1252)."]


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into equally many parts, two or more."""
    lines = [line for line in text[:64_000].splitlines() if line.strip()][:20]

    def agrees(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        first = counts[0] if counts else 0
        return (sum(count == first for count in counts) if first > 1 else 0, first)

    try:
        return max(DELIMITERS, key=agrees)
    except csv.Error:
        return ","


def _rows(text: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    """[(its last line's number, its values)] of rows that are not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = []
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((reader.line_num, [value.strip() for value in row]))
                if len(rows) > MOST_ROWS + 1:
                    raise FormatError(
                        f"{name} has more rows than the {MOST_ROWS:,} that are taken; give a part"
                    )
    except csv.Error as error:
        raise FormatError(f"{name}: line {reader.line_num} cannot be read: {error}") from None
    return rows


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is unlike those below it: not a single value is a number
    where those are.
    """
    first, below = rows[0], rows[1:6]
    return not any(
        number_in(value, ",.") is not None
        and any(number_in(row[i], ",.") is not None for row in below)
        for i, value in enumerate(first)
    )


def _names(first: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names, each once: those that are missing or there twice get numbers."""
    names: list[str] = []
    twice = []
    for i, given in enumerate(first, 1):
        base = " ".join(given.split())[:LONGEST_NAME] or f"column {i}"
        name, number = base, 1
        while name in names or (name != base and name in first):
            number += 1
            name = f"{base} ({number})"
        if number > 1:
            twice.append(base)
        names.append(name)
    return names, [f"There are several columns {name!r}." for name in sorted(set(twice))]


def is_missing(text: str) -> bool:
    """Whether a text stands for no value."""
    return text.lower() in MISSING


def number_in(text: str, decimal: str) -> float | None:
    """The number that a text is, with this decimal sign; None where it is none, or not
    finite. "," and "." both: either.

    Example:
        >>> number_in("1.234,5", ","), number_in("1,234.5", "."), number_in("12 cm", ".")
        (1234.5, 1234.5, None)
    """
    for sign in decimal:
        if sign == "." and _POINT.fullmatch(text):
            value = float(text.replace(",", ""))
        elif sign == "," and _COMMA.fullmatch(text):
            value = float(text.replace(".", "").replace(" ", "").replace(",", "."))
        else:
            continue
        return value if abs(value) < 1e30 else None
    return None
