"""What elementwise instructions are made of, and the rules for the types and shapes
that they meet in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...core.fusion import Operand
from ...core.spec import FLOATS

NUMBER = ("i", "c")


class Row(NamedTuple):
    """One elementwise function. In the WGSL text a, b, c are operands, F is f32 or
    vec4<f32>, H its f16 twin.

    `kind` says what comes out: 'float' (integers are converted first), 'same' (the
    operands' common type), 'signed' (that, but int32 for uint32), 'bool' (operands
    compared in their common type), or a dtype's name. `gradient(g, y, *operands)`
    returns one tensor or None an operand.
    """

    wgsl: str
    numpy: Callable[..., Any]
    gradient: Callable[..., Sequence[Any]] | None
    kind: str = "float"


_RANK = {"bool": 0, "uint32": 1, "int32": 2, "float16": 3, "float32": 4}


def common_dtype(kinds: Sequence[str]) -> str:
    """The type several operands meet in: bool < uint32 < int32 < float16 < float32.

    Python's ints are 'weak int', or 'int32' below zero; its floats are 'weak float':
    float32, unless they meet float16.
    """
    strong = [k for k in kinds if not k.startswith("weak")]
    found = max(strong, key=_RANK.__getitem__) if strong else "int32"
    if "weak float" in kinds and found not in FLOATS:
        return "float32"
    return "int32" if found == "bool" and len(strong) < len(kinds) else found


def result_dtype(row: Row, kinds: Sequence[str]) -> tuple[str, str]:
    """(type the operands are converted to, type of the result) of an instruction on
    operands of these types.
    """
    if row.kind == "where":
        meet = common_dtype(kinds[1:])
        return meet, meet
    meet = common_dtype(kinds)
    if row.kind == "float":
        meet = meet if meet in FLOATS else "float32"
        return meet, meet
    if row.kind in ("same", "signed"):
        meet = "int32" if meet == "bool" or (meet, row.kind) == ("uint32", "signed") else meet
        return meet, meet
    return meet, row.kind


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """NumPy's broadcasting. ValueError names the shapes that do not fit."""
    rank = max((len(s) for s in shapes), default=0)
    out = []
    for axis in range(-rank, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        if len(sizes) > 1:
            given = " and ".join(map(str, shapes))
            raise ValueError(
                f"shapes {given} do not broadcast: axis {axis} has {sorted(sizes)}; sizes must be"
                " equal or 1"
            )
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def kind_of(operand: Operand, ins: Sequence[str], results: Sequence[str]) -> str:
    tag, value = operand
    if tag == "i":
        return "weak int" if value >= 0 else "int32"
    if tag == "c":
        return "weak float"
    return ins[value] if tag == "x" else results[value]
