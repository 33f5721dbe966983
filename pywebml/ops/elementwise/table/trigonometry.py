"""Angles, and their hyperbolic kin."""

from __future__ import annotations

from ....host.lazy import np
from ..instructions import FRACTION, Domain, Row

ROWS: dict[str, Row] = {
    "sin": Row(
        "sine(a)",
        lambda a: np.sin(a),
        lambda g, y, a: (g * a.cos(),),
        "The sine of x in radians.",
        needs="trigonometry",
    ),
    "cos": Row(
        "cosine(a)",
        lambda a: np.cos(a),
        lambda g, y, a: (-(g * a.sin()),),
        "The cosine of x in radians.",
        needs="trigonometry",
    ),
    "tan": Row(
        "tangent(a)",
        lambda a: np.tan(a),
        lambda g, y, a: (g * (y * y + 1),),
        "The tangent of x in radians.",
        domain=(Domain(-1.4, 1.4),),
        needs="trigonometry",
    ),
    "asin": Row(
        "select(arc_sine(a, F(p.nan)), a, NAN(a))",
        lambda a: np.arcsin(a),
        lambda g, y, a: (g * (1 - a * a).rsqrt(),),
        "The angle in radians whose sine is x; nan beyond -1 and 1.",
        domain=(FRACTION,),
        needs="arcs",
    ),
    "acos": Row(
        "select(arc_cosine(a, F(p.nan)), a, NAN(a))",
        lambda a: np.arccos(a),
        lambda g, y, a: (-(g * (1 - a * a).rsqrt()),),
        "The angle in radians whose cosine is x; nan beyond -1 and 1.",
        domain=(FRACTION,),
        needs="arcs",
    ),
    "atan": Row(
        "select(arc_tangent(a), a, NAN(a))",
        lambda a: np.arctan(a),
        lambda g, y, a: (g / (a * a + 1),),
        "The angle in radians, from -pi/2 to pi/2, whose tangent is x.",
        needs="arcs",
    ),
    "atan2": Row(
        "select(arc_tangent_of_two(a, b), a + b, NAN(a) | NAN(b))",
        lambda a, b: np.arctan2(a, b),
        lambda g, y, a, b: (g * b / (a * a + b * b), -(g * a / (a * a + b * b))),
        "The angle in radians of the point of height a and width b.",
        needs="arcs",
    ),
    "sinh": Row(
        "select(hyperbolic_sine(a), a, NAN(a))",
        lambda a: np.sinh(a),
        lambda g, y, a: (g * a.cosh(),),
        "The hyperbolic sine.",
        needs="hyperbolic",
    ),
    "cosh": Row(
        "select(hyperbolic_cosine(a), a, NAN(a))",
        lambda a: np.cosh(a),
        lambda g, y, a: (g * a.sinh(),),
        "The hyperbolic cosine.",
        needs="hyperbolic",
    ),
    "asinh": Row(
        "select(area_of_sine(a), a, NAN(a))",
        lambda a: np.arcsinh(a),
        lambda g, y, a: (g * (a * a + 1).rsqrt(),),
        "The inverse hyperbolic sine.",
        needs="hyperbolic",
    ),
    "acosh": Row(
        "select(area_of_cosine(a, F(p.nan)), a, NAN(a))",
        lambda a: np.arccosh(a),
        lambda g, y, a: (g * (a * a - 1).rsqrt(),),
        "The inverse hyperbolic cosine; nan below 1.",
        domain=(Domain(1.1, 4),),
        needs="hyperbolic",
    ),
    "atanh": Row(
        "select(area_of_tangent(a, F(p.nan)), a, NAN(a))",
        lambda a: np.arctanh(a),
        lambda g, y, a: (g / (1 - a * a),),
        "The inverse hyperbolic tangent; nan beyond -1 and 1.",
        domain=(FRACTION,),
        needs="hyperbolic",
    ),
}
