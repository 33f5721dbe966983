"""Memory stays as it is, however long the work goes on.

`python tools/soak.py` works for longer; docs/robustness.md has what came of it.
"""

from __future__ import annotations

import mmap
import sys
import time
from typing import Any

import pytest
from shares import ALL
from soaking import JOBS, soaked

SECONDS = 1.2
MOST = 4.0  # MB
FULL = {"steps": 3, "shapes": 400}
"""Rounds after which kernels are compiled, and what is remembered of shapes is full."""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says what is in memory")
@pytest.mark.parametrize("job", FULL)
def test_memory_stays_as_it_is(host: str, job: str) -> None:
    if host == "gpu" and job == "shapes" and not ALL:
        pytest.skip("half a minute of compiling; tests/core/test_growth.py counts what is kept")
    work = JOBS[job]()
    for _ in range(FULL[job]):
        work()
    course = soaked(work, SECONDS)
    assert course.steps and course.grown < MOST, course


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says what is in memory")
def test_what_grows_is_seen() -> None:
    pile: list[Any] = []

    def grow() -> int:
        pile.append(mmap.mmap(-1, 4 << 20))  # the heap would give freed memory again
        pile[-1].write(bytes(4 << 20))
        time.sleep(0.01)
        return 1

    assert soaked(grow, 0.3).grown > MOST
