"""Passes over a trace: drop results nobody reads, move activations into the kernel
before, join elementwise chains.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .constants import fold_constants
from .spec import FLOATS

if TYPE_CHECKING:
    from ..device.seam import Adapter
    from .runtime import Buffer
    from .trace import Step

_BINDINGS = 8  # storage buffers a kernel may bind on every WebGPU host
_LONGEST = 40  # instructions a chain: longer ones compile slowly and spill registers


def optimise(steps: list[Step], outputs: set[Buffer], adapter: Adapter) -> list[Step]:
    """The steps that compute `outputs` and all writes to variables, in fewer kernels."""
    steps = drop_dead(steps, outputs)
    fold_constants(steps)
    steps = drop_dead(steps, outputs)
    steps = fuse_activations(steps, outputs)
    steps = fuse_scales(steps, outputs)
    steps = fuse_joins(steps, outputs)
    steps = fuse_activations(steps, outputs)  # those behind a residual
    steps = fuse_pairs(steps, outputs, adapter)
    steps = fuse_chains(steps, outputs)
    steps = fuse_row_sums(steps, outputs)
    return write_variables_directly(steps, outputs)


def drop_dead(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Without steps whose results nobody reads; writes to variables stay."""
    live = set(outputs)
    kept = []
    for step in reversed(steps):
        if step.op.writes or any(b in live for b in step.outs):
            live.update(step.ins)
            kept.append(step)
    return kept[::-1]


def _readers(steps: list[Step]) -> dict[Buffer, list[Step]]:
    found: dict[Buffer, list[Step]] = {}
    for step in steps:
        for buffer in dict.fromkeys(step.ins):
            found.setdefault(buffer, []).append(step)
    return found


def _is_chain(step: Step) -> bool:
    return hasattr(step.op, "body")


def fuse_activations(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """dense/conv followed by an activation that its kernel can apply to the result
    before it is stored.
    """
    readers = _readers(steps)
    gone: set[int] = set()
    for step in steps:
        if (
            not step.op.activations
            or getattr(step.op, "activation", None) is not None
            or len(step.outs) != 1
        ):
            continue
        follow = readers.get(step.outs[0], [])
        if step.outs[0] in outputs or len(follow) != 1 or not _is_chain(follow[0]):
            continue
        body: Any = follow[0].op.body  # type: ignore[attr-defined]
        if (
            len(body) == 1
            and body[0].name in step.op.activations
            and len(follow[0].ins) == 1
            and len(body[0].operands) == 1
        ):
            step.op = replace(step.op, activation=body[0].name)  # type: ignore[type-var]
            # in the shape of this step, which the activation may have seen reshaped
            step.outs = follow[0].outs
            gone.add(id(follow[0]))
    return [s for s in steps if id(s) not in gone]


def fuse_joins(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """dense, 1x1 convolutions and pooling's gradients whose result is only added to
    another tensor, or is a gradient that passes through a relu: their kernels can do
    that to a result before it is stored. The step moves to where it is joined.
    """
    readers = _readers(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    made_by = {b: s for s in steps for b in s.outs}
    gone: set[int] = set()

    def fits(first: Step | None, last: Step) -> bool:
        if first is None or not first.op.joins(first.in_specs) or first.op.join is not None:  # type: ignore[attr-defined]
            return False
        if getattr(first.op, "activation", None) is not None:
            return False
        if first.outs[0] in outputs or readers[first.outs[0]] != [last]:
            return False
        between = steps[place[id(first)] + 1 : place[id(last)]]
        return not any(
            set(first.ins).intersection(s.written()) for s in between if id(s) not in gone
        )

    for last in steps:
        body: Any = getattr(last.op, "body", ())
        if (
            len(body) != 1
            or body[0].name not in ("add", "relu_grad", "relu6_grad")
            or len(last.ins) != 2
        ):
            continue
        out = last.out_specs[0]
        if out.dtype not in FLOATS or any(
            (s.size, s.dtype) != (out.size, out.dtype) for s in last.in_specs
        ):
            continue
        ins = [last.ins[v] for tag, v in body[0].operands if tag == "x"]
        swaps = (ins, ins[::-1]) if body[0].name == "add" else (ins,)
        found = [(made_by.get(product), other) for product, other in swaps]
        ready = [(first, other) for first, other in found if fits(first, last)]
        if ready:
            first, other = max(ready, key=lambda pair: place[id(pair[0])])
            assert first is not None
            last.op = replace(first.op, join=body[0].name)  # type: ignore[type-var]
            last.ins, last.in_specs = [*first.ins, other], (*first.in_specs, first.out_specs[0])
            last.out_specs = first.out_specs
            gone.add(id(first))
    return [s for s in steps if id(s) not in gone]


def fuse_scales(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """A result of an op with a `scale` of 1 for it (the cross-entropies' gradients)
    that is only multiplied by a number.
    """
    readers = _readers(steps)
    gone: set[int] = set()
    for step in steps:
        at = getattr(step.op, "scaled", None)
        if at is None or step.op.scale != 1 or step.outs[at] in outputs:  # type: ignore[attr-defined]
            continue
        follow = readers.get(step.outs[at], [])
        if (
            len(follow) != 1
            or not _is_chain(follow[0])
            or follow[0].in_specs != (step.out_specs[at],)
        ):
            continue
        body: Any = follow[0].op.body  # type: ignore[attr-defined]
        if (
            len(body) == 1
            and body[0].name == "mul"
            and sorted(tag for tag, _ in body[0].operands) == ["c", "x"]
        ):
            (scale,) = (value for tag, value in body[0].operands if tag == "c")
            step.op = replace(step.op, scale=scale)  # type: ignore[type-var]
            step.outs[at] = follow[0].outs[0]
            gone.add(id(follow[0]))
    return [s for s in steps if id(s) not in gone]


def fuse_pairs(steps: list[Step], outputs: set[Buffer], adapter: Adapter) -> list[Step]:
    """An op and the one that alone reads its result, where the second knows how to do
    both in a launch (`Op.absorb`).
    """
    readers = _readers(steps)
    made_by = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        at = made_by.get(step.ins[0]) if step.ins else None
        first = None if at is None else line[at]
        if (
            first is None
            or len(first.outs) > 1
            or first.outs[0] in outputs
            or readers[first.outs[0]] != [step]
            or step.ins.count(first.outs[0]) > 1
        ):
            continue
        if first.out_specs != step.in_specs[:1]:  # read through a reshape
            continue
        if any(set(first.ins).intersection(s.written()) for s in steps[at + 1 : index]):  # type: ignore[operator]
            continue
        both = step.op.absorb(first.op, first.in_specs, step.in_specs[1:], adapter)
        if both is not None:
            step.op, step.ins, step.in_specs = (
                both,
                [*first.ins, *step.ins[1:]],
                (*first.in_specs, *step.in_specs[1:]),
            )
            line[at] = None  # type: ignore[index]
    return [s for s in line if s is not None]


def fuse_chains(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Elementwise steps of one shape joined into the step that reads them, which then
    may have several results.
    """
    line: list[Step | None] = list(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    made_by = {b: s for s in steps for b in s.outs}
    readers = _readers(steps)

    def unwritten(buffers: list[Buffer], start: int, end: int) -> bool:
        wanted = set(buffers)
        return not any(
            s is not None and wanted.intersection(s.written()) for s in line[start + 1 : end]
        )

    def joins(first: Step, last: Step) -> bool:
        shape = last.out_specs[0].shape
        if first is last or not _is_chain(first) or any(s.shape != shape for s in first.out_specs):
            return False
        seen_as = {s for b, s in zip(last.ins, last.in_specs, strict=True) if b in first.outs}
        if seen_as - set(first.out_specs):  # read through a reshape
            return False
        start, end = place[id(first)], place[id(last)]
        if any(place[id(r)] < end for b in first.outs for r in readers.get(b, []) if r is not last):
            return False
        length = len(first.op.body) + len(last.op.body)  # type: ignore[attr-defined]
        if length > _LONGEST or not unwritten(first.ins, start, end):
            return False
        # one seen in two shapes is bound twice
        inputs = set(zip(first.ins, first.in_specs, strict=True))
        inputs |= {
            (b, s) for b, s in zip(last.ins, last.in_specs, strict=True) if b not in first.outs
        }
        results = [
            b for b in first.outs if b in outputs or any(r is not last for r in readers.get(b, ()))
        ]
        return len(inputs) + len(results) + len(last.outs) <= _BINDINGS

    for index, step in enumerate(line):
        if step is None or not _is_chain(step):
            continue
        while True:
            first = next(
                (made_by[b] for b in step.ins if b in made_by and joins(made_by[b], step)), None
            )
            if first is None:
                break
            kept = [
                b
                for b in first.outs
                if b in outputs or any(r is not step for r in readers.get(b, ()))
            ]
            _join(first, step, kept)
            line[place[id(first)]] = None
            for buffer in kept:
                made_by[buffer] = step
            for buffer in first.outs:
                readers[buffer] = [r for r in readers.get(buffer, ()) if r is not step]
            for buffer in first.ins:
                readers[buffer] = list(
                    {
                        id(r): r for r in (step if r is first else r for r in readers[buffer])
                    }.values()
                )
        place[id(step)] = index
    return [s for s in line if s is not None]


def _join(first: Step, last: Step, kept: list[Buffer]) -> None:
    """Puts `first` in front of `last`; `kept` are the results of `first` that others
    read.
    """
    ins: list[Buffer] = list(first.ins)
    specs = list(first.in_specs)
    made = dict(zip(first.outs, first.op.results, strict=True))  # type: ignore[attr-defined]
    shift = len(first.op.body)  # type: ignore[attr-defined]
    where: dict[int, tuple[str, int]] = {}
    for i, (buffer, spec) in enumerate(zip(last.ins, last.in_specs, strict=True)):
        if buffer in made:
            where[i] = ("t", made[buffer])
            continue
        at = next(
            (
                j
                for j, (b, s) in enumerate(zip(ins, specs, strict=True))
                if b is buffer and s == spec
            ),
            None,
        )
        if at is None:
            at = len(ins)
            ins.append(buffer)
            specs.append(spec)
        where[i] = ("x", at)
    body = list(first.op.body)  # type: ignore[attr-defined]
    for name, operands in last.op.body:  # type: ignore[attr-defined]
        moved = tuple(
            where[v] if tag == "x" else (tag, v + shift) if tag == "t" else (tag, v)
            for tag, v in operands
        )
        body.append(type(body[0])(name, moved))
    results = [made[b] for b in kept] + [r + shift for r in last.op.results]  # type: ignore[attr-defined]
    kept_specs = tuple(s for b, s in zip(first.outs, first.out_specs, strict=True) if b in kept)
    last.op = type(last.op)(tuple(body), tuple(results))  # type: ignore[call-arg]
    last.ins, last.in_specs = ins, tuple(specs)
    last.outs, last.out_specs = kept + last.outs, kept_specs + last.out_specs


def fuse_row_sums(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Updates of parameters whose gradient is the sum of not too many rows, as a bias's
    is, sum them up themselves.
    """
    readers = _readers(steps)
    made_by = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        if getattr(step.op, "rows", 0) != 1 or step.ins[1] not in made_by:
            continue
        gradient = step.ins[1]
        at = made_by[gradient]
        first: Any = steps[at]
        rows = first.op.rows_summed(*first.in_specs) if hasattr(first.op, "rows_summed") else 0
        if gradient in outputs or readers[gradient] != [step] or not 1 < rows <= step.op.most_rows:  # type: ignore[attr-defined]
            continue
        if any(first.ins[0] in s.written() for s in steps[at + 1 : index]):
            continue
        step.op = replace(step.op, rows=rows)  # type: ignore[type-var,call-arg]
        step.ins[1] = first.ins[0]
        step.in_specs = (step.in_specs[0], first.in_specs[0], *step.in_specs[2:])
        line[at] = None
    return [s for s in line if s is not None]


def write_variables_directly(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """An op with a result that is only assigned to a variable which the op does not
    read writes the variable itself.
    """
    readers = _readers(steps)
    made_by = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        if step.op.name != "Assign":
            continue
        target, value = step.ins
        at = made_by.get(value)
        if at is None or value in outputs or len(readers[value]) != 1:
            continue
        first = steps[at]
        position = first.outs.index(value)
        touched = any(target in s.ins or target in s.written() for s in steps[at:index])
        if first.out_specs[position] == step.in_specs[1] and not touched:
            first.outs[position] = target
            line[index] = None
    return [s for s in line if s is not None]
