"""Whole numbers of others, and steps."""

from __future__ import annotations

from ....host.lazy import np
from ..instructions import Row
from ..meaning import rounded

ROWS: dict[str, Row] = {
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
        "select(select(b, F(1.0), a > F(0.0)), a, NAN(a))",
        lambda a, b: np.where(a != a, a, np.where(a > 0, 1, b)).astype(a.dtype),
        None,
        "1 where x > 0, else alpha.",
        "same",
        integers="select(b, T(1), a > T(0))",
    ),
}
