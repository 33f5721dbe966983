"""Single ops on buffers of their own, launched many times over: what `bench tune` and
`bench floor` time.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import numpy as np

from ...core.op import Lowered, Op
from ...core.spec import FLOATS, Spec
from ...device import Device

Wait = Callable[[], Awaitable[None]]
"""Returns when everything submitted is done."""


class Call(NamedTuple):
    """An op with the specs that it is timed on."""

    op: Op
    ins: tuple[Spec, ...]
    outs: tuple[Spec, ...]


def filled(device: Device, spec: Spec) -> int:
    """A buffer of random floats (the first 16 MB of it), or of zeros, which are an
    index into anything.
    """
    buffer = device.alloc(spec.nbytes)
    words = min(spec.nbytes // 4, 4 << 20) if spec.dtype in FLOATS else spec.nbytes // 4
    data = (
        np.random.default_rng(0).standard_normal(words, np.float32)
        if spec.dtype == "float32"
        else np.zeros(words, np.uint32)
    )
    device.upload(buffer, data)
    return buffer


class Trial:
    """The launches of a candidate, ready to run on buffers."""

    def __init__(self, device: Device, lowered: Lowered, buffers: list[int]):
        self._device = device
        self._scratch = [device.alloc(n) for n in lowered.scratch_bytes]
        bound = [*buffers, *self._scratch]
        self._groups: list[int] = []
        self._commands = array("i")
        for launch, pipeline in zip(
            lowered.launches, device.compile([x.program for x in lowered.launches]), strict=True
        ):
            group = device.bind(pipeline, [bound[i] for i in launch.slots], launch.params)
            self._groups.append(group)
            self._commands.extend((pipeline, group, *launch.groups, 0))
        self.repeat = 1
        self.seconds = float("inf")

    async def run(self, times: int, wait: Wait) -> float:
        """Seconds each of so many takes in one list, as in a replayed plan: encoding is
        a part of it.
        """
        commands = self._commands * times
        await wait()
        start = time.perf_counter()
        self._device.run(commands)
        await wait()
        return max(time.perf_counter() - start, 1e-9) / times

    async def warm_up(self, target: float, wait: Wait) -> None:
        """Runs it, and finds how many runs in a row take `target` seconds."""
        await self.run(1, wait)
        for _ in range(2):  # the first look has the wait in it
            self.repeat = max(1, min(1000, round(target / await self.run(self.repeat, wait))))

    async def measure(self, wait: Wait) -> None:
        """Times `repeat` runs; `seconds` is the best so far."""
        self.seconds = min(self.seconds, await self.run(self.repeat, wait))

    def close(self) -> None:
        for group in self._groups:
            self._device.unbind(group)
        for buffer in self._scratch:
            self._device.free(buffer)
