"""Pictures decoded and packed by several threads, or by other processes where there are
many: what a network is fed with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
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
FEW = 4096
"""Pictures for fewer of which to start other processes, half a second, is not worth it."""


class Pack(NamedTuple):
    """Pictures one behind another: `pixels` uint8 [pixels, 4], RGBA; row i of `places`,
    int32 [n, 3], is (first pixel, height, width) of the picture of number `read[i]`.
    `refused`: (number, why) of those that cannot be read. Numbers count from the first
    picture of all. `notes`: (number, what was noted of it when it was opened).
    """

    pixels: np.ndarray
    places: np.ndarray
    read: list[int]
    refused: list[tuple[int, str]]
    notes: list[tuple[int, Any]]


Opened = Callable[[int, Any], tuple[Any, Any]]
"""(number, source) -> what is decoded for a picture, None where it is to be left out,
and what is to be noted of it.
"""


def as_it_is(number: int, source: Any) -> tuple[Any, Any]:
    """A source that is decoded itself."""
    return source, None


def packs(
    pictures: Iterable[tuple[int, Any]],
    size: tuple[int, int],
    fit: str = "squash",
    opened: Opened = as_it_is,
    lasting: bool = True,
) -> Iterator[Pack]:
    """The pictures (number, path or binary file) as `load_picture` gives them, in
    order, MOST in a pack or as many as may be MOST_BYTES. Without `lasting`, a pack's
    pixels are good until the next pack is asked for: memory that the system has to
    clear again for each pack costs threads a tenth of their time, and what other
    processes decoded (data/helpers.py) lies in theirs.
    """
    most = max(
        1, min(MOST, MOST_BYTES // (16 * size[0] * size[1]))
    )  # each less than twice as large
    work = partial(packed, size=size, fit=fit, opened=opened)
    if lasting:
        yield from side_by_side(work, in_parts(pictures, most))
        return
    rest = iter(pictures)
    first = list(islice(rest, FEW))
    parts = in_parts(chain(first, rest), most)
    if len(first) == FEW:
        from .helpers import by_helpers, helpers_for  # not in a tab's first visit

        if count := helpers_for(first):
            yield from by_helpers(work, parts, count)
            return
    spare: deque[np.ndarray] = deque()
    for pack in side_by_side(lambda part: work(part, spare), parts):
        yield pack
        spare.append(pack.pixels)


def in_parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` items, the last with what is left."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def packed(
    pictures: Sequence[tuple[int, Any]],
    spare: deque[np.ndarray] | None = None,
    *,
    size: tuple[int, int],
    fit: str,
    opened: Opened,
) -> Pack:
    """One pack, in memory that is to spare, if there is some."""
    try:
        together = (spare or deque()).pop()
    except IndexError:
        together = np.empty((0, 4), np.uint8)
    places: list[tuple[int, int, int]] = []
    read: list[int] = []
    refused: list[tuple[int, str]] = []
    notes: list[tuple[int, Any]] = []
    at = 0
    for left, (number, source) in zip(range(len(pictures), 0, -1), pictures, strict=True):
        picture, note = opened(number, source)
        if note is not None:
            notes.append((number, note))
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
    return Pack(together, np.array(places, np.int32).reshape(-1, 3), read, refused, notes)


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
