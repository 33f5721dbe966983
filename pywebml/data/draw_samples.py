"""Draws the sample set: cartoon hands that point up, down, left and right. Nothing in
it is a photo.

    python -m pywebml.data.draw_samples FOLDER

writes FOLDER/up/00.jpg ... and the same folder every time: each picture is drawn from
its own seed. What varies within a class: skin, sleeve and its pattern, background,
size, place, tilt (up to 13 degrees), thumb, lighting, noise.

All four classes show the same right hand, turned, never mirrored: the thumb is left of
a finger that points up and so below one that points left. Networks trained on mirrored
photos hardly tell a picture from its mirror image.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

CLASSES = ("up", "down", "left", "right")
TURNS = {"up": 0.0, "left": 90.0, "down": 180.0, "right": 270.0}  # degrees, counter-clockwise
PER_CLASS = 36
SIZE = 160
FINE = 4  # drawn this many times larger, then reduced: that smooths the edges
JPEG_QUALITY = 82

Colour = tuple[int, int, int]
Point = tuple[float, float]

SKINS: tuple[Colour, ...] = (
    (255, 219, 188),
    (241, 194, 150),
    (224, 172, 120),
    (198, 134, 88),
    (141, 85, 50),
    (98, 60, 40),
)
SLEEVES: tuple[Colour, ...] = (
    (214, 62, 72), (38, 110, 190), (44, 150, 104), (244, 176, 50), (122, 80, 170), (52, 58, 76),
    (236, 120, 60), (236, 236, 230),
)  # fmt: skip
WALLS: tuple[Colour, ...] = (
    (246, 232, 208), (206, 226, 240), (216, 236, 214), (250, 214, 214), (226, 216, 242),
    (188, 196, 206), (92, 128, 148), (252, 240, 170),
)  # fmt: skip
PATTERNS = ("plain", "stripes", "dots", "confetti", "hills")


def draw(label: str, index: int) -> Any:
    """The picture `index` of class `label` as a PIL image of SIZE x SIZE, RGB."""
    rng = random.Random(f"pywebml hands {label} {index}")
    return scene(rng, TURNS[label], _hand)


def scene(
    rng: random.Random,
    turn: float,
    hand: Callable[..., None],
    palm: tuple[float, float] = (0.185, 0.235),
    walls: tuple[str, ...] = PATTERNS,
) -> Any:
    """A picture of a hand, turned by so many degrees and some more, before a wall.
    `palm` is how wide it may be, as a share of the picture, `walls` what may be on the
    wall.
    """
    from PIL import Image, ImageFilter

    side = SIZE * FINE
    wall = rng.choice(WALLS)
    picture = _background(rng, wall, side, walls)
    tilt = math.radians(turn + rng.uniform(-13, 13))
    scale = side * rng.uniform(*palm)
    # The hand's middle lies behind the picture's, seen from the finger, so that finger
    # and arm both show.
    back = rng.uniform(0.0, 0.35) * scale
    aside = rng.uniform(-0.55, 0.55) * scale
    cx = side / 2 + math.sin(tilt) * back + math.cos(tilt) * aside
    cy = side / 2 + math.cos(tilt) * back - math.sin(tilt) * aside

    def place(p: Point) -> Point:
        """From the hand's own axes (x right, y towards the fingertip, a palm is 1 wide)
        to the picture's.
        """
        return (
            cx + scale * (p[0] * math.cos(tilt) - p[1] * math.sin(tilt)),
            cy - scale * (p[0] * math.sin(tilt) + p[1] * math.cos(tilt)),
        )

    mask = Image.new("RGBA", (side, side))
    hand(mask, rng, place, scale)
    shadow = Image.new("RGBA", (side, side), (20, 20, 40, 0))
    shadow.putalpha(
        mask.getchannel("A")
        .point(lambda a: a * 90 // 255)
        .filter(ImageFilter.GaussianBlur(side / 60))
    )
    picture.paste(shadow, (round(side * rng.uniform(-0.02, 0.03)), round(side * 0.025)), shadow)
    picture.paste(mask, (0, 0), mask)
    return _light(picture.convert("RGB").reduce(FINE), rng)


def _shade(colour: Colour, by: float) -> Colour:
    """Darker (by < 1) or lighter (by > 1)."""
    return tuple(
        max(0, min(255, round(c * by if by <= 1 else 255 - (255 - c) / by))) for c in colour
    )  # type: ignore[return-value]


def _background(rng: random.Random, wall: Colour, side: int, kinds: tuple[str, ...]) -> Any:
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (side, side), wall)
    pen = ImageDraw.Draw(picture)
    other = _shade(wall, rng.choice((0.86, 0.92, 1.5)))
    kind = rng.choice(kinds)
    step = side // rng.randint(6, 10)
    if kind == "stripes":
        lean = rng.uniform(-1, 1) * side
        for left in range(-2 * side, 2 * side, 2 * step):
            pen.polygon(
                [(left, 0), (left + step, 0), (left + step + lean, side), (left + lean, side)],
                fill=other,
            )
    elif kind == "dots":
        for i, left in enumerate(range(0, side + step, step)):
            for top in range((i % 2) * step // 2, side + step, step):
                pen.circle((left, top), step / 5, fill=other)
    elif kind == "confetti":
        for _ in range(rng.randint(12, 26)):
            x, y, r = rng.uniform(0, side), rng.uniform(0, side), rng.uniform(0.01, 0.035) * side
            pen.regular_polygon(
                (x, y, r),
                rng.choice((3, 4, 5)),
                rng.uniform(0, 90),
                fill=_shade(rng.choice(SLEEVES), 1.6),
            )
    elif kind == "hills":
        for _ in range(3):
            x, r = rng.uniform(0, side), rng.uniform(0.3, 0.6) * side
            pen.circle(
                (x, side * rng.uniform(0.9, 1.2)), r, fill=_shade(other, rng.uniform(0.9, 1))
            )
    return picture


class Brush:
    """Draws what a hand is made of, with outlines, in the hand's own axes."""

    def __init__(self, image: Any, place: Callable[[Point], Point], scale: float):
        from PIL import ImageDraw

        self._pen, self._place, self._scale = ImageDraw.Draw(image), place, scale
        self._edge = scale * 0.045

    def capsule(
        self, points: list[Point], width: float, fill: Colour, outline: Colour | None = None
    ) -> None:
        """A line with round ends, and its outline."""
        for colour, extra in ((outline, self._edge), (fill, 0.0)):
            if colour is None:
                continue
            around = [self._place(p) for p in points]
            radius = width * self._scale / 2 + extra
            self._pen.line(around, fill=colour, width=round(2 * radius), joint="curve")
            for x, y in around:
                self._pen.circle((x, y), radius, fill=colour)

    def polygon(self, points: list[Point], fill: Colour, outline: Colour) -> None:
        around = [self._place(p) for p in points]
        self._pen.polygon(around, fill=fill)
        self._pen.line(
            [*around, around[0], around[1]], fill=outline, width=round(self._edge), joint="curve"
        )


def arm(brush: Brush, rng: random.Random) -> tuple[Colour, Colour]:
    """An arm in a sleeve; (the skin, its outline)."""
    skin = rng.choice(SKINS)
    line = _shade(skin, 0.42)
    brush.capsule([(0, -4.5), (0, -0.4)], 0.66, skin, line)
    sleeve = rng.choice(SLEEVES)
    dark = _shade(sleeve, 0.5)
    cuff = rng.uniform(-1.25, -0.95)
    brush.polygon([(-0.46, cuff), (0.46, cuff), (0.62, -5), (-0.62, -5)], sleeve, dark)
    if rng.random() < 0.5:
        for i in range(1, 7):
            y = cuff - 0.15 - 0.5 * i
            brush.polygon(
                [(-0.5, y), (0.5, y), (0.5, y - 0.2), (-0.5, y - 0.2)],
                _shade(sleeve, 1.8),
                _shade(sleeve, 1.8),
            )
    brush.polygon(
        [(-0.5, cuff), (0.5, cuff), (0.5, cuff - 0.26), (-0.5, cuff - 0.26)],
        _shade(sleeve, 0.82),
        dark,
    )
    return skin, line


def _hand(image: Any, rng: random.Random, place: Any, scale: float) -> None:
    brush = Brush(image, place, scale)
    capsule, polygon = brush.capsule, brush.polygon
    skin, line = arm(brush, rng)

    # thumb, the long finger, the palm over their roots, then the three folded fingers
    # over the palm
    spread = math.radians(rng.uniform(50, 80))
    root: Point = (-0.3, -0.3)
    joint: Point = (root[0] - 0.48 * math.sin(spread), root[1] + 0.48 * math.cos(spread))
    tip: Point = (
        joint[0] - 0.42 * math.sin(spread * 0.65),
        joint[1] + 0.42 * math.cos(spread * 0.65),
    )
    capsule([root, joint, tip], 0.29, skin, line)
    length = rng.uniform(1.35, 1.65)
    bend = rng.uniform(-0.06, 0.06)
    finger: list[Point] = [
        (-0.33, 0.3),
        (-0.33 + bend, 0.3 + length * 0.5),
        (-0.33 + 1.4 * bend, 0.3 + length),
    ]
    capsule(finger, 0.3, skin, line)
    capsule([(-0.25, 0.2), (0.25, 0.2), (0.22, -0.38), (-0.22, -0.38)], 0.5, skin, line)
    polygon([(-0.3, 0.3), (0.3, 0.3), (0.3, -0.45), (-0.3, -0.45)], skin, skin)
    capsule([root, (root[0] * 0.6 + joint[0] * 0.4, root[1] * 0.6 + joint[1] * 0.4)], 0.27, skin)
    capsule([(-0.33, 0.1), finger[1]], 0.28, skin)
    for x in (0.36, 0.14, -0.08):
        capsule([(x, 0.42), (x - 0.02, 0.02)], 0.2, skin, line)
    nail = _shade(skin, 1.9)
    x, y = finger[2]
    capsule([(x, y - 0.02), (x, y + 0.05)], 0.14, nail)


def _light(picture: Any, rng: random.Random) -> Any:
    """Uneven light from one side, a change of exposure, and a little noise."""
    from PIL import Image

    pixels = np.asarray(picture, np.float64)
    angle, strength = rng.uniform(0, 2 * math.pi), rng.uniform(0, 0.22)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE - 0.5
    ramp = 1 + strength * (x * math.cos(angle) + y * math.sin(angle))
    noise = np.random.RandomState(rng.randrange(1 << 31)).normal(0, rng.uniform(1, 5), pixels.shape)
    lit = pixels * ramp[..., None] * rng.uniform(0.82, 1.08) + noise
    return Image.fromarray(np.clip(np.rint(lit), 0, 255).astype(np.uint8))


def write(
    folder: str | Path,
    classes: Sequence[str] = CLASSES,
    per_class: int = PER_CLASS,
    draw: Callable[[str, int], Any] = draw,
) -> int:
    """Draws all pictures into `folder`/CLASS/NN.jpg; returns their size in bytes."""
    total = 0
    for label in classes:
        (Path(folder) / label).mkdir(parents=True, exist_ok=True)
        for index in range(per_class):
            path = Path(folder) / label / f"{index:02d}.jpg"
            draw(label, index).save(path, quality=JPEG_QUALITY, optimize=True)
            total += path.stat().st_size
    return total


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pywebml.data.draw_samples FOLDER")
    print(f"{len(CLASSES) * PER_CLASS} pictures, {write(sys.argv[1])} bytes")
