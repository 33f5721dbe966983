"""`bench scale --workers N`: features of the same pictures over a Ray cluster, by one
worker, two, four and so on up to N. Each has its share of the cores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ...distributed import features
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
    """Pictures a second once all workers are at work, and seconds until then: from a
    pass over a fifth of them, and one over all.
    """
    part = len(paths) // 5
    seconds = []
    for some in (paths[:part], paths):
        start = time.perf_counter()
        features.extract_features(extractor, some, fit="crop", workers=workers)
        seconds.append(time.perf_counter() - start)
    rate = (len(paths) - part) / (seconds[1] - seconds[0])
    return rate, max(0.0, seconds[0] - part / rate)


def _many(workers: int) -> str:
    return "one worker" if workers == 1 else f"{workers} workers"
