"""Memory that work takes, traced in a process of its own, from its start to its end.

CPython 3.11 can crash where tracemalloc starts or stops while other threads are at work
that come and go (a driver's, JAX's, Ray's): what allocates memory then has looked
whether it is traced, and acts on it when it is not any more.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any


def a_traced_process() -> Executor:
    """A process that runs what it is given; functions of `tests/support` and pywebml."""
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=tracemalloc.start)


def peak_of(work: Callable[..., Iterable[Any]], *args: Any) -> int:
    """The most bytes that Python held meanwhile, beyond those before; there. It is the
    second time that counts: the first has what is imported, too.
    """
    for _ in work(*args):
        pass
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    for _ in work(*args):
        pass
    return tracemalloc.get_traced_memory()[1] - before
