"""`bench scale --rows N`: a head trained on N rows of features in files, and a lesson
of as many pictures' features, with the most memory that this process had meanwhile.

The features are made up: six clusters for each of ten classes, so that no class is a
half-space, and noise around them. Memory is what no file backs (RssAnon of
/proc/self/status): pages of mapped files are the system's, which takes them back when
it wants them. Elsewhere than on Linux it is the peak of the resident set, which has
those pages in it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...core.tensor import tensor
from ...data import row_files
from ...data.dataset import Dataset
from ...device import get_device, run_sync
from ...layers import Dense
from ...models import Sequential
from ...train.optimizers import Adam
from ...zoo.together import together
from ..teaching import MOST, TeachOptions, teach_head
from .measure import Row, row

FEATURES, CLASSES, CLUSTERS, NOISE = 1280, 10, 6, 3.0
TESTED = 4000
AT_ONCE = 2048
EPOCHS = 2
LESSON = 100_000
"""Pictures of a lesson at most: features of more are for files."""


class Peak:
    """The most bytes of memory that this process had from `with` on."""

    def __enter__(self) -> Peak:
        self.nbytes = held()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.nbytes = max(self.nbytes, held())


def held() -> int:
    """Bytes in memory that no file backs."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return _most_resident()
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) << 10


def _most_resident() -> int:
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def rows(count: int) -> Iterator[Row]:
    """The files of `count` rows, training on them, and a lesson."""
    with tempfile.TemporaryDirectory(prefix="pywebml-rows-") as folder:
        size = count * 4 * FEATURES
        if (room := shutil.disk_usage(folder).free) < size + (1 << 30):
            raise OSError(
                f"{count:,} rows are {size / 1e9:.1f} GB, and {folder} has room for"
                f" {room / 1e9:.1f} GB; take fewer, or set TMPDIR to a larger disk"
            )
        yield from _in_files(Path(folder) / "rows", count)
    yield _lesson(min(count, LESSON))


def _in_files(folder: Path, count: int) -> Iterator[Row]:
    start = time.perf_counter()
    with Peak() as peak:
        row_files.write(folder, batches(count, seed=0))
    seconds = time.perf_counter() - start
    size = sum(file.stat().st_size for file in folder.iterdir())
    yield row(
        "scale",
        f"{count:,} rows of {FEATURES:,} made and written",
        seconds * 1e3,
        note=f"{size / 1e9:.2f} GB, {size / 1e6 / seconds:,.0f} MB/s; {_said(peak)}",
    )
    data = Dataset.load(folder)
    head = Sequential(
        [
            Dense(100, activation="relu", input_shape=(FEATURES,)),
            Dense(CLASSES, activation="softmax"),
        ]
    )
    head.compile(Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    with Peak() as peak:
        shuffled = data.shuffle(count, seed=1).batch(MOST)
        head.fit_sync(shuffled, epochs=EPOCHS, verbose=0)
        get_device().sync()
    seconds = time.perf_counter() - start
    others = Dataset(lambda: batches(TESTED, seed=1))
    accuracy = head.evaluate_sync(others, verbose=0)[1]
    yield row(
        "scale",
        f"{EPOCHS} epochs of {count:,} rows in files, in any order, batch {MOST}",
        seconds * 1e3,
        note=(
            f"{EPOCHS * count / seconds:,.0f} rows a second; accuracy {accuracy:.3f} on"
            f" {TESTED:,} others; {_said(peak)}"
        ),
    )


def _lesson(count: int) -> Row:
    """What `teach` does with the features of so many pictures, as the network gives
    them: copies looked for, split, trained, tested.
    """
    start = time.perf_counter()
    with Peak() as peak:
        labels: list[int] = []
        parts = []
        for x, y in batches(count, seed=0):
            parts.append(tensor(x))
            labels += y.tolist()
        features = together(parts)
        network: Any = SimpleNamespace(learning_rate=0.001)
        names = [f"class {i}" for i in range(CLASSES)]
        lesson = teach_head(features, labels, names, network, TeachOptions())
        taught = run_sync(lesson)
    seconds = time.perf_counter() - start
    return row(
        "scale",
        f"teach: {count:,} pictures' features to a head, {taught.epochs} epochs",
        seconds * 1e3,
        note=f"validation accuracy {taught.val_accuracy:.3f}; {_said(peak)}",
    )


def _said(peak: Peak) -> str:
    return f"memory at most {peak.nbytes / 2**20:,.0f} MiB"


def batches(count: int, seed: int) -> Iterator[tuple[Any, Any]]:
    """float32 [n, 1280] and class numbers, some at a time; never below zero, as
    features after a relu are.
    """
    centres = np.random.default_rng(99).standard_normal((CLASSES, CLUSTERS, FEATURES), np.float32)
    generator = np.random.default_rng(seed)
    for start in range(0, count, AT_ONCE):
        n = min(AT_ONCE, count - start)
        y = generator.integers(0, CLASSES, n, np.int32)
        x = generator.standard_normal((n, FEATURES), np.float32)
        x *= np.float32(NOISE)
        x += centres[y, generator.integers(0, CLUSTERS, n)]
        yield np.maximum(x, 0, out=x), y
