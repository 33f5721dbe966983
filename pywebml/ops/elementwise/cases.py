"""Sample cases of every row of the elementwise table, and of chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...core.fusion import Instruction
from ...core.op import Case
from ...host.lazy import np
from .instructions import ANY, Domain
from .table import TABLE

SHAPES: dict[str, list[tuple[int, ...]]] = {
    "4 x 8": [(4, 8)] * 3,
    "3 x 5": [(3, 5)] * 3,
    "broadcast": [(2, 1, 5), (3, 1), (5,)],
}


def cases(chain: Callable[..., Any]) -> Iterator[Case]:
    """The cases; `chain` makes an op of a body and results."""
    rng = np.random.default_rng(0)

    def draw(shape: tuple[int, ...], domain: Domain = ANY) -> Any:
        return rng.uniform(domain.low, domain.high, shape).astype(domain.dtype)

    for name, row in TABLE.items():
        op = chain((Instruction(name, tuple(("x", i) for i in range(row.arity))),), (0,))
        domains = row.domain + row.domain[-1:] * row.arity
        for label, shapes in SHAPES.items():
            inputs = tuple(map(draw, shapes[: row.arity], domains))
            yield Case(f"{name} {label}", op, inputs, row.tolerance)
    body = (
        Instruction("mul", (("x", 0), ("c", 0.5))),
        Instruction("add", (("t", 0), ("x", 1))),
        Instruction("relu", (("t", 1),)),
    )
    yield Case("mul+add+relu chain, two results", chain(body, (1, 2)), (draw((6, 4)), draw((4,))))
    momentum = (
        Instruction("mul", (("x", 1), ("c", 0.9))),
        Instruction("mul", (("x", 3), ("x", 2))),
        Instruction("sub", (("t", 0), ("t", 1))),
        Instruction("add", (("x", 0), ("t", 2))),
        Instruction("abs", (("t", 3),)),
    )
    for shape in ((4, 8), (3, 5), (1,), ()):
        inputs = (draw(shape), draw(shape), draw(shape), draw(()))
        update = chain(momentum, (), ((1, 2), (0, 3)))
        yield Case(f"two inputs in place, {shape}", update, inputs)
        yield Case(f"and a result, {shape}", chain(momentum, (4,), ((0, 3),)), inputs)
    inputs = (draw((3, 4)), draw((4,)), draw((3, 1)), draw(()))
    yield Case("in place, others broadcast", chain(momentum, (2,), ((0, 3),)), inputs)
    plus = chain((Instruction("add", (("x", 0), ("x", 1))),), (0,))
    yield Case("int32 + int32", plus, (np.arange(7, dtype="int32"), np.array(3, "int32")))
    to_float = chain((Instruction("cast_float32", (("x", 0),)),), (0,))
    yield Case("int32 to float32", to_float, (np.arange(-3, 4, dtype="int32"),))
