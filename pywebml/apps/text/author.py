"""A network that learns a text and writes: what command and page have in common."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...device import get_device
from ..options import Options, option
from .files import Saved
from .network import Lessons, network
from .pen import Letter, Pen
from .reading import Reading

EVERY = 10  # steps between two figures
SAMPLED = (0, 10, 50, 100)  # after which of all its steps it shows what it writes; then
OFTEN = 200  # after each multiple of these
SAMPLE = 160  # characters


@dataclass(frozen=True)
class TextOptions(Options):
    """How the network is made and trained."""

    steps: int = option(400, "how often it reads some pieces", low=1, high=100_000)
    units: int = option(
        64,
        "how much it can remember, of a new network",
        low=1,
        high=1024,
        choices=(32, 64, 128, 256),
        label="Memory cells",
        advanced=True,
    )
    layers: int = option(
        1, "LSTM layers on top of each other", low=1, high=4, choices=(1, 2, 3), advanced=True
    )
    length: int = option(
        40,
        "characters that it reads at a stretch",
        low=4,
        high=400,
        choices=(20, 40, 80),
        label="Piece length",
        advanced=True,
    )
    batch: int = option(
        16, "pieces per step", low=1, high=512, choices=(16, 32, 64, 128), advanced=True
    )
    learning_rate: float = option(
        0.01,
        "how far a step goes",
        above=0,
        high=1,
        choices=(0.001, 0.003, 0.01, 0.03),
        advanced=True,
    )
    temperature: float = option(
        0.5,
        "how freely it writes: low is careful, high is wild",
        low=0.05,
        high=2,
        form=False,
    )
    seed: int = option(0, "the same seed gives the same network and text", form=False)


class Point(NamedTuple):
    """Where a training is. `loss` and `aside` are NaN before its first step, and
    `sample` is None where none is due.
    """

    step: int  # of all that the network has taken
    done: int  # of this training's
    loss: float
    aside: float
    sample: list[Letter] | None


@dataclass
class Learnt:
    """What came of a training; `loss` is of its last steps, `aside` on what is kept
    aside, both in nats a character.
    """

    points: list[Point]
    loss: float
    aside: float
    seconds: float
    stopped: bool


class Author:
    """A network, its alphabet, and what writes with it."""

    def __init__(self, saved: Saved, seed: int = 0):
        self.model, self.letters, self.steps = saved
        self.pen = Pen(self.model, self.letters, seed + 1)
        self._lessons: Lessons | None = None
        self._of: Any = None  # which text and settings these are for

    @classmethod
    def new(cls, letters: tuple[str, ...], options: TextOptions) -> Author:
        """Who has learnt nothing yet."""
        model = network(len(letters), options.units, options.layers, options.seed)
        return cls(Saved(model, letters, 0), options.seed)

    @property
    def saved(self) -> Saved:
        """What a file takes."""
        return Saved(self.model, self.letters, self.steps)

    def lessons(self, reading: Reading, options: TextOptions) -> Lessons:
        """Those on a text; they go on where they were as long as it stays the same."""
        settings = (options.length, options.batch, options.learning_rate)
        if self._lessons is None or self._of != (reading, settings):
            self._of = (reading, settings)
            self._lessons = Lessons(
                self.model,
                reading.numbers,
                length=options.length,
                batch=options.batch,
                learning_rate=options.learning_rate,
                seed=options.seed + self.steps,
            )
        return self._lessons

    async def learn(
        self,
        reading: Reading,
        options: TextOptions,
        hear: Callable[[Point], None],
        stop: Callable[[], bool],
        temperature: Callable[[], float],
        seconds: float = math.inf,
    ) -> Learnt:
        """Takes `options.steps` more steps, or fewer where `stop` says so; samples come
        after so many `seconds` at the latest, and where the temperature is another than
        it was. ValueError where the loss is no number any more.
        """
        lessons, start = self.lessons(reading, options), time.perf_counter()
        points: list[Point] = []
        if self.steps == 0:
            hear(Point(0, 0, math.nan, math.nan, await self.sample(temperature())))
        turned = sampled = time.monotonic()
        warmth, stopped = temperature(), False
        for done in range(1, options.steps + 1):
            lessons.step()
            self.steps += 1
            if time.monotonic() - turned > 0.05:  # others have their turn
                await asyncio.sleep(0)
                turned = time.monotonic()
            stopped = stop()
            last = stopped or done == options.steps
            if not last and done % EVERY:
                continue
            loss, aside = await lessons.figures()
            due = last or self.steps in SAMPLED or self.steps % OFTEN == 0
            late = time.monotonic() - sampled > seconds or temperature() != warmth
            sample = None
            if due or late:
                sampled, warmth = time.monotonic(), temperature()
                sample = await self.sample(warmth)
            points.append(Point(self.steps, done, loss, aside, sample))
            hear(points[-1])
            if stopped:
                break
        end = points[-1]
        return Learnt(points, end.loss, end.aside, time.perf_counter() - start, stopped)

    async def sample(
        self, temperature: float, count: int = SAMPLE, start: str = ""
    ) -> list[Letter]:
        """A text of so many characters."""
        return [
            letter async for some in self.pen.write(count, temperature, start) for letter in some
        ]


def text_of(letters: list[Letter]) -> str:
    """What was written."""
    return "".join(each.letter for each in letters)


def outcome(
    author: Author, reading: Reading | None, learnt: Learnt | None, sample: str
) -> dict[str, Any]:
    """What `--json` writes, and `pywebml.outcome` is. "choices": among how many
    characters it is undecided, on average, where it has not read the text.
    """
    adapter = get_device().adapter
    return {
        "device": "gpu" if adapter.language == "wgsl" else "cpu",
        "adapter": adapter.name,
        "characters": len(reading.text) if reading else None,
        "letters": len(author.letters),
        "steps": author.steps,
        "loss": learnt and learnt.loss,
        "val_loss": learnt and learnt.aside,
        "choices": math.exp(min(learnt.aside, 50)) if learnt else None,
        "seconds": learnt and learnt.seconds,
        "stopped": bool(learnt and learnt.stopped),
        "sample": sample,
    }
