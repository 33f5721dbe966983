"""Line plots without a plotting library: SVG text, shown by the Python page or written
to a file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 520, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 34, 44
COLOURS = ("#4338ca", "#b45309", "#0f766e", "#a21caf", "#1d4ed8", "#b91c1c")

Screen = Callable[[str, str], None]
_screens: list[Screen] = []


@contextmanager
def shown_by(screen: Screen) -> Iterator[None]:
    """While open, plots go to `screen(svg, words)` instead of a file; the Python page
    does this.
    """
    _screens.append(screen)
    try:
        yield
    finally:
        _screens.remove(screen)


def plot(
    series: Any, x: Sequence[float] | None = None, title: str = "", file: str = "plot.svg"
) -> None:
    """Draws lines: `plot(history.history)`, `plot({"said": ys, "true": zs}, x=xs)` or
    `plot(ys)`.

    `series` maps names to numbers, or is one list of numbers; anything with the buffer
    protocol or `tolist` will do. `x` is what they are drawn over, 1, 2, 3 ... if left
    out. NaN and infinities leave gaps. In the page the picture appears under the
    program; on the desktop it is written to `file`. ValueError for lengths that differ
    or nothing to draw.
    """
    lines = {
        str(name): _numbers(values)
        for name, values in (series.items() if isinstance(series, Mapping) else [("", series)])
    }
    longest = max((len(values) for values in lines.values()), default=0)
    over = [float(i + 1) for i in range(longest)] if x is None else _numbers(x)
    for name, values in lines.items():
        if len(values) != len(over):
            raise ValueError(
                f"plot: {name or 'the series'} has {len(values)} values over {len(over)}; lengths"
                " must be equal"
            )
    text = svg(lines, over, title)
    words = title or "A plot of " + (", ".join(n for n in lines if n) or f"{longest} values")
    if _screens:
        _screens[-1](text, words)
    else:
        from ..host.files import write_whole

        print(f"plot written: {write_whole(file, text.encode())}")


def svg(lines: Mapping[str, Sequence[float]], x: Sequence[float], title: str = "") -> str:
    """The plot as SVG text. ValueError if there is no finite value."""
    finite = [v for values in lines.values() for v in values if math.isfinite(v)]
    if not finite:
        raise ValueError("plot: there is no finite value to draw")
    low, high, step = _scale(min(finite), max(finite))
    left, right = min(x), max(x)

    def across(v: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (
            (v - left) / (right - left) if right > left else 0.5
        )

    def up(v: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (v - low) / (high - low)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12"'
            ' fill="#3f3a52">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
    ]
    for i in range(round((high - low) / step) + 1):
        y = up(low + i * step)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4e1ee"/>'
        )
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{low + i * step:.4g}</text>'
        )
    for v, anchor in ((left, "start"), (right, "end")):
        parts.append(
            f'<text x="{across(v):.1f}" y="{HEIGHT - _BOTTOM + 16}"'
            f' text-anchor="{anchor}">{v:.4g}</text>'
        )
    at = _LEFT
    for i, (name, values) in enumerate(lines.items()):
        colour = COLOURS[i % len(COLOURS)]
        dash = ' stroke-dasharray="6 4"' if name.startswith("val_") else ""
        for run in _runs(
            [
                (across(a), up(b)) if math.isfinite(b) else None
                for a, b in zip(x, values, strict=True)
            ]
        ):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}"'
                f' stroke-width="2"{dash}/>'
            )
            if len(run) == 1:
                parts.append(
                    f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="3" fill="{colour}"/>'
                )
        if name:
            parts.append(
                f'<line x1="{at}" x2="{at + 18}" y1="{HEIGHT - 12}" y2="{HEIGHT - 12}"'
                f' stroke="{colour}" stroke-width="2"{dash}/>'
            )
            parts.append(f'<text x="{at + 23}" y="{HEIGHT - 8}">{escape(name)}</text>')
            at += 34 + 7 * len(name)
    return "\n".join([*parts, "</svg>"])


def _numbers(values: Any) -> list[float]:
    flat = values.tolist() if hasattr(values, "tolist") else list(values)
    if flat and isinstance(flat[0], list):
        flat = [v for row in flat for v in row]
    return [float(v) for v in flat]


def _scale(low: float, high: float) -> tuple[float, float, float]:
    """(first tick, last tick, step) with three to six round steps around the values."""
    span = high - low or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / 3))
    step *= next(m for m in (1, 2, 5, 10) if span / (step * m) <= 5)
    first = math.floor(low / step) * step
    last = math.ceil(high / step) * step
    return first, last if last > first else first + step, step


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
