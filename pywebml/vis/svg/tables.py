"""Confusion matrices, heat maps and tables as SVG text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..charts import Cells, Heat, Matrix
from .axes import LEFT, TOP, paper, shade, text

_CELL, _LETTER, _LINE = 44, 7.2, 20
_PALE, _GREEN, _RED, _BLUE = (238, 240, 246), (90, 190, 140), (235, 130, 125), (67, 56, 202)
_MOST = 40  # numbers across that are still written into their cells


def draw_matrix(chart: Matrix) -> str:
    """A confusion matrix as SVG text: green where it was right, red where it was not."""
    shades, texts = [], []
    for i, row in enumerate(chart.counts):
        total = max(1, sum(row))
        hues = [_GREEN if i == j else _RED for j in range(len(row))]
        shades.append([shade(n / total, _PALE, hue) for n, hue in zip(row, hues, strict=True)])
        texts.append([(str(n), "#1f2937") for n in row])
    foot = "Rows: what was shown. Columns: what it said."
    return _grid(chart.title, chart.names, chart.names, shades, texts, foot)


def draw_heat(chart: Heat) -> str:
    """A heat map as SVG text: the darker, the more."""
    finite = [value for row in chart.rows for value in row if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    shares = [[_share(value, low, high) for value in row] for row in chart.rows]
    shades = [[shade(share, _PALE, _BLUE) for share in row] for row in shares]
    texts = [
        [(f"{value:.3g}", "#ffffff" if share > 0.5 else "#1f2937") for value, share in pairs]
        for pairs in (zip(*two, strict=True) for two in zip(chart.rows, shares, strict=True))
    ]
    labels = " ".join(filter(None, (chart.x_label, chart.y_label and f"by {chart.y_label}")))
    said = f"{low:.4g} (pale) to {high:.4g} (dark)"
    return _grid(chart.title, chart.across, chart.down, shades, texts, f"{labels}  {said}".strip())


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if math.isfinite(value) and high > low else 0.0


def _grid(
    title: str,
    across: Sequence[str],
    down: Sequence[str],
    shades: Sequence[Sequence[str]],
    texts: Sequence[Sequence[tuple[str, str]]],
    foot: str,
) -> str:
    side = _CELL if len(across) <= _MOST else max(4, 40 * _CELL // len(across))
    left = max(LEFT, 16 + _LETTER * max(map(len, down), default=0))
    every = math.ceil(max(map(len, across), default=1) * _LETTER / side)
    top, parts = TOP + 18, []
    for i, name in enumerate(across):
        if i % every == 0:
            x = left + (i + 0.5) * side
            parts.append(
                f'<text x="{x:.1f}" y="{top - 6}" text-anchor="middle">{text(name)}</text>'
            )
    for i, (name, row) in enumerate(zip(down, shades, strict=True)):
        y = top + i * side
        if side > 10 or i % (12 // side + 1) == 0:
            parts.append(
                f'<text x="{left - 8:.1f}" y="{y + side / 2 + 4:.1f}" text-anchor="end">'
                f"{text(name)}</text>"
            )
        for j, colour in enumerate(row):
            x = left + j * side
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{side - 1}" height="{side - 1}"'
                f' fill="{colour}"/>'
            )
            if side == _CELL:
                words, ink = texts[i][j]
                parts.append(
                    f'<text x="{x + side / 2:.1f}" y="{y + side / 2 + 4:.1f}" fill="{ink}"'
                    f' text-anchor="middle">{text(words)}</text>'
                )
    height = top + side * len(down) + 30
    parts.append(f'<text x="16" y="{height - 10}">{text(foot)}</text>')
    width = max(left + side * len(across), 16 + _LETTER * len(foot), LEFT + 9 * len(title)) + 16
    return paper(parts, title, width, height)


def draw_cells(chart: Cells) -> str:
    """A table as SVG text."""
    rows = [list(chart.columns), *map(list, chart.rows)]
    widths = [max(len(row[i]) for row in rows) * _LETTER + 20 for i in range(len(chart.columns))]
    parts = []
    for n, row in enumerate(rows):
        at, y = 16.0, TOP + 18 + n * _LINE
        weight = ' font-weight="600"' if n == 0 else ""
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            right = i in chart.right
            x, anchor = (at + width - 20, "end") if right else (at, "start")
            parts.append(
                f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}"{weight}>{text(cell)}</text>'
            )
            at += width
    width = max(sum(widths) + 16, LEFT + 9 * len(chart.title))
    return paper(parts, chart.title, width, TOP + 18 + len(rows) * _LINE)
