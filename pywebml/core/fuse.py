"""From a trace to the steps of a plan: the passes over it, in order; and those that are
about no kind of op, which drop results that nobody reads, read variables in other
shapes and write them directly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .basic import Assign, Reshape
from .chains import fuse_chains, fuse_siblings, store_assigned, write_in_place
from .constants import fold_constants
from .epilogues import (
    fuse_activations,
    fuse_borders,
    fuse_joins,
    fuse_pairs,
    fuse_row_sums,
    fuse_scales,
)
from .fusion import Narrows
from .trace import Step, readers

if TYPE_CHECKING:
    from ..device.seam import Adapter
    from .runtime import Buffer


def optimise(steps: list[Step], outputs: set[Buffer], adapter: Adapter) -> list[Step]:
    """The steps that compute `outputs` and all writes to variables, in fewer kernels."""
    read_variables_reshaped(steps)
    steps = drop_dead(steps, outputs)
    fold_constants(steps)
    steps = drop_dead(steps, outputs)
    narrow(steps, outputs)
    steps = fuse_borders(steps, outputs)
    steps = fuse_activations(steps, outputs)
    steps = fuse_scales(steps, outputs)
    steps = fuse_joins(steps, outputs)
    steps = fuse_activations(steps, outputs)  # those behind a residual
    steps = fuse_pairs(steps, outputs, adapter)
    steps = store_assigned(steps, outputs)
    steps = fuse_chains(steps, outputs)
    steps = store_assigned(steps, outputs)  # what is assigned only after it was read
    steps = fuse_siblings(steps)
    steps = fuse_row_sums(steps, outputs, adapter)
    steps = write_variables_directly(steps, outputs)
    return write_in_place(steps)


def drop_dead(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """Without steps whose results nobody reads; writes to variables stay.

    Backwards, since a step is needed by what comes after it: one that only feeds a
    dropped one goes, too.
    """
    live = set(outputs)
    needed = []
    for step in reversed(steps):
        if step.op.writes or any(b in live for b in step.outs):
            live.update(step.ins)
            needed.append(step)
    return needed[::-1]


def narrow(steps: list[Step], outputs: set[Buffer]) -> None:
    """Ops give their first result alone where nobody reads the others."""
    reading = readers(steps)
    for step in steps:
        if isinstance(step.op, Narrows) and not any(
            b in outputs or reading.get(b) for b in step.outs[1:]
        ):
            step.op = step.op.first_alone()
            step.outs, step.out_specs = step.outs[:1], step.out_specs[:1]


def read_variables_reshaped(steps: list[Step]) -> None:
    """Who reads a variable in another shape reads the variable itself, where nothing
    writes it in between: reshaping one copies it, as it may be written later.
    """
    reading = readers(steps)
    place = {id(s): i for i, s in enumerate(steps)}
    for index, step in enumerate(steps):
        if not isinstance(step.op, Reshape) or step.ins[0].id == -1:
            continue
        variable, shaped = step.ins[0], step.outs[0]
        for reader in reading.get(shaped, []):
            between = steps[index + 1 : place[id(reader)] + 1]
            if not any(variable in s.written() for s in between):
                reader.ins = [variable if b is shaped else b for b in reader.ins]


def write_variables_directly(steps: list[Step], outputs: set[Buffer]) -> list[Step]:
    """An op with a result that is only assigned to a variable which the op does not
    read writes the variable itself.

    The write then happens earlier, at the op instead of at the assignment. So nothing
    from the op on until the assignment may read the variable, which still has its old
    value there, or write it; the op itself neither, since a kernel must not write what
    another of its threads may still read. (A chain may, see `store_assigned`: each of
    its threads reads and writes one place.)
    """
    reading = readers(steps)
    maker = {b: i for i, s in enumerate(steps) for b in s.outs}
    line: list[Step | None] = list(steps)
    for index, step in enumerate(steps):
        if not isinstance(step.op, Assign):
            continue
        target, value = step.ins
        start = maker.get(value)
        if start is None or value.id != -1 or value in outputs or len(reading[value]) != 1:
            continue
        first = steps[start]
        position = first.outs.index(value)
        touched = any(target in s.ins or target in s.written() for s in steps[start:index])
        if first.out_specs[position] == step.in_specs[1] and not touched:
            first.outs[position] = target
            line[index] = None
    return [s for s in line if s is not None]
