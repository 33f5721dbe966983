"""What was seen in a picture, drawn: for the terminal, and as a file."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, NamedTuple

from ...vis.screens import Picture
from ...vis.svg.axes import COLOURS, paper, text
from .looking import Look, Tiles, heat

if TYPE_CHECKING:
    from PIL import Image

ACROSS = 9  # pictures of an inner layer in a row
_SIDE, _EDGE, _TOP, _ROW = 320, 20, 40, 34


class Seen(NamedTuple):
    """A picture, its RGBA bytes [height, width, 4], and what was seen in it."""

    name: str
    pixels: Any
    look: Look
    tiles: Tiles | None = None

    def square(self, side: int) -> Image.Image:
        """What the network looked at: the middle square."""
        from PIL import Image, ImageOps

        whole = Image.fromarray(self.pixels[..., :3])
        return ImageOps.fit(whole, (side, side), Image.Resampling.BILINEAR)

    def overlaid(self, number: int, side: int) -> Image.Image:
        """That with the place of the class of this number over it, 0 for the likeliest."""
        from PIL import Image

        look = self.look
        colours = heat(look.maps[number])
        small = Image.frombytes("RGBA", (look.width, look.height), colours)
        over = small.resize((side, side), Image.Resampling.BILINEAR)
        return Image.alpha_composite(self.square(side).convert("RGBA"), over).convert("RGB")

    def beside(self, number: int, side: int) -> Picture:
        """The picture, and beside it the place of a class."""
        from PIL import Image

        both = Image.new("RGBA", (2 * side + 2, side))
        both.paste(self.square(side), (0, 0))
        both.paste(self.overlaid(number, side), (side + 2, 0))
        label = self.look.top[number]["label"]
        words = f"the picture, and where it sees {label!r}: {place_of(self.look.maps[number])}"
        return Picture(both.tobytes(), both.height, both.width, words)

    def inner(self, name: str | None) -> Picture | None:
        """What an inner layer sees, where that was asked for."""
        if self.tiles is None:
            return None
        sheet = sheet_of(self.tiles).convert("RGBA")
        words = f"{name}: {self.tiles.shown} of {self.tiles.channels} channels"
        return Picture(sheet.tobytes(), sheet.height, sheet.width, words)


def place_of(rows: list[list[float]]) -> str:
    """Where a map is largest, in words.

    Example:
        >>> place_of([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        'most at the bottom right'
    """
    most = max(max(row) for row in rows)
    y = next(i for i, row in enumerate(rows) if most in row)
    x = rows[y].index(most)
    down = ("top", "", "bottom")[3 * y // len(rows)]
    across = ("left", "", "right")[3 * x // len(rows[0])]
    where = f"{down} {across}".strip()
    return f"most at the {where}" if where else "most in the middle"


def sheet_of(tiles: Tiles, gap: int = 1) -> Image.Image:
    """All pictures of a layer on one sheet."""
    from PIL import Image

    across = min(ACROSS, tiles.shown)
    down = -(-tiles.shown // across)
    step_x, step_y, size = tiles.width + gap, tiles.height + gap, tiles.width * tiles.height
    sheet = Image.new("L", (across * step_x - gap, down * step_y - gap), 40)
    for i in range(tiles.shown):
        tile = Image.frombytes(
            "L", (tiles.width, tiles.height), tiles.pixels[i * size : (i + 1) * size]
        )
        sheet.paste(tile, (i % across * step_x, i // across * step_y))
    return sheet


def written(seen: Seen, number: int, suffix: str) -> bytes:
    """The drawing as a file: .png is the picture with the place of a class over it,
    .svg that beside the picture, with the classes and the inner layer below.
    """
    if suffix == ".png":
        return _png(seen.overlaid(number, _SIDE))
    width = 2 * _SIDE + 3 * _EDGE
    parts = [
        _image(seen.square(_SIDE), _EDGE, _TOP, _SIDE, _SIDE, "the picture"),
        _image(
            seen.overlaid(number, _SIDE), 2 * _EDGE + _SIDE, _TOP, _SIDE, _SIDE,
            f"where it sees {seen.look.top[number]['label']}",
        ),
    ]  # fmt: skip
    y, room = _TOP + _SIDE + _EDGE, width - 2 * _EDGE - 220
    for i, guess in enumerate(seen.look.top):
        share, ink = guess["probability"], int(i != number)
        parts.append(
            f'<text x="{_EDGE}" y="{y + 16}">{text(guess["label"])}</text>'
            f'<rect class="line{ink}" x="{_EDGE + 160}" y="{y + 2}" width="{room * share:.1f}"'
            f' height="18" rx="4" fill="{COLOURS[ink]}"/>'
            f'<text x="{width - _EDGE}" y="{y + 16}" text-anchor="end">{share:.1%}</text>'
        )
        y += _ROW
    if seen.tiles is not None:
        sheet = sheet_of(seen.tiles)
        high = (width - 2 * _EDGE) * sheet.height / sheet.width
        words = f"an inner layer: {seen.tiles.shown} of {seen.tiles.channels} channels"
        parts.append(_image(sheet, _EDGE, y, width - 2 * _EDGE, high, words))
        y += round(high) + _EDGE
    title = f"{seen.name}: {seen.look.top[number]['label']}"
    return paper(parts, title, width, y).encode()


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _image(image: Any, x: float, y: float, width: float, height: float, words: str) -> str:
    data = base64.b64encode(_png(image)).decode()
    return (
        f'<image x="{x}" y="{y}" width="{width}" height="{height:.1f}"'
        f' href="data:image/png;base64,{data}"><title>{text(words)}</title></image>'
    )
