"""`bench scale --workers N`: features of the same pictures over a Ray cluster, by one
worker, two, four and so on up to N. On this machine alone each has the Nth part of the
cores, as one worker that had all of them would have nothing left to share; a cluster
that RAY_ADDRESS names is taken as it is.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ...distributed import features
from ...distributed.cluster import of_cores
from ...host.cores import cores
from ...zoo import Extractor, load_extractor
from .measure import Row, row
from .pipeline import HEIGHT, WIDTH, photos

PICTURES, FEW = 1_280, 320
"""That each number of workers looks at; with --quick."""


def rows(most: int, quick: bool = False) -> Iterator[Row]:
    """A row for each number of workers, beside the time that one of them takes.

    Raises ImportError without Ray.
    """
    extractor, alone = load_extractor("efficientnet_lite0"), None
    with tempfile.TemporaryDirectory(prefix="pywebml-") as name:
        paths = photos(Path(name), FEW if quick else PICTURES)
        for workers in numbers(most):
            with of_cores(workers * max(1, cores() // most)):
                rate, start = _rate(extractor, paths, workers)
            one = "" if alone is None else "one worker"
            yield row(
                "scale",
                f"JPEG {WIDTH} x {HEIGHT} to {extractor.name}'s features, Ray, {_many(workers)}",
                1e3 / rate,
                one,
                None if alone is None else 1e3 / alone,
                f"{rate:,.0f} pictures a second; {start:.1f} s to start them",
            )
            alone = alone or rate


def numbers(most: int) -> list[int]:
    """1, 2, 4 and so on, and `most`.

    Example:
        >>> from pywebml.apps.bench.machines import numbers
        >>> numbers(6)
        [1, 2, 4, 6]
    """
    doubled = [1 << i for i in range(most.bit_length()) if 1 << i < most]
    return [*doubled, most]


def _rate(extractor: Extractor, paths: list[Path], workers: int) -> tuple[float, float]:
    """Pictures a second once all workers are at work, and seconds until then: from
    passes over a fifth of them and over all, the quicker of two each, as the first one
    starts the cluster, and a start takes longer now and then.

    RuntimeError where starts differ by more than all that the others take.
    """
    part = paths[: len(paths) // 5]
    few, every = (
        min(_seconds(extractor, some, workers) for _ in range(2)) for some in (part, paths)
    )
    if every <= few:
        raise RuntimeError(
            f"{len(paths)} pictures took {every:.1f} s and {len(part)} of them {few:.1f} s:"
            " starting workers takes more, and varies more, than what they do; run it again"
            " while nothing else runs here"
        )
    rate = (len(paths) - len(part)) / (every - few)
    return rate, max(0.0, few - len(part) / rate)


def _seconds(extractor: Extractor, paths: list[Path], workers: int) -> float:
    start = time.perf_counter()
    features.extract_features(extractor, paths, fit="crop", workers=workers)
    return time.perf_counter() - start


def _many(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} workers"
