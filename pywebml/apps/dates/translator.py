"""A network and what it learns dates from: what command and page have in common."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...device import get_device
from ...layers import set_seed
from ..options import Options, option
from .files import Saved
from .network import Lessons, Reader, Reading, network
from .ways import WAYS, Written, examples

EPOCHS = 2
EVERY = 10  # steps between two figures
WATCHED = 50  # of the dates to test on, read each time


@dataclass(frozen=True)
class DateOptions(Options):
    """How the network is made and trained."""

    epochs: int | None = option(
        None, f"times through all examples ({EPOCHS})", low=1, high=1000, choices=(1, EPOCHS, 5, 10)
    )
    examples: int = option(
        9600,
        "dates to learn from, each in one of the ways",
        low=100,
        high=100_000,
        choices=(2400, 9600, 38_400),
    )
    units: int = option(
        64,
        "numbers that encoder and decoder remember, of a new network",
        low=2,
        high=512,
        choices=(16, 32, 64, 128),
        label="Memory cells",
        advanced=True,
    )
    batch: int = option(
        48, "examples of one step", low=1, high=1024, choices=(32, 48, 128), advanced=True
    )
    learning_rate: float = option(
        0.02,
        "how far the first steps go",
        above=0,
        high=1,
        choices=(0.003, 0.01, 0.02),
        advanced=True,
    )
    seed: int = option(0, "the same seed draws the same dates and network", low=0, form=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.units % 2:
            raise ValueError(
                f"units must be even, as half of them read backwards, got {self.units}"
            )

    @property
    def steps(self) -> int:
        """Of a whole training."""
        return (self.epochs or EPOCHS) * math.ceil(self.examples / self.batch)


class Point(NamedTuple):
    """Where a training is."""

    step: int  # of all that the network has taken
    done: int  # of this training's
    of: int
    loss: float
    accuracy: float  # of WATCHED dates
    readings: list[Reading]  # of these


@dataclass
class Learnt:
    """What came of a training."""

    points: list[Point]
    seconds: float
    stopped: bool


class Translator:
    """A network, the dates to test it on, and where its training is."""

    def __init__(self, saved: Saved):
        self.model, self.steps, self.seed = saved
        self.reader = Reader(self.model)
        self.aside = examples(0, self.seed)[1]
        self._lessons: Lessons | None = None
        self._of: DateOptions | None = None  # whose lessons these are

    @classmethod
    def new(cls, options: DateOptions) -> Translator:
        """Who has learnt nothing yet."""
        set_seed(options.seed)
        return cls(Saved(network(options.units), 0, options.seed))

    @property
    def saved(self) -> Saved:
        """What a file takes."""
        return Saved(self.model, self.steps, self.seed)

    def lessons(self, options: DateOptions) -> Lessons:
        """Those that were stopped, or new ones."""
        before = self._lessons
        if before is None or self._of != options or before.done == before.steps:
            self._of = options
            self._lessons = Lessons(
                self.model,
                examples(options.examples, self.seed)[0],
                steps=options.steps,
                batch=options.batch,
                learning_rate=options.learning_rate,
                seed=self.seed + self.steps,
            )
        assert self._lessons is not None
        return self._lessons

    async def learn(
        self, options: DateOptions, hear: Callable[[Point], None], stop: Callable[[], bool]
    ) -> Learnt:
        """Trains to the end, or until `stop` says so; then it goes on from there the
        next time. ValueError where the loss is no number any more.
        """
        start = turned = time.perf_counter()
        lessons = self.lessons(options)
        points: list[Point] = []
        stopped = False
        while lessons.done < lessons.steps and not stopped:
            lessons.step()
            self.steps += 1
            if time.perf_counter() - turned > 0.05:  # others have their turn
                await asyncio.sleep(0)
                turned = time.perf_counter()
            stopped = stop()
            if stopped or lessons.done == lessons.steps or lessons.done % EVERY == 0:
                loss, readings = await lessons.loss(), await self._watched()
                right = sum(map(is_right, readings, self.aside))
                share = right / len(readings)
                points.append(Point(self.steps, lessons.done, lessons.steps, loss, share, readings))
                hear(points[-1])
        return Learnt(points, time.perf_counter() - start, stopped)

    async def _watched(self) -> list[Reading]:
        return await self.reader.read([each.text for each in self.aside[:WATCHED]])

    async def test(self) -> list[Reading]:
        """Reads all dates that were kept aside."""
        return await self.reader.read([each.text for each in self.aside])


def is_right(reading: Reading, written: Written) -> bool:
    """Whether all signs are."""
    return reading.iso == written.iso


def outcome(translator: Translator, tested: list[Reading], learnt: Learnt | None) -> dict[str, Any]:
    """What `--json` writes, and `pywebml.outcome` is."""
    aside, adapter = translator.aside, get_device().adapter
    right = Counter(w.way for r, w in zip(tested, aside, strict=True) if is_right(r, w))
    every = Counter(each.way for each in aside)
    return {
        "device": "gpu" if adapter.language == "wgsl" else "cpu",
        "adapter": adapter.name,
        "accuracy": right.total() / len(aside),
        "tested": len(aside),
        "ways": [
            {"way": WAYS[way], "right": right[way], "tested": every[way]} for way in sorted(every)
        ],
        "loss": learnt.points[-1].loss if learnt else None,
        "steps": translator.steps,
        "parameters": translator.model.count_params(),
        "seconds": learnt and learnt.seconds,
        "stopped": bool(learnt and learnt.stopped),
    }
