"""The passes that make chains: elementwise steps of one shape in one launch, which
stores what is assigned to variables in these, even in those that it reads. An update of
a parameter and of all that an optimizer remembers for it is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .basic import Assign
from .fusion import Chain, Instruction, Operand
from .trace import readers

if TYPE_CHECKING:
    from .runtime import Buffer
    from .spec import Spec
    from .trace import Step

BINDINGS = 8  # storage buffers a kernel may bind on every WebGPU host
LONGEST = 40  # instructions per chain: longer ones compile slowly and spill registers
FEW = 1 << 16  # values, for which starting a launch takes longer than what it does


def store_assigned(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """A chain whose result is assigned to a variable stores it in the variable itself,
    even in one that it reads, and stores the result only where others read that, too.

    The write moves up from the assignment to the chain. So nothing between the two may
    read the variable, which still has its old value there, or write it. The chain may
    read it in the shape in which it is written only: there each thread reads a place
    before it alone writes it. Whoever reads the variable later sees what it saw before.
    """
    reading = readers(steps)
    maker = {b: i for i, s in enumerate(steps) for b in s.outs if b.id == -1}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        if not isinstance(step.op, Assign):
            continue
        target, value = step.ins
        start = maker.get(value)
        if start is None:
            continue
        chain = steps[start]
        if not isinstance(chain.op, Chain) or value not in chain.outs or target in chain.outs:
            continue
        position = chain.outs.index(value)
        spec = chain.out_specs[position]
        between = steps[start + 1 : index]
        if spec != step.in_specs[1] or any(target in (*s.ins, *s.written()) for s in between):
            continue
        outs, specs, results = list(chain.outs), list(chain.out_specs), list(chain.op.results)
        reading[value] = [r for r in reading[value] if r is not step]
        if value in outputs or reading[value]:
            outs.append(target)
            specs.append(spec)
            results.append(results[position])
        else:
            outs[position] = target
        if _fits(list(zip(chain.ins, chain.in_specs, strict=True)), outs, specs):
            chain.op = replace(chain.op, results=tuple(results))
            chain.outs, chain.out_specs = outs, tuple(specs)
            line[index] = None
        else:
            reading[value].append(step)
    return [s for s in line if s is not None]


def write_in_place(steps: list[Step]) -> list[Step]:
    """Tells chains which of their inputs they write. Until here that is seen from the
    buffers: a chain has it among what it reads and among its results. Bound twice, to
    be read and to be written, it would be refused.
    """
    for step in steps:
        op = step.op
        if not isinstance(op, Chain) or set(step.outs).isdisjoint(step.ins):
            continue
        rows = list(zip(step.outs, step.out_specs, op.results, strict=True))
        targets = tuple((step.ins.index(b), result) for b, _, result in rows if b in step.ins)
        others = [row for row in rows if row[0] not in step.ins]
        step.op = replace(op, results=tuple(row[2] for row in others), targets=targets)
        step.outs, step.out_specs = [row[0] for row in others], tuple(row[1] for row in others)
    return steps


def _fits(ins: Sequence[tuple[Buffer, Spec]], outs: list[Buffer], specs: Sequence[Spec]) -> bool:
    """Whether a chain may have these inputs and results: what it reads and writes is
    seen in one shape, and is bound once; what it reads in two shapes is bound twice.
    """
    bound = set(ins)
    for buffer, spec in zip(outs, specs, strict=True):
        seen_as = {s for b, s in bound if b is buffer}
        if seen_as - {spec}:
            return False
        bound.add((buffer, spec))
    return len(bound) <= BINDINGS


def _passes(step: Step, others: Sequence[Step | None]) -> bool:
    """Whether a step may change places with others: none reads or writes its results,
    or writes what it reads.
    """
    ins, outs = set(step.ins), set(step.outs)
    return all(
        other is None or (outs.isdisjoint(other.ins) and (ins | outs).isdisjoint(other.written()))
        for other in others
    )


def fuse_chains(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Elementwise steps of one shape joined into the step that reads them, or that
    writes a variable which they read; it then may have several results, variables among
    them.

    The first step moves down to the last one. So until there nothing may read or write
    its results, and nothing may write what it reads. A result that is read through a
    reshape, in another shape, is not the value at the same place: those stay apart.
    What others read later is still stored. A variable that the first writes and the
    last reads is the first's value: nothing wrote it in between.
    """
    line: list[Step | None] = list(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    maker: dict[Buffer, Step] = {}  # of what was written so far: the last step that did
    reading = {b: {id(s): s for s in several} for b, several in readers(steps).items()}

    def stored(first: Step, last: Step) -> list[Buffer]:
        """The results of `first` that are still stored when it is part of `last`."""
        return [
            b
            for b in first.outs
            if b not in last.outs
            and (b.id != -1 or b in outputs or any(r != id(last) for r in reading.get(b, {})))
        ]

    def joins(first: Step, last: Step) -> bool:
        assert isinstance(last.op, Chain)
        shape = last.out_specs[0].shape
        if not isinstance(first.op, Chain) or any(s.shape != shape for s in first.out_specs):
            return False
        if place[id(first)] >= place[id(last)]:
            return False
        spec_of = dict(zip(first.outs, first.out_specs, strict=True))
        later = list(zip(last.ins, last.in_specs, strict=True))
        if any(spec_of.get(b, s) != s for b, s in later):  # read through a reshape
            return False
        if len(first.op.body) + len(last.op.body) > LONGEST:
            return False
        if not _passes(first, line[place[id(first)] + 1 : place[id(last)]]):
            return False
        ins = [*zip(first.ins, first.in_specs, strict=True)]
        ins += [(b, s) for b, s in later if b not in spec_of]
        staying = stored(first, last)
        specs = [*(spec_of[b] for b in staying), *last.out_specs]
        return _fits(ins, [*staying, *last.outs], specs)

    for index, step in enumerate(steps):
        while isinstance(step.op, Chain):
            before = [maker[b] for b in step.ins if b in maker]
            before += [r for b in step.outs if b.id != -1 for r in reading.get(b, {}).values()]
            first = next((s for s in before if joins(s, step)), None)
            if first is None:
                break
            staying = stored(first, step)
            line[place[id(first)]] = None
            for buffer in first.outs:
                maker.pop(buffer, None)
                reading.get(buffer, {}).pop(id(step), None)
            for buffer in dict.fromkeys(first.ins):
                del reading[buffer][id(first)]
                reading[buffer][id(step)] = step
            _join(first, step, staying)
        place[id(step)] = index
        maker.update(dict.fromkeys(step.written(), step))
    return [s for s in line if s is not None]


def fuse_siblings(steps: list[Step]) -> list[Step]:
    """Chains of one shape and few values, of which neither reads the other's results,
    in one launch: moving averages beside each other, say.

    The second moves up to the first, or the first down to the second, whichever nothing
    in between forbids.
    """
    line: list[Step | None] = list(steps)
    latest: dict[tuple[int, ...], int] = {}  # the place of the last chain of a shape
    for index, step in enumerate(steps):
        if not isinstance(step.op, Chain) or step.out_specs[0].size > FEW:
            continue
        shape = step.out_specs[0].shape
        start = latest.get(shape)
        first = None if start is None else line[start]
        if start is not None and first is not None and _go_together(first, step):
            between = line[start + 1 : index]
            up, down = _passes(step, [first, *between]), _passes(first, [*between, step])
            if up or down:
                _join(first, step, list(first.outs))
                line[start], line[index] = (step, None) if up else (None, step)
                latest[shape] = start if up else index
                continue
        latest[shape] = index
    return [s for s in line if s is not None]


def _go_together(first: Step, last: Step) -> bool:
    """Whether a kernel can bind what two chains bind, and is not too long for both."""
    assert isinstance(first.op, Chain) and isinstance(last.op, Chain)
    ins = list(zip((*first.ins, *last.ins), (*first.in_specs, *last.in_specs), strict=True))
    fits = _fits(ins, [*first.outs, *last.outs], [*first.out_specs, *last.out_specs])
    return fits and len(first.op.body) + len(last.op.body) <= LONGEST


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
