"""A network and what it learns from: what command and page have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...device import get_device
from ...layers import set_seed
from ...train.schedules import CosineDecay, LearningRateSchedule, PiecewiseConstantDecay
from ..lessons import Learnt, Lessons, Pupil, floats
from ..options import Options, option
from .faces import POINTS, Faces, faces
from .files import MOST_BLOCKS, MOST_FILTERS, Saved, read_saved, saved_bytes
from .network import error_of, how_far, lessons, places

TESTED = 300  # faces that it never learns from
WATCHED = 24  # of these, looked at again and again while it learns
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


class Small(NamedTuple):
    """A network in 8 bits a weight: its file, and itself as it is read back."""

    file: bytes
    saved: Saved


class Learner(Pupil[FaceOptions, Point]):
    """A network, the faces to test it on, and where its training is."""

    every = 5

    def __init__(self, saved: Saved):
        super().__init__(saved.model, saved.steps)
        self._saved = saved
        self.tested = faces(TESTED, saved.seed + 1)
        self._true: Sequence[float] = ()  # where the points that are watched are

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

    def begin(self, options: FaceOptions) -> Lessons:
        seed = self.saved.seed
        return lessons(
            self.model,
            faces(options.faces, seed),
            options.rate,
            steps=options.steps,
            batch=options.batch,
            seed=seed + self.steps,
        )

    async def look(self, lessons: Lessons) -> Point:
        watched = self.watched
        self._true = self._true or await floats(watched.points)
        loss, rate = await lessons.figures()
        seen = await places(self.model, watched.pictures)
        at = (self.steps, lessons.done, lessons.steps)
        return Point(*at, loss, rate, how_far(seen, self._true), seen)

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


def outcome(learner: Learner, tested: dict[str, Any], learnt: Learnt[Point]) -> dict[str, Any]:
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
