"""A network and what it learns from: what command and page have in common."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...device import get_device
from ...layers import set_seed
from ...train.schedules import CosineDecay, LearningRateSchedule, PiecewiseConstantDecay
from ..options import Options, option
from .faces import POINTS, Faces, faces
from .files import MOST_BLOCKS, MOST_FILTERS, Saved, read_saved, saved_bytes
from .network import Lessons, error_of, floats, how_far, places

TESTED = 300  # faces that it never learns from
WATCHED = 24  # of these, looked at again and again while it learns
EVERY = 5  # steps between two figures
FALLS = (0.6, 0.85)  # of the training, after which steps are a quarter as large


@dataclass(frozen=True)
class FaceOptions(Options):
    """How the network is made and trained."""

    epochs: int = option(
        4, "as many steps as times through all faces take", low=1, high=100, choices=(2, 4, 8, 16)
    )
    faces: int = option(
        2000, "drawn faces to learn from", low=100, high=50_000, choices=(500, 2000, 5000)
    )
    blocks: int = option(3, "each of four convolutions, of a new network", low=1, high=MOST_BLOCKS)
    filters: int = option(
        12,
        "of the first block, of a new network; each further one has twice as many",
        low=1,
        high=MOST_FILTERS,
        choices=(4, 8, 12, 16, 24),
    )
    skips: str = option(
        "on",
        "whether convolutions see the sums of all results before them, in a new network",
        choices=("on", "off"),
        label="Skip connections",
    )
    schedule: str = option(
        "steps",
        "how the learning rate falls: to a quarter after 60 % and again after 85 % of the"
        " training, along half a cosine, or not at all",
        choices=("steps", "cosine", "constant"),
        label="Learning rate falls",
    )
    learning_rate: float = option(
        0.004,
        "how far the first steps go",
        above=0,
        high=1,
        choices=(0.001, 0.002, 0.004, 0.008),
    )
    batch: int = option(32, "faces of one step", low=1, high=1024, choices=(16, 32, 64))
    seed: int = option(0, "the same seed draws the same faces and network", low=0, form=False)

    @property
    def steps(self) -> int:
        """Of a whole training."""
        return self.epochs * math.ceil(self.faces / self.batch)

    @property
    def rate(self) -> LearningRateSchedule:
        """The learning rate of each step."""
        first, steps = self.learning_rate, self.steps
        if self.schedule == "cosine":
            return CosineDecay(first, steps)
        if self.schedule == "constant":
            return PiecewiseConstantDecay([steps], [first, first])
        long, middle = (round(share * steps) - 1 for share in FALLS)  # last steps of a rate
        falls = [max(0, long), max(1, long + 1, middle)]
        return PiecewiseConstantDecay(falls, [first, first / 4, first / 16])


class Point(NamedTuple):
    """Where a training is."""

    step: int  # of all that the network has taken
    done: int  # of this training's
    of: int
    loss: float
    rate: float
    error: float  # of WATCHED faces, as `how_far` says it
    seen: Sequence[float]  # of these, where it sees the points


@dataclass
class Learnt:
    """What came of a training."""

    points: list[Point]
    seconds: float
    stopped: bool


class Small(NamedTuple):
    """A network in 8 bits a weight: its file, and itself as it is read back."""

    file: bytes
    saved: Saved


class Learner:
    """A network, the faces to test it on, and where its training is."""

    def __init__(self, saved: Saved):
        self._saved, self.steps = saved, saved.steps
        self.model = saved.model
        self.tested = faces(TESTED, saved.seed + 1)
        self._lessons: Lessons | None = None
        self._of: FaceOptions | None = None  # whose lessons these are

    @classmethod
    def new(cls, options: FaceOptions) -> Learner:
        """Who has learnt nothing yet."""
        set_seed(options.seed)
        skips = options.skips == "on"
        return cls(Saved.new(options.blocks, options.filters, skips, options.seed))

    @property
    def saved(self) -> Saved:
        """What a file takes."""
        return self._saved._replace(steps=self.steps)

    def is_as(self, options: FaceOptions) -> bool:
        """Whether a new network with these options would be made like this one."""
        ours = (self.saved.blocks, self.saved.filters, self.saved.skips)
        return ours == (options.blocks, options.filters, options.skips == "on")

    @property
    def watched(self) -> Faces:
        """Faces that are looked at while it learns."""
        return Faces(self.tested.pictures[:WATCHED], self.tested.points[:WATCHED])

    def lessons(self, options: FaceOptions) -> Lessons:
        """Those that were stopped, or new ones."""
        before = self._lessons
        if before is None or self._of != options or before.done == before.steps:
            self._of, seed = options, self.saved.seed
            self._lessons = Lessons(
                self.model,
                faces(options.faces, seed),
                steps=options.steps,
                batch=options.batch,
                rate=options.rate,
                seed=seed + self.steps,
            )
        assert self._lessons is not None
        return self._lessons

    async def learn(
        self, options: FaceOptions, hear: Callable[[Point], None], stop: Callable[[], bool]
    ) -> Learnt:
        """Trains to the end, or until `stop` says so; then it goes on from there the
        next time. ValueError where the loss is no number any more.
        """
        start = turned = time.perf_counter()
        lessons, watched = self.lessons(options), self.watched
        true = await floats(watched.points)
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
                loss, rate = await lessons.figures()
                seen = await places(self.model, watched.pictures)
                at = (self.steps, lessons.done, lessons.steps)
                points.append(Point(*at, loss, rate, how_far(seen, true), seen))
                hear(points[-1])
        return Learnt(points, time.perf_counter() - start, stopped)

    async def small(self) -> Small:
        """The network in 8 bits a weight."""
        file = await saved_bytes(self.saved, bits=8)
        return Small(file, read_saved(file))

    async def test(self, small: Small) -> dict[str, Any]:
        """How far off it is on all faces that it has not seen, in 32 and in 8 bits."""
        weights = self.model.count_params()
        return {
            "error": await error_of(self.model, self.tested),
            "error_in_8_bits": await error_of(small.saved.model, self.tested),
            "bytes": 4 * weights,
            "bytes_in_8_bits": weights,
            "parameters": weights,
        }


def outcome(learner: Learner, tested: dict[str, Any], learnt: Learnt) -> dict[str, Any]:
    """What `--json` writes, and `pywebml.outcome` is."""
    return {
        **tested,
        "points": len(POINTS),
        "loss": learnt.points[-1].loss if learnt.points else None,
        "steps": learner.steps,
        "adapter": get_device().adapter.name,
        "stopped": learnt.stopped,
        "seconds": learnt.seconds,
    }
