"""A plan for another host: what a device would be told to play it, written down.

No graphics card is needed to write what one plays, and no XNNPACK for its calls: ops
say both by themselves, for any adapter.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from ..device.pool import size_class
from ..device.seam import COMMAND, COPY, Adapter, Device, Program
from .folding import fold_on_host
from .fuse import drop_dead, optimise
from .plan import Plan
from .runtime import Buffer
from .spec import Spec
from .tensor import Tensor
from .trace import Step

ANY_GPU = Adapter("any GPU", "wgsl", "WebGPU")
"""What each adapter with WebGPU can do: no extensions, the limits that are guaranteed."""
ANY_TAB = Adapter("a tab", "numpy", "XNNPACK", software=True)
"""The CPU device of each tab."""

_FIRST = 1 << 30  # numbers of buffers here, above all that a device gives


class Weight(NamedTuple):
    """A buffer that the plan reads and nobody writes, and what it is seen as."""

    buffer: Buffer
    spec: Spec


class WrittenPlan(NamedTuple):
    """`buffers`: bytes of each; they have the first numbers, then come the `weights`
    (tuples of floats where an op has brought them along). `groups`: (program, buffers,
    parameters) each; `commands` as `Device.run` takes them. For a CPU device `calls`
    are those of XNNPACK's kernels, in order: (kernel, arguments), where an argument is
    an integer, {"of": buffer, "size": n} for a tensor, or a list of integers.
    """

    buffers: list[int]
    weights: list[Weight | tuple[float, ...]]
    programs: list[Program]
    groups: list[tuple[int, list[int], bytes]]
    commands: list[int]
    calls: list[tuple[str, list[Any]]]
    input: int
    output: int


def write_down(
    steps: list[Step], source: Buffer, result: Tensor, adapter: Adapter
) -> WrittenPlan | None:
    """The plan of a trace with one input and one output, for an adapter; None for a CPU
    device where XNNPACK has no kernel for an op. The steps are changed.
    """
    outputs = {result.buffer}
    steps, _ = fold_on_host(drop_dead(steps, outputs), outputs)
    steps = optimise(steps, outputs, adapter)
    paper = _Paper(adapter)
    plan = Plan(steps, [source], [result.buffer], cast(Device, paper))
    weights: dict[int, Weight | tuple[float, ...]] = {
        buffer.id: Weight(buffer, spec)
        for step in steps
        for buffer, spec in zip(step.ins, step.in_specs, strict=True)
        if buffer.id != -1
    }
    calls = [] if adapter.language == "wgsl" else _calls(paper, plan, weights)
    if calls is None:
        return None
    numbers = {_FIRST + i: i for i in range(len(paper.buffers))}
    numbers |= {buffer: len(paper.buffers) + i for i, buffer in enumerate(weights)}
    return WrittenPlan(
        paper.buffers,
        list(weights.values()),
        paper.programs,
        [(p, [numbers[b] for b in buffers], params) for p, buffers, params in paper.groups],
        _renumbered(plan.commands, numbers),
        [(kernel, [_known(arg, numbers) for arg in args]) for kernel, args in calls],
        numbers[plan.input_ids[0]],
        numbers[plan.output_ids[0]],
    )


class _Paper:
    """What a `Plan` asks of a device, noted."""

    def __init__(self, adapter: Adapter):
        self.adapter = adapter
        self.buffers: list[int] = []
        self.programs: list[Program] = []
        self.groups: list[tuple[int, Sequence[int], bytes]] = []

    def alloc(self, nbytes: int) -> int:
        self.buffers.append(size_class(nbytes, self.adapter.max_binding))
        return _FIRST + len(self.buffers) - 1

    def compile(self, programs: Sequence[Program]) -> list[int]:
        known = {program: i for i, program in enumerate(self.programs)}
        for program in programs:
            if program not in known:
                known[program] = len(self.programs)
                self.programs.append(program)
        return [known[program] for program in programs]

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        self.groups.append((pipeline, buffers, params))
        return len(self.groups) - 1

    def unbind(self, group: int) -> None:
        """Stays on the paper."""

    def free(self, buffer: int) -> None:
        """Likewise."""


class _Tensor(NamedTuple):
    """An argument that is `size` elements at the start of a buffer."""

    buffer: int
    size: int


def _calls(
    paper: _Paper, plan: Plan, weights: dict[int, Weight | tuple[float, ...]]
) -> list[tuple[str, list[Any]]] | None:
    """What the commands come to on XNNPACK. Its scratch is more buffers, constants that
    ops bring along are more weights.
    """
    calls: list[tuple[str, list[Any]]] = []
    scratch: list[int] = []  # one after the other may use it
    constants: dict[tuple[float, ...], int] = {}
    for at in range(0, len(plan.commands), COMMAND):
        pipeline, group = plan.commands[at : at + 2]
        if pipeline == COPY:
            return None
        op, ins, outs = cast("tuple[Any, Any, Any]", paper.programs[pipeline].numpy)
        k = op.calls(ins, outs)
        if k is None:
            return None
        for i, nbytes in enumerate(k.scratch_bytes):
            if i == len(scratch):
                scratch.append(paper.alloc(nbytes))
            place = scratch[i] - _FIRST
            paper.buffers[place] = max(paper.buffers[place], nbytes)
        for values in k.constants:
            if values not in constants:
                constants[values] = 2 * _FIRST + len(constants)
                weights[constants[values]] = values
        places = [*paper.groups[group][1], *scratch[: len(k.scratch_bytes)]]
        places += [constants[values] for values in reversed(k.constants)]
        for call in k.calls:
            args = [
                _Tensor(places[arg.index], arg.size) if hasattr(arg, "shape") else arg
                for arg in call.args
            ]
            calls.append((call.kernel, args))
    return calls


def _renumbered(commands: array[int], numbers: dict[int, int]) -> list[int]:
    """Commands with the buffers that they copy by their numbers here."""
    renumbered = list(commands)
    for at in range(0, len(renumbered), COMMAND):
        if renumbered[at] == COPY:
            for place in (at + 1, at + 2):
                renumbered[place] = numbers[renumbered[place]]
    return renumbered


def _known(arg: Any, numbers: dict[int, int]) -> Any:
    if isinstance(arg, _Tensor):
        return {"of": numbers[arg.buffer], "size": arg.size}
    return arg if isinstance(arg, int) else list(arg)
