"""The elementwise functions, one row each: WGSL, NumPy, gradient, type, words, and how
samples are drawn. A new row needs nothing else: the function and the method, its
docstring, its cases on every host and its place in chains come from here.

Gradients speak in tensors: operators and methods.
"""

from __future__ import annotations

import math
from typing import Any

from ...host.lazy import np
from .instructions import ANY, POSITIVE, TRUTHS, Row
from .meaning import erf, power, rounded, whole


def _is_number(operand: Any) -> bool:
    return isinstance(operand, (int, float))


def _slope_of_power(g: Any, a: Any, b: Any) -> Any:
    """b a^(b - 1), and 0 where b is 0, even at a = 0."""
    if _is_number(b):
        return g * b * a ** (b - 1) if b else None
    return g * (b == 0).where(0.0, b * a ** (b - 1))


def _log(x: Any) -> Any:
    """log(x), and 0 where there is none: 0^b and (-1)^2 have no slope in b."""
    if _is_number(x):
        return math.log(x) if x > 0 else 0.0
    return (x > 0).where(x.log(), 0.0)


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017

# NaN in, NaN out, as in NumPy. WGSL's max, min and clamp may give the other operand, so
# may comparisons that a compiler makes them of, and != may be false for NaN: NAN(a)
# tells by the bits.
TABLE: dict[str, Row] = {
    # arithmetic
    "add": Row(
        "a + b",
        lambda a, b: a + b,
        lambda g, y, a, b: (g, g),
        "a + b, broadcast.",
        "same",
    ),
    "sub": Row(
        "a - b",
        lambda a, b: a - b,
        lambda g, y, a, b: (g, -g),
        "a - b, broadcast.",
        "same",
    ),
    "mul": Row(
        "a * b",
        lambda a, b: a * b,
        lambda g, y, a, b: (g * b, g * a),
        "a * b, broadcast.",
        "same",
    ),
    "div": Row(
        "a / b",
        lambda a, b: a / b,
        lambda g, y, a, b: (g / b, -(g * y) / b),
        "a / b in floats, broadcast.",
        domain=(POSITIVE,),
    ),
    "maximum": Row(
        "select(b, a, (a > b) | NAN(a))",
        lambda a, b: np.maximum(a, b),
        lambda g, y, a, b: ((a >= b).where(g, 0.0), (a >= b).where(0.0, g)),
        "The larger of a and b, NaN if one is; its gradient goes to a where they are equal.",
        "same",
        integers="max(a, b)",
    ),
    "minimum": Row(
        "select(b, a, (a < b) | NAN(a))",
        lambda a, b: np.minimum(a, b),
        lambda g, y, a, b: ((a <= b).where(g, 0.0), (a <= b).where(0.0, g)),
        "The smaller of a and b, NaN if one is; its gradient goes to a where they are equal.",
        "same",
        integers="min(a, b)",
    ),
    "pow": Row(
        "select(power(a, b, F(p.nan)), a + b,"
        " (NAN(a) & !(b == F(0.0))) | (NAN(b) & !(a == F(1.0))))",
        power,
        lambda g, y, a, b: (
            _slope_of_power(g, a, b),
            None if _is_number(b) else g * y * _log(a),
        ),
        "a to the power b; nan for a negative base and a broken exponent.",
        "same",
        (POSITIVE,),
        3e-4,
        "power",
        # 1 and -1 alone have whole powers below 0
        integers="select(T(power_of_integers(U(a), U(b))), T(0),"
        " (b < T(0)) & !((a == T(1)) | (a == ~T(0))))",
        integers_need="power_of_integers",
    ),
    "squared_difference": Row(
        "(a - b) * (a - b)",
        lambda a, b: (a - b) * (a - b),
        lambda g, y, a, b: (g * (a - b) * 2, g * (b - a) * 2),
        "(a - b) squared.",
        "same",
    ),
    "neg": Row("-a", lambda a: -a, lambda g, y, a: (-g,), "-x.", "same", integers="T(0) - a"),
    "abs": Row(
        "abs(a)",
        lambda a: np.abs(a),
        lambda g, y, a: (g * a.sign(),),
        "|x|; its gradient at 0 is 0.",
        "same",
    ),
    "sign": Row(
        "select(sign(a), a, NAN(a))",
        lambda a: np.sign(a),
        None,
        "-1, 0 or 1.",
        "same",
        integers="select(T(0), T(1), a > T(0)) - select(T(0), T(1), a < T(0))",
    ),
    "identity": Row(
        "a",
        lambda a: a + np.zeros((), a.dtype),
        lambda g, y, a: (g,),
        "A copy, of the same dtype.",
        "copy",
    ),
    # powers, exponentials, logarithms
    "square": Row("a * a", lambda a: a * a, lambda g, y, a: (g * a * 2,), "x squared.", "same"),
    "sqrt": Row(
        "sqrt(a)",
        lambda a: np.sqrt(a),
        lambda g, y, a: (g * 0.5 / y,),
        "The square root; nan below 0.",
        domain=(POSITIVE,),
    ),
    "rsqrt": Row(
        "inverseSqrt(a)",
        lambda a: 1 / np.sqrt(a),
        lambda g, y, a: (g * -0.5 * y / a,),
        "1 / sqrt(x).",
        domain=(POSITIVE,),
    ),
    "reciprocal": Row(
        "F(1.0) / a",
        lambda a: 1 / a,
        lambda g, y, a: (-(g * y * y),),
        "1 / x.",
        domain=(POSITIVE,),
    ),
    "exp": Row(
        "exp(a)",
        lambda a: np.exp(a),
        lambda g, y, a: (g * y,),
        "e to the power x.",
        tolerance=1e-4,
    ),
    "expm1": Row(
        "exponential_minus_one(a)",
        lambda a: np.expm1(a),
        lambda g, y, a: (g * (y + 1),),
        "exp(x) - 1, accurate near 0.",
        tolerance=1e-4,
        needs="exponential_minus_one",
    ),
    "log": Row(
        "log(a)",
        lambda a: np.log(a),
        lambda g, y, a: (g / a,),
        "The natural logarithm.",
        domain=(POSITIVE,),
    ),
    "log1p": Row(
        "log_of_one_plus(a)",
        lambda a: np.log1p(a),
        lambda g, y, a: (g / (a + 1),),
        "log(1 + x), accurate near 0.",
        domain=(POSITIVE,),
        needs="log_of_one_plus",
    ),
    # activations
    "relu": Row(
        "select(max(a, F(0.0)), a, NAN(a))",
        lambda a: np.maximum(a, 0),
        lambda g, y, a: (g.relu_grad(y),),
        "max(x, 0).",
        "same",
        integers="max(a, T(0))",
    ),
    "relu6": Row(
        "select(clamp(a, F(0.0), F(6.0)), a, NAN(a))",
        lambda a: np.clip(a, 0, 6),
        lambda g, y, a: (g.relu6_grad(y),),
        "min(max(x, 0), 6).",
        "same",
        integers="min(max(a, T(0)), T(6))",
    ),
    # gradients a of the two at results b: one row each, so that fusion knows them
    "relu_grad": Row(
        "select(F(0.0), a, b > F(0.0))",
        lambda a, b: np.where(b > 0, a, 0),
        lambda g, y, a, b: (g.relu_grad(b), None),
        "The gradient a where relu gave a result b above 0, else 0.",
    ),
    "relu6_grad": Row(
        "select(F(0.0), a, (b > F(0.0)) & (b < F(6.0)))",
        lambda a, b: np.where((b > 0) & (b < 6), a, 0),
        lambda g, y, a, b: (g.relu6_grad(b), None),
        "The gradient a where relu6 gave a result b between 0 and 6, else 0.",
    ),
    "leaky_relu": Row(
        "select(a * b, a, a > F(0.0))",
        lambda a, b: np.where(a > 0, a, a * b),
        lambda g, y, a, b: (g * (a > 0.0).where(1.0, b), None),
        "x where positive, else alpha * x.",
    ),
    "sigmoid": Row(
        "F(1.0) / (F(1.0) + exp(-a))",
        lambda a: 1 / (1 + np.exp(-a)),
        lambda g, y, a: (g * (y * (1 - y)),),
        "1 / (1 + exp(-x)).",
    ),
    # some drivers overflow in tanh; float32 tanh is 1 from 10 on
    "tanh": Row(
        "select(tanh(clamp(a, F(-15.0), F(15.0))), a, NAN(a))",
        lambda a: np.tanh(a),
        lambda g, y, a: (g * (1 - y * y),),
        "The hyperbolic tangent.",
        tolerance=3e-5,
    ),
    "softplus": Row(
        "max(a, F(0.0)) + log_of_one_plus(exp(-abs(a)))",
        lambda a: np.logaddexp(a, np.zeros((), a.dtype)),
        lambda g, y, a: (g * a.sigmoid(),),
        "log(1 + exp(x)), without overflow.",
        needs="log_of_one_plus",
    ),
    "elu": Row(
        "select(exponential_minus_one(a), a, a > F(0.0))",
        lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0))),
        lambda g, y, a: (g * (a > 0.0).where(1.0, y + 1),),
        "x where positive, else exp(x) - 1.",
        needs="exponential_minus_one",
    ),
    "selu": Row(
        f"F({_SELU_SCALE}) * select(F({_SELU_ALPHA}) * exponential_minus_one(a), a, a > F(0.0))",
        lambda a: (
            _SELU_SCALE * np.where(a > 0, a, _SELU_ALPHA * np.expm1(np.minimum(a, 0)))
        ).astype(a.dtype),
        lambda g, y, a: (g * (a > 0.0).where(_SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA),),
        "Scaled elu (Klambauer et al. 2017).",
        needs="exponential_minus_one",
    ),
    "swish": Row(
        "a / (F(1.0) + exp(-a))",
        lambda a: a / (1 + np.exp(-a)),
        lambda g, y, a: (g * (a.sigmoid() * (1 + a * (1 - a.sigmoid()))),),
        "x * sigmoid(x), also known as SiLU.",
    ),
    # the WGSL is a polynomial that is good to 1.5e-7
    "erf": Row(
        "error_function(a)",
        erf,
        lambda g, y, a: (g * ((-(a * a)).exp() * _TWO_OVER_ROOT_PI),),
        "The error function.",
        tolerance=2e-6,
        needs="error_function",
    ),
    # rounding
    "floor": Row("floor(a)", rounded("floor"), None, "Rounded down.", "same", integers="a"),
    "ceil": Row("ceil(a)", rounded("ceil"), None, "Rounded up.", "same", integers="a"),
    "round": Row(
        "round(a)",
        rounded("round"),
        None,
        "Rounded to the nearest integer, halves to even.",
        "same",
        integers="a",
    ),
    "step": Row(
        "select(select(F(0.0), F(1.0), a > F(0.0)), a, NAN(a))",
        lambda a: np.where(a != a, a, a > 0).astype(a.dtype),
        None,
        "1 where x > 0, else 0.",
        "same",
        integers="select(T(0), T(1), a > T(0))",
    ),
    # trigonometry; WGSL promises 2^-11 absolute on [-pi, pi]
    "sin": Row(
        "sin(a)",
        lambda a: np.sin(a),
        lambda g, y, a: (g * a.cos(),),
        "The sine of x in radians.",
        tolerance=6e-4,
    ),
    "cos": Row(
        "cos(a)",
        lambda a: np.cos(a),
        lambda g, y, a: (-(g * a.sin()),),
        "The cosine of x in radians.",
        tolerance=6e-4,
    ),
    # comparison and logic
    "equal": Row("a == b", lambda a, b: a == b, None, "a == b as bool.", "bool"),
    "not_equal": Row("!(a == b)", lambda a, b: a != b, None, "a != b as bool.", "bool"),
    "less": Row("a < b", lambda a, b: a < b, None, "a < b as bool.", "bool"),
    "less_equal": Row("a <= b", lambda a, b: a <= b, None, "a <= b as bool.", "bool"),
    "greater": Row("a > b", lambda a, b: a > b, None, "a > b as bool.", "bool"),
    "greater_equal": Row("a >= b", lambda a, b: a >= b, None, "a >= b as bool.", "bool"),
    "logical_and": Row(
        "!((a == T(0)) | (b == T(0)))",
        lambda a, b: np.logical_and(a, b),
        None,
        "True where both are not 0.",
        "bool",
        (TRUTHS, ANY),
    ),
    "logical_or": Row(
        "!((a == T(0)) & (b == T(0)))",
        lambda a, b: np.logical_or(a, b),
        None,
        "True where either is not 0.",
        "bool",
        (TRUTHS, ANY),
    ),
    "logical_not": Row(
        "a == T(0)",
        lambda a: np.logical_not(a),
        None,
        "True where x is 0.",
        "bool",
        (TRUTHS,),
    ),
    # `a` is the condition here: it keeps its own type, b and c share theirs
    "where": Row(
        "select(c, b, CONDITION(a))",
        lambda a, b, c: np.where(a != 0, b, c),
        lambda g, y, a, b, c: (None, a.where(g, 0.0), a.where(0.0, g)),
        "a where the condition is not 0, else b; the three are broadcast.",
        "where",
        (TRUTHS, ANY),
    ),
    # conversions, behind `cast`
    "cast_float32": Row(
        "a",
        lambda a: a.astype("float32" if a.dtype.kind != "f" else a.dtype),
        lambda g, y, a: (g,),
        "x as float32.",
        "float32",
    ),
    "cast_float16": Row(
        "F(H(a))",
        lambda a: a.astype("float16").astype(a.dtype),
        lambda g, y, a: (g,),
        "x as float16.",
        "float16",
    ),
    "cast_int32": Row(
        "select(a, F(0.0), NAN(a))",
        lambda a: whole(a, -(2.0**31), 2.0**31 - 128).astype("int32"),
        None,
        "x as int32.",
        "int32",
        integers="a",
    ),
    "cast_uint32": Row(
        "select(a, F(0.0), NAN(a))",
        lambda a: whole(a, 0.0, 2.0**32 - 256).astype("uint32"),
        None,
        "x as uint32.",
        "uint32",
        (POSITIVE,),
        integers="a",
    ),
    "cast_bool": Row("!(a == T(0))", lambda a: a != 0, None, "x != 0.", "bool"),
}
