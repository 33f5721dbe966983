"""Works for long on a device, and tells how the memory grows.

    python tools/soak.py                          each job for a minute, on each device
    python tools/soak.py sessions --device gpu --minutes 60
    python tools/soak.py steps --most 432000 --minutes 90     whichever is over first
    python tools/soak.py steps --tab --device cpu             in a browser's tab

12 hours of a page at ten pictures a second are 432,000 steps.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.setdefault("PYWEBML_TUNED", "0")

MOST = 4.0
"""MB that two thirds of the time may add."""
MINUTE = 60.0


def main() -> int:
    from soaking import JOBS, soaked
    from soaking_tab import JOBS as OF_TABS
    from soaking_tab import at_work

    from pywebml.device import set_device
    from pywebml.site.browser import browser_page

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("jobs", nargs="*", help=f"of {', '.join(JOBS)} (all)")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="(both)")
    parser.add_argument("--tab", action="store_true", help=f"{', '.join(OF_TABS)} in a tab")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--most", type=int, default=math.inf, help="steps of each job (no end)")
    options = parser.parse_args()
    jobs = OF_TABS if options.tab else tuple(JOBS)
    if unknown := set(options.jobs) - set(jobs):
        parser.error(f"no job {min(unknown)!r} there; there are {', '.join(jobs)}")
    seconds = MINUTE * options.minutes
    grows = False
    for device in [options.device] if options.device else ["cpu", "gpu"]:
        for job in options.jobs or jobs:
            if options.tab:
                with browser_page(device) as page, at_work(page, job) as (turn, memory):
                    name = page.evaluate("async () => (await pywebml.call('ready')).device.name")
                    course = soaked(watched(turn), seconds, options.most, memory)
            else:
                name = set_device(device).adapter.name
                course = soaked(watched(JOBS[job]()), seconds, options.most)
            grows |= course.grown > MOST
            print(
                f"{name}: {course.steps:,} {job} in {course.seconds:.0f} s, {course.before:.1f} MB"
                f" after a third of them, {course.after:.1f} MB at the end",
                flush=True,
            )
    return int(grows)


def watched(job: Callable[[], int]) -> Callable[[], int]:
    """The same work, which says each minute how far it is."""
    steps, start = 0, time.monotonic()
    said = start

    def one() -> int:
        nonlocal steps, said
        steps += (more := job())
        if (now := time.monotonic()) - said >= MINUTE:
            said = now
            minutes = (now - start) / MINUTE
            print(f"{steps:,} in {minutes:.0f} min", file=sys.stderr, flush=True)
        return more

    return one


if __name__ == "__main__":
    sys.exit(main())
