"""Faces with points on them, as pixels."""

from __future__ import annotations

from collections.abc import Sequence

from ...vis.gallery import Tile
from .faces import SIDE

TIMES = 4  # larger than the network sees them
GREEN, RED = (36, 190, 110), (230, 50, 60)


def overlaid(face: Sequence[float], true: Sequence[float], seen: Sequence[float]) -> Tile:
    """A face [SIDE, SIDE] with two sets of points, x, y, x, y ... from 0 to 1: squares
    in green where they are, and in red, smaller, where they were seen.
    """
    side = TIMES * SIDE
    pixels = bytearray()
    for row in range(SIDE):
        shades = (round(255 * value) for value in face[row * SIDE : (row + 1) * SIDE])
        line = b"".join(bytes([shade]) * (3 * TIMES) for shade in shades)
        pixels += line * TIMES
    for points, colour, half in ((true, GREEN, 3), (seen, RED, 2)):
        for x, y in zip(points[::2], points[1::2], strict=True):
            _square(pixels, side, round(x * side), round(y * side), half, colour)
    return Tile(bytes(pixels), side, side, 3)


def _square(
    pixels: bytearray, side: int, x: int, y: int, half: int, colour: tuple[int, int, int]
) -> None:
    left, right = max(0, x - half), min(side, x + half)
    if left >= right:
        return
    for row in range(max(0, y - half), min(side, y + half)):
        start = 3 * (row * side + left)
        pixels[start : start + 3 * (right - left)] = bytes(colour) * (right - left)


def side_by_side(tiles: Sequence[Tile]) -> tuple[bytes, int, int]:
    """(RGBA bytes, height, width) of tiles of one size in a row."""
    height, width = tiles[0].height, tiles[0].width
    rows = []
    for row in range(height):
        for tile in tiles:
            line = tile.pixels[3 * row * width : 3 * (row + 1) * width]
            rgba = bytearray(b"\xff" * (4 * width))
            for channel in range(3):
                rgba[channel::4] = line[channel::3]
            rows.append(bytes(rgba))
    return b"".join(rows), height, width * len(tiles)
