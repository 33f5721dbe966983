"""Points in the plane, drawn by a seed: each kind of data set by its name. A point is
(x1, x2, label); all lie between -6 and 6, more or less.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

REACH = 6.0  # the square that is shown goes from -REACH to REACH
RADIUS = 5.0  # within which points are drawn

Point = tuple[float, float, float]


class Kind(NamedTuple):
    """How a point of a data set is drawn: `draw(random, share)`, where `share` goes
    from 0 to 1 through the points of a class. Noise moves a point by up to `strays`.
    """

    draw: Callable[[Random, float, float], Point]
    strays: float = 4.0
    classes: bool = True  # labels are -1 and 1; otherwise any number between


def _circle(random: Random, share: float, label: float) -> Point:
    inside = label > 0
    radius = random.uniform(0, 0.5) if inside else random.uniform(0.7, 1)
    angle = random.uniform(0, 2 * math.pi)
    return RADIUS * radius * math.sin(angle), RADIUS * radius * math.cos(angle), label


def _xor(random: Random, share: float, label: float) -> Point:
    """Opposite quarters are of one class, with a gap between them."""
    x, y = random.uniform(0.3, RADIUS), random.uniform(0.3, RADIUS)
    side = random.choice((-1, 1))
    return side * x, side * y * label, label


def _gauss(random: Random, share: float, label: float) -> Point:
    return random.gauss(2 * label, 0.8), random.gauss(2 * label, 0.8), label


def _spiral(random: Random, share: float, label: float) -> Point:
    """Two arms, half a turn apart."""
    angle = 1.75 * share * 2 * math.pi + (0 if label > 0 else math.pi)
    return RADIUS * share * math.sin(angle), RADIUS * share * math.cos(angle), label


def _plane(random: Random, share: float, label: float) -> Point:
    x, y = random.uniform(-REACH, REACH), random.uniform(-REACH, REACH)
    return x, y, (x + y) / (2 * REACH)


_HILLS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))


def _hills(random: Random, share: float, label: float) -> Point:
    """Three hills and three hollows."""
    x, y = random.uniform(-REACH, REACH), random.uniform(-REACH, REACH)
    heights = (sign * max(0.0, 1 - math.hypot(x - a, y - b) / 2) for a, b, sign in _HILLS)
    return x, y, max(heights, key=abs)


DATA = {
    "circle": Kind(_circle),
    "xor": Kind(_xor),
    "gauss": Kind(_gauss),
    "spiral": Kind(_spiral, strays=2.0),
    "plane": Kind(_plane, classes=False),
    "hills": Kind(_hills, classes=False),
}
"""The data sets by name."""


def draw(name: str, count: int, noise: float = 0.0, seed: int = 0) -> list[Point]:
    """`count` points of a data set, the classes evenly, in no order.

    Example:
        >>> from pywebml.apps.playground.points import draw
        >>> sorted({label for _, _, label in draw("xor", 10)})
        [-1.0, 1.0]
    """
    kind, random = DATA[name], Random(f"{name} {seed}")
    far = kind.strays * noise
    points = []
    for i in range(count):
        x, y, label = kind.draw(random, i / count, 1.0 if i % 2 else -1.0)
        points.append((x + random.uniform(-far, far), y + random.uniform(-far, far), label))
    random.shuffle(points)
    return points
