"""Lessons before the first one. What makes the first training slow has happened then:
its kernels are compiled, its modules are imported, and Python has run its way through
them once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from ..device import get_device
from .frame import Picture
from .sample import thumbnail_bytes

LESSONS = (4, 12), (6, 500)
"""How many classes and pictures: which kernels a lesson takes depends on whether fours
divide what it counts, and on how much there is of it. These two meet them all.
"""


def is_worth_it() -> bool:
    """Whether this device compiles kernels, and beside the page: a software adapter
    would take the page's own cores for it.
    """
    adapter = get_device().adapter
    return adapter.language == "wgsl" and not adapter.software


async def rehearse(session: Any, wanted: Callable[[], bool] = lambda: True) -> None:
    """Trains a throwaway TeachSession for one epoch, on rows that stand for the
    features of pictures, and has it look at a black picture; once for each of
    `LESSONS`, unless it is no longer `wanted`.
    """
    for classes, pictures in LESSONS:
        if wanted():
            await _lesson(session, classes, pictures)


async def _lesson(session: Any, classes: int, pictures: int) -> None:
    keys = [str(i) for i in range(classes)]
    seen = thumbnail_bytes(session.extractor) // 4
    samples = [
        {
            "id": str(i),
            "key": keys[i % classes],
            "features": _row(session.extractor.features, i),
            "thumbnail": _row(seen, i),
        }
        for i in range(pictures)
    ]
    session.lesson([{"key": key, "name": key} for key in keys], samples)
    await session.train({"epochs": 1})
    await session.predict(Picture.black(session.extractor.input_size))


def _row(length: int, i: int) -> array[float]:
    """Like no other, so that some pictures can be set aside to be tested on."""
    row = array("f", bytes(4 * length))
    row[i % length] = 1.0 + i // length
    return row
