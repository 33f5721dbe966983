"""Functions of one value, of two, of many, and comparisons."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

from .... import ops
from ...wire.onnx import DTYPES
from .table import ONNX_OPS

_ONE: dict[str, Callable[..., Any]] = {
    "Abs": ops.abs, "Acos": ops.acos, "Acosh": ops.acosh, "Asin": ops.asin, "Asinh": ops.asinh,
    "Atan": ops.atan, "Atanh": ops.atanh, "Ceil": ops.ceil, "Cos": ops.cos, "Cosh": ops.cosh,
    "Erf": ops.erf, "Exp": ops.exp, "Floor": ops.floor, "HardSwish": ops.hard_silu,
    "IsNaN": ops.is_nan, "Log": ops.log, "Mish": ops.mish, "Neg": ops.neg,
    "Not": ops.logical_not, "Reciprocal": ops.reciprocal, "Relu": ops.relu, "Round": ops.round,
    "Sigmoid": ops.sigmoid, "Sign": ops.sign, "Sin": ops.sin, "Sinh": ops.sinh,
    "Softplus": ops.softplus, "Softsign": ops.softsign, "Sqrt": ops.sqrt, "Tan": ops.tan,
    "Tanh": ops.tanh,
}  # fmt: skip
_TWO: dict[str, Callable[..., Any]] = {
    "Add": ops.add, "And": ops.logical_and, "Equal": ops.equal, "Greater": ops.greater,
    "GreaterOrEqual": ops.greater_equal, "Less": ops.less, "LessOrEqual": ops.less_equal,
    "Mul": ops.mul, "Or": ops.logical_or, "PRelu": ops.prelu, "Sub": ops.sub,
    "Xor": ops.logical_xor,
}  # fmt: skip
_MANY: dict[str, Callable[..., Any]] = {
    "Max": ops.maximum, "Min": ops.minimum, "Sum": ops.add, "Mean": ops.add,
}  # fmt: skip

for _kind, _function in _ONE.items():
    ONNX_OPS.each(_kind)(lambda x, f=_function: f(x))
for _kind, _function in _TWO.items():
    ONNX_OPS.each(_kind)(lambda a, b, f=_function: f(a, b))
for _kind in ("Max", "Min", "Sum"):
    ONNX_OPS.each(_kind)(lambda *xs, f=_MANY[_kind]: reduce(f, xs))


@ONNX_OPS.each("Mean")
def mean(*xs: Any) -> Any:
    return reduce(ops.add, xs) / float(len(xs))


@ONNX_OPS.each("Div")
def divide(a: Any, b: Any) -> Any:
    """Whole numbers are cut off towards 0."""
    if not a.dtype.startswith("float"):
        return ops.floor_div(ops.abs(a), ops.abs(b)) * ops.sign(a) * ops.sign(b)
    return a / b


@ONNX_OPS.each("Mod")
def mod(a: Any, b: Any, *, fmod: int = 0) -> Any:
    """With the sign of b; `fmod`: with that of a."""
    return ops.mod(ops.abs(a), ops.abs(b)) * ops.sign(a) if fmod else ops.mod(a, b)


@ONNX_OPS.each("Pow")
def power(a: Any, b: Any) -> Any:
    return ops.pow(a, b).astype(a.dtype)


@ONNX_OPS.each("IsInf")
def is_inf(x: Any, *, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    infinite = ops.is_inf(x)
    if not detect_negative:
        infinite = ops.logical_and(infinite, x > 0.0)
    return infinite if detect_positive else ops.logical_and(infinite, x < 0.0)


@ONNX_OPS.each("Where")
def where(condition: Any, a: Any, b: Any) -> Any:
    return ops.where(condition, a, b)


@ONNX_OPS.each("Cast")
def cast(x: Any, *, to: int) -> Any:
    """Types of 64 and of 8 bits become those of 32 that are here."""
    dtype = DTYPES.get(to)
    if dtype is None:
        raise ValueError(f"a cast to type {to}; expected a number or bool")
    if dtype == "bool":
        return ops.not_equal(x, 0)
    return x.astype("float32" if "float" in dtype else "int32")


@ONNX_OPS.each("Identity")
def identity(x: Any) -> Any:
    return x


@ONNX_OPS.laid("Dropout", host=[1, 2])
def dropout(x: Any, rate: Any = None, training: Any = None, *, results: int = 1) -> Any:
    """As it is; and all of it is kept, where somebody asks."""
    if training and rate != 0:
        raise ValueError("training_mode is on; models are run for inference here")
    return x if results == 1 else [x, ops.ones(x.shape).astype("bool")]


# --- activations with parameters


@ONNX_OPS.each("Clip", host=[1, 2])
def clip(
    x: Any, low: Any = None, high: Any = None, *, min: float = -math.inf, max: float = math.inf
) -> Any:
    """Bounds are inputs, in older files attributes. The usual ones are the activations
    that convolutions take in.
    """
    low, high = (min if low is None else low), (max if high is None else high)
    if low == 0 and high >= 3e38:
        return ops.relu(x)
    if (low, high) == (0, 6):
        return ops.relu6(x)
    x = x if low <= -3e38 else ops.maximum(x, low)
    return x if high >= 3e38 else ops.minimum(x, high)


@ONNX_OPS.each("LeakyRelu")
def leaky_relu(x: Any, *, alpha: float = 0.01) -> Any:
    return ops.leaky_relu(x, alpha)


@ONNX_OPS.each("Elu")
def elu(x: Any, *, alpha: float = 1.0) -> Any:
    return ops.elu(x, alpha)


@ONNX_OPS.each("Celu")
def celu(x: Any, *, alpha: float = 1.0) -> Any:
    return ops.celu(x, alpha)


@ONNX_OPS.each("Selu")
def selu(x: Any, *, alpha: float = 1.6732632, gamma: float = 1.0507010) -> Any:
    return ops.elu(x, alpha) * gamma


@ONNX_OPS.each("HardSigmoid")
def hard_sigmoid(x: Any, *, alpha: float = 0.2, beta: float = 0.5) -> Any:
    return ops.clip_by_value(x * alpha + beta, 0.0, 1.0)


@ONNX_OPS.each("Gelu")
def gelu(x: Any, *, approximate: str = "none") -> Any:
    return ops.gelu(x, approximate=approximate == "tanh")


@ONNX_OPS.each("ThresholdedRelu")
def thresholded_relu(x: Any, *, alpha: float = 1.0) -> Any:
    return ops.where(x > alpha, x, 0.0)


# --- quantised values: whole numbers that stand for floats


def _along(values: Any, rank: int, axis: int) -> Any:
    """One value for all, or one per entry of an axis."""
    if values.ndim == 0 or values.size == 1:
        return values.reshape(())
    axis %= rank
    return values.reshape(*(values.size if i == axis else 1 for i in range(rank)))


@ONNX_OPS.op("DequantizeLinear")
def dequantize(x: Any, scale: Any, zero: Any = None, *, axis: int = 1) -> Any:
    x = x.astype("float32")
    if zero is not None:
        x = x - _along(zero.astype("float32"), x.ndim, axis)
    return x * _along(scale, x.ndim, axis)


_RANGES = {
    "int8": (-128.0, 127.0), "uint8": (0.0, 255.0), "int16": (-32768.0, 32767.0),
    "uint16": (0.0, 65535.0),
}  # fmt: skip


@ONNX_OPS.op("QuantizeLinear")
def quantize(x: Any, scale: Any, zero: Any = None, *, axis: int = 1, stored: str = "uint8") -> Any:
    """`stored` is the type of the zero point, which says what fits."""
    low, high = _RANGES[stored]
    y = ops.round(x / _along(scale, x.ndim, axis))
    if zero is not None:
        y = y + _along(zero.astype("float32"), x.ndim, axis)
    return ops.clip_by_value(y, low, high).astype("int32")
