"""Pictures decoded and packed by several threads: what a network is fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ..host.side_by_side import side_by_side
from ..ops.image.pixels import box_of
from .pictures import load_picture

if TYPE_CHECKING:
    import numpy as np

else:
    from ..host.lazy import np

MOST = 16
"""Pictures of a pack: one thread decodes them, one upload takes them to the device."""
MOST_BYTES = 16 << 20
"""Bytes that a pack may come to."""


class Pack(NamedTuple):
    """Pictures one behind another: `pixels` uint8 [pixels, 4], RGBA; row i of `places`,
    int32 [n, 3], is (first pixel, height, width) of the picture of number `read[i]`.
    `refused`: (number, why) of those that cannot be read. Numbers count from the first
    picture of all.
    """

    pixels: np.ndarray
    places: np.ndarray
    read: list[int]
    refused: list[tuple[int, str]]


def packs(
    pictures: Iterable[tuple[int, Any]],
    size: tuple[int, int],
    fit: str = "squash",
    opened: Callable[[int, Any], Any] = lambda number, source: source,
) -> Iterator[Pack]:
    """The pictures (number, path or binary file) as `load_picture` gives them, in
    order, MOST in a pack or as many as may be MOST_BYTES. `opened(number, source)`
    gives what is decoded for a picture, None where it is to be left out.
    """
    most = max(
        1, min(MOST, MOST_BYTES // (16 * size[0] * size[1]))
    )  # each less than twice as large
    yield from side_by_side(lambda some: packed(some, size, fit, opened), in_parts(pictures, most))


def in_parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last with what is left."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def packed(
    pictures: Sequence[tuple[int, Any]],
    size: tuple[int, int],
    fit: str,
    opened: Callable[[int, Any], Any],
) -> Pack:
    """One pack."""
    parts: list[np.ndarray] = []
    places: list[tuple[int, int, int]] = []
    read: list[int] = []
    refused: list[tuple[int, str]] = []
    at = 0
    for number, source in pictures:
        picture = opened(number, source)
        if picture is None:
            continue
        try:
            pixels = load_picture(picture, size, fit)
        except ValueError as e:
            refused.append((number, str(e)))
            continue
        box = box_of(pixels.shape[0], pixels.shape[1], size, fit)
        parts.append(pixels[box.top : box.top + box.height, box.left : box.left + box.width])
        places.append((at, box.height, box.width))
        read.append(number)
        at += box.height * box.width
    together = np.empty((_capacity(at), 4), np.uint8)
    for (first, height, width), part in zip(places, parts, strict=True):
        together[first : first + height * width].reshape(height, width, 4)[...] = part
    together[at:] = 0
    return Pack(together, np.array(places, np.int32).reshape(-1, 3), read, refused)


def _capacity(pixels: int) -> int:
    """Rounded up by at most a quarter, so that packs of one kind have one size, for
    which the device has recorded what to do.
    """
    step = 1 << max(pixels.bit_length() - 3, 10)
    return -(-pixels // step) * step
