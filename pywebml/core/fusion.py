"""What the passes over a trace (see `core.fuse`) may ask of an op. An op offers it by a
base class; what it does not offer, no pass does to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from .op import Op
from .spec import Spec

if TYPE_CHECKING:
    from ..device.seam import Adapter

Operand = tuple[str, Any]
"""('x', input number), ('t', instruction number), ('i', Python int) or ('c', Python
float).

Ints have a letter of their own because 1 == 1.0: otherwise ops that compute in
different types would be equal.
"""


class _MinusZero(float):
    """-0.0, which is no 0.0: equal ops share what they were lowered to, and 1 / -0.0 is
    not 1 / 0.0.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _MinusZero)

    def __hash__(self) -> int:
        return hash(_MinusZero)


def constant(value: float) -> float:
    """A Python float as an operand keeps it: all NaN are one, and equal to itself."""
    if value != value:
        return math.nan
    return _MinusZero(-0.0) if value == 0 and math.copysign(1, value) < 0 else float(value)


class Instruction(NamedTuple):
    """A row of the elementwise table by its name, and what it is applied to."""

    name: str
    operands: tuple[Operand, ...]


class Chain(Op):
    """A little program of instructions, value by value over broadcast inputs: chains of
    one shape join into one. `results` are the instructions whose values come out,
    `targets` pairs of an input and the instruction whose value replaces it in place:
    an input of the chain's own shape, which is read nowhere but at the same place.
    """

    body: tuple[Instruction, ...]
    results: tuple[int, ...]
    targets: tuple[tuple[int, int], ...] = ()


class Constant(Op):
    """Fills its result, of the attribute `shape`, with one value, the attribute
    `start`, where `constant` is not None; chains take the value itself.
    """

    shape: tuple[int, ...]
    start: float

    @property
    def constant(self) -> float | None:
        """The float32 that stands everywhere."""
        raise NotImplementedError


class Broadcasts(Op):
    """Repeats its input along axes; chains read the input itself, for they broadcast
    anyway.
    """


class Narrows(Op):
    """Gives a result and what only a gradient wants to know of it."""

    def first_alone(self) -> Op:
        """What gives the first result alone."""
        raise NotImplementedError


Border = tuple[tuple[int, int], ...]
"""Elements (before, after) along each axis."""


class Activates(Op):
    """Applies one of `activations` to its result before it is stored: the one that its
    attribute says.
    """

    activations: ClassVar[tuple[str, ...]]
    activation: str | None


class Joins(Op):
    """Joins its result with a last input by the elementwise function that its attribute
    `join` says, before an activation: see `ops.support.activation.JOINS`.
    """

    join: str | None

    def joins(self, ins: Sequence[Spec]) -> bool:
        """Whether `join` may be set, for inputs like these."""
        return True


class Borders(Op):
    """Lays its input inside a border, or cuts one off."""

    @property
    def border(self) -> Border | None:
        """How wide the zeros around the input are; None where it does anything else."""
        return None

    def margin(self, x: Spec) -> Border | None:
        """How much it cuts off x; None where it does anything else."""
        return None


class SeesZeros(Op):
    """Sees zeros around its first input anyway, or around its result: a convolution and
    its gradients.
    """

    def bordered(self, ins: Sequence[Spec], border: Border) -> Op | None:
        """What does the same to a first input without this border of zeros."""
        return None

    def trimmed(self, ins: Sequence[Spec], margin: Border) -> Op | None:
        """What gives the same without this margin."""
        return None


class Scaled(Op):
    """Multiplies its result number `scaled` by the number that its attribute says."""

    scaled: ClassVar[int]
    scale: float


class Parted(NamedTuple):
    """An op whose result is so many `rows` that add up to another's result, and as what
    it sees the other's inputs.
    """

    op: Op
    rows: int
    ins: Sequence[Spec]


class SumsRows(Op):
    """May be a sum of rows, which `TakesRows` does itself."""

    def rows_summed(self, *ins: Spec) -> int:
        """How many rows of the result's size this sums up, where it does nothing else;
        0 otherwise.
        """
        return 0

    def in_parts(self, ins: Sequence[Spec], adapter: Adapter) -> Parted | None:
        """What gives the sums of parts in one launch; None where this op is a single
        launch anyway.
        """
        return None


class TakesRows(Op):
    """Takes its input number 1 as so many `rows` of its shape, too, at most
    `most_rows`, and sums them up on the way.
    """

    rows: int
    most_rows: ClassVar[int]


Pair = Callable[..., Op | None]
"""(first op, its inputs' specs, second op, the specs of its inputs without the first,
adapter) -> one op that does both, or None where there is none, or two launches are
faster on this adapter. Its inputs are those of the first op, then the second's others.
"""

PAIRS: dict[tuple[type[Op], type[Op]], Pair] = {}
"""By the types of two ops, where the second alone reads, as its first input, the result
of the first. Ops that do two things register here, where they stand.
"""


def parts_of(op: Op) -> list[str]:
    """The ops that were joined into this one, itself first."""
    if isinstance(op, Chain):
        return [instruction.name for instruction in op.body]
    more = [getattr(op, name, None) for name in ("join", "activation")]
    scale = ["mul"] if getattr(op, "scale", 1.0) != 1.0 else []
    return [op.name, *(word for word in more if word), *scale]
