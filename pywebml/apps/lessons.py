"""A network that learns from examples on the device, stops and goes on: what the jobs
of dates and of face points have in common.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .. import ops
from ..core.capture import capture
from ..core.tensor import Tensor, Variable
from ..models import Model
from ..train.optimizers import Adam
from ..train.schedules import LearningRateSchedule

TURN = 0.05  # seconds after which others have their turn


async def floats(values: Tensor) -> Sequence[float]:
    """Numbers of a tensor, row by row."""
    return memoryview(await values.data()).cast("B").cast("f").tolist()


class Lessons:
    """A network and the examples that it learns from. `step` is one replay, in which
    nothing is read back; losses add up on the device until `figures` asks for them.

    `loss_of`: the mean loss of some of the examples, given as many rows of each tensor.
    """

    def __init__(
        self,
        model: Model,
        examples: Sequence[Tensor],
        loss_of: Callable[..., Tensor],
        rate: LearningRateSchedule,
        *,
        steps: int,
        batch: int,
        seed: int = 0,
    ):
        self.model, self.batch, self.steps, self.done = model, batch, steps, 0
        self._examples, self._loss_of = examples, loss_of
        self._rate, self._optimizer = rate, Adam(rate)
        self._random = ops.Generator(seed)
        self._sum = Variable(0.0, trainable=False, name="losses")
        self._summed = 0

    def step(self) -> None:
        """One step on examples that are drawn by lot."""
        self._step()
        self.done += 1
        self._summed += 1

    @capture
    def _step(self) -> None:
        rows = self._random.uniform_int((self.batch,), high=self._examples[0].shape[0])
        some = [ops.gather(each, rows) for each in self._examples]
        loss = self._optimizer.minimize(
            lambda: self._loss_of(*some), True, self.model.trainable_weights
        )
        self._sum.assign(self._sum + loss)

    async def figures(self) -> tuple[float, float]:
        """(mean loss of the steps since it was asked last, learning rate of the last
        one). ValueError where the loss is no number any more.
        """
        both = ops.stack([self._sum + 0.0, self._rate(self.done - 1)])
        total, rate = await floats(both)
        mean = total / max(1, self._summed)
        self._sum.assign(0.0)
        self._summed = 0
        if not math.isfinite(mean):
            raise ValueError(
                "the training went astray: its loss is no number any more; begin anew with a"
                " smaller learning rate"
            )
        return mean, rate


Chosen = TypeVar("Chosen")
Point = TypeVar("Point")


@dataclass
class Learnt(Generic[Point]):
    """What came of a training: where it was, again and again."""

    points: list[Point]
    seconds: float
    stopped: bool


class Pupil(ABC, Generic[Chosen, Point]):
    """A network, and where its training is. `Chosen` are the options of a training,
    `Point` says where one is.
    """

    every: int
    """Steps between two points."""

    def __init__(self, model: Model, steps: int):
        self.model, self.steps = model, steps
        self._lessons: Lessons | None = None
        self._chosen: Chosen | None = None  # whose lessons these are

    @abstractmethod
    def begin(self, options: Chosen) -> Lessons:
        """New lessons."""

    @abstractmethod
    async def look(self, lessons: Lessons) -> Point:
        """Where the training is."""

    def lessons(self, options: Chosen) -> Lessons:
        """Those that were stopped, or new ones."""
        before = self._lessons
        if before is not None and self._chosen == options and before.done < before.steps:
            return before
        self._chosen, self._lessons = options, self.begin(options)
        return self._lessons

    async def learn(
        self, options: Chosen, hear: Callable[[Point], Any], stop: Callable[[], bool]
    ) -> Learnt[Point]:
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
            if time.perf_counter() - turned > TURN:
                await asyncio.sleep(0)
                turned = time.perf_counter()
            stopped = stop()
            if stopped or lessons.done == lessons.steps or lessons.done % self.every == 0:
                points.append(await self.look(lessons))
                hear(points[-1])
        return Learnt(points, time.perf_counter() - start, stopped)


class Turn:
    """Of a page's session: one training at a time, which can be stopped."""

    def __init__(self) -> None:
        self.taken = self.stopping = False

    def check(self) -> None:
        """RuntimeError while a training runs."""
        if self.taken:
            raise RuntimeError("a training is running already; stop it first")

    @contextmanager
    def take(self) -> Iterator[Callable[[], bool]]:
        """For one training; gives what says whether it is to stop."""
        self.check()
        self.taken, self.stopping = True, False
        try:
            yield lambda: self.stopping
        finally:
            self.taken = False

    def stop(self) -> None:
        self.stopping = True
