"""What drawings have in common: paper, colours for light and dark grounds, scales."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 34, 44
COLOURS = ("#4338ca", "#b45309", "#0f766e", "#a21caf", "#1d4ed8", "#b91c1c")
DARK = ("#a5a0ff", "#f0a04b", "#4fd1c0", "#f08bf5", "#8ab4ff", "#ff9d94")
"""The same series on a dark ground."""
DRAWING = "pywebml-drawing"
"""The class of drawings: where one stands within a page, as in a notebook that was
exported, its style sheet is to change nothing else there.
"""


class Frame(NamedTuple):
    """Where numbers lie in the picture."""

    left: float
    right: float
    low: float
    high: float

    def across(self, value: float) -> float:
        width = self.right - self.left
        share = (value - self.left) / width if width > 0 else 0.5
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def up(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def paper(
    parts: Iterable[str], title: str = "", width: float = WIDTH, height: float = HEIGHT
) -> str:
    """The drawing as SVG text. Its colours for dark screens stand in a style sheet that
    what cannot read it passes over: a file stays readable wherever it is opened.
    """
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{DRAWING}"'
            f' viewBox="0 0 {width:.0f} {height:.0f}"'
            f' width="{width:.0f}" height="{height:.0f}" font-family="system-ui, sans-serif"'
            ' font-size="12" fill="#3f3a52">',
            f"<style>@media (prefers-color-scheme: dark) {{ {_dark_rules()} }}</style>",
            f'<rect class="ground" width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="20" font-size="14" font-weight="600">{text(title)}</text>',
            *parts,
            "</svg>",
        ]
    )


def text(words: str) -> str:
    """As it may stand in SVG."""
    return html.escape(words, quote=False)


def _dark_rules() -> str:
    rules = ["{ fill: #d9d6ea }", " .ground { fill: #181723 }", " .grid { stroke: #35334a }"]
    for i, colour in enumerate(DARK):
        rules.append(f" :is(line, polyline).line{i} {{ stroke: {colour} }}")
        rules.append(f" :is(circle, rect).line{i} {{ fill: {colour} }}")
    return " ".join(f".{DRAWING}{rule}" for rule in rules)


def levels(frame: Frame, step: float) -> Iterator[str]:
    """Lines across, at round numbers."""
    for i in range(round((frame.high - frame.low) / step) + 1):
        value = frame.low + i * step
        y = frame.up(value)
        yield (
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
            ' stroke="#e4e1ee"/>'
        )
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>'


def ends(frame: Frame) -> Iterator[str]:
    """The first and the last number below."""
    for value, anchor in ((frame.left, "start"), (frame.right, "end")):
        x, y = frame.across(value), HEIGHT - BOTTOM + 16
        yield f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{value:.4g}</text>'


def axis_names(x_label: str, y_label: str) -> Iterator[str]:
    """What is drawn over what: below the middle, and above the numbers."""
    if x_label:
        x, y = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 16
        yield f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{text(x_label)}</text>'
    if y_label:
        yield f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">{text(y_label)}</text>'


def scale(low: float, high: float) -> tuple[float, float, float]:
    """(first tick, last tick, step) with three to six round steps around the values."""
    span = high - low or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / 3))
    step *= next(m for m in (1, 2, 5, 10) if span / (step * m) <= 5)
    first = math.floor(low / step) * step
    last = math.ceil(high / step) * step
    return first, last if last > first else first + step, step


def shade(share: float, light: Sequence[int], dark: Sequence[int]) -> str:
    """A colour between two."""
    mixed = (round(a + (b - a) * share) for a, b in zip(light, dark, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)
