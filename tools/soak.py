"""Works for long on a device, and tells how the memory grows.

    python tools/soak.py                          each job for a minute, on each device
    python tools/soak.py sessions --device gpu --minutes 60
    python tools/soak.py steps --most 432000 --minutes 90     whichever is over first

12 hours of a page at ten pictures a second are 432,000 steps.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.setdefault("PYWEBML_TUNED", "0")

MOST = 4.0
"""MB that two thirds of the time may add."""


def main() -> int:
    from soaking import JOBS, soaked

    from pywebml.device import set_device

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("jobs", nargs="*", help=f"of {', '.join(JOBS)} (all)")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="(both)")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--most", type=int, default=math.inf, help="steps of each job (no end)")
    options = parser.parse_args()
    if unknown := set(options.jobs) - set(JOBS):
        parser.error(f"no job {min(unknown)!r}; there are {', '.join(JOBS)}")
    grows = False
    for device in [options.device] if options.device else ["cpu", "gpu"]:
        name = set_device(device).adapter.name
        for job in options.jobs or JOBS:
            course = soaked(JOBS[job](), 60 * options.minutes, options.most)
            grows |= course.grown > MOST
            print(
                f"{name}: {course.steps:,} {job} in {course.seconds:.0f} s, {course.before:.1f} MB"
                f" after a third of them, {course.after:.1f} MB at the end",
                flush=True,
            )
    return int(grows)


if __name__ == "__main__":
    sys.exit(main())
