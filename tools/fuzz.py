"""Tries every reader with many broken files, on all cores.

    python tools/fuzz.py                      10,000 files for each reader
    python tools/fuzz.py onnx heads --count 1000000
    python tools/fuzz.py --seconds 500        as many as there is time for
    python tools/fuzz.py --first 10000        those behind the first ones
    python tools/fuzz.py onnx --show 1234     one of them, with its traceback
    python tools/fuzz.py onnx --show 1234 --keep a-text-that-is-a-number
                                              for CI to read again each time

A file is known by its reader, seed and number: what fails can be looked at again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
import warnings
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

CHUNK = 250


def prepare() -> None:
    from pywebml.device import set_device

    warnings.simplefilter("ignore")
    set_device("cpu")


def tried(name: str, first: int, count: int, seed: int) -> Any:
    from fuzz import READERS, Survey

    return Survey().run(READERS[name], range(first, first + count), seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("readers", nargs="*", help="names of readers (all)")
    parser.add_argument("--count", type=int, default=10_000, help="files for each reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first file (0)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--show", type=int, help="reads the file of this number")
    parser.add_argument("--keep", metavar="WHAT", help="keeps that file under this name")
    parser.add_argument("--json", type=Path, help="writes the figures there")
    options = parser.parse_args()
    from fuzz import READERS, keep

    if unknown := set(options.readers) - set(READERS):
        parser.error(f"no reader {min(unknown)!r}; there are {', '.join(READERS)}")
    names = options.readers or list(READERS)
    prepare()
    if options.show is not None:
        (name,) = names
        if options.keep:
            print(keep(name, options.keep, READERS[name].file(options.show, options.seed)))
        print(repr(READERS[name].load(READERS[name].file(options.show, options.seed)))[:2000])
        return 0
    surveys = survey(names, options)
    for name, one in surveys.items():
        print(f"{name}: {one}")
        for what, numbers in one.failures.items():
            print(f"    {len(numbers)} x {what}; --seed {options.seed} --show {numbers[0]}")
    if options.json:
        figures = {name: vars(one) for name, one in surveys.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return int(any(one.failures for one in surveys.values()))


def survey(names: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """All of it; a process that dies with a file is a failure of its chunk."""
    from fuzz import Survey

    surveys = {name: Survey() for name in names}
    last = options.first + options.count
    chunks = ((name, first) for first in range(options.first, last, CHUNK) for name in names)
    end = time.monotonic() + options.seconds
    idle = [worker() for _ in range(options.processes)]
    busy: dict[Any, tuple[ProcessPoolExecutor, str, int]] = {}
    while True:
        while idle and time.monotonic() < end and (chunk := next(chunks, None)):
            process, count = idle.pop(), min(CHUNK, last - chunk[1])
            busy[process.submit(tried, *chunk, count, options.seed)] = (process, *chunk)
        if not busy:
            return surveys
        for future in wait(busy, return_when=FIRST_COMPLETED).done:
            process, name, first = busy.pop(future)
            try:
                surveys[name].add(future.result())
            except BrokenProcessPool:
                surveys[name].failures.setdefault("the process died", []).append(first)
                process = worker()
            idle.append(process)


def worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=prepare)


if __name__ == "__main__":
    sys.exit(main())
