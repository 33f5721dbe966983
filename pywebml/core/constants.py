"""A pass over a trace: chains take constants and broadcasts into themselves, so that
nobody fills or copies memory for them.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .op import Op
from .spec import Spec

if TYPE_CHECKING:
    from .runtime import Buffer
    from .trace import Step

_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "neg": operator.neg,
}  # fmt: skip


def fold_constants(steps: list[Step]) -> None:
    """Rewrites steps in place. What is then read by nobody is left for `drop_dead`.

    An op with a `constant` (Fill) becomes an operand of the chains that read it, a
    chain of constants alone becomes an op like it, and an op with `broadcasts`
    (BroadcastTo) is passed over: chains broadcast what they read anyway.
    """
    known: dict[Buffer, Op] = {}  # results that hold one float32 everywhere, by an op that makes it
    # results of broadcasts: of what, its spec, their own
    spread: dict[Buffer, tuple[Buffer, Spec, Spec]] = {}
    for step in steps:
        for buffer in step.written():  # an op may write its inputs: what was known of them is over
            known.pop(buffer, None)
            spread = {
                made: entry for made, entry in spread.items() if buffer not in (made, entry[0])
            }
        op: Any = step.op
        if getattr(op, "constant", None) is not None:
            known[step.outs[0]] = op
        elif getattr(op, "broadcasts", False):
            source, spec, out = step.ins[0], step.in_specs[0], step.out_specs[0]
            if source in known:
                _become(step, known[source], getattr(known[source], "constant"))  # noqa: B009  (only some ops have it)
                known[step.outs[0]] = step.op
            else:
                spread[step.outs[0]] = source, spec, out
        elif hasattr(op, "body"):
            _fold(step, known, spread)
            if getattr(step.op, "constant", None) is not None:
                known[step.outs[0]] = step.op


def _become(step: Step, like: Op, value: float) -> None:
    """Makes the step one that fills its result with `value`, by an op as `like`."""
    step.op = replace(like, shape=step.out_specs[0].shape, start=value)  # type: ignore[type-var,call-arg]
    step.ins, step.in_specs = [], ()


def _fold(
    step: Step, known: dict[Buffer, Op], spread: dict[Buffer, tuple[Buffer, Spec, Spec]]
) -> None:
    """Takes into a chain what it can of its inputs: as long as the others still give
    its results their shapes and types.
    """
    if step.ins and all(b in known for b in step.ins):
        value = _evaluate(step.op, [getattr(known[b], "constant") for b in step.ins])  # noqa: B009
        if value is not None and step.out_specs[0].dtype == "float32":
            return _become(step, known[step.ins[0]], value)
    at = 0
    while at < len(step.ins):
        buffer, seen = step.ins[at], step.in_specs[at]
        if buffer in known and len(step.ins) > 1:
            op = _with_constant(step.op, at, getattr(known[buffer], "constant"))  # noqa: B009
            specs = step.in_specs[:at] + step.in_specs[at + 1 :]
            if op is not None and op.outputs(*specs) == step.out_specs:
                step.op, step.in_specs = op, specs
                del step.ins[at]
                continue
        elif buffer in spread:
            source, spec, made = spread[buffer]
            if seen == made or spec.size == 1:
                specs = (
                    *step.in_specs[:at],
                    spec if seen == made else Spec((), spec.dtype),
                    *step.in_specs[at + 1 :],
                )
                if step.op.outputs(*specs) == step.out_specs:
                    step.ins[at], step.in_specs = source, specs
        at += 1


def _with_constant(op: Any, at: int, value: float) -> Op | None:
    """The chain with `value` in the place of input number `at`; None where an
    instruction needs a tensor there.
    """
    body = []
    for name, operands in op.body:
        if ("x", at) in operands and (name == "where" or name.startswith("cast")):
            return None
        put = tuple(
            o if o[0] != "x" or o[1] < at else ("c", value) if o[1] == at else ("x", o[1] - 1)
            for o in operands
        )
        body.append(type(op.body[0])(name, put))
    made: Op = type(op)(tuple(body), op.results)
    return made


def _evaluate(op: Any, ins: list[float]) -> float | None:
    """The value of a chain of plain arithmetic on these inputs, rounded to float32 as a
    device does; None where it is not that.
    """
    made: list[float] = []
    for name, operands in op.body:
        if name not in _ARITHMETIC or len(op.results) != 1:
            return None
        given = [ins[v] if tag == "x" else made[v] if tag == "t" else v for tag, v in operands]
        try:
            made.append(_float32(_ARITHMETIC[name](*map(_float32, given))))
        except (ZeroDivisionError, OverflowError):
            return None
    return made[op.results[0]]


def _float32(value: float) -> float:
    (rounded,) = struct.unpack("<f", struct.pack("<f", value))
    return float(rounded)
