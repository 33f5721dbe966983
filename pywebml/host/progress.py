"""What a job tells its listener while it runs: the command line draws bars of it, the
page sends it as messages.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """One step of a job: `done` of `total` in `stage`, with whatever numbers there are.
    Where these are of a `unit`, "bytes", the total may be 0: nobody knows it yet.
    """

    stage: str
    done: int
    total: int
    logs: dict[str, float] = {}  # noqa: RUF012  (a default that nobody writes to)
    words: str = ""
    unit: str = ""


Listener = Callable[[Step], None]

WINDOW = 10.0
"""Seconds over which a pace is taken."""


class Pace:
    """How fast `things` get done, and how long the rest will take, in words.

    Example:
        >>> pace = Pace("pictures")
        >>> pace(0, 100)
        ''
        >>> pace(100, 100).endswith(" pictures a second")
        True
    """

    def __init__(self, things: str, clock: Callable[[], float] = time.perf_counter):
        self.things, self._clock = things, clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])

    def __call__(self, done: int, of: int) -> str:
        """ "312 pictures a second, 38 s left"; "" while that cannot be known."""
        now = self._clock()
        while len(self._seen) > 1 and self._seen[1][0] < now - WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        seconds = now - since
        self._seen.append((now, done))
        if done <= before or seconds <= 0:
            return ""
        rate = (done - before) / seconds
        words = f"{rate:,.{0 if rate >= 10 else 1}f} {self.things} a second"
        return words + (f", {_spoken((of - done) / rate)} left" if done < of else "")


def _spoken(seconds: float) -> str:
    """Seconds, minutes or hours, as exact as an estimate is."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"
