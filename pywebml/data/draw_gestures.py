"""Draws the gestures of rock, paper, scissors as draw_samples.py draws its hands.

    python -m pywebml.data.draw_gestures FOLDER

writes FOLDER/rock/00.jpg ... and the same folder every time.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from typing import Any

from . import draw_samples
from .draw_samples import Brush, Point, arm, scene

CLASSES = ("rock", "paper", "scissors")
PER_CLASS = 20
STRETCHED = {"rock": (), "paper": (0, 1, 2, 3), "scissors": (0, 1)}
"""The fingers that are, of four, from the thumb on."""
WALLS = ("plain", "hills")  # calm, as it learns from a few
PALM = (0.27, 0.33)
ROOTS = (-0.36, -0.12, 0.12, 0.34)
LENGTHS = (1.1, 1.25, 1.15, 0.95)


def draw(label: str, index: int) -> Any:
    """The picture `index` of class `label` as a PIL image."""
    rng = random.Random(f"pywebml gestures {label} {index}")

    def hand(image: Any, rng: random.Random, place: Any, scale: float) -> None:
        _gesture(Brush(image, place, scale), rng, STRETCHED[label])

    return scene(rng, rng.uniform(-12, 12), hand, PALM, WALLS)


def _gesture(brush: Brush, rng: random.Random, stretched: tuple[int, ...]) -> None:
    """Stretched fingers behind the palm, folded ones and the thumb over it."""
    skin, line = arm(brush, rng)
    spread = rng.uniform(0.08, 0.13) if len(stretched) == 4 else rng.uniform(0.2, 0.3)
    length = rng.uniform(0.92, 1.1)
    roots: list[tuple[Point, Point]] = []
    for finger in stretched:
        lean = spread * (finger - (len(stretched) - 1) / 2) * (1.6 if len(stretched) == 4 else 1)
        x, long = ROOTS[finger], LENGTHS[finger] * length
        middle = (x + math.sin(lean) * long * 0.55, 0.35 + math.cos(lean) * long * 0.55)
        tip = (x + math.sin(lean) * long, 0.35 + math.cos(lean) * long)
        brush.capsule([(x, 0.2), middle, tip], 0.26, skin, line)
        roots.append(((x, 0.1), middle))
    thumb_out = len(stretched) == 4
    if thumb_out:
        angle = math.radians(rng.uniform(42, 62))
        joint = (-0.42 - 0.42 * math.sin(angle), -0.2 + 0.42 * math.cos(angle))
        tip = (joint[0] - 0.4 * math.sin(angle * 0.7), joint[1] + 0.4 * math.cos(angle * 0.7))
        brush.capsule([(-0.3, -0.25), joint, tip], 0.27, skin, line)
        roots.append(((-0.25, -0.2), joint))
    brush.capsule([(-0.25, 0.2), (0.25, 0.2), (0.22, -0.38), (-0.22, -0.38)], 0.5, skin, line)
    brush.polygon([(-0.3, 0.3), (0.3, 0.3), (0.3, -0.45), (-0.3, -0.45)], skin, skin)
    for start, end in roots:
        brush.capsule([start, end], 0.24, skin)
    for finger in reversed(range(4)):
        if finger not in stretched:
            x = ROOTS[finger]
            brush.capsule([(x, 0.46), (x - 0.02, 0.04)], 0.21, skin, line)
    if not thumb_out:
        end = (rng.uniform(0.0, 0.2), rng.uniform(-0.16, -0.04))
        brush.capsule([(-0.44, -0.3), (-0.28, -0.14), end], 0.25, skin, line)


def write(folder: str | Path) -> int:
    """Draws all pictures into `folder`/CLASS/NN.jpg; returns their size in bytes."""
    return draw_samples.write(folder, CLASSES, PER_CLASS, draw)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m pywebml.data.draw_gestures FOLDER")
    print(f"{len(CLASSES) * PER_CLASS} pictures, {write(sys.argv[1])} bytes")
