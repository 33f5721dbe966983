"""Branches and loops: ops with graphs inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from ..known import Known
from ..running import Inside
from .table import ONNX_OPS

MOST_STEPS = 10_000
"""Of a loop: a file of a few bytes may ask for any number."""


@ONNX_OPS.flow("If")
async def if_(node: Inside) -> list[Any]:
    taken = await node.number(node.inputs[0], 0)
    return await node.run("then_branch" if taken else "else_branch")


@ONNX_OPS.flow("Loop")
async def loop(node: Inside) -> list[Any]:
    """As often as its first input says, as long as the second and then the body's first
    output hold; what else the body gives goes into its next step, or is collected.
    """
    most, go, *carried = node.inputs
    limit = None if most is None else await node.number(most, 0)
    goes = go is None or await node.number(go, 1)
    collected = _Collected("Loop", len(node.said["body"].outputs) - 1 - len(carried))
    step = 0
    while goes and (limit is None or step < limit):
        _check(step)
        again, *results = await node.run("body", Known.of(step), Known.of(True), *carried)
        goes = go is None or await node.number(again, 1)
        carried = collected.rest(results, len(carried))
        step += 1
    return [*carried, *collected.stacked()]


@ONNX_OPS.flow("Scan")
async def scan(node: Inside) -> list[Any]:
    """A loop over the entries of its last inputs, along an axis of each."""
    count = node.said["num_scan_inputs"]
    carried, scanned = node.inputs[:-count], node.inputs[-count:]
    collected = _Collected("Scan", len(node.said["body"].outputs) - len(carried))
    axes, backward = node.said.get("scan_input_axes"), node.said.get("scan_input_directions")
    triples = list(zip(scanned, axes or [0] * count, backward or [0] * count, strict=True))
    lengths = {x.shape[axis] for x, axis, _ in triples}
    if len(lengths) != 1:
        raise ValueError(f"Scan over inputs of several lengths, {sorted(lengths)}")
    (length,) = lengths
    for step in range(length):
        _check(step)
        entries = [
            node.made(_entry(axis % len(x.shape), length - 1 - step if back else step), x)
            for x, axis, back in triples
        ]
        results = await node.run("body", *carried, *entries)
        carried = collected.rest(results, len(carried))
    said = node.said.get("scan_output_axes"), node.said.get("scan_output_directions")
    return [*carried, *collected.stacked(*said)]


def _check(step: int) -> None:
    if step == MOST_STEPS:
        raise ValueError(f"a loop of more than {MOST_STEPS:,} steps, which are not run")


def _entry(axis: int, place: int) -> Any:
    return lambda x: x[(slice(None),) * axis + (place,)]


def _stack(axis: int) -> Any:
    return lambda *xs: ops.stack(xs, axis)


class _Collected:
    """What a body gives at each step beside what it carries."""

    def __init__(self, what: str, count: int):
        if count < 0:
            raise ValueError(f"{what}: its body gives less than is carried from step to step")
        self._what = what
        self._rows: list[list[Any]] = [[] for _ in range(count)]

    def rest(self, results: Sequence[Any], carried: int) -> list[Any]:
        """Keeps what is collected; the others."""
        for row, value in zip(self._rows, results[carried:], strict=True):
            row.append(value)
        return list(results[:carried])

    def stacked(self, axes: Any = None, backward: Any = None) -> list[Any]:
        if not all(self._rows):
            raise ValueError(f"{self._what} of no steps: the sizes of what it collects are open")
        count = len(self._rows)
        axes, backward = axes or [0] * count, backward or [0] * count
        return [
            Inside.made(_stack(axis % (len(row[0].shape) + 1)), *(reversed(row) if back else row))
            for row, axis, back in zip(self._rows, axes, backward, strict=True)
        ]
