"""Charts as plain data: a terminal, a tab or a file draws them as it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lines:
    """Named series of numbers over the same x. NaN and infinities leave gaps.

    ValueError where a series is longer or shorter than x.
    """

    series: Mapping[str, Sequence[float]]
    x: Sequence[float]
    title: str = ""

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
        return {"kind": "lines", "title": self.title, "x": list(self.x), "series": series}


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: rows are what was shown, columns what was said."""

    names: Sequence[str]
    counts: Sequence[Sequence[int]]

    @property
    def words(self) -> str:
        """What the chart shows, for who can't see it."""
        right = sum(row[i] for i, row in enumerate(self.counts))
        return f"{right} of {sum(map(sum, self.counts))} right"

    def describe(self) -> dict[str, Any]:
        """The chart as JSON data."""
        counts = [list(row) for row in self.counts]
        return {"kind": "matrix", "names": list(self.names), "counts": counts}


Chart = Lines | Matrix


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
    if flat and isinstance(flat[0], list):
        flat = [value for row in flat for value in row]
    return [float(value) for value in flat]
