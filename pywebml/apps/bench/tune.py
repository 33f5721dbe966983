"""`bench tune`: times the candidates of every choice that the kernels of some works
leave (core/choices.py) on the device in use, and keeps the best for this adapter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TypedDict

from ...core.choices import Asked, forced, keep, shape_class, watched
from ...core.op import Lowered, lower
from ...device import Device, get_device, measured
from ...host.progress import Step
from .launches import Call, Trial, Wait, filled
from .works import chosen, plans

WORTH = 0.97  # of the default's time: what takes longer is no gain, but noise
CLOSE = 1.25  # times the best: what was slower at the first look is not timed again


class TuneRow(TypedDict):
    """One choice for one class of shapes. `best` is the default where nothing was
    faster by 3 %; `all_ms`: every candidate's time.
    """

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


def calls(work: str, quick: bool) -> Iterator[Call]:
    """The ops of a work."""
    for _, plan in plans(work, quick):
        yield from (Call(*call) for call in plan.calls)


async def tune(
    wait: Wait,
    only: Sequence[str] = (),
    quick: bool = False,
    listener: Callable[[Step], None] = lambda step: None,
) -> AsyncIterator[TuneRow]:
    """A row for every choice and class of shapes that the works leave, all of them if
    `only` names none. What won is kept when all is timed, not before. `wait` returns
    when everything submitted is done. ValueError on the CPU device, whose ops have one
    form.
    """
    device = get_device()
    if device.adapter.language != "wgsl":
        raise ValueError(
            "the CPU device has one form of each op and nothing to tune; take --device gpu, or a"
            " browser with a graphics card"
        )
    measured.ready(device.adapter)
    winners: dict[str, dict[str, str]] = {}
    for work in chosen(only):
        distinct = list(dict.fromkeys(calls(work, quick)))
        for j, call in enumerate(distinct):
            listener(Step(f"tuning {work}", j, len(distinct)))
            async for row in _tuned(device, call, winners, wait, quick):
                yield row
        listener(Step(f"tuning {work}", len(distinct), len(distinct)))
    keep(device.adapter, winners)


async def _tuned(
    device: Device, call: Call, winners: dict[str, dict[str, str]], wait: Wait, quick: bool
) -> AsyncIterator[TuneRow]:
    """One choice of the call after the other, each with those before it settled: the
    split of a sum depends on its form.
    """
    settled: dict[str, str] = {}
    while True:
        with watched() as asked, forced(**settled):
            lower(*call, device.adapter)
        open_ = [a for a in asked if a.choice.name not in settled]
        if not open_:
            return
        name, group = open_[0].choice.name, shape_class(open_[0].shape)
        if group in winners.get(name, {}):
            settled[name] = winners[name][group]
            continue
        times = await _times(device, call, settled, open_[0], wait, quick)
        default = open_[0].default
        fastest = min(times, key=lambda c: times[c])
        best = fastest if times[fastest] < WORTH * times[default] else default
        settled[name] = winners.setdefault(name, {})[group] = best
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
    device: Device, call: Call, settled: dict[str, str], asked: Asked, wait: Wait, quick: bool
) -> dict[str, float]:
    """Milliseconds of a call with each candidate: the best of several runs, taken in
    turns. Candidates that come to the same launches count as one.
    """
    lowered: dict[str, Lowered] = {}
    for form in (asked.default, *asked.candidates):
        with forced(**settled, **{asked.choice.name: form}):
            low = lower(*call, device.adapter)
        if low not in lowered.values():
            lowered[form] = low
    if len(lowered) == 1:
        return {asked.default: 1.0}
    buffers = [filled(device, spec) for spec in (*call.ins, *call.outs)]
    trials: dict[str, Trial] = {}
    try:
        device.compile([launch.program for low in lowered.values() for launch in low.launches])
        for form, low in lowered.items():
            trials[form] = Trial(device, low, buffers)
        target = 0.005 if quick else 0.01
        for trial in trials.values():
            await trial.warm_up(target, wait)
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
        for buffer in buffers:
            device.free(buffer)
