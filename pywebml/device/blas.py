"""The threads of NumPy's matrix products.

OpenBLAS keeps its threads waiting in a loop that burns a core, so where other programs
run too, two threads on two cores are four times slower than one. The CPU device has it
use one, and spreads its work over threads of its own, which sleep.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..host.cores import cores
from .threads import using


class _Threads(NamedTuple):
    """A library's functions that read and set its number of threads."""

    get: Any
    put: Any


@cache
def _openblas() -> _Threads | None:
    """Of the OpenBLAS that NumPy's wheels bring; None where NumPy has something else."""
    folder = Path(np.__file__).parent
    for path in (*folder.parent.glob("numpy.libs/*openblas*"), *folder.glob(".dylibs/*openblas*")):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for suffix in ("64_", ""):
            get = getattr(library, f"scipy_openblas_get_num_threads{suffix}", None)
            put = getattr(library, f"scipy_openblas_set_num_threads{suffix}", None)
            if get is not None and put is not None:
                return _Threads(get, put)
    return None


@contextmanager
def own_threads() -> Iterator[None]:
    """Within it `device.threads.spread` has the threads that OpenBLAS had, and OpenBLAS
    one. Its setting is put back.
    """
    library = _openblas()
    before = library.get() if library else 1
    if library is None or before < 2:
        yield
        return
    library.put(1)
    try:
        with using(min(before, cores())):
            yield
    finally:
        library.put(before)
