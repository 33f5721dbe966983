"""Pictures decoded and packed by several threads: what a network is fed with."""

from __future__ import annotations

from collections import deque
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
    lasting: bool = True,
) -> Iterator[Pack]:
    """The pictures (number, path or binary file) as `load_picture` gives them, in
    order, MOST in a pack or as many as may be MOST_BYTES. `opened(number, source)`
    gives what is decoded for a picture, None where it is to be left out. Without
    `lasting`, a pack's pixels are good until the next pack is asked for: memory that
    the system has to clear again for each pack costs threads a tenth of their time.
    """
    most = max(
        1, min(MOST, MOST_BYTES // (16 * size[0] * size[1]))
    )  # each less than twice as large
    spare: deque[np.ndarray] = deque()

    def work(some: Sequence[tuple[int, Any]]) -> Pack:
        return packed(some, size, fit, opened, spare)

    for pack in side_by_side(work, in_parts(pictures, most)):
        yield pack
        if not lasting:
            spare.append(pack.pixels)


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
    spare: deque[np.ndarray],
) -> Pack:
    """One pack, in memory that is to spare."""
    try:
        together = spare.pop()
    except IndexError:
        together = np.empty((0, 4), np.uint8)
    places: list[tuple[int, int, int]] = []
    read: list[int] = []
    refused: list[tuple[int, str]] = []
    at = 0
    for left, (number, source) in zip(range(len(pictures), 0, -1), pictures, strict=True):
        picture = opened(number, source)
        if picture is None:
            continue
        try:
            pixels = load_picture(picture, size, fit)
        except ValueError as e:
            refused.append((number, str(e)))
            continue
        box = box_of(pixels.shape[0], pixels.shape[1], size, fit)
        end = at + box.height * box.width
        if end > len(together):  # if the others are as large, it suffices
            together = _larger(together[:at], at + left * (end - at))
        part = pixels[box.top : box.top + box.height, box.left : box.left + box.width]
        together[at:end].reshape(part.shape)[...] = part
        places.append((at, box.height, box.width))
        read.append(number)
        at = end
    together = _larger(together, 0)[: _capacity(at)]
    together[at:] = 0
    return Pack(together, np.array(places, np.int32).reshape(-1, 3), read, refused)


def _larger(pixels: np.ndarray, count: int) -> np.ndarray:
    """These pixels, with room for `count` in all."""
    capacity = _capacity(count)
    if len(pixels) >= capacity:
        return pixels
    larger = np.empty((capacity, 4), np.uint8)
    larger[: len(pixels)] = pixels
    return larger


def _capacity(pixels: int) -> int:
    """Rounded up by at most a quarter, so that packs of one kind have one size, for
    which the device has recorded what to do.
    """
    step = 1 << max(pixels.bit_length() - 3, 10)
    return -(-pixels // step) * step
