"""Elementwise functions as ONNX nodes: one node where ONNX has the function, else what
it is put together of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...ops.elementwise.instructions import NUMBER, kind_of, result_dtype
from ...ops.elementwise.table import TABLE
from .values import Writer


class Term:
    """A value in a formula."""

    def __init__(self, w: Writer, name: str, dtype: str):
        self.w, self.name, self.dtype = w, name, dtype

    def node(self, kind: str, *others: Any, dtype: str = "", **attributes: Any) -> Term:
        """A node of this and others; numbers are of this one's type."""
        names = [self._name(other) for other in others]
        name = self.w.add(kind, self.name, *names, **attributes)
        return Term(self.w, name, dtype or self.dtype)

    def _name(self, other: Any) -> str:
        return other.name if isinstance(other, Term) else self.w.constant(other, self.dtype)

    def to(self, dtype: str) -> Term:
        if dtype == self.dtype:
            return self
        return Term(self.w, self.w.cast(self.name, dtype), dtype)

    def chosen(self, a: Any, b: Any, like: Term) -> Term:
        """`a` where this is true, else `b`."""
        names = [like._name(a), like._name(b)]
        return Term(self.w, self.w.add("Where", self.name, *names), like.dtype)

    def compared(self, kind: str, other: Any) -> Term:
        return self.node(kind, other, dtype="bool")

    def clipped(self, low: float, high: float) -> Term:
        return self.node("Clip", low, high)

    def __add__(self, other: Any) -> Term:
        return self.node("Add", other)

    def __sub__(self, other: Any) -> Term:
        return self.node("Sub", other)

    def __mul__(self, other: Any) -> Term:
        return self.node("Mul", other)

    def __truediv__(self, other: Any) -> Term:
        return self.node("Div", other)


def activated(w: Writer, name: str, activation: str | None) -> str:
    """What an op applies to its result before it is stored."""
    if activation is None:
        return name
    return _formula(activation)(Term(w, name, "float32")).name


def elementwise(w: Writer, op: Any, names: Sequence[str], dtypes: Sequence[str]) -> list[str]:
    """The names of an op's results. KeyError for a function that is not written."""
    values: list[Term] = []
    kinds: list[str] = []
    for function, operands in op.body:
        row = TABLE[function]
        meet, out = result_dtype(row, [kind_of(operand, dtypes, kinds) for operand in operands])
        terms = []
        for number, (tag, value) in enumerate(operands):
            if tag in NUMBER:
                terms.append(Term(w, w.constant(value, meet), meet))
                continue
            term = values[value] if tag == "t" else Term(w, names[value], dtypes[value])
            terms.append(term.to("bool" if row.kind == "where" and not number else meet))
        values.append(_formula(function)(*terms).to(out))
        kinds.append(out)
    return [values[result].name for result in op.results]


def _formula(function: str) -> Callable[..., Term]:
    if function in NODES:
        return lambda a, *others: a.node(NODES[function], *others)
    return FORMULAS[function]


NODES = {
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "pow": "Pow", "maximum": "Max",
    "minimum": "Min", "neg": "Neg", "abs": "Abs", "sign": "Sign", "identity": "Identity",
    "reciprocal": "Reciprocal", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "erf": "Erf",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
    "relu": "Relu", "prelu": "PRelu", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "softplus": "Softplus", "elu": "Elu", "selu": "Selu", "softsign": "Softsign",
    "hard_silu": "HardSwish", "floor": "Floor", "ceil": "Ceil", "round": "Round",
}  # fmt: skip
"""Functions that are a node of ONNX."""


def _compare(kind: str) -> Callable[[Term, Term], Term]:
    return lambda a, b: a.compared(kind, b)


def _both(kind: str) -> Callable[[Term, Term], Term]:
    return lambda a, b: a.to("bool").node(kind, b.to("bool"))


def _floor_div(a: Term, b: Term) -> Term:
    """ONNX cuts whole numbers off towards 0: one less where a rest has another sign."""
    quotient = a / b
    if a.dtype.startswith("float"):
        return quotient.node("Floor")
    rest = a - quotient * b
    signs = rest.compared("Less", 0).node("Xor", b.compared("Less", 0))
    below = rest.compared("Equal", 0).node("Not").node("And", signs)
    return quotient - below.to(a.dtype)


def _infinite(a: Term) -> Term:
    return a.to("float32").node("IsInf", dtype="bool")


def _not_a_number(a: Term) -> Term:
    return a.to("float32").node("IsNaN", dtype="bool")


FORMULAS: dict[str, Callable[..., Term]] = {
    "square": lambda a: a * a,
    "squared_difference": lambda a, b: (a - b) * (a - b),
    "div_no_nan": lambda a, b: b.compared("Equal", 0).chosen(0, a / b, a),
    "floor_div": _floor_div,
    "mod": lambda a, b: a - b * _floor_div(a, b),
    "rsqrt": lambda a: a.node("Sqrt").node("Reciprocal"),
    "expm1": lambda a: a.node("Exp") - 1,
    "log1p": lambda a: (a + 1).node("Log"),
    "erfc": lambda a: a.node("Erf").node("Neg") + 1,
    "relu6": lambda a: a.clipped(0, 6),
    "hard_tanh": lambda a: a.clipped(-1, 1),
    "log_sigmoid": lambda a: a.node("Neg").node("Softplus").node("Neg"),
    "swish": lambda a: a * a.node("Sigmoid"),
    "hard_sigmoid": lambda a: a.node("HardSigmoid", alpha=1 / 6, beta=0.5),
    "sparse_sigmoid": lambda a: (a * 0.5 + 0.5).clipped(0, 1),
    "sparse_plus": lambda a: a.compared("GreaterOrEqual", 1).chosen(
        a, (a.clipped(-1, 1) + 1) * (a.clipped(-1, 1) + 1) * 0.25, a
    ),
    "step": lambda a, b: a.compared("Greater", 0).chosen(1, b, a),
    "equal": _compare("Equal"),
    "not_equal": lambda a, b: a.compared("Equal", b).node("Not"),
    "less": _compare("Less"),
    "less_equal": _compare("LessOrEqual"),
    "greater": _compare("Greater"),
    "greater_equal": _compare("GreaterOrEqual"),
    "logical_and": _both("And"),
    "logical_or": _both("Or"),
    "logical_xor": _both("Xor"),
    "logical_not": lambda a: a.to("bool").node("Not"),
    "is_nan": _not_a_number,
    "is_inf": _infinite,
    "is_finite": lambda a: _not_a_number(a).node("Or", _infinite(a)).node("Not"),
    "where": lambda condition, a, b: condition.chosen(a, b, a),
    "cast_float32": lambda a: a.to("float32"),
    "cast_float16": lambda a: a.to("float16"),
    "cast_int32": lambda a: a.to("int32"),
    "cast_uint32": lambda a: a.to("uint32"),
    "cast_bool": lambda a: a.to("bool"),
}
"""Functions that are put together of several nodes."""
