"""What rows of the table mean in NumPy, where that is more than an expression."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...host.lazy import np


def erf(a: Any) -> Any:
    return np.vectorize(math.erf, otypes=[a.dtype])(a)


def erfc(a: Any) -> Any:
    return np.vectorize(math.erfc, otypes=[a.dtype])(a)


def erfinv(a: Any) -> Any:
    """By Newton's method on erfc, which keeps the digits of what is near 1."""
    return np.vectorize(_erfinv, otypes=[a.dtype])(a)


def _erfinv(x: float) -> float:
    rest = 1 - abs(x)
    if rest in (0, 1):
        return math.copysign(math.inf, x) if rest == 0 else float(x)
    if not 0 < rest < 1:
        return math.nan
    w = math.log(rest * (1 + abs(x)))
    # Winitzki's approximation is good to 2e-3
    half = 2 / (math.pi * 0.147) + w / 2
    y = math.sqrt(math.sqrt(half * half - w / 0.147) - half)
    for _ in range(4):
        y += (math.erfc(y) - rest) * math.sqrt(math.pi) / 2 * math.exp(y * y)
    return math.copysign(y, x)


def whole(a: Any, low: float, high: float) -> Any:
    """Floats cut towards zero and limited to the float32 values that fit, as WGSL does,
    0 for NaN; integers as they are.
    """
    if a.dtype.kind != "f":
        return a
    return np.clip(np.trunc(np.where(np.isnan(a), 0, a)), low, high)


def rounded(how: str) -> Callable[[Any], Any]:
    """NumPy's function of that name, which leaves integers as they are."""
    return lambda a: getattr(np, how)(a) if a.dtype.kind == "f" else np.copy(a)


def power(a: Any, b: Any) -> Any:
    """Of integers with b < 0 only what is whole is left: that of 1 and -1."""
    if a.dtype.kind == "f":
        return np.power(a, b)
    y = np.power(a, np.where(b < 0, b & 1, b))
    return np.where((b < 0) & (a != 1) & (a + 1 != 0), 0, y).astype(a.dtype)
