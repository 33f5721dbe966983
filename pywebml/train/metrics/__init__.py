"""Metrics: sums that add up over the batches, and a figure made of them. `compile`
takes them by name, as instances, or as functions (y_true, y_pred) -> [n].
"""

from __future__ import annotations

from typing import Any

from ...core.registry import absent
from ..losses import Loss
from .accuracy import (
    BinaryAccuracy,
    CategoricalAccuracy,
    FittingAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .base import METRICS, Figure, MeanMetricWrapper, Metric
from .classes import F1Score, FBetaScore, MeanIoU
from .regression import (
    MeanAbsoluteError,
    MeanSquaredError,
    R2Score,
    RootMeanSquaredError,
    mean_absolute_error,
    mean_squared_error,
)
from .thresholds import AUC, Precision, Recall

__all__ = [
    "AUC",
    "METRICS",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "F1Score",
    "FBetaScore",
    "Figure",
    "MeanAbsoluteError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "get",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]

__getattr__ = absent("metric", globals())


def get(identifier: Any, loss: Loss | None = None) -> Metric:
    """The metric of a name, a config, a class, an instance or a function.

    'accuracy' (or 'acc') is the kind that fits the loss, the labels and the output. A
    name is the key in the logs as it was written. ValueError for a name nobody knows.
    """
    if isinstance(identifier, str) and identifier in ("accuracy", "acc"):
        return FittingAccuracy(loss, identifier)
    metric: Any = METRICS.get(identifier)
    if isinstance(identifier, str):
        metric.name = identifier
    if isinstance(metric, Metric):
        return _usable(metric)
    # the functions above, handed over as they are, take the logits where there are any
    for cls in METRICS.entries().values():
        if getattr(cls, "function", None) is metric:
            return cls()
    return MeanMetricWrapper(metric)


def _usable(metric: Metric) -> Metric:
    """A metric that `fit` can use; else one sentence, before any work."""
    cls = type(metric)
    for method, what in (("sums", "(labels, outputs, weights) -> Tensor [k]"), ("value", "(sums)")):
        if getattr(cls, method) is getattr(Metric, method):
            hint = "; Keras's update_state and result are not called" * hasattr(cls, "update_state")
            raise TypeError(f"the metric {cls.__name__} must say its {method}{what}{hint}")
    return metric
