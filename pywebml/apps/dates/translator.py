"""A network and what it learns dates from: what command and page have in common."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...device import get_device
from ...layers import set_seed
from ..lessons import Learnt, Lessons, Pupil
from ..options import Options, option
from .files import Saved
from .network import Reader, Reading, lessons, network
from .ways import WAYS, Written, examples

EPOCHS = 2
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


class Translator(Pupil[DateOptions, Point]):
    """A network, the dates to test it on, and where its training is."""

    every = 10

    def __init__(self, saved: Saved):
        super().__init__(saved.model, saved.steps)
        self.seed = saved.seed
        self.reader = Reader(self.model)
        self.aside = examples(0, self.seed)[1]

    @classmethod
    def new(cls, options: DateOptions) -> Translator:
        """Who has learnt nothing yet."""
        set_seed(options.seed)
        return cls(Saved(network(options.units), 0, options.seed))

    @property
    def saved(self) -> Saved:
        """What a file takes."""
        return Saved(self.model, self.steps, self.seed)

    def begin(self, options: DateOptions) -> Lessons:
        return lessons(
            self.model,
            examples(options.examples, self.seed)[0],
            steps=options.steps,
            batch=options.batch,
            learning_rate=options.learning_rate,
            seed=self.seed + self.steps,
        )

    async def look(self, lessons: Lessons) -> Point:
        loss, _ = await lessons.figures()
        readings = await self._watched()
        share = sum(map(is_right, readings, self.aside)) / len(readings)
        return Point(self.steps, lessons.done, lessons.steps, loss, share, readings)

    async def _watched(self) -> list[Reading]:
        return await self.reader.read([each.text for each in self.aside[:WATCHED]])

    async def test(self) -> list[Reading]:
        """Reads all dates that were kept aside."""
        return await self.reader.read([each.text for each in self.aside])


def is_right(reading: Reading, written: Written) -> bool:
    """Whether all signs are."""
    return reading.iso == written.iso


def outcome(
    translator: Translator, tested: list[Reading], learnt: Learnt[Point] | None
) -> dict[str, Any]:
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
