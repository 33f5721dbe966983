"""What a network says of the plane, in colours: orange for -1, blue for 1."""

from __future__ import annotations

from ...vis.screens import Picture
from .network import SIDE, Playground, surface_of
from .points import REACH

LOW, MIDDLE, HIGH = (232, 126, 24), (244, 242, 238), (41, 98, 201)


def colour(value: float) -> tuple[int, int, int]:
    """Red, green and blue of a value from -1 to 1; what is outside counts as these.

    Example:
        >>> from pywebml.apps.playground.picture import colour
        >>> colour(-1), colour(0), colour(7)
        ((232, 126, 24), (244, 242, 238), (41, 98, 201))
    """
    share = min(1.0, abs(value))
    end = HIGH if value > 0 else LOW
    red, green, blue = (round(m + (e - m) * share) for m, e in zip(MIDDLE, end, strict=True))
    return red, green, blue


def picture(playground: Playground, seen: memoryview) -> Picture:
    """The surface, with the points that test it in full colour."""
    pixels = bytearray()
    for value in surface_of(seen, playground.model):
        pixels += bytes((*colour(0.6 * max(-1.0, min(1.0, value))), 255))
    for x, y, label in playground.points[playground.training :]:
        column, row = (int((each / REACH + 1) / 2 * SIDE) for each in (x, -y))
        if 0 <= column < SIDE and 0 <= row < SIDE:
            at = 4 * (row * SIDE + column)
            pixels[at : at + 3] = bytes(colour(label))
    return Picture(
        bytes(pixels), SIDE, SIDE, f"what it says of the plane: {_words(seen, playground)}"
    )


def _words(seen: memoryview, playground: Playground) -> str:
    values = surface_of(seen, playground.model)
    share = sum(value > 0 for value in values) / len(values)
    return f"above 0 on {share:.0%} of it"
