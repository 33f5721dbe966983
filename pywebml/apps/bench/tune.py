"""`bench tune`: times the candidates of every choice that the kernels of some works leave (core/choices.py) on the device in use,
and keeps the best for this adapter."""

from __future__ import annotations

import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypedDict

import numpy as np

from ...core.capture import capture
from ...core.choices import Asked, forced, keep, shape_class, watched
from ...core.op import Lowered, Op, Spec, lower
from ...core.tensor import tensor
from ...device import Device, get_device
from ...ops.dense import MatMul
from ..step import Step
from . import convnet, head
from .networks import NETWORKS

WORTH = 0.97  # of the default's time: what takes longer is no gain, but noise
CLOSE = 1.25  # times the best: what was slower at the first look is not timed again


class TuneRow(TypedDict):
    """One choice for one class of shapes. `best` is the default where nothing was faster by 3 %; `all_ms`: every candidate's time."""

    choice: str
    shape: str
    default: str
    default_ms: float
    best: str
    best_ms: float
    gain: float
    gflops: float
    adapter: str
    all_ms: dict[str, float]


class Call(NamedTuple):
    """An op with the specs that it is timed on."""

    op: Op
    ins: tuple[Spec, ...]
    outs: tuple[Spec, ...]


def works() -> list[str]:
    """What can be tuned for."""
    return ["matmul", "head", "convnet", *(_word(network.title) for network in NETWORKS)]


def _word(title: str) -> str:
    return title.lower().replace(" ", "-")


def calls(work: str, quick: bool) -> Iterator[Call]:
    """The ops of a work. ValueError for one that is not among `works`."""
    software = get_device().adapter.software
    if work == "matmul":
        sizes = (64, 256) if software else (1024, 4096) if quick else (256, 512, 1024, 2048, 4096)
        for n in sizes:
            for transposed in ((False, False),) if quick or software else ((False, False), (True, False), (False, True)):
                op, ins = MatMul(*transposed), (Spec((n, n)), Spec((n, n)))
                yield Call(op, ins, op.outputs(*ins))
    elif work == "head":
        for features in (12544,) if quick else (12544, 1280):
            yield from _recorded(head.training_step(features, 40))
    elif work == "convnet":
        yield from _recorded(convnet.training_step(16 if software else 128))
    elif work in works():
        network = next(n for n in NETWORKS if _word(n.title) == work)
        net = network.build()
        for batch in (1,) if quick or software else (1, 32):
            yield from _recorded(net, tensor(np.zeros((batch, network.side, network.side, 3), np.float32)))
    else:
        raise ValueError(f"nothing called {work!r} to tune for; there are {', '.join(works())}")


def _recorded(function: Callable[..., Any], *args: Any) -> Iterator[Call]:
    captured = capture(function)
    captured.record(*args)
    for plan in captured.plans():
        yield from (Call(*call) for call in plan.calls)


async def tune(
    wait: Callable[[], Awaitable[None]],
    only: Sequence[str] = (),
    quick: bool = False,
    listener: Callable[[Step], None] = lambda step: None,
) -> AsyncIterator[TuneRow]:
    """A row for every choice and class of shapes that the works leave, all of them if `only` names none. What won is kept when all
    is timed, not before. `wait` returns when everything submitted is done. ValueError on the CPU device, whose ops have one form."""
    device = get_device()
    if device.adapter.language != "wgsl":
        raise ValueError("the CPU device has nothing to tune; take --device gpu")
    found: dict[str, dict[str, str]] = {}
    for work in only or works():
        distinct = list(dict.fromkeys(calls(work, quick)))
        for j, call in enumerate(distinct):
            listener(Step(f"tuning {work}", j, len(distinct)))
            async for row in _tuned(device, call, found, wait, quick):
                yield row
        listener(Step(f"tuning {work}", len(distinct), len(distinct)))
    keep(device.adapter, found)


async def _tuned(
    device: Device, call: Call, found: dict[str, dict[str, str]], wait: Callable[[], Awaitable[None]], quick: bool
) -> AsyncIterator[TuneRow]:
    """One choice of the call after the other, each with those before it settled: the split of a sum depends on its form."""
    settled: dict[str, str] = {}
    while True:
        with watched() as asked, forced(**settled):
            lower(*call, device.adapter)
        open_ = [a for a in asked if a.choice.name not in settled]
        if not open_:
            return
        name, group = open_[0].choice.name, shape_class(open_[0].shape)
        if group in found.get(name, {}):
            settled[name] = found[name][group]
            continue
        times = await _times(device, call, settled, open_[0], wait, quick)
        default = open_[0].default
        fastest = min(times, key=lambda c: times[c])
        best = fastest if times[fastest] < WORTH * times[default] else default
        settled[name] = found.setdefault(name, {})[group] = best
        if len(times) > 1:
            yield TuneRow(
                choice=name,
                shape=group,
                default=default,
                default_ms=times[default],
                best=best,
                best_ms=times[best],
                gain=times[default] / times[best],
                gflops=call.op.flops(call.ins, call.outs) / times[best] / 1e6,
                adapter=device.adapter.name,
                all_ms=times,
            )


async def _times(
    device: Device, call: Call, settled: dict[str, str], asked: Asked, wait: Callable[[], Awaitable[None]], quick: bool
) -> dict[str, float]:
    """Milliseconds of a call with each candidate: the best of several runs, taken in turns. Candidates that come to the same launches
    count as one."""
    lowered: dict[str, Lowered] = {}
    for form in (asked.default, *asked.candidates):
        with forced(**settled, **{asked.choice.name: form}):
            low = lower(*call, device.adapter)
        if low not in lowered.values():
            lowered[form] = low
    if len(lowered) == 1:
        return {asked.default: 1.0}
    held = [_filled(device, spec) for spec in (*call.ins, *call.outs)]
    trials: dict[str, _Trial] = {}
    try:
        device.compile([launch.program for low in lowered.values() for launch in low.launches])
        for form, low in lowered.items():
            trials[form] = _Trial(device, low, held)
        target = 0.005 if quick else 0.01
        for trial in trials.values():
            await trial.run(1, wait)
            trial.repeat = max(1, min(1000, round(target / await trial.run(1, wait))))
            for _ in range(2):
                await trial.measure(wait)
        limit = CLOSE * min(t.seconds for t in trials.values())
        for _ in range(3 if quick else 7):
            for form, trial in trials.items():
                if trial.seconds <= limit or form == asked.default:
                    await trial.measure(wait)
        return {form: trial.seconds * 1e3 for form, trial in trials.items()}
    finally:
        for trial in trials.values():
            trial.close()
        for buffer in held:
            device.free(buffer)


def _filled(device: Device, spec: Spec) -> int:
    """A buffer of random floats, or of zeros, which are an index into anything."""
    buffer = device.alloc(spec.nbytes)
    if spec.dtype == "float32":
        some = np.random.default_rng(0).standard_normal(min(spec.size, 1 << 20), np.float32)
        data = np.resize(some, spec.size)
    else:
        data = np.zeros(-(-spec.nbytes // 4), np.uint32)
    device.upload(buffer, data)
    return buffer


class _Trial:
    """The launches of a candidate, ready to run on buffers."""

    def __init__(self, device: Device, lowered: Lowered, held: list[int]):
        self._device = device
        self._scratch = [device.alloc(n) for n in lowered.scratch_bytes]
        buffers = [*held, *self._scratch]
        self._groups: list[int] = []
        self._commands = array("i")
        for launch, pipeline in zip(lowered.launches, device.compile([x.program for x in lowered.launches]), strict=True):
            group = device.bind(pipeline, [buffers[i] for i in launch.slots], launch.params)
            self._groups.append(group)
            self._commands.extend((pipeline, group, *launch.groups, 0))
        self.repeat = 1
        self.seconds = float("inf")

    async def run(self, times: int, wait: Callable[[], Awaitable[None]]) -> float:
        """Seconds each of so many takes in one submit, as in a replayed plan: encoding is a part of it."""
        commands = self._commands * times
        await wait()
        start = time.perf_counter()
        self._device.run(commands)
        await wait()
        return max(time.perf_counter() - start, 1e-9) / times

    async def measure(self, wait: Callable[[], Awaitable[None]]) -> None:
        self.seconds = min(self.seconds, await self.run(self.repeat, wait))

    def close(self) -> None:
        for group in self._groups:
            self._device.unbind(group)
        for buffer in self._scratch:
            self._device.free(buffer)
