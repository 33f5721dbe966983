"""What the columns of a table are: numbers or categories, what is missing, and which
ones a network can use.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from .reading import Table, is_missing, number_in

MOST_CATEGORIES = 100
"""Different texts of a column that a network gets an input for each of, and classes."""
FEW = 10
"""Different whole numbers that are classes rather than a quantity."""
MOSTLY = 0.9
"""The share of numbers from which a column is one of numbers."""
BINS = 12
TARGETS = ("target", "class", "label", "species", "y", "outcome", "output")


@dataclass(frozen=True)
class Column:
    """A column's values: floats or texts, None where one is missing.

    kind      "number" or "category"
    left_out  why it is not used unless it is asked for, or ""
    useless   why it cannot be used, or ""
    note      what was done to its values, or ""
    """

    name: str
    kind: str
    values: Sequence[Any]
    left_out: str = ""
    useless: str = ""
    note: str = ""

    @cached_property
    def counts(self) -> dict[Any, int]:
        """{value: how often}, in order."""
        counted = Counter(value for value in self.values if value is not None)
        return dict(sorted(counted.items()))

    @cached_property
    def missing(self) -> int:
        return sum(value is None for value in self.values)

    @property
    def low(self) -> float:
        return next(iter(self.counts))

    @property
    def high(self) -> float:
        return next(reversed(self.counts))

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return self.kind == "number" and all(value == int(value) for value in self.counts)

    @cached_property
    def bins(self) -> list[int]:
        """How many numbers lie in each of BINS equal parts of its range."""
        counts, width = [0] * BINS, (self.high - self.low) / BINS
        for value, count in self.counts.items():
            counts[min(BINS - 1, int((value - self.low) / width)) if width else 0] += count
        return counts

    @property
    def as_target(self) -> str:
        """What is guessed where it is to be foretold: "classes" or "number"; "" where
        it cannot be. A few whole numbers are classes, unless each is there once.
        """
        if self.useless or len(self.counts) < 2:
            return ""
        few = self.whole and len(self.counts) <= FEW and max(self.counts.values()) > 1
        quantity = self.kind == "number" and not few
        return "number" if quantity else "classes"

    def as_category(self) -> Column:
        """Its numbers as names of categories. ValueError for too many."""
        if self.kind == "category":
            return self
        texts = [None if value is None else text_of(value) for value in self.values]
        column = Column(self.name, "category", texts, note=self.note)
        if len(column.counts) > MOST_CATEGORIES:
            raise ValueError(
                f"{self.name!r} has {len(column.counts):,} different values; expected at most"
                f" {MOST_CATEGORIES} categories"
            )
        return column

    def describe(self) -> dict[str, Any]:
        """What a page shows of it, as JSON data."""
        data: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "missing": self.missing,
            "distinct": len(self.counts),
            "left_out": self.useless or self.left_out,
            "useless": bool(self.useless),
            "as_target": self.as_target,
            "note": self.note,
        }
        if self.kind == "number" and self.counts:
            data |= {"low": self.low, "high": self.high, "whole": self.whole, "bins": self.bins}
        elif not self.useless:
            data["categories"] = [[name, count] for name, count in self.counts.items()]
        return data


def columns_of(table: Table) -> list[Column]:
    """The columns of a table, with their types guessed."""
    return [
        _column(name, texts, table.delimiter)
        for name, texts in zip(table.names, table.columns, strict=True)
    ]


def _column(name: str, texts: Sequence[str], delimiter: str) -> Column:
    present = [text for text in texts if not is_missing(text)]
    if not present:
        return Column(name, "category", [None] * len(texts), useless="it is empty")
    decimal = _decimal(present, delimiter)
    numbers = [None if is_missing(text) else number_in(text, decimal) for text in texts]
    count = sum(number is not None for number in numbers)
    if count < MOSTLY * len(present):
        return _categories(name, [None if is_missing(text) else text for text in texts])
    strays = [
        text
        for text, number in zip(texts, numbers, strict=True)
        if number is None and not is_missing(text)
    ]
    note = ""
    if strays:
        note = (
            f"{len(strays)} of its values are no numbers ({strays[0][:20]!r}), so taken as missing"
        )
    elif decimal == ",":
        note = "its commas are decimal signs"
    return Column(name, "number", numbers, _why_not(numbers), note=note)


def _categories(name: str, values: Sequence[str | None]) -> Column:
    different = len({value for value in values if value is not None})
    if different > MOST_CATEGORIES:
        why = f"it has {different:,} different texts, more than {MOST_CATEGORIES} categories"
        return Column(name, "category", values, useless=why)
    return Column(name, "category", values, "it is the same everywhere" if different < 2 else "")


def _decimal(texts: Sequence[str], delimiter: str) -> str:
    """The decimal sign by which most texts are numbers; where both do, the one that
    goes with the delimiter.
    """
    if not any("," in text for text in texts):
        return "."
    signs = ".," if delimiter == "," else ",."
    return max(signs, key=lambda sign: sum(number_in(text, sign) is not None for text in texts))


def _why_not(numbers: Sequence[float | None]) -> str:
    """Why a column of numbers says nothing, or ""."""
    present = [number for number in numbers if number is not None]
    if len(set(present)) < 2:
        return "it is the same everywhere"
    counts = len(present) == len(numbers) > FEW
    if counts and all(b - a == 1 for a, b in pairwise(present)):
        return "it only counts the rows"
    return ""


def likely_target(columns: Sequence[Column]) -> Column:
    """The column that is most likely to be foretold. ValueError where none can be."""
    usable = [column for column in columns if column.as_target and not column.left_out]
    if not usable:
        raise ValueError(
            "none of the columns can be foretold: each is empty, the same everywhere, or has too"
            " many different texts"
        )
    named = [column for column in usable if column.name.lower() in TARGETS]
    return (named or usable)[-1]


def text_of(value: float) -> str:
    """A number as people write it.

    Example:
        >>> text_of(3.0), text_of(0.25), text_of(1234567.0)
        ('3', '0.25', '1234567')
    """
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else f"{value:.12g}"
