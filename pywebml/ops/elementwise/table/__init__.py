"""The elementwise functions, one row each: WGSL, NumPy, gradient, type, words, and how
samples are drawn. A new row needs nothing else: the function and the method, its
docstring, its cases on every host and its place in chains come from here.

Gradients speak in tensors: operators and methods.

NaN in, NaN out, as in NumPy. WGSL's max, min and clamp may give the other operand, so
may comparisons that a compiler makes of them, and != may be false for NaN: NAN(a) tells
by the bits.
"""

from __future__ import annotations

from ..instructions import Row
from . import (
    activations,
    arithmetic,
    conversions,
    exponentials,
    logic,
    rounding,
    trigonometry,
)

TABLE: dict[str, Row] = {
    **arithmetic.ROWS,
    **exponentials.ROWS,
    **trigonometry.ROWS,
    **activations.ROWS,
    **rounding.ROWS,
    **logic.ROWS,
    **conversions.ROWS,
}
