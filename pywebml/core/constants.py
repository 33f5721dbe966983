"""A pass over a trace: chains take constants and broadcasts into themselves, so that
nobody fills or copies memory for them.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .fusion import Broadcasts, Chain, Constant, Instruction, Operand, constant
from .spec import Spec

if TYPE_CHECKING:
    from .runtime import Buffer
    from .trace import Step

_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "neg": operator.neg,
}  # fmt: skip


class _Broadcast(NamedTuple):
    """What a broadcast repeats, and the spec of the result."""

    source: Buffer
    spec: Spec
    result: Spec


def fold_constants(steps: list[Step]) -> None:
    """Rewrites steps in place. What is then read by nobody is left for `drop_dead`.

    A `Constant` becomes an operand of the chains that read it, a chain of constants
    alone becomes one like it, and what `Broadcasts` is passed over. Of each buffer that
    holds such a thing we know so only until somebody writes it; a broadcast is also
    over when its source is written, since a chain would read the source later than the
    broadcast did.
    """
    known: dict[Buffer, Constant] = {}
    broadcasts: dict[Buffer, _Broadcast] = {}
    for step in steps:
        for buffer in step.written():
            known.pop(buffer, None)
            broadcasts = {
                result: broadcast
                for result, broadcast in broadcasts.items()
                if buffer not in (result, broadcast.source)
            }
        if isinstance(step.op, Broadcasts):
            source, spec = step.ins[0], step.in_specs[0]
            if source in known:
                _become(step, known[source], _value(known[source]))
            else:
                broadcasts[step.outs[0]] = _Broadcast(source, spec, step.out_specs[0])
        elif isinstance(step.op, Chain):
            _fold(step, step.op, known, broadcasts)
        if isinstance(step.op, Constant) and step.op.constant is not None:
            known[step.outs[0]] = step.op


def _value(op: Constant) -> float:
    assert op.constant is not None
    return op.constant


def _become(step: Step, like: Constant, value: float) -> None:
    """Makes the step one that fills its result with `value`, by an op as `like`."""
    step.op = replace(like, shape=step.out_specs[0].shape, start=value)
    step.ins, step.in_specs = [], ()


def _fold(
    step: Step,
    op: Chain,
    known: dict[Buffer, Constant],
    broadcasts: dict[Buffer, _Broadcast],
) -> None:
    """Takes into a chain what it can of its inputs: as long as the others still give
    its results their shapes and types.
    """
    if step.ins and all(b in known for b in step.ins):
        value = _evaluate(op, [_value(known[b]) for b in step.ins])
        if value is not None and step.out_specs[0].dtype == "float32":
            return _become(step, known[step.ins[0]], value)
    at = 0
    while at < len(step.ins):
        buffer, seen = step.ins[at], step.in_specs[at]
        if buffer in known and len(step.ins) > 1:
            with_constant = _with_constant(op, at, _value(known[buffer]))
            specs = step.in_specs[:at] + step.in_specs[at + 1 :]
            if with_constant is not None and with_constant.outputs(*specs) == step.out_specs:
                step.op = op = with_constant
                step.in_specs = specs
                del step.ins[at]
                continue
        elif buffer in broadcasts:
            source, spec, result = broadcasts[buffer]
            if seen == result or spec.size == 1:  # one value may be seen in any shape
                narrow = spec if seen == result else Spec((), spec.dtype)
                specs = (*step.in_specs[:at], narrow, *step.in_specs[at + 1 :])
                if op.outputs(*specs) == step.out_specs:
                    step.ins[at], step.in_specs = source, specs
        at += 1
    return None


def _with_constant(op: Chain, at: int, value: float) -> Chain | None:
    """The chain with `value` in the place of input number `at`; None where an
    instruction needs a tensor there.
    """

    def replaced(operand: Operand) -> Operand:
        if operand[0] != "x" or operand[1] < at:
            return operand
        return ("c", constant(value)) if operand[1] == at else ("x", operand[1] - 1)

    body = []
    for name, operands in op.body:
        if ("x", at) in operands and (name == "where" or name.startswith("cast")):
            return None
        body.append(Instruction(name, tuple(map(replaced, operands))))
    return replace(op, body=tuple(body))


def _evaluate(op: Chain, ins: list[float]) -> float | None:
    """The value of a chain of plain arithmetic on these inputs, rounded to float32 as a
    device does; None where it is not that.
    """
    values: list[float] = []
    for name, operands in op.body:
        if name not in _ARITHMETIC or len(op.results) != 1:
            return None
        tables = {"x": ins, "t": values}
        numbers = [tables[tag][v] if tag in tables else v for tag, v in operands]
        try:
            values.append(_float32(_ARITHMETIC[name](*map(_float32, numbers))))
        except (ZeroDivisionError, OverflowError):
            return None
    return values[op.results[0]]


def _float32(value: float) -> float:
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)
