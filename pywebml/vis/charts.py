"""Charts as plain data: a terminal, a tab or a file draws them as it can."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..host import markup, notebook

drawing: list[Callable[[Any], str]] = []
"""A chart as SVG text: svg/, which knows all kinds, puts its function here."""


class Shown:
    """What all charts are: said in short where Python shows them, drawn in a notebook."""

    title: str

    def __repr__(self) -> str:
        name = f" {self.title!r}" if self.title else ""
        return f"<{type(self).__name__}{name}>"

    def _repr_svg_(self) -> str | None:
        try:
            return drawing[0](self)
        except ValueError:
            return None  # nothing finite

    def _ipython_display_(self) -> None:
        if notebook.shell() is None:
            raise NotImplementedError  # IPython in a terminal: it takes the repr
        notebook.show_once(self)


@dataclass(frozen=True, repr=False)
class Lines(Shown):
    """Named series of numbers over the same x. NaN and infinities leave gaps.

    ValueError where a series is longer or shorter than x.
    """

    series: Mapping[str, Sequence[float]]
    x: Sequence[float]
    title: str = ""
    x_label: str = ""
    y_label: str = ""

    def __post_init__(self) -> None:
        for name, values in self.series.items():
            if len(values) != len(self.x):
                raise ValueError(
                    f"plot: {name or 'the series'} has {len(values)} values over"
                    f" {len(self.x)}; lengths must be equal"
                )

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        names = ", ".join(name for name in self.series if name)
        return self.title or f"A plot of {names or f'{len(self.x)} values'}"

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data, but for NaN and infinities."""
        series = [{"name": name, "values": list(v)} for name, v in self.series.items()]
        return {
            "kind": "lines",
            "title": self.title,
            "x": list(self.x),
            "series": series,
            "x_label": self.x_label,
            "y_label": self.y_label,
        }


@dataclass(frozen=True, repr=False)
class Points(Shown):
    """Named clouds of points (x, y). Points that are not finite are left out; clouds in
    `joined` are curves, drawn as lines from point to point.
    """

    clouds: Mapping[str, Sequence[tuple[float, float]]]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    joined: Sequence[str] = ()

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        return self.title or f"A plot of {sum(map(len, self.clouds.values()))} points"

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data, but for NaN and infinities."""
        series = [
            {"name": name, "points": [list(p) for p in points], "joined": name in self.joined}
            for name, points in self.clouds.items()
        ]
        return {
            "kind": "points",
            "title": self.title,
            "series": series,
            "x_label": self.x_label,
            "y_label": self.y_label,
        }


@dataclass(frozen=True, repr=False)
class Bars(Shown):
    """A number per name. ValueError where they are not equally many."""

    names: Sequence[str]
    values: Sequence[float]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    notes: Sequence[tuple[str, str]] = ()
    """What else is known: (name, value), as texts."""

    def __post_init__(self) -> None:
        if len(self.names) != len(self.values):
            raise ValueError(
                f"bars: {len(self.values)} values for {len(self.names)} names; give one each"
            )

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        pairs = zip(self.names[:20], self.values, strict=False)
        said = ", ".join(f"{name} {value:.4g}" for name, value in pairs)
        return f"{self.title}: {said}" if self.title else said

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data, but for NaN and infinities."""
        return {
            "kind": "bars",
            "title": self.title,
            "names": list(self.names),
            "values": list(self.values),
            "x_label": self.x_label,
            "y_label": self.y_label,
            "notes": [list(note) for note in self.notes],
        }


@dataclass(frozen=True, repr=False)
class Matrix(Shown):
    """A confusion matrix: rows are what was shown, columns what was said."""

    names: Sequence[str]
    counts: Sequence[Sequence[int]]
    title: str = ""

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        right = sum(row[i] for i, row in enumerate(self.counts))
        return f"{right} of {sum(map(sum, self.counts))} right"

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data."""
        counts = [list(row) for row in self.counts]
        return {"kind": "matrix", "names": list(self.names), "counts": counts, "title": self.title}


@dataclass(frozen=True, repr=False)
class Heat(Shown):
    """A colour per number of a table: `rows` have one number per name in `across`."""

    rows: Sequence[Sequence[float]]
    across: Sequence[str]
    down: Sequence[str]
    title: str = ""
    x_label: str = ""
    y_label: str = ""

    def __post_init__(self) -> None:
        lengths = {len(row) for row in self.rows}
        if lengths - {len(self.across)} or len(self.rows) != len(self.down):
            raise ValueError(
                f"heatmap: {len(self.rows)} rows of {sorted(lengths)} numbers for"
                f" {len(self.down)} names down and {len(self.across)} across; give one each"
            )

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        finite = [v for row in self.rows for v in row if math.isfinite(v)]
        size = f"{len(self.down)} by {len(self.across)}"
        among = f" from {min(finite):.4g} to {max(finite):.4g}" if finite else ""
        return f"{self.title or 'A heat map'}: {size} numbers{among}"

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data, but for NaN and infinities."""
        return {
            "kind": "heat",
            "title": self.title,
            "rows": [list(row) for row in self.rows],
            "across": list(self.across),
            "down": list(self.down),
            "x_label": self.x_label,
            "y_label": self.y_label,
        }


@dataclass(frozen=True, repr=False)
class Cells(Shown):
    """A table of texts; columns listed in `right` are numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    right: Sequence[int] = ()

    @property
    def words(self) -> str:
        """What the table shows, in short."""
        return self.title or f"A table of {len(self.rows)} rows"

    def describe(self) -> dict[str, Any]:
        """The table as JSON data."""
        return {
            "kind": "cells",
            "title": self.title,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "right": list(self.right),
        }

    def _repr_svg_(self) -> None:
        """None: texts are HTML, where they can be copied, and the page's search sees
        them.
        """

    def _repr_html_(self) -> str:
        return markup.table(self.columns, self.rows, self.right, self.title)


Chart = Lines | Points | Bars | Matrix | Heat | Cells


def lines_of(series: Any, x: Sequence[float] | None = None, title: str = "") -> Lines:
    """A chart of whatever holds numbers: a mapping of names to them, or one series;
    over 1, 2, 3 ... where `x` is left out.
    """
    named = series if isinstance(series, Mapping) else {"": series}
    values = {str(name): numbers(each) for name, each in named.items()}
    longest = max((len(each) for each in values.values()), default=0)
    over = [float(i + 1) for i in range(longest)] if x is None else numbers(x)
    return Lines(values, over, title)


def numbers(values: Any) -> list[float]:
    """The numbers of a list, an array or a tensor, row by row."""
    flat = values.tolist() if hasattr(values, "tolist") else list(values)
    while flat and isinstance(flat[0], (list, tuple)):
        flat = [value for row in flat for value in row]
    return [float(value) for value in flat]


def nested(rows: Any) -> list[list[float]]:
    """The rows of a list of lists, of an array or a tensor."""
    plain = rows.tolist() if hasattr(rows, "tolist") else rows
    return [numbers(row) for row in plain]
