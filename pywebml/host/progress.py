"""What a job tells its listener while it runs: the command line draws bars of it, the
page sends it as messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """One step of a job: `done` of `total` in `stage`, with whatever numbers there are."""

    stage: str
    done: int
    total: int
    logs: dict[str, float] = {}  # noqa: RUF012  (a default that nobody writes to)


Listener = Callable[[Step], None]
