"""Sounds that a program makes: something to learn from without a microphone."""

from __future__ import annotations

import math
from collections.abc import Callable

from ... import ops
from ...core.tensor import Tensor
from ...ops import Generator
from .spectrogram import RATE


def sample_sounds(name: str, count: int, seed: int = 0) -> Tensor:
    """float32 [count, 16000]: seconds of a class of `NAMES`, no two alike. Equal seeds
    make equal sounds, but for rounding.
    """
    random = Generator(1000 * seed + NAMES.index(name))
    room = _room(random, count)
    make = _MAKERS[name]
    if make is None:
        return room
    loud = _between(random, count, 0.15, 0.7)
    return ops.clip_by_value(loud * make(random, count) + room, -1, 1)


def _room(random: Generator, count: int) -> Tensor:
    """A quiet room: hiss, rumble and the hum of the mains."""
    hiss = _between(random, count, 0.001, 0.02) * _noise(random, count)
    summed = ops.cumsum(_noise(random, count, 80), axis=1)
    rumble = (summed[:, 80:] - summed[:, :-80]) * _between(random, count, 0.0003, 0.003)
    hum = _between(random, count, 0.0, 0.01) * _sine(50 * _time())
    return hiss + rumble + hum


def _whistle(random: Generator, count: int) -> Tensor:
    """A tone that glides and trembles, with some breath."""
    t = _time()
    pitch = _between(random, count, 700, 2600)
    glide = pitch * _between(random, count, -0.3, 0.3)
    tremble = _between(random, count, 4, 8)
    wide = pitch * _between(random, count, 0.0, 0.02)
    cycles = pitch * t + glide * t * t / 2 + wide / tremble * _sine(tremble * t)
    start, length = _between(random, count, 0.0, 0.35), _between(random, count, 0.35, 0.65)
    rising = ops.clip_by_value((t - start) / 0.05, 0, 1)
    falling = ops.clip_by_value((start + length - t) / 0.08, 0, 1)
    tone = _sine(cycles) + 0.15 * _sine(2 * cycles) + 0.05 * _noise(random, count)
    return rising * falling * tone


def _claps(random: Generator, count: int) -> Tensor:
    """Short bursts of noise without low pitches, in a tempo."""
    beat = _beat(random, count, 0.2, 0.7)
    noise = _noise(random, count, 1)
    bright = (noise[:, 1:] - 0.6 * noise[:, :-1]) * 0.6
    return bright * ops.exp(-beat / _between(random, count, 0.012, 0.03))


def _drum(random: Generator, count: int) -> Tensor:
    """A skin that is struck in a tempo: a low tone that falls and fades."""
    beat = _beat(random, count, 0.25, 0.8)
    low, above = _between(random, count, 90, 170), _between(random, count, 100, 260)
    fall = 0.04
    cycles = low * beat + above * fall * (1 - ops.exp(-beat / fall))
    stick = 0.2 * _noise(random, count) * ops.exp(-beat / 0.006)
    return _sine(cycles) * ops.exp(-beat / _between(random, count, 0.08, 0.2)) + stick


_MAKERS: dict[str, Callable[[Generator, int], Tensor] | None] = {
    "background noise": None,
    "whistle": _whistle,
    "clap": _claps,
    "drum": _drum,
}
NAMES = tuple(_MAKERS)
BACKGROUND = NAMES[0]


def _time() -> Tensor:
    """Seconds, [1, 16000]."""
    return ops.range(0, RATE, 1, "float32").reshape(1, RATE) / RATE


def _beat(random: Generator, count: int, low: float, high: float) -> Tensor:
    """Seconds since the last beat, of one every `low` to `high` seconds; before the
    first one so many that nothing is heard any more.
    """
    since = _time() - _between(random, count, 0.0, 0.3)
    period = _between(random, count, low, high)
    return ops.where(since < 0, 100.0, since - period * ops.floor(since / period))


def _between(random: Generator, count: int, low: float, high: float) -> Tensor:
    return random.uniform((count, 1), low=low, high=high)


def _noise(random: Generator, count: int, more: int = 0) -> Tensor:
    return 0.3 * random.normal((count, RATE + more))


def _sine(cycles: Tensor) -> Tensor:
    """Of whole turns: large angles lose their digits."""
    return ops.sin(2 * math.pi * (cycles - ops.floor(cycles)))
