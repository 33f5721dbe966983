"""Charts as text for a terminal: lines and points in Braille dots, bars in blocks, heat
maps in shades.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .charts import Bars, Cells, Chart, Heat, Lines, Matrix, Points

INKS = ("blue", "yellow", "green", "magenta", "cyan", "red")
"""Of the series, by rich's names."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # Unicode's, row by row
_HEIGHT = 12
_SHADES = " ░▒▓█"


class Part(NamedTuple):
    """Text in one ink, as rich names it; "" for the terminal's own."""

    text: str
    ink: str = ""


Row = list[Part]


def drawn(chart: Chart, width: int = 72) -> list[Row]:
    """The chart in rows of at most about `width` characters, its title first.

    Example:
        >>> from pywebml.vis.charts import Bars
        >>> for row in drawn(Bars(["a", "b"], [1, 2]), 14):
        ...     print("".join(part.text for part in row))
        a █████      1
        b ██████████ 2
    """
    draw: Callable[..., list[Row]] = _DRAWN[type(chart)]  # type: ignore[assignment]
    title = [[Part(chart.title, "bold")]] if chart.title else []
    return title + draw(chart, width)


class _Canvas:
    """Dots, 2 x 4 in a character; the first series to set one of it gives its ink."""

    def __init__(self, columns: int, rows: int):
        self.columns, self.rows = columns, rows
        self._dots = [[0] * columns for _ in range(rows)]
        self._inks = [[""] * columns for _ in range(rows)]

    def dot(self, x: int, y: int, ink: str) -> None:
        """A dot: from the left, from below."""
        column, row = x // 2, self.rows - 1 - y // 4
        if 0 <= column < self.columns and 0 <= row < self.rows:
            self._dots[row][column] |= _DOTS[3 - y % 4][x % 2]
            self._inks[row][column] = self._inks[row][column] or ink

    def line(self, start: tuple[float, float], end: tuple[float, float], ink: str) -> None:
        steps = max(1, math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1]))))
        for i in range(steps + 1):
            x, y = (a + (b - a) * i / steps for a, b in zip(start, end, strict=True))
            self.dot(round(x), round(y), ink)

    def text(self) -> list[Row]:
        return [
            [Part(chr(0x2800 + dots), ink) for dots, ink in zip(row, inks, strict=True)]
            for row, inks in zip(self._dots, self._inks, strict=True)
        ]


class _Spread(NamedTuple):
    """Where numbers lie on a canvas."""

    low: float
    high: float
    dots: int

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return share * (self.dots - 1)


def _lines(chart: Lines, width: int) -> list[Row]:
    named = {name: list(zip(chart.x, values, strict=True)) for name, values in chart.series.items()}
    return _plot(named, width, list(named), chart.x_label, chart.y_label)


def _points(chart: Points, width: int) -> list[Row]:
    return _plot(chart.clouds, width, chart.joined, chart.x_label, chart.y_label)


def _plot(
    series: Mapping[str, Sequence[tuple[float, float]]],
    width: int,
    joined: Sequence[str],
    x_label: str,
    y_label: str,
) -> list[Row]:
    every = [p for points in series.values() for p in points if all(map(math.isfinite, p))]
    if not every:
        return [[Part("there is no finite value to draw")]]
    xs, ys = [x for x, _ in every], [y for _, y in every]
    marks = {0: f"{max(ys):.4g}", _HEIGHT - 1: f"{min(ys):.4g}"}
    edge = max(map(len, marks.values())) + 1
    canvas = _Canvas(max(10, width - edge - 1), _HEIGHT)
    across = _Spread(min(xs), max(xs), 2 * canvas.columns)
    up = _Spread(min(ys), max(ys), 4 * canvas.rows)
    for i, (name, points) in enumerate(series.items()):
        ink, last = INKS[i % len(INKS)], None
        for point in points:
            if not all(map(math.isfinite, point)):
                last = None
                continue
            place = across.at(point[0]), up.at(point[1])
            canvas.line(last if last and name in joined else place, place, ink)
            last = place
    rows = [
        [Part(marks.get(i, "").rjust(edge - 1)), Part("│"), *row]
        for i, row in enumerate(canvas.text())
    ]
    first, end = f"{min(xs):.4g}", f"{max(xs):.4g}"
    foot = first + x_label.center(canvas.columns - len(first) - len(end)) + end
    rows.append([Part(" " * edge + foot)])
    legend = [
        Part(f"{'━' if name in joined else '•'} {name}  ", INKS[i % len(INKS)])
        for i, name in enumerate(series)
        if name
    ]
    head: list[Row] = [[Part(y_label, "dim")]] if y_label else []
    return [*head, *rows, *([[Part(" " * edge), *legend]] if legend else [])]


def _bars(chart: Bars, width: int) -> list[Row]:
    names = max(map(len, chart.names), default=0)
    values = [f"{value:.4g}" for value in chart.values]
    room = max(8, width - names - 2 - max(map(len, values), default=0))
    most = max((abs(v) for v in chart.values if math.isfinite(v)), default=0) or 1
    rows = [
        [
            Part(name.rjust(names) + " "),
            Part(_bar(value, most, room), "blue" if value >= 0 else "red"),
            Part(" " + words),
        ]
        for name, value, words in zip(chart.names, chart.values, values, strict=True)
    ]
    notes = [[Part("  ".join(f"{name} {value}" for name, value in chart.notes), "dim")]]
    return rows + (notes if chart.notes else [])


def _bar(value: float, most: float, room: int) -> str:
    eighths = round(8 * room * abs(value) / most) if math.isfinite(value) else 0
    part = "▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else ""
    return ("█" * (eighths // 8) + part).ljust(room)


def _matrix(chart: Matrix, width: int) -> list[Row]:
    names = list(map(str, chart.names))
    cell = max([len(str(n)) for row in chart.counts for n in row] + list(map(len, names))) + 2
    edge = max(map(len, names), default=0)
    head = [Part(" " * edge), *(Part(name.rjust(cell), "dim") for name in names)]
    rows: list[Row] = []
    for i, (name, counts) in enumerate(zip(names, chart.counts, strict=True)):
        cells = [Part(str(n).rjust(cell), _tone(n, i == j)) for j, n in enumerate(counts)]
        rows.append([Part(name.rjust(edge), "dim"), *cells])
    return [head, *rows, [Part("rows: what was shown; columns: what it said", "dim")]]


def _tone(count: int, hit: bool) -> str:
    if count == 0:
        return "dim"
    return "bold green" if hit else "bold red"


def _heat(chart: Heat, width: int) -> list[Row]:
    finite = [v for row in chart.rows for v in row if math.isfinite(v)]
    spread = _Spread(min(finite, default=0), max(finite, default=0), len(_SHADES))
    edge = max(map(len, chart.down), default=0)
    side = max(1, min(4, (width - edge) // max(1, len(chart.across))))
    rows: list[Row] = []
    if all(len(name) <= side for name in chart.across):
        head = "".join(name.center(side) for name in chart.across)
        rows.append([Part(" " * (edge + 1) + head, "dim")])
    for name, values in zip(chart.down, chart.rows, strict=True):
        marks = [_SHADES[round(spread.at(v))] if math.isfinite(v) else "?" for v in values]
        rows.append([Part(name.rjust(edge) + " "), Part("".join(m * side for m in marks), "blue")])
    foot = f"{spread.low:.4g} (pale) to {spread.high:.4g} (dark)"
    return [*rows, [Part(" " * edge + " " + foot, "dim")]]


def _cells(chart: Cells, width: int) -> list[Row]:
    table = [list(chart.columns), *map(list, chart.rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(chart.columns))]
    rows: list[Row] = []
    for n, row in enumerate(table):
        cells = [
            cell.rjust(size) if i in chart.right else cell.ljust(size)
            for i, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        rows.append([Part("  ".join(cells).rstrip(), "bold" if n == 0 else "")])
    return rows


_DRAWN = {
    Lines: _lines, Points: _points, Bars: _bars, Matrix: _matrix, Heat: _heat, Cells: _cells,
}  # fmt: skip
