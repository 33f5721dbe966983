"""Weights in fewer bits: whole numbers of 8 or 16 bits with a scale, or half floats.

As TensorFlow.js's converter does it: value = stored * scale + low, with the least and
the largest value at the ends, moved by less than half a step so that a zero stays
exactly zero. Nothing is off by more than half a step. Without NumPy for small weights
to 8 bits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...host.files import FormatError
from .stored import STEPS, Quantization, Weight, elements

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

KINDS = ("uint8", "uint16", "float16")
PLAIN = 1 << 18
"""Of more values than this a list takes so long that NumPy is worth loading."""


def quantised(weight: Weight, kind: str, axis: int | None = None) -> Weight:
    """A float32 weight stored as `kind`, one of KINDS; with an `axis`, each index of it
    has a scale of its own. Other dtypes, and weights without values, stay as they are.

    FormatError for values that are NaN or infinite, or too large for float16.

    Example:
        >>> from array import array
        >>> weight = Weight.of(memoryview(array("f", [-1.0, 0.0, 1.0])))
        >>> small = quantised(weight, "uint8")
        >>> len(small.data), small.plain()[1], round(small.plain()[2], 2)
        (3, 0.0, 1.0)
    """
    if weight.dtype not in ("float32", "float16", "float64") or not elements(weight.shape):
        return weight
    if weight.is_plain and kind == "uint8" and axis is None and elements(weight.shape) <= PLAIN:
        return _plain(weight)
    values = np.asarray(weight.array(), np.float64)
    if not np.isfinite(values).all():
        raise _not_finite()
    if kind == "float16":
        with np.errstate(over="ignore"):
            halves = values.astype("<f2")
        if not np.isfinite(halves).all():
            raise FormatError("it has values beyond 65504, which float16 does not hold")
        return Weight(weight.shape, "float32", halves.tobytes(), Quantization("float16"))
    if axis is None:
        quantization = Quantization(kind, *_affine(values.min(), values.max(), kind))
    else:
        others = tuple(i for i in range(values.ndim) if i != axis)
        ends = zip(values.min(axis=others), values.max(axis=others), strict=True)
        scales, lows = zip(*(_affine(low, high, kind) for low, high in ends), strict=True)
        quantization = Quantization(kind, scales, lows, axis)
    stored = Weight(weight.shape, "float32", b"", quantization)
    scale, low = map(stored.spread, quantization[1:3])
    steps = np.clip(np.rint((values - low) / scale), 0, STEPS[kind])
    data = np.ascontiguousarray(steps, f"<u{1 if kind == 'uint8' else 2}").tobytes()
    return stored._replace(data=data)


def _plain(weight: Weight) -> Weight:
    values = weight.plain().cast("B").cast("f").tolist()
    if not all(map(math.isfinite, values)):
        raise _not_finite()
    scale, low = _affine(min(values), max(values), "uint8")
    steps = (round((value - low) / scale) for value in values)
    data = bytes(min(max(step, 0), STEPS["uint8"]) for step in steps)
    return weight._replace(data=data, quantization=Quantization("uint8", scale, low))


def _affine(low: float, high: float, kind: str) -> tuple[float, float]:
    """(scale, low) of values from `low` to `high`."""
    low, high = float(low), float(high)
    if low == high:
        return 1.0, low
    scale = (high - low) / STEPS[kind]
    if low <= 0 <= high:
        low = -round(-low / scale) * scale
    return scale, low


def _not_finite() -> FormatError:
    return FormatError("it has values that are NaN or infinite")
