"""What is written down while a function is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..device.seam import Device
from .op import Op
from .runtime import Buffer, Recorder, Unset
from .spec import Spec


@dataclass(eq=False)
class Step:
    """One op of a trace: what it reads and makes, as buffers (virtual ones for results)
    with the specs they are seen as.
    """

    op: Op
    ins: list[Buffer]
    in_specs: tuple[Spec, ...]
    outs: list[Buffer]
    out_specs: tuple[Spec, ...]

    def written(self) -> list[Buffer]:
        """The buffers that running this step changes."""
        return [self.ins[i] for i in self.op.writes] + self.outs


def readers(steps: list[Step]) -> dict[Buffer, list[Step]]:
    """The steps that read each buffer, in order."""
    reading: dict[Buffer, list[Step]] = {}
    for step in steps:
        for buffer in dict.fromkeys(step.ins):
            reading.setdefault(buffer, []).append(step)
    return reading


class Trace:
    """Where `apply` puts ops while a function is recorded."""

    def __init__(self, device: Device):
        self.device = device
        self.steps: list[Step] = []
        self.made: set[Buffer] = set()
        self.replayed: list[Callable[[], None]] = []
        """What the host does when a replay was sent off, such as counting it."""

    def virtual(self, spec: Spec) -> Buffer:
        buffer = Buffer(self.device, spec.nbytes, virtual=True)
        self.made.add(buffer)
        return buffer

    def record(
        self,
        op: Op,
        ins: list[Buffer],
        specs: tuple[Spec, ...],
        outs: tuple[Spec, ...],
        device: Device,
    ) -> list[Buffer]:
        if device is not self.device:
            raise ValueError(
                f"{op.name} uses {device.adapter.name}, but this function is captured on"
                f" {self.device.adapter.name}; make its variables on the device in use, or choose"
                " theirs with set_device"
            )
        for buffer, spec in zip(ins, specs, strict=True):
            if buffer.id == -1 and buffer not in self.made and not isinstance(buffer, Unset):
                raise RuntimeError(
                    f"{op.name} got a tensor of shape {spec.shape} that was disposed, or made"
                    " inside another capture"
                )
        results = [self.virtual(s) for s in outs]
        self.steps.append(Step(op, list(ins), specs, results, outs))
        return results


@contextmanager
def eager() -> Iterator[None]:
    """Runs ops at once although a function is being recorded, for what belongs to
    set-up: a layer's initial weights.
    """
    before, Recorder.trace = Recorder.trace, None
    try:
        yield
    finally:
        Recorder.trace = before
