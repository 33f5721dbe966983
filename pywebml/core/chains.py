"""The pass that joins elementwise steps of one shape into chains, one launch each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .fusion import Chain, Instruction, Operand
from .trace import readers

if TYPE_CHECKING:
    from .runtime import Buffer
    from .spec import Spec
    from .trace import Step

BINDINGS = 8  # storage buffers a kernel may bind on every WebGPU host
LONGEST = 40  # instructions per chain: longer ones compile slowly and spill registers


def fuse_chains(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Elementwise steps of one shape joined into the step that reads them, which then
    may have several results.

    The first step moves down to the last one. So until there nothing may read its
    results and nothing may write what it reads. A result that is read through a
    reshape, in another shape, is not the value at the same place: those stay apart. What
    others read later is still stored.
    """
    line: list[Step | None] = list(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    maker = {b: s for s in steps for b in s.outs}
    reading = readers(steps)

    def stored(first: Step, last: Step) -> list[Buffer]:
        """The results of `first` that somebody else reads."""
        return [
            b for b in first.outs if b in outputs or any(r is not last for r in reading.get(b, ()))
        ]

    def joins(first: Step, last: Step) -> bool:
        assert isinstance(last.op, Chain)
        shape = last.out_specs[0].shape
        if first is last or not isinstance(first.op, Chain):
            return False
        if any(s.shape != shape for s in first.out_specs):
            return False
        seen_as = {s for b, s in zip(last.ins, last.in_specs, strict=True) if b in first.outs}
        if seen_as - set(first.out_specs):  # read through a reshape
            return False
        start, end = place[id(first)], place[id(last)]
        if any(place[id(r)] < end for b in first.outs for r in reading.get(b, []) if r is not last):
            return False
        if len(first.op.body) + len(last.op.body) > LONGEST:
            return False
        between = (s for s in line[start + 1 : end] if s is not None)
        if any(not set(first.ins).isdisjoint(s.written()) for s in between):
            return False
        # one seen in two shapes is bound twice
        inputs = set(zip(first.ins, first.in_specs, strict=True))
        inputs |= {
            (b, s) for b, s in zip(last.ins, last.in_specs, strict=True) if b not in first.outs
        }
        return len(inputs) + len(stored(first, last)) + len(last.outs) <= BINDINGS

    for index, step in enumerate(line):
        if step is None or not isinstance(step.op, Chain):
            continue
        while True:
            first = next((maker[b] for b in step.ins if b in maker and joins(maker[b], step)), None)
            if first is None:
                break
            staying = stored(first, step)
            _join(first, step, staying)
            line[place[id(first)]] = None
            for buffer in staying:
                maker[buffer] = step
            for buffer in first.outs:
                reading[buffer] = [r for r in reading.get(buffer, ()) if r is not step]
            for buffer in first.ins:
                moved = (step if r is first else r for r in reading[buffer])
                reading[buffer] = list({id(r): r for r in moved}.values())
        place[id(step)] = index
    return [s for s in line if s is not None]


def _join(first: Step, last: Step, staying: list[Buffer]) -> None:
    """Puts `first` in front of `last`; `staying` are the results of `first` that others
    read.
    """
    assert isinstance(first.op, Chain) and isinstance(last.op, Chain)
    ins: list[Buffer] = list(first.ins)
    specs: list[Spec] = list(first.in_specs)
    value_of = dict(zip(first.outs, first.op.results, strict=True))
    shift = len(first.op.body)
    inputs: dict[int, Operand] = {}  # what an input of `last` is in the chain of both
    for number, (buffer, spec) in enumerate(zip(last.ins, last.in_specs, strict=True)):
        if buffer in value_of:
            inputs[number] = ("t", value_of[buffer])
            continue
        pairs = list(zip(ins, specs, strict=True))
        if (buffer, spec) not in pairs:
            ins.append(buffer)
            specs.append(spec)
            pairs.append((buffer, spec))
        inputs[number] = ("x", pairs.index((buffer, spec)))

    def moved(operand: Operand) -> Operand:
        tag, value = operand
        if tag == "x":
            return inputs[value]
        return (tag, value + shift) if tag == "t" else operand

    body = list(first.op.body)
    body += [Instruction(name, tuple(map(moved, operands))) for name, operands in last.op.body]
    results = [value_of[b] for b in staying] + [r + shift for r in last.op.results]
    staying_specs = tuple(
        s for b, s in zip(first.outs, first.out_specs, strict=True) if b in staying
    )
    last.op = replace(last.op, body=tuple(body), results=tuple(results))
    last.ins, last.in_specs = ins, tuple(specs)
    last.outs, last.out_specs = staying + last.outs, staying_specs + last.out_specs
