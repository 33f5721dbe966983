"""Whether a request that failed is made again, and how long that waits: each time twice
as long as before, and by chance a little less, so that those who failed together do not
all come back together.
"""

from __future__ import annotations

import random
import time

TRIES = 4
FIRST = 0.5
"""Seconds before the second try, at most; then twice as many each time."""
PATIENCE = 60.0
"""Seconds after which no further try begins, and more than which no server is waited
for that asks to come back later.
"""


class Passing(OSError):
    """A failure that may be gone in a moment. `after`: the seconds that the server asks
    to wait, None where it does not say.
    """

    def __init__(self, why: object, after: float | None = None):
        super().__init__(str(why))
        self.after = after


class Tries:
    """Counts the tries of one request.

    Example:
        >>> tries = Tries()
        >>> tries.pause(Passing("it answers 503")) <= FIRST
        True
        >>> tries.pause(Passing("it answers 429", after=3600))
        >>> tries.said(Passing("it answers 429", after=3600))
        'it answers 429, and asks to come back in 3600 seconds'
    """

    def __init__(self) -> None:
        self._count, self._start = 0, time.monotonic()

    def pause(self, failure: Passing) -> float | None:
        """Seconds to wait before the next try, None where there is to be none."""
        self._count += 1
        late = time.monotonic() - self._start > PATIENCE
        if self._count >= TRIES or late or (failure.after or 0) > PATIENCE:
            return None
        drawn = random.uniform(0.5, 1.0) * FIRST * 2 ** (self._count - 1)
        return drawn if failure.after is None else failure.after + drawn / 10

    def said(self, failure: Passing) -> str:
        """The failure in words, once it is the last."""
        if (failure.after or 0) > PATIENCE:
            return f"{failure}, and asks to come back in {failure.after:.0f} seconds"
        return f"{failure} (tried {self._count} times)" if self._count > 1 else str(failure)


def seconds_of(header: str | None) -> float | None:
    """What Retry-After says, as seconds or as a date, in seconds from now; None where
    it says nothing that is understood.

    Example:
        >>> seconds_of("120"), seconds_of("Wed, 21 Oct 2015 07:28:00 GMT"), seconds_of("soon")
        (120.0, 0.0, None)
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    from email.utils import parsedate_to_datetime  # heavy, and few servers send dates

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
