"""Lines and clouds of points as SVG text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from ..charts import Lines, Points
from .axes import (
    COLOURS,
    HEIGHT,
    LEFT,
    Frame,
    axis_names,
    ends,
    levels,
    paper,
    scale,
    text,
)


def draw_lines(chart: Lines) -> str:
    """The chart as SVG text. ValueError if there is no finite value."""
    finite = [v for values in chart.series.values() for v in values if math.isfinite(v)]
    if not finite:
        raise ValueError("plot: there is no finite value to draw")
    low, high, step = scale(min(finite), max(finite))
    frame = Frame(min(chart.x), max(chart.x), low, high)
    parts = [
        *levels(frame, step),
        *ends(frame),
        *axis_names(chart.x_label, chart.y_label),
        *_curves(frame, chart.series, chart.x),
        *_legend(chart.series),
    ]
    return paper(parts, chart.title)


def draw_points(chart: Points) -> str:
    """The chart as SVG text. ValueError if there is no finite point."""
    clouds = {name: finite_points(points) for name, points in chart.clouds.items()}
    everything = [point for points in clouds.values() for point in points]
    if not everything:
        raise ValueError("scatterplot: there is no finite point to draw")
    low, high, step = scale(min(y for _, y in everything), max(y for _, y in everything))
    left, right, _ = scale(min(x for x, _ in everything), max(x for x, _ in everything))
    frame = Frame(left, right, low, high)
    parts = [*levels(frame, step), *ends(frame), *axis_names(chart.x_label, chart.y_label)]
    for i, (name, points) in enumerate(clouds.items()):
        places = [f"{frame.across(x):.1f},{frame.up(y):.1f}" for x, y in points]
        colour, look = COLOURS[i % len(COLOURS)], f'class="line{i % len(COLOURS)}"'
        if name in chart.joined:
            line = " ".join(places)
            parts.append(
                f'<polyline {look} points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
            continue
        for place in places:
            x, y = place.split(",")
            parts.append(
                f'<circle {look} cx="{x}" cy="{y}" r="3" fill="{colour}" fill-opacity="0.7"/>'
            )
    return paper([*parts, *_legend(clouds)], chart.title)


def finite_points(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those that can be drawn."""
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]


def _dash(name: str) -> str:
    return ' stroke-dasharray="6 4"' if name.startswith("val_") else ""


def _curves(
    frame: Frame, series: Mapping[str, Sequence[float]], x: Sequence[float]
) -> Iterator[str]:
    for i, (name, values) in enumerate(series.items()):
        colour, look = COLOURS[i % len(COLOURS)], f'class="line{i % len(COLOURS)}"'
        points = [
            (frame.across(a), frame.up(b)) if math.isfinite(b) else None
            for a, b in zip(x, values, strict=True)
        ]
        for run in _runs(points):
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            yield (
                f'<polyline {look} points="{line}" fill="none" stroke="{colour}"'
                f' stroke-width="2"{_dash(name)}/>'
            )
            if len(run) == 1:
                (a, b) = run[0]
                yield f'<circle {look} cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>'


def _legend(names: Mapping[str, object]) -> Iterator[str]:
    """The names below the plot."""
    at = LEFT
    for i, name in enumerate(names):
        if not name:
            continue
        colour, look = COLOURS[i % len(COLOURS)], f'class="line{i % len(COLOURS)}"'
        yield (
            f'<line {look} x1="{at}" x2="{at + 18}" y1="{HEIGHT - 12}" y2="{HEIGHT - 12}"'
            f' stroke="{colour}" stroke-width="2"{_dash(name)}/>'
        )
        yield f'<text x="{at + 23}" y="{HEIGHT - 8}">{text(name)}</text>'
        at += 34 + 7 * len(name)


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """The points between gaps."""
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
