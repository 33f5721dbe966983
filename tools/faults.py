"""Tries everything that is written with many faults of the disk.

    python tools/faults.py                        200 for each kind of thing
    python tools/faults.py "a taught head" --count 1000
    python tools/faults.py "a taught head" --show 123     one of them, step by step

A fault is known by its kind, seed and number: what fails can be looked at again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.update(OPENBLAS_NUM_THREADS="1", PYWEBML_TUNED="0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kinds", nargs="*", help="names of kinds (all)")
    parser.add_argument("--count", type=int, default=200, help="faults for each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, help="tells what the fault of this number does")
    options = parser.parse_args()
    from faults import KINDS, Survey

    from pywebml.device import set_device

    set_device("cpu")
    known = {kind.name: kind for kind in KINDS}
    if unknown := set(options.kinds) - set(known):
        parser.error(f"no kind {min(unknown)!r}; there are {', '.join(known)}")
    failed = 0
    for name in options.kinds or known:
        survey, start = Survey(known[name]), time.perf_counter()
        if options.show is None:
            survey.run(range(options.count), options.seed)
        else:
            survey.run(range(options.show, options.show + 1), options.seed)
            show(survey, options)
        failed += len(survey.failures)
        print(f"{name}: {survey} ({time.perf_counter() - start:.1f} s)", flush=True)
        for what, numbers in survey.failures.items():
            print(f"    {len(numbers)} x {what}; --seed {options.seed} --show {numbers[0]}")
    return int(failed > 0)


def show(survey: Any, options: argparse.Namespace) -> None:
    over, fault = survey.fault(options.show, options.seed)
    print(f"{fault}, {'over an old one' if over else 'where nothing was'}")
    print(*[f"    {i} {step}" for i, step in enumerate(survey.seen_steps)], sep="\n")


if __name__ == "__main__":
    sys.exit(main())
