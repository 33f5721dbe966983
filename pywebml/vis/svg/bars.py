"""Bars as SVG text."""

from __future__ import annotations

import math

from ..charts import Bars
from .axes import COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, Frame, axis_names, levels, paper, scale, text

_NAMES = 60  # characters that stand below the bars


def draw_bars(chart: Bars) -> str:
    """The chart as SVG text. ValueError if there is no finite value."""
    finite = [value for value in chart.values if math.isfinite(value)]
    if not finite:
        raise ValueError("barchart: there is no finite value to draw")
    low, high, step = scale(min(0.0, *finite), max(0.0, *finite))
    frame = Frame(0, len(chart.names), low, high)
    room = (WIDTH - LEFT - RIGHT) / len(chart.names)
    every = math.ceil(len("".join(chart.names)) / _NAMES)  # as many names as there is room for
    parts = [*levels(frame, step), *axis_names("", chart.y_label)]
    for i, (name, value) in enumerate(zip(chart.names, chart.values, strict=True)):
        if math.isfinite(value):
            top, bottom = frame.up(max(value, 0)), frame.up(min(value, 0))
            parts.append(
                f'<rect class="line0" x="{frame.across(i + 0.1):.1f}" y="{top:.1f}"'
                f' width="{0.8 * room:.1f}" height="{bottom - top:.1f}" fill="{COLOURS[0]}">'
                f"<title>{text(name)}: {value:.4g}</title></rect>"
            )
        if i % every == 0:
            parts.append(
                f'<text x="{frame.across(i + 0.5):.1f}" y="{HEIGHT - 28}" text-anchor="middle">'
                f"{text(name)}</text>"
            )
    said = "   ".join(f"{name} {value}" for name, value in chart.notes) or chart.x_label
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 8}">{text(said)}</text>')
    return paper(parts, chart.title)
