"""What threads that decode pictures by Pillow share: its settings, which are the
module's, Python's filters of warnings, and memory.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

LARGE = 16_000_000
"""Pixels of a picture while which no other of that size is decoded."""
_opening, _large = threading.Lock(), threading.Lock()


class _Silence:
    """Without warnings, whose filters all threads share: they are put aside by the
    first that comes and put back by the last that goes.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._filters = threading.Lock(), 0, warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.__exit__(None, None, None)


SILENCE = _Silence()


@contextlib.contextmanager
def opening(image_module: Any, most: int | None) -> Iterator[None]:
    """Without Pillow's warnings, and with at most so many pixels instead of its own
    limit: ours stand in pictures.py.
    """
    with _opening, SILENCE:
        limit = image_module.MAX_IMAGE_PIXELS
        # Pillow warns of more than its limit, and refuses twice as many
        image_module.MAX_IMAGE_PIXELS = most // 2 if most else None
        try:
            yield
        finally:
            image_module.MAX_IMAGE_PIXELS = limit


def one_by_one(image: Any) -> contextlib.AbstractContextManager[object]:
    """Large pictures are decoded one after another, as each takes much memory."""
    large = image.width * image.height > LARGE
    return _large if large else contextlib.nullcontext()
