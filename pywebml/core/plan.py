"""A trace made ready to replay: pipelines compiled, results placed in buffers by
lifetime, one command list.
"""

from __future__ import annotations

from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..device import measured
from ..device.pool import size_class
from ..device.seam import COPY, Adapter, Device
from .fusion import parts_of
from .lowering import Launch
from .op import lower
from .runtime import Buffer
from .tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .trace import Step
    from .whole import Whole


class Row(NamedTuple):
    """One kernel launch of a plan, for `summary`. `ops`: what the launch and those that
    follow without any do, all in one.
    """

    kernel: str
    ops: str
    shapes: str
    groups: tuple[int, int, int]
    nbytes: int
    flops: int


class Floor(NamedTuple):
    """What an adapter does at best: bytes per second, floating-point operations per
    second, seconds per launch. `bench floor` measures it.
    """

    bandwidth: float
    flops: float
    launch: float

    def seconds(self, nbytes: int, flops: int, launches: int = 1) -> float:
        """That launches take at least which move `nbytes` and compute `flops`, each
        waiting for the one before.
        """
        return max(nbytes / self.bandwidth, flops / self.flops) + launches * self.launch


def known_floor(adapter: Adapter) -> Floor | None:
    """What was measured on the adapter; None where nothing was."""
    kept = {} if measured.ignored() else measured.load(adapter).get("floor", {})
    try:
        floor = Floor(**{name: float(kept[name]) for name in Floor._fields})
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return floor if min(floor) > 0 else None


class Plan:
    """Owns the buffers of a recording's inputs, results and intermediates, and its bind
    groups.
    """

    def __init__(
        self, steps: list[Step], inputs: list[Buffer], outputs: list[Buffer], device: Device
    ):
        self.device = device
        self.commands = array("i")
        self.rows: list[Row] = []
        self.calls = [(s.op, s.in_specs, s.out_specs) for s in steps]
        self.bytes = 0
        self.recorded = len(steps)  # ops that the results and variables need
        self.folded: list[str] = []  # those of them that the host did while recording
        self.whole: Whole | None = None  # where a library may compute it in one go
        self._owned: list[int] = []
        self._groups: list[int] = []
        self._place: dict[Buffer, int] = {}
        self._free: dict[int, list[int]] = {}
        self._capacities: dict[int, int] = {}
        lowered = [lower(s.op, s.in_specs, s.out_specs, device.adapter) for s in steps]
        pipelines = iter(
            device.compile([launch.program for low in lowered for launch in low.launches])
        )
        self._checked = -1
        self._alive = [b for s in steps for b in (*s.ins, *s.outs) if b.id != -1] + [
            b for b in outputs if b.id != -1
        ]
        # Memory by lifetime: a result's place is free again after the last step that
        # touches it, and the next result that fits takes it. A step's own results are
        # placed before its inputs' places come back, so no kernel reads what it
        # writes. Inputs and outputs keep places of their own between replays.
        last_use = {b: i for i, s in enumerate(steps) for b in (*s.ins, *s.outs) if b.id == -1}
        staying = {*inputs, *outputs}
        for buffer in dict.fromkeys([*inputs, *outputs]):
            self._place[buffer] = (
                buffer.id if buffer.id != -1 else self._take(buffer.nbytes, reuse=False)
            )
        for i, (step, low) in enumerate(zip(steps, lowered, strict=True)):
            for buffer in step.outs:
                if buffer.id == -1 and buffer not in self._place:
                    self._place[buffer] = self._take(buffer.nbytes)
            scratch = [self._take(n) for n in low.scratch_bytes]
            bound = (*step.ins, *step.outs)
            places = [b.id if b.id != -1 else self._place[b] for b in bound] + scratch
            for launch in low.launches:
                self._launch(launch, next(pipelines), places)
            self._describe(step, low.launches)
            for place in scratch:
                self._give(place)
            for buffer in dict.fromkeys([*step.ins, *step.outs]):
                if buffer.id == -1 and buffer not in staying and last_use[buffer] == i:
                    self._give(self._place[buffer])
        self.input_ids = [self._place[b] for b in inputs]
        self.input_bytes = [b.nbytes for b in inputs]
        self._place |= {b: self._copy_of(b) for b in outputs if b.id != -1 or b in inputs}
        self.output_ids = [self._place[b] for b in outputs]
        self._output_bytes = [b.nbytes for b in outputs]

    def _take(self, nbytes: int, reuse: bool = True) -> int:
        capacity = size_class(nbytes, self.device.adapter.max_binding)
        fits = [c for c, stack in self._free.items() if stack and capacity <= c <= 4 * capacity]
        if reuse and fits:
            return self._free[min(fits)].pop()
        place = self.device.alloc(nbytes)
        self._owned.append(place)
        self._capacities[place] = capacity
        self.bytes += capacity
        return place

    def _give(self, place: int) -> None:
        self._free.setdefault(self._capacities[place], []).append(place)

    def _launch(self, launch: Launch, pipeline: int, places: list[int]) -> None:
        group = self.device.bind(pipeline, [places[i] for i in launch.slots], launch.params)
        self._groups.append(group)
        self.commands.extend((pipeline, group, *launch.groups, 0))

    def _copy_of(self, buffer: Buffer) -> int:
        """A place for a result that is an input or a variable, so that nobody writes
        it, or hands it in again, through the result.
        """
        place = self._take(buffer.nbytes, reuse=False)
        self.commands.extend((COPY, self._place[buffer], place, buffer.nbytes, 0, 0))
        return place

    def _describe(self, step: Step, launches: tuple[Launch, ...]) -> None:
        moved = sum(s.nbytes for s in (*step.in_specs, *step.out_specs)) + sum(
            step.in_specs[i].nbytes for i in step.op.writes
        )
        flops = step.op.flops(step.in_specs, step.out_specs)
        shapes = " ".join(str(list(s.shape)) for s in step.in_specs)
        shapes += " -> " + (" ".join(str(list(s.shape)) for s in step.out_specs) or "in place")
        for i, launch in enumerate(launches):
            name = step.op.name if launch.program.numpy else launch.program.name
            self.rows.append(
                Row(
                    name,
                    " + ".join(parts_of(step.op)) if i == 0 else "",
                    shapes if i == 0 else "",
                    launch.groups,
                    moved if i == 0 else 0,
                    flops if i == 0 else 0,
                )
            )

    def run(self) -> None:
        """Plays the plan on what its inputs hold."""
        self.device.run(self.commands)

    def play(self, sources: Sequence[int], targets: Sequence[int]) -> None:
        """Runs it with the inputs in the buffers `sources`, and puts the outputs into
        `targets`.
        """
        head, tail = array("i"), array("i")
        for source, nbytes, place in zip(sources, self.input_bytes, self.input_ids, strict=True):
            head.extend((COPY, source, place, nbytes, 0, 0))
        for place, nbytes, target in zip(self.output_ids, self._output_bytes, targets, strict=True):
            if target != place:
                tail.extend((COPY, place, target, nbytes, 0, 0))
        self.device.run(head + self.commands + tail if head or tail else self.commands)

    @property
    def computed_by(self) -> str:
        """What its last run was on: the device, or the library that took it whole."""
        by = self.whole.by if self.whole else ""
        return by or self.device.adapter.name

    def check(self) -> None:
        """RuntimeError if a tensor that the plan uses in place has been disposed."""
        if self._checked != Buffer.disposals:
            if any(b.id == -1 for b in self._alive):
                raise RuntimeError(
                    "a captured function uses a tensor that was disposed; keep it, or capture the"
                    " function again"
                )
            self._checked = Buffer.disposals

    def results(self, like: list[Tensor]) -> list[Tensor]:
        """The plan's own result buffers as tensors; the next run overwrites them."""
        return [
            Tensor(_Borrowed(self.device, t.spec.nbytes, place, self), t.spec)
            for t, place in zip(like, self.output_ids, strict=True)
        ]

    def summary(self) -> str:
        """A table of the launches: what each reads and writes, computes, and takes at
        least on this adapter (see `Floor`), of what shapes, and which ops it does in
        one where its name does not say so; the totals, and what the host does.
        """
        floor = known_floor(self.device.adapter)
        lines = [f"{'kernel':<34}{'groups':>18}{'kB':>10}{'MFLOP':>10}{'floor us':>10}  shapes"]
        for r in self.rows:
            groups = "x".join(map(str, r.groups))
            least = f"{1e6 * floor.seconds(r.nbytes, r.flops):.1f}" if floor else "-"
            ops = "" if r.ops.replace(" ", "") in ("", r.kernel) else f"  = {r.ops}"
            lines.append(
                f"{r.kernel[:33]:<34}{groups:>18}{r.nbytes / 1e3:>10.1f}"
                f"{r.flops / 1e6:>10.2f}{least:>10}"
                f"  {r.shapes[:70]}{ops}"
            )
        moved, flops = sum(r.nbytes for r in self.rows), sum(r.flops for r in self.rows)
        lines.append(
            f"{len(self.rows)} launches on {self.device.adapter.name}: {moved / 1e6:.2f} MB moved,"
            f" {flops / 1e6:.1f} MFLOP, {self.bytes / 1e6:.2f} MB of buffers"
        )
        lines.append(self._where())
        if self.whole and self.whole.by:
            lines.append(f"run last as a whole by {self.whole.by}, not by these launches")
        if floor:
            lines.append(
                f"at least {1e3 * self.floor(floor):.3g} ms, at {floor.bandwidth / 1e9:.3g} GB/s,"
                f" {floor.flops / 1e9:,.4g} GFLOP/s and {1e6 * floor.launch:.3g} us a launch, as"
                " measured here"
            )
        else:
            lines.append(
                "the floor is not known: `python -m pywebml bench floor` measures it (in a browser:"
                " Tune on bench.html)"
            )
        return "\n".join(lines)

    def _where(self) -> str:
        """Where the ops that were recorded went."""
        here, rest = len(self.folded), self.recorded - len(self.folded)
        text = f"{self.recorded} ops recorded: {rest} on the device in {len(self.calls)} steps"
        if here:
            names = ", ".join(dict.fromkeys(self.folded))
            return f"{text}, {here} on the host, once ({names})"
        return f"{text}, none on the host"

    def floor(self, best: Floor) -> float:
        """Seconds that a replay takes at least: the sum of its launches' floors."""
        return sum(best.seconds(r.nbytes, r.flops) for r in self.rows)

    def close(self) -> None:
        """Gives the buffers and bind groups back."""
        for group in self._groups:
            self.device.unbind(group)
        for place in self._owned:
            self.device.free(place)
        self._groups, self._owned = [], []
        self.commands = array("i")

    def __del__(self) -> None:
        with suppress(Exception):  # the interpreter may be shutting down
            self.close()


class _Borrowed(Buffer):
    """A plan's buffer seen as a tensor's; the plan stays alive with it and keeps the
    memory.
    """

    __slots__ = ("_plan",)

    def __init__(self, device: Device, nbytes: int, place: int, plan: Plan):
        super().__init__(device, nbytes, virtual=True)
        self.id, self._plan = place, plan

    def free(self) -> None:
        self.id = -1
