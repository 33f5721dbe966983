"""NumPy's functions of single numbers, as Keras has them."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .support import to_float, to_tensor

__all__ = [
    "allclose", "angle", "bitwise_left_shift", "bitwise_right_shift", "cbrt", "clip", "deg2rad",
    "exp2", "fabs", "floor_divide", "fmax", "fmin", "fmod", "gcd", "heaviside", "hypot", "i0",
    "isclose", "isneginf", "isposinf", "isreal", "lcm", "ldexp", "left_shift", "log2", "log10",
    "logaddexp", "logaddexp2", "nan_to_num", "polar", "rad2deg", "right_shift", "round",
    "signbit", "sinc", "trunc", "view_as_complex", "view_as_real",
]  # fmt: skip


def _both(x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    return to_float(x1), to_float(x2)


def allclose(
    x1: Any, x2: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether all of `isclose` holds: allclose([1.0], [1.0 + 1e-9]) is True."""
    return isclose(x1, x2, rtol, atol, equal_nan).all()


def isclose(
    x1: Any, x2: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """|x1 - x2| <= atol + rtol |x2|, place by place; an infinity is close to itself."""
    a, b = _both(x1, x2)
    near = ops.abs(a - b) <= (ops.abs(b) * rtol + atol)
    finite = ops.is_finite(a).logical_and(ops.is_finite(b))
    close = ops.equal(a, b).logical_or(near.logical_and(finite))
    return close.logical_or(ops.is_nan(a).logical_and(ops.is_nan(b))) if equal_nan else close


def angle(x: Any) -> Tensor:
    """The angles of complex numbers; 0 or pi for real ones."""
    x = to_float(x)
    if x.dtype == "complex64":
        return ops.atan2(ops.imag(x), ops.real(x))
    return ops.atan2(ops.zeros_like(x), x)


def left_shift(x: Any, y: Any) -> Tensor:
    """x * 2^y of whole numbers: left_shift(3, 2) is 12."""
    return to_tensor(x) * _power_of_two(y)


def right_shift(x: Any, y: Any) -> Tensor:
    """x / 2^y of whole numbers, rounded down: right_shift(12, 2) is 3."""
    return ops.floor_div(to_tensor(x), _power_of_two(y))


def _power_of_two(y: Any) -> Tensor:
    return ops.pow(to_tensor(2), to_tensor(y))


bitwise_left_shift, bitwise_right_shift = left_shift, right_shift


def cbrt(x: Any) -> Tensor:
    """Cube roots, of negative numbers, too: cbrt(-8.0) is -2."""
    x = to_float(x)
    return ops.sign(x) * ops.pow(ops.abs(x), 1 / 3)


def clip(x: Any, x_min: Any, x_max: Any) -> Tensor:
    """x, or the bound that it lies beyond."""
    return ops.minimum(ops.maximum(x, x_min), x_max)


def deg2rad(x: Any) -> Tensor:
    """Degrees in radians."""
    return to_float(x) * (math.pi / 180)


def rad2deg(x: Any) -> Tensor:
    """Radians in degrees."""
    return to_float(x) * (180 / math.pi)


def exp2(x: Any) -> Tensor:
    """2^x."""
    return ops.pow(2.0, to_float(x))


def fabs(x: Any) -> Tensor:
    """|x| as a float."""
    return ops.abs(to_float(x))


def floor_divide(x1: Any, x2: Any) -> Tensor:
    """x1 / x2, rounded down: floor_divide(-7, 2) is -4."""
    a, b = to_tensor(x1), to_tensor(x2)
    if "float" in a.dtype + b.dtype:
        return ops.floor(ops.div(a, b))
    return ops.floor_div(a, b)


def fmax(x1: Any, x2: Any) -> Tensor:
    """The larger number; of a number and NaN the number."""
    return _without_nan(ops.maximum, x1, x2)


def fmin(x1: Any, x2: Any) -> Tensor:
    """The smaller number; of a number and NaN the number."""
    return _without_nan(ops.minimum, x1, x2)


def _without_nan(choose: Any, x1: Any, x2: Any) -> Tensor:
    a, b = to_tensor(x1), to_tensor(x2)
    if "float" not in a.dtype + b.dtype:
        return choose(a, b)  # type: ignore[no-any-return]
    a, b = _both(a, b)
    return ops.where(ops.is_nan(a), b, ops.where(ops.is_nan(b), a, choose(a, b)))


def fmod(x1: Any, x2: Any) -> Tensor:
    """What is left of x1 / x2 cut towards zero, with x1's sign: fmod(-7.0, 3.0) is -1."""
    a, b = to_tensor(x1), to_tensor(x2)
    left = ops.mod(ops.abs(a), ops.abs(b))
    return left * ops.sign(a)


def gcd(x1: Any, x2: Any) -> Tensor:
    """Greatest common divisors of whole numbers: gcd(12, 18) is 6."""
    a, b = ops.abs(to_tensor(x1)), ops.abs(to_tensor(x2))
    a, b = a + b * 0, b + a * 0
    for _ in range(46):  # as many steps as Fibonacci numbers of 31 bits take
        zero = ops.equal(b, 0)
        a, b = ops.where(zero, a, b), ops.where(zero, b, ops.mod(a, ops.where(zero, 1, b)))
    return a


def lcm(x1: Any, x2: Any) -> Tensor:
    """Least common multiples of whole numbers: lcm(4, 6) is 12."""
    a, b = ops.abs(to_tensor(x1)), ops.abs(to_tensor(x2))
    return ops.floor_div(a, ops.maximum(gcd(a, b), 1)) * b


def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 below zero, 1 above, x2 at zero."""
    a, b = _both(x1, x2)
    step = ops.where(ops.greater(a, 0.0), 1.0, ops.where(ops.equal(a, 0.0), b, 0.0))
    return ops.where(ops.is_nan(a), a, step)


def hypot(x1: Any, x2: Any) -> Tensor:
    """sqrt(x1^2 + x2^2), without overflow in between: hypot(3.0, 4.0) is 5."""
    a, b = (ops.abs(x) for x in _both(x1, x2))
    large, small = ops.maximum(a, b), ops.minimum(a, b)
    ratio = ops.div(small, ops.where(ops.equal(large, 0.0), 1.0, large))
    return large * ops.sqrt(ratio * ratio + 1.0)


_NEAR_ZERO = (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813)
_FAR = (0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537,
        -0.01647633, 0.00392377)  # fmt: skip


def i0(x: Any) -> Tensor:
    """The modified Bessel function of order 0 (Abramowitz & Stegun 9.8.1, 9.8.2)."""
    x = ops.abs(to_float(x))
    near = _polynomial(ops.square(ops.minimum(x, 3.75) / 3.75), _NEAR_ZERO)
    large = ops.maximum(x, 3.75)
    far = _polynomial(ops.div(3.75, large), _FAR) * ops.exp(large) * ops.rsqrt(large)
    return ops.where(ops.less(x, 3.75), near, far)


def _polynomial(x: Any, factors: tuple[float, ...]) -> Any:
    total: Any = factors[-1]
    for factor in factors[-2::-1]:
        total = total * x + factor
    return total


def isneginf(x: Any) -> Tensor:
    """Where x is minus infinity."""
    return ops.equal(to_float(x), -math.inf)


def isposinf(x: Any) -> Tensor:
    """Where x is infinity."""
    return ops.equal(to_float(x), math.inf)


def isreal(x: Any) -> Tensor:
    """Where x has no imaginary part."""
    x = to_tensor(x)
    if x.dtype == "complex64":
        return ops.equal(ops.imag(x), 0.0)
    return ops.ones(x.shape, dtype="bool")


def ldexp(x1: Any, x2: Any) -> Tensor:
    """x1 * 2^x2."""
    return to_float(x1) * exp2(x2)


def log2(x: Any) -> Tensor:
    """The logarithm to base 2."""
    return ops.log(to_float(x)) * (1 / math.log(2))


def log10(x: Any) -> Tensor:
    """The logarithm to base 10."""
    return ops.log(to_float(x)) * (1 / math.log(10))


def logaddexp(x1: Any, x2: Any) -> Tensor:
    """log(exp(x1) + exp(x2)), without overflow in between."""
    a, b = _both(x1, x2)
    same = ops.equal(a, b)  # infinities, too
    gap = ops.where(same, 0.0, ops.abs(a - b))
    return ops.maximum(a, b) + ops.log1p(ops.exp(-gap))


def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """log2(2^x1 + 2^x2), without overflow in between."""
    scale = math.log(2)
    return logaddexp(to_float(x1) * scale, to_float(x2) * scale) * (1 / scale)


def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    """x with other numbers for NaN and infinities, the largest where not said."""
    x = to_tensor(x)
    if "float" not in x.dtype:
        return x
    largest = 65504.0 if x.dtype == "float16" else 3.4028235e38
    x = ops.where(ops.is_nan(x), nan, x)
    x = ops.where(isposinf(x), largest if posinf is None else posinf, x)
    return ops.where(isneginf(x), -largest if neginf is None else neginf, x)


def polar(abs_: Any, angle: Any) -> Tensor:
    """Complex numbers from their sizes and angles."""
    size, angle = _both(abs_, angle)
    return ops.complex(size * ops.cos(angle), size * ops.sin(angle))


def round(x: Any, decimals: int = 0) -> Tensor:
    """Rounded to `decimals`, halves to the even side: round(2.5) is 2."""
    x = to_tensor(x)
    if "float" not in x.dtype or not decimals:
        return ops.round(x)
    scale = 10.0**decimals
    return ops.round(x * scale) / scale


def signbit(x: Any) -> Tensor:
    """Where x is negative, -0.0 included."""
    x = to_tensor(x)
    if "float" not in x.dtype:
        return ops.less(x, 0)
    return ops.less(ops.where(ops.equal(x, 0.0), ops.div(1.0, x), x), 0.0)


def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0."""
    x = to_float(x) * math.pi
    zero = ops.equal(x, 0.0)
    return ops.where(zero, 1.0, ops.div(ops.sin(x), ops.where(zero, 1.0, x)))


def trunc(x: Any) -> Tensor:
    """Cut towards zero: trunc(-1.7) is -1."""
    x = to_tensor(x)
    return ops.sign(x) * ops.floor(ops.abs(x)) if "float" in x.dtype else x


def view_as_complex(x: Any) -> Tensor:
    """Complex numbers from pairs: [..., 2] to [...]."""
    real, imaginary = ops.unstack(to_float(x), axis=-1)
    return ops.complex(real, imaginary)


def view_as_real(x: Any) -> Tensor:
    """The pairs of complex numbers: [...] to [..., 2]."""
    return ops.stack([ops.real(x), ops.imag(x)], -1)
