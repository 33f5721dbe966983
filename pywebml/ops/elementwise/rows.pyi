"""Written by tools/stubs.py from the elementwise table; do not edit."""

from typing import Any

from ...core.tensor import Tensor

def abs(x: Any) -> Tensor:
    """|x|; its gradient at 0 is 0."""

def add(a: Any, b: Any) -> Tensor:
    """a + b, broadcast."""

def ceil(x: Any) -> Tensor:
    """Rounded up."""

def cos(x: Any) -> Tensor:
    """The cosine of x in radians. Integers give float32."""

def div(a: Any, b: Any) -> Tensor:
    """a / b in floats, broadcast. Integers give float32."""

def elu(x: Any) -> Tensor:
    """x where positive, else exp(x) - 1. Integers give float32."""

def equal(a: Any, b: Any) -> Tensor:
    """a == b as bool."""

def erf(x: Any) -> Tensor:
    """The error function. Integers give float32."""

def exp(x: Any) -> Tensor:
    """e to the power x. Integers give float32."""

def expm1(x: Any) -> Tensor:
    """exp(x) - 1, accurate near 0. Integers give float32."""

def floor(x: Any) -> Tensor:
    """Rounded down."""

def greater(a: Any, b: Any) -> Tensor:
    """a > b as bool."""

def greater_equal(a: Any, b: Any) -> Tensor:
    """a >= b as bool."""

def less(a: Any, b: Any) -> Tensor:
    """a < b as bool."""

def less_equal(a: Any, b: Any) -> Tensor:
    """a <= b as bool."""

def log(x: Any) -> Tensor:
    """The natural logarithm. Integers give float32."""

def log1p(x: Any) -> Tensor:
    """log(1 + x), accurate near 0. Integers give float32."""

def logical_and(a: Any, b: Any) -> Tensor:
    """True where both are not 0."""

def logical_not(x: Any) -> Tensor:
    """True where x is 0."""

def logical_or(a: Any, b: Any) -> Tensor:
    """True where either is not 0."""

def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b, NaN if one is; its gradient goes to a where they are equal."""

def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b, NaN if one is; its gradient goes to a where they are equal."""

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

def softplus(x: Any) -> Tensor:
    """log(1 + exp(x)), without overflow. Integers give float32."""

def sqrt(x: Any) -> Tensor:
    """The square root; nan below 0. Integers give float32."""

def square(x: Any) -> Tensor:
    """x squared."""

def squared_difference(a: Any, b: Any) -> Tensor:
    """(a - b) squared."""

def step(x: Any) -> Tensor:
    """1 where x > 0, else 0."""

def sub(a: Any, b: Any) -> Tensor:
    """a - b, broadcast."""

def swish(x: Any) -> Tensor:
    """x * sigmoid(x), also known as SiLU. Integers give float32."""

def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent. Integers give float32."""
