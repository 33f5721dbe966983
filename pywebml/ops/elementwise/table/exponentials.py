"""Roots, exponentials, logarithms, and the error function."""

from __future__ import annotations

import math

from ....host.lazy import np
from ..instructions import FRACTION, POSITIVE, Row
from ..meaning import erf, erfc, erfinv

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

ROWS: dict[str, Row] = {
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
    "exp": Row(
        "exp(a)",
        lambda a: np.exp(a),
        lambda g, y, a: (g * y,),
        "e to the power x.",
    ),
    "expm1": Row(
        "exponential_minus_one(a)",
        lambda a: np.expm1(a),
        lambda g, y, a: (g * (y + 1),),
        "exp(x) - 1, accurate near 0.",
        needs="exponential_minus_one",
    ),
    "log": Row(
        "natural_logarithm(a)",
        lambda a: np.log(a),
        lambda g, y, a: (g / a,),
        "The natural logarithm.",
        domain=(POSITIVE,),
        needs="logarithm",
    ),
    "log1p": Row(
        "log_of_one_plus(a)",
        lambda a: np.log1p(a),
        lambda g, y, a: (g / (a + 1),),
        "log(1 + x), accurate near 0.",
        domain=(POSITIVE,),
        needs="logarithm",
    ),
    "erf": Row(
        "select(error_function(a), a, NAN(a))",
        erf,
        lambda g, y, a: (g * ((-(a * a)).exp() * _TWO_OVER_ROOT_PI),),
        "The error function.",
        needs="error_function",
    ),
    "erfc": Row(
        "select(complementary_error_function(a), a, NAN(a))",
        erfc,
        lambda g, y, a: (g * ((-(a * a)).exp() * -_TWO_OVER_ROOT_PI),),
        "1 - erf(x), with all digits where that is small.",
        needs="error_function",
    ),
    "erfinv": Row(
        "select(inverse_error_function(a, F(p.nan)), a, NAN(a))",
        erfinv,
        lambda g, y, a: (g * ((y * y).exp() * (1 / _TWO_OVER_ROOT_PI)),),
        "The inverse of erf; nan beyond -1 and 1.",
        domain=(FRACTION,),
        needs="error_function",
    ),
}
