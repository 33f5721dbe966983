"""What is to be learnt of a table: which column is foretold from which others, and
which rows it is tested on.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .columns import MOST_CATEGORIES, Column, likely_target
from .reading import Table

LEAST_ROWS = 10
KINDS = ("auto", "classes", "number")
MISSING = ("fill", "drop")


@dataclass(frozen=True)
class Task:
    """A target, the columns that it is foretold from, and the rows that can be used.

    kind  "classes" or "number"
    """

    target: Column
    columns: tuple[Column, ...]
    kind: str
    rows: tuple[int, ...]
    notes: tuple[str, ...]
    known: tuple[str, ...] = ()
    """Classes of a model, where there is one already."""

    @property
    def classes(self) -> list[str]:
        return list(self.known or self.target.counts) if self.kind == "classes" else []

    def labels(self, rows: Sequence[int]) -> list[Any]:
        """The target in these rows: numbers of classes, or numbers."""
        if self.kind == "number":
            return [self.target.values[row] for row in rows]
        places = {name: i for i, name in enumerate(self.classes)}
        return [places[self.target.values[row]] for row in rows]

    def split(self, share: float, seed: int) -> tuple[list[int], list[int]]:
        """(rows to learn from, rows to test on): the same share of each class."""
        draw = random.Random(seed)
        groups: dict[Any, list[int]] = {}
        for row in self.rows:
            key = self.target.values[row] if self.kind == "classes" else None
            groups.setdefault(key, []).append(row)
        training: list[int] = []
        testing: list[int] = []
        for group in groups.values():
            draw.shuffle(group)
            count = round(share * len(group))
            count = min(max(count, 1), len(group) - 1)
            testing += group[:count]
            training += group[count:]
        draw.shuffle(training)
        return training, testing


def task_of(
    table: Table,
    columns: Sequence[Column],
    target: str | None = None,
    chosen: Sequence[str] | None = None,
    categories: Sequence[str] = (),
    kind: str = "auto",
    missing: str = "fill",
) -> Task:
    """What is to be learnt. Names of columns that are None are guessed; `categories`:
    columns whose numbers are names.

    ValueError for names that the table lacks, a target that nothing can be learnt of,
    and too few rows.
    """
    known = {column.name: column for column in columns}
    for name in (target, *(chosen or ()), *categories):
        if name is not None and name not in known:
            raise ValueError(f"{table.name} has no column {name!r}; there are {', '.join(known)}")
    for name in categories:
        known[name] = known[name].as_category()
    said = likely_target(columns).name if target is None else target
    aim = _target(known[said], kind)
    chosen_kind = "classes" if aim.kind == "category" else "number"
    notes = _about_target(aim, chosen_kind)
    features = _features(known, said, chosen, notes)
    rows = [row for row, value in enumerate(aim.values) if value is not None]
    if aim.missing:
        notes.append(f"{_rows(aim.missing)} without {said!r} cannot be learnt from.")
    if missing == "drop":
        whole = [row for row in rows if all(c.values[row] is not None for c in features)]
        if len(whole) < len(rows):
            notes.append(f"{_rows(len(rows) - len(whole))} with missing values were left out.")
        rows = whole
    else:
        notes += _about_missing(features)
    if len(rows) < LEAST_ROWS:
        raise ValueError(
            f"{table.name} has {len(rows)} rows to learn {said!r} from; expected at least"
            f" {LEAST_ROWS}"
        )
    if chosen_kind == "classes":
        _check_classes(aim, rows)
    return Task(aim, features, chosen_kind, tuple(rows), tuple(notes))


def _target(column: Column, kind: str) -> Column:
    """The target as classes or as numbers, as `kind` says."""
    if column.useless:
        raise ValueError(f"{column.name!r} cannot be foretold: {column.useless}")
    if len(column.counts) < 2:
        raise ValueError(
            f"{column.name!r} cannot be foretold: it is the same everywhere"
            f" ({next(iter(column.counts), 'empty')}); expected two classes or different numbers"
        )
    if kind == "number" and column.kind != "number":
        text = next(iter(column.counts))
        raise ValueError(
            f"{column.name!r} is no number: it has values such as {text[:40]!r}; foretell classes"
        )
    wanted = column.as_target if kind == "auto" else kind
    return column.as_category() if wanted == "classes" else column


def _features(
    known: dict[str, Column], target: str, chosen: Sequence[str] | None, notes: list[str]
) -> tuple[Column, ...]:
    others = [column for name, column in known.items() if name != target]
    if chosen is None:
        features = [c for c in others if not (c.useless or c.left_out)]
        left = [c for c in others if c.useless or c.left_out]
        notes += [f"{c.name!r} is left out: {c.useless or c.left_out}." for c in left]
        if not features:
            raise ValueError(f"no column is left to foretell {target!r} from")
    else:
        if target in chosen:
            raise ValueError(f"{target!r} is what is foretold, so it is none of the columns")
        features = [known[name] for name in dict.fromkeys(chosen)]
        if not features:
            raise ValueError(f"choose at least one column to foretell {target!r} from")
        for column in features:
            if column.useless:
                raise ValueError(f"{column.name!r} cannot be used: {column.useless}")
    notes += [f"{c.name!r}: {c.note}." for c in features if c.note]
    return tuple(features)


def _about_target(target: Column, kind: str) -> list[str]:
    notes = [f"{target.name!r}: {target.note}."] if target.note else []
    if kind == "classes":
        single = [name for name, count in target.counts.items() if count == 1]
        if single:
            notes.append(
                f"Of {single[0]!r} there is one row only: it is learnt and cannot be tested."
            )
    return notes


def _about_missing(features: Sequence[Column]) -> list[str]:
    notes = []
    for column in features:
        if column.missing:
            instead = "the mean" if column.kind == "number" else "a category of their own"
            count = column.missing
            notes.append(
                f"{column.name!r}: {count} missing value{'s' if count > 1 else ''}, for which"
                f" {instead} is taken."
            )
    return notes


def _check_classes(target: Column, rows: Sequence[int]) -> None:
    there = Counter(target.values[row] for row in rows)
    if len(there) == len(rows):
        raise ValueError(
            f"{target.name!r} is another class in each of {len(rows)} rows, such as"
            f" {next(iter(there))!r}, so nothing could be tested; expected classes with two rows"
            " or more, or a target of numbers (kind: number)"
        )
    if len(there) < 2:
        raise ValueError(
            f"{target.name!r} has one class in the rows that can be used ({next(iter(there))!r});"
            " expected two or more"
        )
    if len(there) > MOST_CATEGORIES:
        raise ValueError(
            f"{target.name!r} has {len(there):,} classes; expected at most {MOST_CATEGORIES}"
        )


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count > 1 else ''}"
