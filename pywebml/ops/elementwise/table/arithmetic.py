"""Sums, products, quotients, powers and signs."""

from __future__ import annotations

import math
from typing import Any

from ....host.lazy import np
from ..instructions import POSITIVE, Row
from ..meaning import power


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


def _over(g: Any, b: Any) -> Any:
    """g / b, and 0 where b is 0."""
    if _is_number(b):
        return g / b if b else g * 0.0
    return g.div_no_nan(b)


_DIVISOR = "select(b, T(1), b == T(0))"  # WGSL's quotient of integers by 0 is a
_TURNED = f"(a % {_DIVISOR} != T(0)) & ((a < T(0)) != (b < T(0)))"  # a whole one down

ROWS: dict[str, Row] = {
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
        "a / b in floats, broadcast; `floor_div` is the one of integers.",
        domain=(POSITIVE,),
    ),
    "div_no_nan": Row(
        "select(a / b, F(0.0), b == F(0.0))",
        lambda a, b: np.where(b == 0, 0, a / np.where(b == 0, 1, b)).astype(a.dtype),
        lambda g, y, a, b: (_over(g, b), -_over(g * y, b)),
        "a / b in floats, broadcast, and 0 where b is 0.",
        domain=(POSITIVE,),
    ),
    "floor_div": Row(
        "select(whole_quotient(a, b), a + b, NAN(a) | NAN(b))",
        lambda a, b: np.floor_divide(a, b),
        None,
        "a / b rounded down, as Python's `//`; 0 for integers where b is 0.",
        "same",
        needs="remainder",
        integers=f"select(a / {_DIVISOR} - select(T(0), T(1), {_TURNED}), T(0), b == T(0))",
    ),
    "mod": Row(
        "select(remainder(a, b, F(p.nan)), a + b, NAN(a) | NAN(b))",
        lambda a, b: np.mod(a, b),
        lambda g, y, a, b: (g, -(g * (a // b))),
        "a - b * floor(a / b), with b's sign: Python's `%`; 0 for integers by 0.",
        "same",
        needs="remainder",
        integers=f"select(a % {_DIVISOR} + select(T(0), b, {_TURNED}), T(0), b == T(0))",
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
        lambda a: np.copy(a),  # a + 0 would make 0 of -0
        lambda g, y, a: (g,),
        "A copy, of the same dtype.",
        "copy",
    ),
    "square": Row("a * a", lambda a: a * a, lambda g, y, a: (g * a * 2,), "x squared.", "same"),
    "reciprocal": Row(
        "F(1.0) / a",
        lambda a: 1 / a,
        lambda g, y, a: (-(g * y * y),),
        "1 / x.",
        domain=(POSITIVE,),
    ),
}
