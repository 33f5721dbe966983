"""What elementwise instructions are made of, and the rules for the types and shapes
that they meet in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ...core.fusion import Operand
from ...core.spec import FLOATS, common_dtype

NUMBER = ("i", "c")


class Domain(NamedTuple):
    """Where the samples of an operand lie."""

    low: float
    high: float
    dtype: str = "float32"


ANY = Domain(-3, 3)
POSITIVE = Domain(0.1, 3)
FRACTION = Domain(-0.95, 0.95)
INTEGERS = Domain(-99, 99, "int32")
TRUTHS = Domain(0, 2, "uint32")  # 0 or 1


@dataclass(frozen=True)
class Row:
    """One elementwise function.

    `wgsl`: an expression of the operands a, b, c, where F is f32 or vec4<f32>, H its
    f16 twin, U the u32 one, T the operands' type, NAN(a), INFINITE(a) and FINITE(a)
    what a float's bits say, CONDITION(a) whether a is not 0, and p.nan a NaN.

    `integers`: the same on integers, where it is another.

    `numpy`: the same of arrays.

    `gradient(g, y, *operands)`: one tensor or None per operand, from the gradient g of
    the result y; None instead of a function where it is 0 everywhere.

    `words`: the docstring.

    `kind` says what comes out: 'float' (integers are converted first), 'same' (the
    operands' common type, int32 for bools), 'bits' (the same, but bools stay such and
    floats are refused), 'copy' (the operand's type), 'bool'
    (operands compared in their common type), 'where' (the common type of the last two),
    or a dtype's name.

    `domain`: where samples of the operands lie, the last one for all that follow.

    `tolerance`: the absolute error that hosts may make on the samples.

    `needs`: the file in kernels/elementwise/ whose function the WGSL calls;
    `integers_need`: that of the WGSL on integers.
    """

    wgsl: str
    numpy: Callable[..., Any]
    gradient: Callable[..., Sequence[Any]] | None
    words: str
    kind: str = "float"
    domain: tuple[Domain, ...] = (ANY,)
    tolerance: float = 1e-5
    needs: str = ""
    integers: str = ""
    integers_need: str = ""

    @cached_property
    def arity(self) -> int:
        """How many operands it takes."""
        return max(map("abc".index, re.findall(r"\b[abc]\b", self.wgsl))) + 1


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
    if row.kind == "same":
        meet = "int32" if meet == "bool" else meet
        return meet, meet
    if row.kind == "bits" and meet in FLOATS:
        raise TypeError(f"bits are those of integers and bools, got {meet}; cast it to int32 first")
    return (meet, meet) if row.kind in ("copy", "bits") else (meet, row.kind)


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """NumPy's broadcasting. ValueError names the shapes that do not fit."""
    rank = max((len(s) for s in shapes), default=0)
    out = []
    for axis in range(-rank, 0):
        sizes = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        if len(sizes) > 1:
            names = " and ".join(map(str, shapes))
            raise ValueError(
                f"shapes {names} do not broadcast: axis {axis} has {sorted(sizes)}; sizes must be"
                " equal or 1"
            )
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def kind_of(operand: Operand, ins: Sequence[str], results: Sequence[str]) -> str:
    tag, value = operand
    if tag in NUMBER:
        return "weak int" if tag == "i" else "weak float"
    return ins[value] if tag == "x" else results[value]
