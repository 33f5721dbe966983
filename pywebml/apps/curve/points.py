"""Points to fit a curve to: drawn by a seed, or read from a table."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from ...data.sources import opened

Point = tuple[float, float]

MOST_POINTS = 100_000  # of a table
LARGEST = 1e30  # of a number in it, either way: squares are float32

CURVES: dict[str, Callable[[float], float]] = {
    "line": lambda x: 0.7 * x - 0.1,
    "cubic": lambda x: 2.4 * x**3 - 1.7 * x,
    "sine": lambda x: 0.7 * math.sin(math.pi * x),
    "wave": lambda x: 0.6 * math.sin(2.5 * math.pi * x) * (1 - 0.5 * x),
    "step": lambda x: math.copysign(0.6, x),
}
"""What points are drawn from, over x from -1 to 1."""


def draw(name: str, count: int, noise: float = 0.0, seed: int = 0) -> list[Point]:
    """`count` points of a curve, each off it by `noise` (a standard deviation); none
    leaves the square from -1 to 1.

    Example:
        >>> from pywebml.apps.curve.points import draw
        >>> [(x, round(y, 2)) for x, y in draw("line", 3)]
        [(-1.0, -0.8), (0.0, -0.1), (1.0, 0.6)]
    """
    random, curve = Random(f"{name} {seed}"), CURVES[name]
    points = []
    for i in range(count):
        x = 2 * i / max(1, count - 1) - 1
        y = curve(x) + random.gauss(0, noise)
        points.append((x, min(1.0, max(-1.0, y))))
    return points


def read_points(path: Path) -> list[Point]:
    """x and y of each line of a CSV file: its first two columns, of numbers; a first
    line of names is passed over. ValueError where that is not what it holds.
    """
    try:
        with opened(path) as file:
            first = file.readline(1 << 16)
            file.seek(0)
            delimiter = next((mark for mark in "\t;," if mark in first), ",")
            points = list(islice(_points(csv.reader(file, delimiter=delimiter)), MOST_POINTS + 1))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no table of numbers: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}, {error}") from None
    if len(points) > MOST_POINTS:
        raise ValueError(f"{path} has more than {MOST_POINTS:,} points; give it in parts")
    if len({x for x, _ in points}) < 2:
        raise ValueError(
            f"{path} has {len(points)} points; expected two at least, with different x, as lines"
            " of two numbers, such as 1.5,2"
        )
    return points


def _points(rows: Iterator[list[str]]) -> Iterator[Point]:
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        point = [_number(cell) for cell in row[:2]]
        if len(point) == 2 and None not in point:
            yield point[0], point[1]  # type: ignore[misc]
        elif number > 1:
            shown = ",".join(row)[:40]
            raise ValueError(
                f"line {number}: expected two numbers from {-LARGEST:g} to {LARGEST:g}, x and y,"
                f" got {shown!r}"
            )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else None


class Scale(NamedTuple):
    """Where points lie: their middle and half of their spread. What is learned are
    numbers from -1 to 1.
    """

    x_middle: float = 0.0
    x_half: float = 1.0
    y_middle: float = 0.0
    y_half: float = 1.0

    @classmethod
    def of(cls, points: Sequence[Point]) -> Scale:
        """That of all of these. Values that are all the same are 0, and no wider.

        Example:
            >>> from pywebml.apps.curve.points import Scale
            >>> Scale.of([(0, 5), (10, 5)])
            Scale(x_middle=5.0, x_half=5.0, y_middle=5.0, y_half=1.0)
        """
        sides: list[float] = []
        for values in zip(*points, strict=True):
            low, high = min(values), max(values)
            sides += [(low + high) / 2, (high - low) / 2 or 1.0]
        return cls(*sides)

    def shrunk(self, point: Point) -> Point:
        x, y = point
        return (x - self.x_middle) / self.x_half, (y - self.y_middle) / self.y_half
