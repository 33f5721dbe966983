"""Polynomials as they are learned, and as they are written.

Powers of x look alike from -1 to 1: x¹⁰ and x¹² hardly differ, so their weights get in
each other's way and steps have to be tiny. Legendre's polynomials are as many, every
polynomial is a sum of them, too, and none is like another (they are orthogonal). So
their weights are what is learned, and powers are what is written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ... import ops
from ...core.tensor import Tensor
from .points import Scale

_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def legendre(x: Tensor, degree: int) -> Tensor:
    """[x, degree + 1]: the values of Legendre's polynomials P0 to P(degree), each made
    as long as the others: times sqrt(2k + 1), the mean of its square is 1. By Bonnet's
    formula (k + 1) P(k+1) = (2k + 1) x Pk - k P(k-1).

    Example:
        >>> from pywebml.apps.curve.polynomials import legendre
        >>> (legendre(pw.tensor([0.0, 1.0]), 2).numpy() ** 2).round(3).tolist()
        [[1.0, 0.0, 1.25], [1.0, 3.0, 5.0]]
    """
    terms = [ops.ones_like(x), x]
    for k in range(1, degree):
        terms.append(((2 * k + 1) * x * terms[k] - k * terms[k - 1]) / (k + 1))
    return ops.stack([math.sqrt(2 * k + 1) * term for k, term in enumerate(terms)], axis=1)


def coefficients(weights: Sequence[float], scale: Scale) -> list[float]:
    """The coefficient of each power of x, from 1 up, of the sum of Legendre's
    polynomials with these weights on a scale.

    Example:
        >>> from pywebml.apps.curve.points import Scale
        >>> [round(c, 3) for c in coefficients([0, 0, 1 / 5**0.5], Scale())]
        [-0.5, 0.0, 1.5]
    """
    before, term = [0.0], [1.0]
    powers = [0.0] * len(weights)
    for k, weight in enumerate(weights):
        for i, value in enumerate(term):
            powers[i] += weight * math.sqrt(2 * k + 1) * value
        times_x = [0.0, *((2 * k + 1) * value for value in term)]
        padded = [*before, *[0.0] * (len(times_x) - len(before))]
        before, term = term, [(a - k * b) / (k + 1) for a, b in zip(times_x, padded, strict=True)]
    return _unscaled(powers, scale)


def _unscaled(powers: Sequence[float], scale: Scale) -> list[float]:
    """Powers of (x - middle) / half as powers of x, by Horner's rule; y likewise."""
    slope, start = 1 / scale.x_half, -scale.x_middle / scale.x_half
    written = [0.0]
    for power in reversed(powers):
        shifted = [start * value for value in written] + [0.0]
        for i, value in enumerate(written):
            shifted[i + 1] += slope * value
        shifted[0] += power
        written = shifted
    written = [scale.y_half * value for value in written[: len(powers)]]
    written[0] += scale.y_middle
    return written


def formula(powers: Sequence[float]) -> str:
    """As people write it.

    Example:
        >>> formula([0.5, -1.25, 0.0, 2e-7])
        'y = 0.5 - 1.25 x + 0 x² + 2e-07 x³'
    """
    words = [f"y = {powers[0]:.4g}"]
    for power, value in enumerate(powers[1:], 1):
        raised = "" if power == 1 else "".join(_RAISED[digit] for digit in str(power))
        words.append(f"{'-' if value < 0 else '+'} {abs(value):.4g} x{raised}")
    return " ".join(words)
