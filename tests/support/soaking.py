"""Work that goes on for long, on one device, and the memory that it takes meanwhile."""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import pywebml as pw
from pywebml import layers
from pywebml.host.waiting import run_sync
from pywebml.zoo import load_extractor
from pywebml.zoo.compact import compact_files, load_compact
from pywebml.zoo.extractor import Extractor, Preprocess

Round = Callable[[], int]
"""Does a bit of the work; how many steps that were."""
SAMPLES = 20


class Course(NamedTuple):
    """Steps, seconds, and MB: when a third of the time was over, and at the end."""

    steps: int
    seconds: float
    before: float
    after: float

    @property
    def grown(self) -> float:
        return self.after - self.before


def resident(process: Path = Path("/proc/self")) -> float:
    """MB of this process, or of the one with this folder, that are in memory."""
    gc.collect()
    pages = int((process / "statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 1e6


def soaked(
    job: Round,
    seconds: float,
    most: float = math.inf,
    memory: Callable[[], float] = resident,
) -> Course:
    """Works for so long, or until so many steps are done. In the first third caches
    fill; in the rest nothing may grow. `memory` says how many MB there are.
    """
    steps, before = 0, 0.0
    with frozen():
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < seconds and steps < most:
            if not before and (passed > seconds / 3 or steps > most / 3):
                before = memory()
            steps += job()
        return Course(steps, passed, before, memory())


@contextmanager
def frozen() -> Iterator[None]:
    """What tests before have made is not looked at by each collection here."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def steps() -> Round:
    """Training steps of a small network with convolutions."""
    model = pw.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 8, 8, 1)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 160)]

    def one() -> int:
        model.fit_sync(x, y, batch_size=16, verbose=0)
        return 10

    return one


def sessions(extractor: Any = None) -> Round:
    """Lessons of the Teach page: classes, samples, a training, an export."""
    from pywebml.apps.session import TeachSession

    network = extractor or compact_extractor()
    rng = np.random.default_rng(0)
    small = bytes(4 * 3 * 16 * 16)

    def one() -> int:
        session = TeachSession(network)
        session.set_classes([{"key": key, "name": key} for key in "ab"])
        rows = rng.normal(size=(SAMPLES, network.features)).astype(np.float32)
        session.add_features(
            {"id": str(i), "key": "ab"[i % 2], "features": row.tobytes(), "thumbnail": small}
            for i, row in enumerate(rows)
        )
        run_sync(session.train({"epochs": 2, "units": 8}))
        TeachSession(network).restore(session.export())
        return 1

    return one


def pictures(extractor: Any = None) -> Round:
    """A camera of which a lesson tells each picture apart, and takes one in ten."""
    from pywebml.apps.frame import Picture
    from pywebml.apps.session import TeachSession

    session = TeachSession(extractor or compact_extractor())
    session.set_classes([{"key": key, "name": key} for key in "ab"])
    rng = np.random.default_rng(0)
    numbers = count()

    def picture() -> Picture:
        colours = rng.integers(0, 256, (224, 224, 4), np.uint8)
        return Picture(memoryview(colours).cast("B"), 224, 224)

    def take() -> None:
        number = next(numbers)
        run_sync(session.add_sample("ab"[number % 2], picture(), id=str(number)))
        session.remove_samples([str(number - SAMPLES)])

    for _ in range(SAMPLES):
        take()
    run_sync(session.train({"epochs": 2, "units": 8}))

    def one() -> int:
        for _ in range(9):
            run_sync(session.predict(picture()))
        take()
        return 10

    return one


def small_pictures() -> Round:
    """The same through a network of three layers, which takes what the network takes
    but its time.
    """
    network = pw.Sequential(
        [
            layers.Conv2D(8, 3, strides=2, activation="relu", input_shape=(32, 32, 3)),
            layers.DepthwiseConv2D(3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(name="features"),
        ]
    )
    preprocess = Preprocess.centred(127.5, 127.5)
    return pictures(Extractor("small", network, "features", preprocess, 1e-3, "", classifies=False))


def shapes() -> Round:
    """Ops on arrays of 57,600 shapes, so that buffers seldom fit, and few come again."""
    draw = random.Random(0)

    def one() -> int:
        for _ in range(10):
            a = pw.ops.fill((draw.randint(1, 240), draw.randint(1, 240)), 1.0)
            float(pw.ops.sum(a @ a.T * 2))
        return 10

    return one


def compact_extractor() -> Any:
    """As the pages have it."""
    return load_compact(compact_files(load_extractor()))


JOBS: dict[str, Callable[[], Round]] = {
    "steps": steps,
    "sessions": sessions,
    "pictures": pictures,
    "small_pictures": small_pictures,
    "shapes": shapes,
}
