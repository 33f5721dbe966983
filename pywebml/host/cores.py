"""How many processor cores this process may use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def cores() -> int:
    """Those that the system lets it run on (`taskset`), but no more than its container
    is given the time of, and than OMP_NUM_THREADS says: by that, schedulers share a
    machine out.

    Example:
        >>> 1 <= cores() <= os.cpu_count()
        True
    """
    there = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0))
    said = os.environ.get("OMP_NUM_THREADS", "")
    there = min(there, int(said)) if said.isdecimal() and int(said) else there
    return max(1, min(there, _of_container(Path("/sys/fs/cgroup")) or there))


def _of_container(folder: Path) -> int:
    """Whole cores in a control group's quota, rounded up; 0 where it sets none."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        else:  # the first version of control groups
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            quota, period = ((folder / "cpu" / name).read_text(encoding="ascii") for name in names)
        return 0 if quota == "max" or int(quota) <= 0 else -(-int(quota) // int(period))
    except (OSError, ValueError):
        return 0
