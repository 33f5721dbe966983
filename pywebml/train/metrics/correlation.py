"""How outputs go along with labels."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ..arguments import whole
from ..pairing import paired
from .base import METRICS
from .means import MeanMetricWrapper


def _centred(x: Tensor, axis: int) -> Tensor:
    return x - ops.mean(x, axis, keepdims=True)


def _variance(x: Tensor, axis: int) -> Tensor:
    return ops.mean(ops.square(_centred(x, axis)), axis, keepdims=True)


def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The mean over an axis of labels times outputs, both with mean 0 and variance 1."""
    scaled = []
    for x in paired("pearson_correlation", y_true, y_pred):
        centred = _centred(x, axis)
        scaled.append(centred / ops.sqrt(_variance(centred, axis)))
    return ops.mean(scaled[0] * scaled[1], axis)


def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """2 mean((y_true - mean) (y_pred - mean)) / (variances + (difference of means)^2),
    over an axis. As in Keras, both are taken from the mean of the outputs.
    """
    y_true, y_pred = paired("concordance_correlation", y_true, y_pred)
    means = [ops.mean(x, axis, keepdims=True) for x in (y_true, y_pred)]
    variances = _variance(y_true, axis) + _variance(y_pred, axis)
    norm = variances + ops.squared_difference(*means) + 1e-7
    return ops.mean((y_true - means[1]) * (y_pred - means[1]) * 2.0 / norm, axis)


class _Correlation(MeanMetricWrapper):
    function: Any = None
    larger_is_better = True

    def __init__(self, name: str | None, dtype: Any, axis: int):
        self.axis = whole(f"{type(self).__name__}: axis", axis)
        super().__init__(type(self).function, name, dtype, axis=self.axis)


@METRICS("PearsonCorrelation")
class PearsonCorrelation(_Correlation):
    """Pearson's correlation of labels and outputs along `axis`, mean over the others: 1
    for a rising line, -1 for a falling one. Keras's `PearsonCorrelation`.

    Example:
        >>> metric = pw.metrics.PearsonCorrelation()
        >>> round(metric([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).item(), 4)
        1.0
    """

    function = staticmethod(pearson_correlation)

    def __init__(self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1):
        super().__init__(name, dtype, axis)


@METRICS("ConcordanceCorrelation")
class ConcordanceCorrelation(_Correlation):
    """How near outputs are to the labels, not only to a line: Lin's concordance along
    `axis`, mean over the others. Keras's `ConcordanceCorrelation`.

    Example:
        >>> metric = pw.metrics.ConcordanceCorrelation()
        >>> round(metric([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]).item(), 4)
        1.0
    """

    function = staticmethod(concordance_correlation)

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ):
        super().__init__(name, dtype, axis)
