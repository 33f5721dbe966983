"""Comparisons, truths, bits, and what to take where."""

from __future__ import annotations

from ....host.lazy import np
from ..instructions import ANY, INTEGERS, TRUTHS, Row

ROWS: dict[str, Row] = {
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
    "logical_xor": Row(
        "(a == T(0)) != (b == T(0))",
        lambda a, b: np.logical_xor(a, b),
        None,
        "True where one of the two is not 0.",
        "bool",
        (TRUTHS, ANY),
    ),
    "bitwise_and": Row(
        "a & b",
        lambda a, b: a & b,
        None,
        "The bits that are set in both, of integers; of bools whether both are true.",
        "bits",
        (INTEGERS,),
    ),
    "bitwise_or": Row(
        "a | b",
        lambda a, b: a | b,
        None,
        "The bits that are set in either, of integers; of bools whether one is true.",
        "bits",
        (INTEGERS,),
    ),
    "bitwise_xor": Row(
        "a ^ b",
        lambda a, b: a ^ b,
        None,
        "The bits that are set in one of the two, of integers; of bools whether they differ.",
        "bits",
        (INTEGERS,),
    ),
    "bitwise_not": Row(
        "~a",
        lambda a: ~a,
        None,
        "The bits of integers turned over, of bools the others.",
        "bits",
        (INTEGERS,),
    ),
    "is_nan": Row(
        "NAN(a)", lambda a: a != a, None, "True where x is NaN.", "bool", integers="a != a"
    ),
    "is_inf": Row(
        "INFINITE(a)",
        lambda a: np.isinf(a),
        None,
        "True where x is infinite, of either sign.",
        "bool",
        integers="a != a",
    ),
    "is_finite": Row(
        "FINITE(a)",
        lambda a: np.isfinite(a),
        None,
        "True where x is neither infinite nor NaN.",
        "bool",
        integers="a == a",
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
}
