"""Pictures side by side with words below them, as SVG text."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from typing import NamedTuple

from .png import png
from .svg.axes import DRAWING

_CELL, _GAP, _LINE, _TOP = 128, 12, 18, 34


class Tile(NamedTuple):
    """Bytes [height, width, channels], and what stands below."""

    pixels: bytes
    height: int
    width: int
    channels: int
    words: str = ""


class Gallery(NamedTuple):
    """Tiles as a notebook shows them."""

    tiles: Sequence[Tile]
    title: str

    def __repr__(self) -> str:
        words = ", ".join(tile.words for tile in self.tiles if tile.words)
        return f"{self.title}; {words}" if words else self.title

    def _repr_svg_(self) -> str:
        return gallery(self.tiles, self.title)


def gallery(tiles: Sequence[Tile], title: str = "") -> str:
    """The tiles as SVG text, in about as many columns as rows; small pictures are
    enlarged pixel by pixel.
    """
    columns = math.ceil(math.sqrt(len(tiles)))
    rows = -(-len(tiles) // columns)
    width = max(columns * (_CELL + _GAP), 8 * len(title) + _GAP) + _GAP
    height = rows * (_CELL + _LINE + _GAP) + _TOP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{DRAWING}" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="12"'
        ' fill="#3f3a52">',
        f"<style>@media (prefers-color-scheme: dark) {{ .{DRAWING} {{ fill: #d9d6ea }}"
        f" .{DRAWING} .ground {{ fill: #181723 }} }}</style>",
        f'<rect class="ground" width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_GAP}" y="20" font-size="14" font-weight="600">{_text(title)}</text>',
    ]
    for i, tile in enumerate(tiles):
        x = _GAP + i % columns * (_CELL + _GAP)
        y = _TOP + i // columns * (_CELL + _LINE + _GAP)
        data = base64.b64encode(png(tile.pixels, tile.height, tile.width, tile.channels)).decode()
        parts.append(
            f'<image x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" image-rendering="pixelated"'
            f' href="data:image/png;base64,{data}"/>'
        )
        parts.append(f'<text x="{x}" y="{y + _CELL + 13}">{_text(tile.words)}</text>')
    return "\n".join([*parts, "</svg>"])


def _text(words: str) -> str:
    return html.escape(words, quote=False)
