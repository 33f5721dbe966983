"""Functions of one value, of two, and comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .... import ops
from .table import TF_OPS

_ONE: dict[str, Callable[..., Any]] = {
    "Abs": ops.abs, "Acos": ops.acos, "Acosh": ops.acosh, "Asin": ops.asin, "Asinh": ops.asinh,
    "Atan": ops.atan, "Atanh": ops.atanh, "Ceil": ops.ceil, "ComplexAbs": ops.abs, "Cos": ops.cos,
    "Cosh": ops.cosh, "Erf": ops.erf, "Exp": ops.exp, "Expm1": ops.expm1, "Floor": ops.floor,
    "Imag": ops.imag, "IsFinite": ops.is_finite, "IsInf": ops.is_inf, "IsNan": ops.is_nan,
    "Log": ops.log, "Log1p": ops.log1p, "LogicalNot": ops.logical_not, "Neg": ops.neg,
    "Real": ops.real, "Reciprocal": ops.reciprocal, "Relu": ops.relu, "Relu6": ops.relu6,
    "Round": ops.round, "Rsqrt": ops.rsqrt, "Selu": ops.selu, "Sigmoid": ops.sigmoid,
    "Sign": ops.sign, "Sin": ops.sin, "Sinh": ops.sinh, "Softplus": ops.softplus,
    "Sqrt": ops.sqrt, "Square": ops.square, "Tan": ops.tan,
    "Tanh": ops.tanh,
}  # fmt: skip
_TWO: dict[str, Callable[..., Any]] = {
    "Add": ops.add, "AddV2": ops.add, "Atan2": ops.atan2, "BitwiseAnd": ops.bitwise_and,
    "Complex": ops.complex,
    "DivNoNan": ops.div_no_nan, "Equal": ops.equal, "FloorDiv": ops.floor_div,
    "FloorMod": ops.mod, "Greater": ops.greater, "GreaterEqual": ops.greater_equal,
    "Less": ops.less, "LessEqual": ops.less_equal, "LogicalAnd": ops.logical_and,
    "LogicalOr": ops.logical_or, "Maximum": ops.maximum, "Minimum": ops.minimum, "Mod": ops.mod,
    "Mul": ops.mul, "NotEqual": ops.not_equal, "Pow": ops.pow, "Prelu": ops.prelu,
    "SquaredDifference": ops.squared_difference, "Sub": ops.sub,
}  # fmt: skip


for _kind, _function in _ONE.items():
    TF_OPS.op(_kind)(lambda x, f=_function: f(x))
for _kind, _function in _TWO.items():
    TF_OPS.op(_kind)(lambda a, b, f=_function: f(a, b))


@TF_OPS.op("Div", "RealDiv")
def divide(a: Any, b: Any) -> Any:
    """In whole numbers for such, as in TensorFlow.js."""
    return ops.floor_div(a, b) if {a.dtype, b.dtype} == {"int32"} else ops.div(a, b)


@TF_OPS.op("AddN")
def add_n(*tensors: Any) -> Any:
    return ops.add_n(list(tensors))


@TF_OPS.op("BiasAdd")
def bias_add(x: Any, bias: Any, *, data_format: str = "NHWC") -> Any:
    if data_format == "NCHW":
        bias = bias.reshape(-1, *[1] * (x.ndim - 2))
    return x + bias


@TF_OPS.op("ClipByValue", host=[1, 2])
def clip(x: Any, low: float, high: float) -> Any:
    return ops.clip_by_value(x, low, high)


@TF_OPS.op("Elu")
def elu(x: Any) -> Any:
    return ops.elu(x)


@TF_OPS.op("LeakyRelu")
def leaky_relu(x: Any, *, alpha: float = 0.2) -> Any:
    return ops.leaky_relu(x, alpha)


@TF_OPS.op("SelectV2")
def select(condition: Any, a: Any, b: Any) -> Any:
    return ops.where(condition.astype("bool"), a, b)


@TF_OPS.op("Select")
def select_rows(condition: Any, a: Any, b: Any) -> Any:
    """A vector of conditions chooses among rows."""
    if condition.ndim == 1 and a.ndim > 1:
        condition = condition.reshape(-1, *[1] * (a.ndim - 1))
    return select(condition, a, b)
