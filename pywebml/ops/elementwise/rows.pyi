"""Written by tools/stubs.py from the elementwise table; do not edit."""

from typing import Any

from ...core.tensor import Tensor

def abs(x: Any) -> Tensor:
    """|x|; its gradient at 0 is 0."""

def acos(x: Any) -> Tensor:
    """The angle in radians whose cosine is x; nan beyond -1 and 1. Integers give float32."""

def acosh(x: Any) -> Tensor:
    """The inverse hyperbolic cosine; nan below 1. Integers give float32."""

def add(a: Any, b: Any) -> Tensor:
    """a + b, broadcast."""

def asin(x: Any) -> Tensor:
    """The angle in radians whose sine is x; nan beyond -1 and 1. Integers give float32."""

def asinh(x: Any) -> Tensor:
    """The inverse hyperbolic sine. Integers give float32."""

def atan(x: Any) -> Tensor:
    """The angle in radians, from -pi/2 to pi/2, whose tangent is x. Integers give float32."""

def atan2(a: Any, b: Any) -> Tensor:
    """The angle in radians of the point of height a and width b. Integers give float32."""

def atanh(x: Any) -> Tensor:
    """The inverse hyperbolic tangent; nan beyond -1 and 1. Integers give float32."""

def bitwise_and(a: Any, b: Any) -> Tensor:
    """The bits that are set in both, of integers; of bools whether both are true."""

def bitwise_or(a: Any, b: Any) -> Tensor:
    """The bits that are set in either, of integers; of bools whether one is true."""

def bitwise_xor(a: Any, b: Any) -> Tensor:
    """The bits that are set in one of the two, of integers; of bools whether they differ."""

def ceil(x: Any) -> Tensor:
    """Rounded up."""

def cos(x: Any) -> Tensor:
    """The cosine of x in radians. Integers give float32."""

def cosh(x: Any) -> Tensor:
    """The hyperbolic cosine. Integers give float32."""

def div(a: Any, b: Any) -> Tensor:
    """a / b in floats, broadcast; `floor_div` is the one of integers. Integers give float32."""

def div_no_nan(a: Any, b: Any) -> Tensor:
    """a / b in floats, broadcast, and 0 where b is 0. Integers give float32."""

def equal(a: Any, b: Any) -> Tensor:
    """a == b as bool."""

def erf(x: Any) -> Tensor:
    """The error function. Integers give float32."""

def erfc(x: Any) -> Tensor:
    """1 - erf(x), with all digits where that is small. Integers give float32."""

def erfinv(x: Any) -> Tensor:
    """The inverse of erf; nan beyond -1 and 1. Integers give float32."""

def exp(x: Any) -> Tensor:
    """e to the power x. Integers give float32."""

def expm1(x: Any) -> Tensor:
    """exp(x) - 1, accurate near 0. Integers give float32."""

def floor(x: Any) -> Tensor:
    """Rounded down."""

def floor_div(a: Any, b: Any) -> Tensor:
    """a / b rounded down, as Python's `//`; 0 for integers where b is 0."""

def greater(a: Any, b: Any) -> Tensor:
    """a > b as bool."""

def greater_equal(a: Any, b: Any) -> Tensor:
    """a >= b as bool."""

def hard_sigmoid(x: Any) -> Tensor:
    """A line from 0 at -3 to 1 at 3, and flat beyond, as in Keras 3. Integers give float32."""

def hard_silu(x: Any) -> Tensor:
    """x * hard_sigmoid(x) (Howard et al. 2019). Integers give float32."""

def hard_tanh(x: Any) -> Tensor:
    """x, but -1 below and 1 above that. Integers give float32."""

def is_finite(x: Any) -> Tensor:
    """True where x is neither infinite nor NaN."""

def is_inf(x: Any) -> Tensor:
    """True where x is infinite, of either sign."""

def is_nan(x: Any) -> Tensor:
    """True where x is NaN."""

def less(a: Any, b: Any) -> Tensor:
    """a < b as bool."""

def less_equal(a: Any, b: Any) -> Tensor:
    """a <= b as bool."""

def log(x: Any) -> Tensor:
    """The natural logarithm. Integers give float32."""

def log1p(x: Any) -> Tensor:
    """log(1 + x), accurate near 0. Integers give float32."""

def log_sigmoid(x: Any) -> Tensor:
    """log(sigmoid(x)), without overflow. Integers give float32."""

def logical_and(a: Any, b: Any) -> Tensor:
    """True where both are not 0."""

def logical_not(x: Any) -> Tensor:
    """True where x is 0."""

def logical_or(a: Any, b: Any) -> Tensor:
    """True where either is not 0."""

def logical_xor(a: Any, b: Any) -> Tensor:
    """True where one of the two is not 0."""

def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b, NaN if one is; its gradient goes to a where they are equal."""

def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b, NaN if one is; its gradient goes to a where they are equal."""

def mod(a: Any, b: Any) -> Tensor:
    """a - b * floor(a / b), with b's sign: Python's `%`; 0 for integers by 0."""

def mul(a: Any, b: Any) -> Tensor:
    """a * b, broadcast."""

def neg(x: Any) -> Tensor:
    """-x."""

def not_equal(a: Any, b: Any) -> Tensor:
    """a != b as bool."""

def reciprocal(x: Any) -> Tensor:
    """1 / x. Integers give float32."""

def relu(x: Any) -> Tensor:
    """max(x, 0)."""

def relu6(x: Any) -> Tensor:
    """min(max(x, 0), 6)."""

def relu6_grad(a: Any, b: Any) -> Tensor:
    """The gradient a where relu6 gave a result b between 0 and 6, else 0."""

def relu_grad(a: Any, b: Any) -> Tensor:
    """The gradient a where relu gave a result b above 0, else 0."""

def round(x: Any) -> Tensor:
    """Rounded to the nearest integer, halves to even."""

def rsqrt(x: Any) -> Tensor:
    """1 / sqrt(x). Integers give float32."""

def selu(x: Any) -> Tensor:
    """Scaled elu (Klambauer et al. 2017). Integers give float32."""

def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)). Integers give float32."""

def sign(x: Any) -> Tensor:
    """-1, 0 or 1."""

def sin(x: Any) -> Tensor:
    """The sine of x in radians. Integers give float32."""

def sinh(x: Any) -> Tensor:
    """The hyperbolic sine. Integers give float32."""

def softplus(x: Any) -> Tensor:
    """log(1 + exp(x)), without overflow. Integers give float32."""

def softsign(x: Any) -> Tensor:
    """x / (1 + |x|). Integers give float32."""

def sparse_plus(x: Any) -> Tensor:
    """0 below -1, x above 1, (x + 1)^2 / 4 between the two. Integers give float32."""

def sparse_sigmoid(x: Any) -> Tensor:
    """A line from 0 at -1 to 1 at 1, and flat beyond. Integers give float32."""

def sqrt(x: Any) -> Tensor:
    """The square root; nan below 0. Integers give float32."""

def square(x: Any) -> Tensor:
    """x squared."""

def squared_difference(a: Any, b: Any) -> Tensor:
    """(a - b) squared."""

def sub(a: Any, b: Any) -> Tensor:
    """a - b, broadcast."""

def swish(x: Any) -> Tensor:
    """x * sigmoid(x), also known as SiLU. Integers give float32."""

def tan(x: Any) -> Tensor:
    """The tangent of x in radians. Integers give float32."""

def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent. Integers give float32."""
