"""Threads for what ops mean in NumPy, which lets other threads run while it computes.

The CPU device says how many; where it says nothing (in `check`, in a browser tab)
everything runs in the thread at hand.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

_count = 1
_pool: Any = None


def _forget() -> None:
    """After a fork: the child has the pool, but none of its threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def using(count: int) -> Iterator[None]:
    """Within it `spread` works on up to `count` threads."""
    global _count
    before, _count = _count, count
    try:
        yield
    finally:
        _count = before


def spread(work: Callable[[int, int], None], n: int, least: int = 1) -> None:
    """Calls work(start, stop) for parts of range(n), of at least `least` each, all at
    once; returns when all are done.

    `work` must not use `spread` itself. An error in a part is raised here, after the
    others are done.
    """
    global _pool
    parts = max(1, min(_count, n // least))
    if parts == 1:
        work(0, n)
        return
    if _pool is None or _pool._max_workers < parts - 1:
        from concurrent.futures import ThreadPoolExecutor

        _pool = ThreadPoolExecutor(max(_count, parts) - 1, "pywebml")
    bounds = [n * i // parts for i in range(parts + 1)]
    # np.errstate is a context variable: each part gets a copy of what holds here
    others = [
        _pool.submit(contextvars.copy_context().run, work, a, b) for a, b in pairwise(bounds[1:])
    ]
    try:
        work(0, bounds[1])
    finally:
        errors = [other.exception() for other in others]
    for error in errors:
        if error is not None:
            raise error
