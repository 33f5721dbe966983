"""Pictures at their places on a map, as SVG text."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import NamedTuple

from .png import png
from .svg.axes import COLOURS, paper, text

_SIDE, _TOP, _EDGE, _LINE = 900, 40, 24, 20


class Pinned(NamedTuple):
    """A picture, RGB or RGBA bytes [height, width, channels], its place, and what it
    shows: the number of its class, and its words.
    """

    place: tuple[float, float]
    pixels: bytes
    height: int
    width: int
    channels: int
    of: int = 0
    words: str = ""


def picture_map(pictures: Sequence[Pinned], classes: Sequence[str], title: str = "") -> str:
    """The pictures, each framed in the colour of its class. ValueError where there is
    none, or a place is no finite number.
    """
    if not pictures or not all(math.isfinite(v) for each in pictures for v in each.place):
        raise ValueError("picture_map: expected pictures, all at finite places")
    xs, ys = zip(*(each.place for each in pictures), strict=True)
    reach = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    # so that as many pictures would cover a third of the paper, within reason
    side = max(12.0, min(72.0, _SIDE / math.sqrt(3 * len(pictures))))
    room = _SIDE - 2 * _EDGE - side
    parts = []
    for each in pictures:
        x = _EDGE + room * ((each.place[0] - (max(xs) + min(xs)) / 2) / reach + 0.5)
        y = _TOP + _EDGE + room * (0.5 - (each.place[1] - (max(ys) + min(ys)) / 2) / reach)
        number = each.of % len(COLOURS)
        data = base64.b64encode(png(each.pixels, each.height, each.width, each.channels)).decode()
        parts.append(
            f'<g><title>{text(each.words)}</title><rect class="line{number}" x="{x - 2:.1f}"'
            f' y="{y - 2:.1f}" width="{side + 4:.1f}" height="{side + 4:.1f}" rx="3"'
            f' fill="{COLOURS[number]}"/><image x="{x:.1f}" y="{y:.1f}" width="{side:.1f}"'
            f' height="{side:.1f}" href="data:image/png;base64,{data}"/></g>'
        )
    bottom = _TOP + _SIDE
    for i, name in enumerate(classes):
        number, x = i % len(COLOURS), _EDGE + i % 6 * (_SIDE - 2 * _EDGE) / 6
        y = bottom + i // 6 * _LINE
        parts.append(
            f'<rect class="line{number}" x="{x:.1f}" y="{y - 10:.1f}" width="12" height="12" rx="3"'
            f' fill="{COLOURS[number]}"/><text x="{x + 18:.1f}" y="{y:.1f}">{text(name)}</text>'
        )
    rows = -(-len(classes) // 6)
    return paper(parts, title, _SIDE, bottom + rows * _LINE)
