"""Lines drawn as SVG text, without a plotting library.

A drawing has its colours for dark screens, too, in a style sheet that what cannot read
it passes over: a file stays readable wherever it is opened.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .charts import Lines

WIDTH, HEIGHT = 520, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 34, 44
COLOURS = ("#4338ca", "#b45309", "#0f766e", "#a21caf", "#1d4ed8", "#b91c1c")
DARK = ("#a5a0ff", "#f0a04b", "#4fd1c0", "#f08bf5", "#8ab4ff", "#ff9d94")
"""The same lines on a dark ground."""


class _Frame(NamedTuple):
    """Where numbers lie in the picture."""

    left: float
    right: float
    low: float
    high: float

    def across(self, value: float) -> float:
        width = self.right - self.left
        share = (value - self.left) / width if width > 0 else 0.5
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * share

    def up(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share


def svg(chart: Lines) -> str:
    """The chart as SVG text. ValueError if there is no finite value."""
    finite = [v for values in chart.series.values() for v in values if math.isfinite(v)]
    if not finite:
        raise ValueError("plot: there is no finite value to draw")
    low, high, step = _scale(min(finite), max(finite))
    title = html.escape(chart.title, quote=False)
    frame = _Frame(min(chart.x), max(chart.x), low, high)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12"'
        ' fill="#3f3a52">',
        f"<style>@media (prefers-color-scheme: dark) {{ {_dark_rules()} }}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">{title}</text>',
        *_grid(frame, step),
        *_curves(frame, chart.series, chart.x),
        "</svg>",
    ]
    return "\n".join(parts)


def _dark_rules() -> str:
    rules = ["svg { fill: #d9d6ea }", ".ground { fill: #181723 }", ".grid { stroke: #35334a }"]
    for i, colour in enumerate(DARK):
        rules.append(f"line.line{i}, polyline.line{i} {{ stroke: {colour} }}")
        rules.append(f"circle.line{i} {{ fill: {colour} }}")
    return " ".join(rules)


def _grid(frame: _Frame, step: float) -> Iterator[str]:
    for i in range(round((frame.high - frame.low) / step) + 1):
        value = frame.low + i * step
        y = frame.up(value)
        yield (
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
            ' stroke="#e4e1ee"/>'
        )
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'
    for value, anchor in ((frame.left, "start"), (frame.right, "end")):
        x, y = frame.across(value), HEIGHT - _BOTTOM + 16
        yield f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{value:.4g}</text>'


def _curves(
    frame: _Frame, series: Mapping[str, Sequence[float]], x: Sequence[float]
) -> Iterator[str]:
    """Each line, and its name below the plot."""
    at = _LEFT
    for i, (name, values) in enumerate(series.items()):
        colour, shade = COLOURS[i % len(COLOURS)], f'class="line{i % len(COLOURS)}"'
        dash = ' stroke-dasharray="6 4"' if name.startswith("val_") else ""
        points = [
            (frame.across(a), frame.up(b)) if math.isfinite(b) else None
            for a, b in zip(x, values, strict=True)
        ]
        for run in _runs(points):
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            yield (
                f'<polyline {shade} points="{line}" fill="none" stroke="{colour}"'
                f' stroke-width="2"{dash}/>'
            )
            if len(run) == 1:
                (a, b) = run[0]
                yield f'<circle {shade} cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>'
        if name:
            yield (
                f'<line {shade} x1="{at}" x2="{at + 18}" y1="{HEIGHT - 12}" y2="{HEIGHT - 12}"'
                f' stroke="{colour}" stroke-width="2"{dash}/>'
            )
            yield f'<text x="{at + 23}" y="{HEIGHT - 8}">{html.escape(name, quote=False)}</text>'
            at += 34 + 7 * len(name)


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """(first tick, last tick, step) with three to six round steps around the values."""
    span = high - low or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / 3))
    step *= next(m for m in (1, 2, 5, 10) if span / (step * m) <= 5)
    first = math.floor(low / step) * step
    last = math.ceil(high / step) * step
    return first, last if last > first else first + step, step


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """The points between gaps."""
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
