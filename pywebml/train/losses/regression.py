"""Losses of numbers: how far outputs are from labels."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..arguments import number, whole
from ..pairing import paired
from .base import EPSILON, LOSSES, REDUCTIONS, OfFunction


def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """(y_true - y_pred)^2, mean over the last axis: [..., d] -> [...]."""
    y_true, y_pred = paired("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.squared_difference(y_pred, y_true), -1)


def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """|y_true - y_pred|, mean over the last axis: [..., d] -> [...]."""
    y_true, y_pred = paired("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.abs(y_pred - y_true), -1)


def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """100 |y_true - y_pred| / max(|y_true|, 1e-7), mean over the last axis."""
    y_true, y_pred = paired("mean_absolute_percentage_error", y_true, y_pred)
    parts = ops.abs((y_true - y_pred) / ops.maximum(ops.abs(y_true), EPSILON))
    return ops.mean(parts, -1) * 100.0


def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """(log(1 + y_true) - log(1 + y_pred))^2, mean over the last axis; what is below
    1e-7 counts as that.
    """
    y_true, y_pred = paired("mean_squared_logarithmic_error", y_true, y_pred)
    logs = [ops.log(ops.maximum(t, EPSILON) + 1.0) for t in (y_pred, y_true)]
    return ops.mean(ops.squared_difference(*logs), -1)


def huber(y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    """Half the square of the error up to `delta`, then a line (Huber 1964); mean over
    the last axis.
    """
    y_true, y_pred = paired("huber", y_true, y_pred)
    error = ops.abs(y_pred - y_true)
    line = error * delta - 0.5 * delta * delta
    return ops.mean(ops.where(error <= float(delta), error * error * 0.5, line), -1)


def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """log(cosh(y_pred - y_true)), mean over the last axis; without overflow."""
    y_true, y_pred = paired("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(error * -2.0) - math.log(2), -1)


def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """y_pred - y_true log(y_pred + 1e-7), mean over the last axis."""
    y_true, y_pred = paired("poisson", y_true, y_pred)
    return ops.mean(y_pred - y_true * ops.log(y_pred + EPSILON), -1)


def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """sum(y_true log(y_true / y_pred)) over the last axis, both kept in 1e-7 ... 1."""
    y_true, y_pred = paired("kl_divergence", y_true, y_pred)
    p, q = (ops.clip_by_value(t, EPSILON, 1.0) for t in (y_true, y_pred))
    return ops.sum(p * ops.log(p / q), -1)


def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """-sum(y_true y_pred) over an axis, both scaled to length 1: -1 for one direction."""
    y_true, y_pred = paired("cosine_similarity", y_true, y_pred)
    return -ops.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis)


def _unit(x: Tensor, axis: int) -> Tensor:
    """x scaled to length 1, and zeros left alone."""
    square = ops.sum(x * x, axis, keepdims=True)
    return x * ops.minimum(ops.rsqrt(ops.maximum(square, 1e-30)), 1 / EPSILON)


@LOSSES("MeanSquaredError", "mse")
class MeanSquaredError(OfFunction):
    """mean((y_true - y_pred)^2); labels shaped like the outputs. Keras's
    `MeanSquaredError`.

    Example:
        >>> pw.losses.MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]).item()
        5.0
    """

    function = staticmethod(mean_squared_error)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("MeanAbsoluteError", "mae")
class MeanAbsoluteError(OfFunction):
    """mean(|y_true - y_pred|); labels shaped like the outputs. Keras's
    `MeanAbsoluteError`.

    Example:
        >>> pw.losses.MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [4.0]]).item()
        2.0
    """

    function = staticmethod(mean_absolute_error)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("MeanAbsolutePercentageError", "mape")
class MeanAbsolutePercentageError(OfFunction):
    """100 mean(|y_true - y_pred| / |y_true|), in percent; labels shaped like the
    outputs. Keras's `MeanAbsolutePercentageError`.

    Example:
        >>> pw.losses.MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]).item()
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("MeanSquaredLogarithmicError", "msle")
class MeanSquaredLogarithmicError(OfFunction):
    """mean((log(1 + y_true) - log(1 + y_pred))^2), for labels over many magnitudes.
    Keras's `MeanSquaredLogarithmicError`.

    Example:
        >>> round(pw.losses.MeanSquaredLogarithmicError()([[0.0]], [[1.0]]).item(), 4)
        0.4805
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("Huber", "huber_loss")
class Huber(OfFunction):
    """Half the square of errors up to `delta`, beyond it a line: what is far off counts
    less than in a squared error. Keras's `Huber`.

    Example:
        >>> pw.losses.Huber()([[0.0], [0.0]], [[1.0], [3.0]]).item()
        1.5
    """

    function, options = staticmethod(huber), ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "huber_loss",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.delta = number("Huber: delta", delta, above=0)


@LOSSES("LogCosh")
class LogCosh(OfFunction):
    """mean(log(cosh(y_pred - y_true))): a square for small errors, a line for large
    ones. Keras's `LogCosh`.

    Example:
        >>> round(pw.losses.LogCosh()([[0.0]], [[1.0]]).item(), 4)
        0.4338
    """

    function = staticmethod(log_cosh)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "log_cosh",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("Poisson")
class Poisson(OfFunction):
    """mean(y_pred - y_true log(y_pred)), for labels that are counts. Keras's `Poisson`.

    Example:
        >>> round(pw.losses.Poisson()([[1.0]], [[2.0]]).item(), 4)
        1.3069
    """

    function = staticmethod(poisson)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "poisson",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("KLDivergence", "kld", "kullback_leibler_divergence")
class KLDivergence(OfFunction):
    """sum(y_true log(y_true / y_pred)), how far one distribution is from another.
    Keras's `KLDivergence`.

    Example:
        >>> round(pw.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).item(), 4)
        0.1438
    """

    function = staticmethod(kl_divergence)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("CosineSimilarity", "cosine_proximity")
class CosineSimilarity(OfFunction):
    """Minus the cosine of the angle between labels and outputs: -1 for one direction, 1
    for opposite ones. Keras's `CosineSimilarity`.

    Example:
        >>> round(pw.losses.CosineSimilarity()([[1.0, 0.0]], [[3.0, 4.0]]).item(), 4)
        -0.6
    """

    function, options = staticmethod(cosine_similarity), ("axis",)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.axis = whole("CosineSimilarity: axis", axis)
