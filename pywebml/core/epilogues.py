"""Passes over a trace that let a kernel do to its result, before it is stored, what a
step behind it would do: an epilogue. And some that join an op and its reader otherwise.

Each looks for a step and the one that alone reads its result. Where the first moves
down to the place of the second, nothing between them may write what the first reads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .fusion import (
    PAIRS,
    Activates,
    Borders,
    Chain,
    Instruction,
    Joins,
    Scaled,
    SeesZeros,
    SumsRows,
    TakesRows,
)
from .op import Op
from .spec import FLOATS, Spec
from .trace import readers

if TYPE_CHECKING:
    from ..device.seam import Adapter
    from .fusion import Border
    from .runtime import Buffer
    from .trace import Step

_JOINING = ("add", "relu_grad", "relu6_grad")


def _only_instruction(op: Op) -> Instruction | None:
    """The instruction of a chain of one; None for other ops."""
    return op.body[0] if isinstance(op, Chain) and len(op.body) == 1 else None


def _activated(op: Op) -> bool:
    return isinstance(op, Activates) and op.activation is not None


def _written_between(steps: list[Step], start: int, end: int, buffers: list[Buffer]) -> bool:
    return any(not set(buffers).isdisjoint(s.written()) for s in steps[start + 1 : end])


def fuse_borders(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Zeros laid around what only convolutions and the gradients to their filters read,
    who see zeros there anyway; and the margin that is cut off a convolution's gradient
    to its input.

    Who reads the border reads what it is laid around instead, which must not be written
    until then.
    """
    reading = readers(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    maker = {b: s for s in steps for b in s.outs}
    gone: set[int] = set()
    for step in steps:
        op = step.op
        if not isinstance(op, Borders):
            continue
        (source,), (result,) = step.ins, step.outs
        first = maker.get(source)
        if op.border is not None and result not in outputs:
            following = reading.get(result, [])
            ready = [
                _bordered(reader, result, step.out_specs[0], op.border) for reader in following
            ]
            last = max((place[id(reader)] for reader in following), default=0)
            if None in ready or _written_between(steps, place[id(step)], last, [source]):
                continue
            for reader, own in zip(following, ready, strict=True):
                assert own is not None
                reader.op, reader.ins = own, [source, *reader.ins[1:]]
                reader.in_specs = (step.in_specs[0], *reader.in_specs[1:])
            gone.add(id(step))
            continue
        margin = op.margin(step.in_specs[0])
        if margin is None or first is None or first.out_specs != step.in_specs:
            continue  # of another shape: its margin would be another one
        if isinstance(first.op, SeesZeros):
            alone = reading[source] == [step] and source not in outputs
            trimmed = first.op.trimmed(first.in_specs, margin)
            if trimmed is not None and alone:
                first.op, first.outs, first.out_specs = trimmed, step.outs, step.out_specs
                gone.add(id(step))
    return [s for s in steps if id(s) not in gone]


def _bordered(reader: Step, result: Buffer, spec: Spec, border: Border) -> Op | None:
    """What a reader does without the border, if it can."""
    if not isinstance(reader.op, SeesZeros) or reader.in_specs[0] != spec:
        return None
    if reader.ins[0] is not result or reader.ins.count(result) > 1:
        return None
    return reader.op.bordered(reader.in_specs, border)


def fuse_activations(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """dense/conv followed by an activation that its kernel can apply.

    The result moves up to the product, in the product's shape, which the activation may
    have seen reshaped: the same memory. Nothing that was written in between can matter,
    for the activation reads nothing but the product's result, and who reads its own
    comes after both.
    """
    reading = readers(steps)
    gone: set[int] = set()
    for step in steps:
        op = step.op
        if not isinstance(op, Activates) or op.activation is not None or len(step.outs) != 1:
            continue
        following = reading.get(step.outs[0], [])
        if step.outs[0] in outputs or len(following) != 1:
            continue
        (activation,) = following
        instruction = _only_instruction(activation.op)
        if (
            instruction is not None
            and instruction.name in op.activations
            and len(activation.ins) == len(instruction.operands) == 1
        ):
            step.op = replace(op, activation=instruction.name)
            step.outs = activation.outs
            gone.add(id(activation))
    return [s for s in steps if id(s) not in gone]


def fuse_joins(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """dense, 1x1 convolutions and pooling's gradients whose result is only added to
    another tensor, or is a gradient that passes through a relu: their kernels do that.

    The product moves down to where it is joined, since the other operand may be made
    after it: what it reads must not be written until there. Of two products that are
    added, the later one does the adding, so that the other is ready; one that is added
    to itself stays. Sizes and types are equal, shapes need not be: both are read value
    by value.
    """
    reading = readers(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    maker = {b: s for s in steps for b in s.outs}
    gone: set[int] = set()

    def fits(first: Step, last: Step) -> bool:
        op = first.op
        if not isinstance(op, Joins) or op.join is not None or not op.joins(first.in_specs):
            return False
        if _activated(op) or first.outs[0] in outputs or reading[first.outs[0]] != [last]:
            return False
        between = steps[place[id(first)] + 1 : place[id(last)]]
        return not any(
            set(first.ins).intersection(s.written()) for s in between if id(s) not in gone
        )

    for last in steps:
        instruction = _only_instruction(last.op)
        if instruction is None or instruction.name not in _JOINING or len(last.ins) != 2:
            continue
        out = last.out_specs[0]
        if out.dtype not in FLOATS or any(
            (s.size, s.dtype) != (out.size, out.dtype) for s in last.in_specs
        ):
            continue
        ins = [last.ins[value] for tag, value in instruction.operands if tag == "x"]
        orders = (ins, ins[::-1]) if instruction.name == "add" else (ins,)
        ready = [
            (maker[product], other)
            for product, other in orders
            if product in maker and product is not other and fits(maker[product], last)
        ]
        if ready:
            first, other = max(ready, key=lambda pair: place[id(pair[0])])
            assert isinstance(first.op, Joins)
            last.op = replace(first.op, join=instruction.name)
            last.ins, last.in_specs = [*first.ins, other], (*first.in_specs, first.out_specs[0])
            last.out_specs = first.out_specs
            gone.add(id(first))
    return [s for s in steps if id(s) not in gone]


def fuse_scales(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """A result that the op can scale (the cross-entropies' gradients) and that is only
    multiplied by a number.

    The result moves up to the op; as with activations, nothing in between can matter.
    Both see it in one shape, since the op has other results in shapes of their own.
    """
    reading = readers(steps)
    gone: set[int] = set()
    for step in steps:
        op = step.op
        if not isinstance(op, Scaled) or op.scale != 1 or step.outs[op.scaled] in outputs:
            continue
        following = reading.get(step.outs[op.scaled], [])
        if len(following) != 1 or following[0].in_specs != (step.out_specs[op.scaled],):
            continue
        (product,) = following
        instruction = _only_instruction(product.op)
        if (
            instruction is not None
            and instruction.name == "mul"
            and sorted(tag for tag, _ in instruction.operands) == ["c", "x"]
        ):
            (scale,) = (value for tag, value in instruction.operands if tag == "c")
            step.op = replace(op, scale=scale)
            step.outs[op.scaled] = product.outs[0]
            gone.add(id(product))
    return [s for s in steps if id(s) not in gone]


def fuse_pairs(steps: list[Step], outputs: set[Buffer], adapter: Adapter) -> list[Step]:
    """An op and the one that alone reads its result, where both in one launch are
    faster (`fusion.PAIRS`).

    The first moves down to the second: what it reads must not be written until there.
    It is read as it is made: a pair knows nothing of a reshape between its two.
    """
    reading = readers(steps)
    maker = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        start = maker.get(step.ins[0]) if step.ins else None
        first = None if start is None else line[start]
        if start is None or first is None:
            continue
        pair = PAIRS.get((type(first.op), type(step.op)))
        if (
            pair is None
            or len(first.outs) > 1
            or first.outs[0] in outputs
            or reading[first.outs[0]] != [step]
            or step.ins.count(first.outs[0]) > 1
            or first.out_specs != step.in_specs[:1]
            or _written_between(steps, start, index, first.ins)
        ):
            continue
        both = pair(first.op, first.in_specs, step.op, step.in_specs[1:], adapter)
        if both is not None:
            step.op, step.ins = both, [*first.ins, *step.ins[1:]]
            step.in_specs = (*first.in_specs, *step.in_specs[1:])
            line[start] = None
    return [s for s in line if s is not None]


def fuse_row_sums(steps: list[Step], outputs: set[Buffer], adapter: Adapter) -> list[Step]:
    """Updates of parameters whose gradient is the sum of not too many rows, as a bias's
    is, sum them up themselves. Where a gradient takes two launches, the first for sums
    of parts (of many rows, of a long k), the update does what the second would.

    The sum moves down to the update: the rows must not be written until there. Nobody
    else may read it, since it is stored nowhere any more.
    """
    reading = readers(steps)
    maker = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        op = step.op
        if not isinstance(op, TakesRows) or op.rows != 1 or step.ins[1] not in maker:
            continue
        gradient = step.ins[1]
        start = maker[gradient]
        first = steps[start]
        if not isinstance(first.op, SumsRows) or gradient in outputs:
            continue
        if reading[gradient] != [step]:
            continue
        rows = first.op.rows_summed(*first.in_specs)
        if not 1 < rows <= op.most_rows:
            parted = first.op.in_parts(first.in_specs, adapter)
            if parted is not None and parted.rows <= op.most_rows:
                first.op, rows, first.in_specs = parted.op, parted.rows, tuple(parted.ins)
                first.out_specs = first.op.outputs(*first.in_specs)
                parts = first.out_specs[0]
                first.outs = [type(gradient)(gradient.device, parts.nbytes, virtual=True)]
                step.op, step.ins[1] = replace(op, rows=rows), first.outs[0]
                step.in_specs = (step.in_specs[0], parts, *step.in_specs[2:])
            continue
        if _written_between(steps, start, index, first.ins):
            continue
        step.op = replace(op, rows=rows)
        step.ins[1] = first.ins[0]
        step.in_specs = (step.in_specs[0], first.in_specs[0], *step.in_specs[2:])
        line[start] = None
    return [s for s in line if s is not None]
