"""Work done by several threads, whose results come in order: bounded, and where there
are no threads one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any

from . import IN_TAB
from .cores import cores

SPARE = 4
"""Pieces of work that wait beside those that threads are at."""


def side_by_side(
    work: Callable[[Any], Any], items: Iterable[Any], threads: int | None = None
) -> Generator[Any, None, None]:
    """work(item) of each, in the items' order, made by as many threads as there are
    cores before they are asked for: at most SPARE more than threads. What `work` raises
    is raised here, in its place; whoever stops asking ends it, up to the pieces that
    have begun.

    Example:
        >>> list(side_by_side(abs, [-3, 1, -2]))
        [3, 1, 2]
    """
    if IN_TAB:
        yield from map(work, items)
        return
    from concurrent.futures import Future, ThreadPoolExecutor  # not in a tab's first visit

    threads = threads or cores()
    pool = ThreadPoolExecutor(threads, "pywebml-pictures")
    waiting: deque[Future[Any]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= threads + SPARE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
