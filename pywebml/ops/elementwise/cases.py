"""Sample cases of every row of the elementwise table, and of chains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.fusion import Instruction
from ...core.op import Case
from ...host.lazy import np
from .op import TABLE, Elementwise

_TWO = {
    "add",
    "sub",
    "mul",
    "div",
    "maximum",
    "minimum",
    "pow",
    "squared_difference",
    "leaky_relu",
    "relu_grad",
    "relu6_grad",
}
_POSITIVE = {"sqrt", "rsqrt", "log", "pow", "reciprocal", "div", "log1p", "cast_uint32"}
# WGSL promises 2^-11 absolute for sin and cos on [-pi, pi], and an erf polynomial good
# to 1.5e-7
_LOOSE = {
    "sin": 6e-4,
    "cos": 6e-4,
    "pow": 3e-4,
    "erf": 2e-6,
    "tanh": 3e-5,
    "exp": 1e-4,
    "expm1": 1e-4,
}


def cases() -> Iterator[Case]:
    rng = np.random.default_rng(0)

    def draw(name: str, *shape: int) -> Any:
        values = rng.uniform(0.1, 3, shape) if name in _POSITIVE else rng.uniform(-3, 3, shape)
        return values.astype("float32")

    forms: dict[str, list[tuple[int, ...]]]
    forms = {"4 x 8": [(4, 8)] * 3, "3 x 5": [(3, 5)] * 3, "broadcast": [(2, 1, 5), (3, 1), (5,)]}
    for name, row in TABLE.items():
        two = name in _TWO or (row.kind == "bool" and name not in ("logical_not", "cast_bool"))
        arity = 3 if name == "where" else 2 if two else 1
        op = Elementwise((Instruction(name, tuple(("x", i) for i in range(arity))),), (0,))
        atol = _LOOSE.get(name, 1e-5)
        for label, shapes in forms.items():
            inputs = tuple(draw(name, *s) for s in shapes[:arity])
            if name == "where" or name.startswith("logical"):
                inputs = ((inputs[0] > 0).astype("uint32"), *inputs[1:])
            yield Case(f"{name} {label}", op, inputs, atol)
    chain = Elementwise(
        (
            Instruction("mul", (("x", 0), ("c", 0.5))),
            Instruction("add", (("t", 0), ("x", 1))),
            Instruction("relu", (("t", 1),)),
        ),
        (1, 2),
    )
    yield Case("mul+add+relu chain, two results", chain, (draw("", 6, 4), draw("", 4)))
    plus = Elementwise((Instruction("add", (("x", 0), ("x", 1))),), (0,))
    yield Case("int32 + int32", plus, (np.arange(7, dtype="int32"), np.array(3, "int32")))
    yield Case(
        "int32 to float32",
        Elementwise((Instruction("cast_float32", (("x", 0),)),), (0,)),
        (np.arange(-3, 4, dtype="int32"),),
    )
