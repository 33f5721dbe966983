"""Elementwise ops: one table (WGSL expression, NumPy function, derivative), one op that
runs chains of its rows, one generator.

An `Elementwise` op holds a little program: instructions on inputs, earlier results and
constants, all of one output shape with NumPy broadcasting. A single call is a program
of one instruction; `core.fuse` joins programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.fusion import Chain, Instruction, Operand
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, apply, as_tensor
from ...host.lazy import np
from .instructions import NUMBER, Row, broadcast_shapes, kind_of, result_dtype
from .wgsl import generate


def _nothing(g: Any, y: Any, *operands: Any) -> Sequence[Any]:
    return [None] * len(operands)


def _erf(a: Any) -> Any:
    return np.vectorize(math.erf, otypes=[a.dtype])(a)


def _whole(a: Any, low: float, high: float) -> Any:
    """Floats cut towards zero and limited to the float32 values that fit, as WGSL does;
    integers as they are.
    """
    return np.clip(np.trunc(a), low, high) if a.dtype.kind == "f" else a


def _where_gradient(g: Any, y: Any, c: Any, a: Any, b: Any) -> Sequence[Any]:
    return None, where(c, g, 0.0), where(c, 0.0, g)


def _slope_of_power(g: Any, a: Any, b: Any) -> Any:
    """b a^(b - 1), and 0 where b is 0, even at a = 0."""
    if isinstance(b, (int, float)):
        return g * b * pow(a, b - 1) if b else None
    return g * where(equal(b, 0), 0.0, b * pow(a, b - 1))


def _log(x: Any) -> Any:
    """log(x), and 0 where there is none: 0^b and (-1)^2 have no slope in b."""
    if isinstance(x, (int, float)):
        return math.log(x) if x > 0 else 0.0
    return where(greater(x, 0), log(x), 0.0)


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017

# What the table's gradients use; made from the table, further down.
cos: Callable[..., Tensor]
exp: Callable[..., Tensor]
greater: Callable[..., Tensor]
greater_equal: Callable[..., Tensor]
less: Callable[..., Tensor]
less_equal: Callable[..., Tensor]
pow: Callable[..., Tensor]
relu6_grad: Callable[..., Tensor]
relu_grad: Callable[..., Tensor]
sigmoid: Callable[..., Tensor]
sign: Callable[..., Tensor]
sin: Callable[..., Tensor]
step: Callable[..., Tensor]

TABLE: dict[str, Row] = {
    # arithmetic
    "add": Row("a + b", lambda a, b: a + b, lambda g, y, a, b: (g, g), "same"),
    "sub": Row("a - b", lambda a, b: a - b, lambda g, y, a, b: (g, -g), "same"),
    "mul": Row("a * b", lambda a, b: a * b, lambda g, y, a, b: (g * b, g * a), "same"),
    "div": Row("a / b", lambda a, b: a / b, lambda g, y, a, b: (g / b, -(g * y) / b)),
    "maximum": Row(
        "max(a, b)",
        lambda a, b: np.maximum(a, b),
        lambda g, y, a, b: (where(greater_equal(a, b), g, 0.0), where(less(a, b), g, 0.0)),
        "same",
    ),
    "minimum": Row(
        "min(a, b)",
        lambda a, b: np.minimum(a, b),
        lambda g, y, a, b: (where(less_equal(a, b), g, 0.0), where(greater(a, b), g, 0.0)),
        "same",
    ),
    "pow": Row(
        "power(a, b)",
        lambda a, b: np.power(a, b),
        lambda g, y, a, b: (
            _slope_of_power(g, a, b),
            None if isinstance(b, (int, float)) else g * y * _log(a),
        ),
    ),
    "squared_difference": Row(
        "(a - b) * (a - b)",
        lambda a, b: (a - b) * (a - b),
        lambda g, y, a, b: (g * (a - b) * 2, g * (b - a) * 2),
        "same",
    ),
    "neg": Row("-a", lambda a: -a, lambda g, y, a: (-g,), "signed"),
    "abs": Row("abs(a)", lambda a: np.abs(a), lambda g, y, a: (g * sign(a),), "same"),
    "sign": Row("sign(a)", lambda a: np.sign(a), _nothing, "signed"),
    "identity": Row("a", lambda a: a + np.zeros((), a.dtype), lambda g, y, a: (g,), "same"),
    # powers, exponentials, logarithms
    "square": Row("a * a", lambda a: a * a, lambda g, y, a: (g * a * 2,), "same"),
    "sqrt": Row("sqrt(a)", lambda a: np.sqrt(a), lambda g, y, a: (g * 0.5 / y,)),
    "rsqrt": Row("inverseSqrt(a)", lambda a: 1 / np.sqrt(a), lambda g, y, a: (g * -0.5 * y / a,)),
    "reciprocal": Row("F(1.0) / a", lambda a: 1 / a, lambda g, y, a: (-(g * y * y),)),
    "exp": Row("exp(a)", lambda a: np.exp(a), lambda g, y, a: (g * y,)),
    "expm1": Row("exponential_minus_one(a)", lambda a: np.expm1(a), lambda g, y, a: (g * (y + 1),)),
    "log": Row("log(a)", lambda a: np.log(a), lambda g, y, a: (g / a,)),
    "log1p": Row("log_of_one_plus(a)", lambda a: np.log1p(a), lambda g, y, a: (g / (a + 1),)),
    # activations
    "relu": Row("max(a, F(0.0))", lambda a: np.maximum(a, 0), lambda g, y, a: (relu_grad(g, y),)),
    "relu6": Row(
        "clamp(a, F(0.0), F(6.0))", lambda a: np.clip(a, 0, 6), lambda g, y, a: (relu6_grad(g, y),)
    ),
    # gradients a of the two at results b: one row each, so that `core.fuse` knows them
    "relu_grad": Row(
        "select(F(0.0), a, b > F(0.0))",
        lambda a, b: np.where(b > 0, a, 0),
        lambda g, y, a, b: (relu_grad(g, b), None),
    ),
    "relu6_grad": Row(
        "select(F(0.0), a, (b > F(0.0)) & (b < F(6.0)))",
        lambda a, b: np.where((b > 0) & (b < 6), a, 0),
        lambda g, y, a, b: (relu6_grad(g, b), None),
    ),
    "leaky_relu": Row(
        "select(a * b, a, a > F(0.0))",
        lambda a, b: np.where(a > 0, a, a * b),
        lambda g, y, a, b: (
            g
            * where(
                greater(a, 0.0), 1.0, as_tensor(float(b)) if isinstance(b, (int, float)) else b
            ),
            None,
        ),
    ),
    "sigmoid": Row(
        "F(1.0) / (F(1.0) + exp(-a))",
        lambda a: 1 / (1 + np.exp(-a)),
        lambda g, y, a: (g * (y * (1 - y)),),
    ),
    # some drivers overflow in tanh; float32 tanh is 1 from 10 on
    "tanh": Row(
        "tanh(clamp(a, F(-15.0), F(15.0)))",
        lambda a: np.tanh(a),
        lambda g, y, a: (g * (1 - y * y),),
    ),
    "softplus": Row(
        "max(a, F(0.0)) + log_of_one_plus(exp(-abs(a)))",
        lambda a: np.logaddexp(a, np.zeros((), a.dtype)),
        lambda g, y, a: (g * sigmoid(a),),
    ),
    "elu": Row(
        "select(exponential_minus_one(a), a, a > F(0.0))",
        lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0))),
        lambda g, y, a: (g * where(greater(a, 0.0), 1.0, y + 1),),
    ),
    "selu": Row(
        f"F({_SELU_SCALE}) * select(F({_SELU_ALPHA}) * exponential_minus_one(a), a, a > F(0.0))",
        lambda a: (
            _SELU_SCALE * np.where(a > 0, a, _SELU_ALPHA * np.expm1(np.minimum(a, 0)))
        ).astype(a.dtype),
        lambda g, y, a: (g * where(greater(a, 0.0), _SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA),),
    ),
    "swish": Row(
        "a / (F(1.0) + exp(-a))",
        lambda a: a / (1 + np.exp(-a)),
        lambda g, y, a: (g * (sigmoid(a) * (1 + a * (1 - sigmoid(a)))),),
    ),
    "erf": Row(
        "error_function(a)", _erf, lambda g, y, a: (g * (exp(-(a * a)) * _TWO_OVER_ROOT_PI),)
    ),
    # rounding
    "floor": Row("floor(a)", lambda a: np.floor(a), _nothing),
    "ceil": Row("ceil(a)", lambda a: np.ceil(a), _nothing),
    "round": Row("round(a)", lambda a: np.round(a), _nothing),
    "step": Row("select(F(0.0), F(1.0), a > F(0.0))", lambda a: (a > 0).astype(a.dtype), _nothing),
    # trigonometry
    "sin": Row("sin(a)", lambda a: np.sin(a), lambda g, y, a: (g * cos(a),)),
    "cos": Row("cos(a)", lambda a: np.cos(a), lambda g, y, a: (-(g * sin(a)),)),
    # comparison and logic
    "equal": Row("a == b", lambda a, b: a == b, _nothing, "bool"),
    "not_equal": Row("a != b", lambda a, b: a != b, _nothing, "bool"),
    "less": Row("a < b", lambda a, b: a < b, _nothing, "bool"),
    "less_equal": Row("a <= b", lambda a, b: a <= b, _nothing, "bool"),
    "greater": Row("a > b", lambda a, b: a > b, _nothing, "bool"),
    "greater_equal": Row("a >= b", lambda a, b: a >= b, _nothing, "bool"),
    "logical_and": Row(
        "(a != ZERO) & (b != ZERO)", lambda a, b: np.logical_and(a, b), _nothing, "bool"
    ),
    "logical_or": Row(
        "(a != ZERO) | (b != ZERO)", lambda a, b: np.logical_or(a, b), _nothing, "bool"
    ),
    "logical_not": Row("a == ZERO", lambda a: np.logical_not(a), _nothing, "bool"),
    # `a` is the condition here: it keeps its own type, b and c share theirs
    "where": Row(
        "select(c, b, CONDITION(a))",
        lambda a, b, c: np.where(a != 0, b, c),
        _where_gradient,
        "where",
    ),
    "cast_float32": Row(
        "a",
        lambda a: a.astype("float32" if a.dtype.kind != "f" else a.dtype),
        lambda g, y, a: (g,),
        "float32",
    ),
    "cast_float16": Row(
        "F(H(a))", lambda a: a.astype("float16").astype(a.dtype), lambda g, y, a: (g,), "float16"
    ),
    "cast_int32": Row(
        "a", lambda a: _whole(a, -(2.0**31), 2.0**31 - 128).astype("int32"), _nothing, "int32"
    ),
    "cast_uint32": Row(
        "a", lambda a: _whole(a, 0.0, 2.0**32 - 256).astype("uint32"), _nothing, "uint32"
    ),
    "cast_bool": Row("a != ZERO", lambda a: a != 0, _nothing, "bool"),
}


@register
@dataclass(frozen=True)
class Elementwise(Chain):
    """A chain of elementwise instructions over broadcast inputs; `results` are the
    instructions whose values come out.
    """

    body: tuple[Instruction, ...]
    results: tuple[int, ...]
    halves = True

    @property
    def name(self) -> str:
        return "+".join(i.name for i in self.body)

    def dtypes(self, ins: Sequence[str]) -> list[str]:
        """The dtype of each instruction's result."""
        found: list[str] = []
        for name, operands in self.body:
            meet, out = result_dtype(TABLE[name], [kind_of(o, ins, found) for o in operands])
            high = {"int32": 2**31, "uint32": 2**32}.get(meet, math.inf)
            if bad := [
                value for tag, value in operands if tag == "i" and not -(2**31) <= value < high
            ]:
                raise ValueError(
                    f"{name}: {bad[0]} does not fit {meet}; turn the tensor into float32 first, or"
                    f" use {float(bad[0])}"
                )
            found.append(out)
        return found

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        if bad := [s for s in ins if s.dtype == "uint8"]:
            raise TypeError(
                f"{self.name} got pixels of uint8 {bad[0].shape}; turn them into float32 first, as"
                " pixels_to_tensor does"
            )
        shape = broadcast_shapes(*(s.shape for s in ins))
        dtypes = self.dtypes([s.dtype for s in ins])
        return tuple(Spec(shape, dtypes[r]) for r in self.results)

    def numpy(self, *arrays: Any) -> Any:
        values: list[Any] = []
        wide = any(a.dtype == np.float64 for a in arrays)
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        # float16 comes as float32
        ins = [
            {"f": "float32", "i": "int32", "u": "uint32", "b": "bool"}[a.dtype.kind] for a in arrays
        ]
        kinds: list[str] = []
        for name, operands in self.body:
            row = TABLE[name]
            operand_kinds = [kind_of(o, ins, kinds) for o in operands]
            meet, out = result_dtype(row, operand_kinds)
            kinds.append(out)
            code = (
                ("float64" if wide else "float32")
                if meet in FLOATS
                else "uint32"
                if meet == "bool"
                else meet
            )
            given = [
                value if tag in NUMBER else arrays[value] if tag == "x" else values[value]
                for tag, value in operands
            ]
            first = 1 if row.kind == "where" else 0
            if row.kind not in ("int32", "uint32"):
                given[first:] = [np.asarray(v, code) for v in given[first:]]
            values.append(row.numpy(*given))
        made = tuple(
            v if v.shape == shape else np.broadcast_to(v, shape)
            for v in (np.asarray(values[r]) for r in self.results)
        )
        return made if len(made) > 1 else made[0]

    def gpu(self, k: Lowering) -> None:
        generate(self, k)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        # only single instructions are called on tensors; fusion comes after gradients
        ((name, operands),) = self.body
        gradient = TABLE[name].gradient
        assert gradient is not None
        given = [value if tag in NUMBER else ins[value] for tag, value in operands]
        found: list[Any] = [None] * len(ins)
        for (tag, value), g in zip(operands, gradient(grads[0], outs[0], *given), strict=True):
            if tag == "x" and g is not None and ins[value].dtype in FLOATS:
                g = unbroadcast(cast(g, ins[value].dtype), ins[value].shape)
                found[value] = g if found[value] is None else found[value] + g
        return found

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return len(self.body) * outs[0].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        from .cases import cases

        return cases()


def unbroadcast(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sums a gradient over the axes along which its operand was broadcast."""
    if g.shape == shape:
        return g
    lead = g.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, d in enumerate(shape) if d == 1 and g.shape[lead + i] != 1
    )
    return g.sum(axes).reshape(shape) if axes else g.reshape(shape)


def call(name: str, *operands: Any) -> Tensor:
    """Runs one row of the table on tensors, arrays and Python numbers."""
    tensors: list[Tensor] = []
    given: list[Operand] = []
    if all(isinstance(o, (int, float)) for o in operands):
        operands = (as_tensor(operands[0]), *operands[1:])
    for operand in operands:
        if isinstance(operand, (bool, int, float)) and not isinstance(operand, Tensor):
            given.append(("i", int(operand)) if isinstance(operand, int) else ("c", float(operand)))
        else:
            held = as_tensor(operand)
            seen = next((i for i, t in enumerate(tensors) if t is held), None)
            if seen is None:
                tensors.append(held)
            given.append(("x", len(tensors) - 1 if seen is None else seen))
    return apply(Elementwise((Instruction(name, tuple(given)),), (0,)), tensors)  # type: ignore[no-any-return]


def _function(name: str, words: str, arity: int) -> Callable[..., Tensor]:
    if arity == 1:

        def one(x: Any) -> Tensor:
            return call(name, x)

        made: Callable[..., Tensor] = one
    else:

        def two(a: Any, b: Any) -> Tensor:
            return call(name, a, b)

        made = two
    made.__name__ = made.__qualname__ = name
    made.__doc__ = words
    return made


add = _function("add", "a + b, broadcast.", 2)
sub = _function("sub", "a - b, broadcast.", 2)
mul = _function("mul", "a * b, broadcast.", 2)
div = _function("div", "a / b in floats, broadcast.", 2)
pow = _function(
    "pow", "a to the power b in floats; nan for a negative base and a broken exponent.", 2
)
maximum = _function(
    "maximum", "The larger of a and b; its gradient goes to a where they are equal.", 2
)
minimum = _function(
    "minimum", "The smaller of a and b; its gradient goes to a where they are equal.", 2
)
squared_difference = _function("squared_difference", "(a - b) squared.", 2)
neg = _function("neg", "-x.", 1)
abs = _function("abs", "|x|; its gradient at 0 is 0.", 1)
sign = _function("sign", "-1, 0 or 1.", 1)
identity = _function("identity", "A copy.", 1)
square = _function("square", "x squared.", 1)
sqrt = _function("sqrt", "The square root; nan below 0.", 1)
rsqrt = _function("rsqrt", "1 / sqrt(x).", 1)
reciprocal = _function("reciprocal", "1 / x.", 1)
exp = _function("exp", "e to the power x.", 1)
expm1 = _function("expm1", "exp(x) - 1, accurate near 0.", 1)
log = _function("log", "The natural logarithm.", 1)
log1p = _function("log1p", "log(1 + x), accurate near 0.", 1)
relu = _function("relu", "max(x, 0).", 1)
relu6 = _function("relu6", "min(max(x, 0), 6).", 1)
relu_grad = _function("relu_grad", "The gradient g where relu gave a result y above 0, else 0.", 2)
relu6_grad = _function(
    "relu6_grad", "The gradient g where relu6 gave a result y between 0 and 6, else 0.", 2
)
sigmoid = _function("sigmoid", "1 / (1 + exp(-x)).", 1)
tanh = _function("tanh", "The hyperbolic tangent.", 1)
softplus = _function("softplus", "log(1 + exp(x)), without overflow.", 1)
elu = _function("elu", "x where positive, else exp(x) - 1.", 1)
selu = _function("selu", "Scaled elu (Klambauer et al. 2017).", 1)
swish = _function("swish", "x * sigmoid(x), also known as SiLU.", 1)
erf = _function("erf", "The error function.", 1)
floor = _function("floor", "Rounded down.", 1)
ceil = _function("ceil", "Rounded up.", 1)
round = _function("round", "Rounded to the nearest integer, halves to even.", 1)
step = _function("step", "1 where x > 0, else 0.", 1)
sin = _function("sin", "The sine of x in radians.", 1)
cos = _function("cos", "The cosine of x in radians.", 1)
equal = _function("equal", "a == b as bool.", 2)
not_equal = _function("not_equal", "a != b as bool.", 2)
less = _function("less", "a < b as bool.", 2)
less_equal = _function("less_equal", "a <= b as bool.", 2)
greater = _function("greater", "a > b as bool.", 2)
greater_equal = _function("greater_equal", "a >= b as bool.", 2)
logical_and = _function("logical_and", "True where both are not 0.", 2)
logical_or = _function("logical_or", "True where either is not 0.", 2)
logical_not = _function("logical_not", "True where x is 0.", 1)


def leaky_relu(x: Any, alpha: float = 0.2) -> Tensor:
    """x where positive, else alpha * x."""
    return call("leaky_relu", x, float(alpha))


def gelu(x: Any) -> Tensor:
    """x * Phi(x), Phi the normal distribution function (Hendrycks and Gimpel 2016), by
    erf.
    """
    x = as_tensor(x)
    return x * ((erf(x * math.sqrt(0.5)) + 1) * 0.5)


def clip_by_value(x: Any, low: float, high: float) -> Tensor:
    """x limited to [low, high]."""
    if low > high:
        raise ValueError(f"clip_by_value: low {low} is above high {high}")
    return maximum(minimum(x, high), low)


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition is not 0, else b; the three are broadcast."""
    return call("where", as_tensor(condition), a, b)


def cast(x: Any, dtype: str) -> Tensor:
    """x converted to 'float32', 'float16', 'int32', 'uint32' or 'bool'; floats are cut
    towards zero on the way to integers.

    float16 has 11 bits (a relative rounding of at most 4.9e-4) and ends at 65,504;
    beyond that is infinity.
    """
    x = as_tensor(x)
    if f"cast_{dtype}" not in TABLE:
        raise ValueError(f"cast to {dtype!r}; expected float32, float16, int32, uint32 or bool")
    return x if x.dtype == dtype else call(f"cast_{dtype}", x)


__all__ = [
    "Elementwise",
    "abs",
    "add",
    "cast",
    "ceil",
    "clip_by_value",
    "cos",
    "div",
    "elu",
    "equal",
    "erf",
    "exp",
    "expm1",
    "floor",
    "gelu",
    "greater",
    "greater_equal",
    "identity",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "not_equal",
    "pow",
    "reciprocal",
    "relu",
    "relu6",
    "relu6_grad",
    "relu_grad",
    "round",
    "rsqrt",
    "selu",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "square",
    "squared_difference",
    "step",
    "sub",
    "swish",
    "tanh",
    "where",
]
