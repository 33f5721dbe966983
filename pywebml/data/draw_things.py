"""Draws things that networks know which have seen ImageNet's photos: what the picture
classifier is tried with where nobody has a picture. Nothing in it is a photo.

    python -m pywebml.data.draw_things FOLDER

writes FOLDER/umbrella/00.jpg ... and the same folder every time. A folder's name is
that of ImageNet's class; one shows two things, and is named after both.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .draw_samples import FINE, Colour, Point, write

SIZE = 256
SIDE = SIZE * FINE
INK: Colour = (24, 27, 29)
Box = tuple[float, float, float, float]


class Paper:
    """A picture that fades from one colour to another, and a pen; all places are shares
    of its side.
    """

    def __init__(self, top: Colour, bottom: Colour):
        from PIL import Image, ImageDraw

        fading = Image.new("RGB", (1, 2), top)
        fading.putpixel((0, 1), bottom)
        self.image = fading.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        self.pen = ImageDraw.Draw(self.image)

    def disc(self, x: float, y: float, radius: float, fill: Colour, height: float = 0) -> None:
        """A circle, or an ellipse of that half height."""
        high = height or radius
        self.pen.ellipse(_pixels(x - radius, y - high, x + radius, y + high), fill=fill)

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        self.pen.polygon([(x * SIDE, y * SIDE) for x, y in points], fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        self.pen.line(
            [(x * SIDE, y * SIDE) for x, y in points], fill=fill, width=round(width * SIDE)
        )

    def block(self, box: Box, fill: Colour, corner: float = 0) -> None:
        """A rectangle, its corners rounded."""
        self.pen.rounded_rectangle(_pixels(*box), radius=corner * SIDE, fill=fill)

    def paste(self, other: Paper, mask: Any, place: Point, scale: float) -> None:
        """Another picture where its mask is white, scaled, its corner at `place`."""
        side = round(scale * SIDE)
        corner = round(place[0] * SIDE), round(place[1] * SIDE)
        self.image.paste(other.image.resize((side, side)), corner, mask.resize((side, side)))


def _pixels(*values: float) -> list[float]:
    return [value * SIDE for value in values]


def _around(degrees: float, radius: float, middle: Point = (0.5, 0.5)) -> Point:
    """A point on a circle, clockwise from above."""
    angle = math.radians(degrees)
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def _analog_clock() -> Paper:
    from PIL import ImageFont

    paper = Paper((214, 196, 170), (196, 178, 150))
    paper.disc(0.515, 0.53, 0.395, (150, 132, 108))  # its shadow
    paper.disc(0.5, 0.5, 0.39, (35, 35, 40))
    paper.disc(0.5, 0.5, 0.35, (245, 243, 236))
    for minute in range(60):
        start, width = (0.325, 0.004) if minute % 5 else (0.30, 0.012)
        paper.line([_around(6 * minute, start), _around(6 * minute, 0.34)], INK, width)
    font = ImageFont.load_default(size=0.07 * SIDE)
    for hour in range(1, 13):
        x, y = _around(30 * hour, 0.255)
        paper.pen.text((x * SIDE, y * SIDE), str(hour), fill=INK, font=font, anchor="mm")
    for degrees, length, width in ((305.0, 0.16, 0.018), (50.0, 0.26, 0.012)):
        paper.line([_around(degrees, -0.04), _around(degrees, length)], INK, width)
    paper.line([(0.5, 0.44), (0.5, 0.78)], (200, 30, 30), 0.005)
    paper.disc(0.5, 0.5, 0.018, (200, 30, 30))
    return paper


def _beacon() -> Paper:
    paper = Paper((90, 150, 220), (200, 225, 240))
    paper.block((0, 0.78, 1, 1), (40, 90, 140))
    rocks = [(0.1, 0.9), (0.3, 0.76), (0.7, 0.76), (0.95, 0.9), (1, 1), (0, 1)]
    paper.polygon(rocks, (90, 85, 75))
    paper.polygon([(0.43, 0.26), (0.57, 0.26), (0.62, 0.8), (0.38, 0.8)], (245, 245, 245))
    for top in (0.33, 0.5, 0.67):
        upper, lower = (0.07 + 0.05 * (y - 0.26) / 0.54 for y in (top, top + 0.085))
        corners = [(0.5 - upper, top), (0.5 + upper, top)]
        corners += [(0.5 + lower, top + 0.085), (0.5 - lower, top + 0.085)]
        paper.polygon(corners, (205, 40, 40))
    paper.block((0.41, 0.245, 0.59, 0.265), INK)
    paper.block((0.45, 0.17, 0.55, 0.245), (255, 235, 150))
    for x in (0.45, 0.483, 0.517, 0.55):
        paper.line([(x, 0.17), (x, 0.245)], INK, 0.007)
    paper.polygon([(0.43, 0.17), (0.57, 0.17), (0.5, 0.1)], (190, 35, 35))
    return paper


_STALK: list[Point] = [(0.47, 0.3), (0.53, 0.3), (0.55, 0.18), (0.5, 0.16)]
_RIBS = (-0.2, 0.2, -0.11, 0.11, 0.0)
_MOUTH: list[Point] = [
    (0.24, 0.64), (0.32, 0.68), (0.36, 0.64), (0.42, 0.7), (0.5, 0.66), (0.58, 0.7), (0.64, 0.64),
    (0.68, 0.68), (0.76, 0.64), (0.66, 0.8), (0.58, 0.76), (0.5, 0.82), (0.42, 0.76), (0.34, 0.8),
]  # fmt: skip


def _jack_o_lantern() -> Paper:
    paper = Paper((20, 15, 35), (10, 8, 20))
    for aside in _RIBS:
        shade = (225, 105, 15) if abs(aside) == 0.11 else (236, 120, 20)
        paper.disc(0.5 + aside, 0.57, 0.2, shade, 0.3)
    paper.polygon(_STALK, (80, 110, 40))
    eyes: list[list[Point]] = [
        [(middle - 0.08, 0.52), (middle + 0.08, 0.52), (middle, 0.38)] for middle in (0.36, 0.64)
    ]
    for hole in (*eyes, [(0.46, 0.6), (0.54, 0.6), (0.5, 0.53)], _MOUTH):
        paper.polygon(hole, (255, 225, 90))
    return paper


def _spider_web() -> Paper:
    paper = Paper((30, 50, 30), (50, 70, 45))
    turns = [360 * k / 16 for k in range(17)]
    for degrees in turns:
        paper.line([(0.5, 0.5), _around(degrees, 0.75)], (225, 230, 230), 0.004)
    for ring in range(2, 30):
        radii = [ring * 0.022 + 0.004 * math.sin(k % 16 * 7 + ring) for k in range(17)]
        round_it = [_around(*each) for each in zip(turns, radii, strict=True)]
        paper.line(round_it, (215, 220, 220), 0.003)
    return paper


def _traffic_light() -> Paper:
    paper = Paper((120, 170, 220), (210, 225, 235))
    paper.block((0.47, 0.7, 0.53, 1), (70, 75, 80))
    paper.block((0.33, 0.1, 0.67, 0.78), INK, 0.05)
    paper.block((0.345, 0.115, 0.655, 0.765), (40, 46, 46), 0.045)
    for y, light in ((0.23, (235, 40, 30)), (0.44, (70, 60, 20)), (0.65, (15, 60, 35))):
        paper.disc(0.5, y, 0.1, (15, 15, 15))
        paper.pen.pieslice(_pixels(0.38, y - 0.13, 0.62, y + 0.11), 180, 360, fill=(20, 24, 24))
        paper.disc(0.5, y + 0.012, 0.085, light)
    paper.disc(0.48, 0.225, 0.04, (255, 120, 100))
    return paper


def _umbrella() -> Paper:
    sky: Colour = (170, 182, 195)
    paper = Paper((150, 165, 180), (190, 200, 210))
    for drop in range(220):
        x, y = drop * 0.618034 % 1, drop * 0.414214 % 1
        paper.line([(x, y), (x - 0.01, y + 0.05)], (205, 215, 225), 0.0025)
    paper.line([(0.5, 0.2), (0.5, 0.8)], (60, 45, 35), 0.016)
    paper.pen.arc(
        _pixels(0.5, 0.74, 0.6, 0.87), 0, 180, fill=(60, 45, 35), width=round(0.016 * SIDE)
    )
    paper.pen.pieslice(_pixels(0.12, 0.15, 0.88, 0.85), 180, 360, fill=(210, 30, 40))
    for scallop in range(4):
        paper.disc(0.215 + 0.19 * scallop, 0.5, 0.095, sky, 0.045)
    for x in (0.31, 0.5, 0.69):
        paper.line([(0.5, 0.15), (x, 0.5)], (150, 15, 25), 0.006)
    paper.line([(0.5, 0.1), (0.5, 0.16)], (60, 45, 35), 0.012)
    return paper


def _two_things() -> Paper:
    """A lantern on a table, a clock on the wall: each class has its own place."""
    from PIL import Image, ImageDraw

    paper = Paper((62, 52, 72), (42, 32, 47))
    paper.block((0, 0.86, 1, 1), (110, 75, 45))
    disc, lantern = (Image.new("L", (SIDE, SIDE)) for _ in range(2))
    ImageDraw.Draw(disc).ellipse(_pixels(0.11, 0.11, 0.89, 0.89), fill=255)
    pen = ImageDraw.Draw(lantern)
    for aside in _RIBS:
        pen.ellipse(_pixels(0.3 + aside, 0.27, 0.7 + aside, 0.87), fill=255)
    pen.polygon([(x * SIDE, y * SIDE) for x, y in _STALK], fill=255)
    paper.paste(_analog_clock(), disc, (0, 0), 0.3)
    paper.paste(_jack_o_lantern(), lantern, (0.15, 0.17), 0.85)
    return paper


THINGS: dict[str, Callable[[], Paper]] = {
    "jack-o'-lantern and analog clock": _two_things,
    "traffic light": _traffic_light,
    "umbrella": _umbrella,
    "jack-o'-lantern": _jack_o_lantern,
    "beacon": _beacon,
    "analog clock": _analog_clock,
    "spider web": _spider_web,
}


def draw(label: str, index: int = 0) -> Any:
    """The picture of a thing as a PIL image of SIZE x SIZE, RGB."""
    return THINGS[label]().image.reduce(FINE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pywebml.data.draw_things FOLDER")
    print(f"{len(THINGS)} pictures, {write(sys.argv[1], list(THINGS), 1, draw)} bytes")
