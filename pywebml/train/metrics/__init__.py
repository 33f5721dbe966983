"""Metrics: sums that add up over the batches, and a figure made of them. `compile`
takes them by name, as instances, or as functions (y_true, y_pred) -> [n].
"""

from __future__ import annotations

from typing import Any

from ...core.registry import absent
from ..losses import (
    Loss,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .accuracy import (
    Accuracy,
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
from .areas import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from .base import (
    METRICS,
    Figure,
    Metric,
)
from .classes import (
    F1Score,
    FBetaScore,
)
from .correlation import (
    ConcordanceCorrelation,
    PearsonCorrelation,
    concordance_correlation,
    pearson_correlation,
)
from .curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from .means import (
    Mean,
    MeanMetricWrapper,
    Sum,
)
from .of_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from .regression import (
    R2Score,
    RootMeanSquaredError,
)
from .thresholds import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)

__all__ = [
    "AUC",
    "METRICS",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Figure",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
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
        return metric
    # the functions above, handed over as they are, take the logits where there are any
    for cls in METRICS.entries().values():
        if getattr(cls, "function", None) is metric:
            return cls()
    return MeanMetricWrapper(metric)


def serialize(metric: Any) -> Any:
    """{"class_name", "config"} of a metric, the name of one of the functions."""
    return METRICS.serialize(metric) if isinstance(metric, Metric) else metric.__name__


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The metric that `serialize` wrote: an instance, or the function of a name. Names
    of `custom_objects` ({name: class or function}) come first.
    """
    word = config.get("class_name") if isinstance(config, dict) else config
    if custom_objects and word in custom_objects:
        thing = custom_objects[word]
        return thing.from_config(config["config"]) if isinstance(config, dict) else thing
    if isinstance(config, str) and config.islower() and config in __all__:
        return globals()[config]
    return METRICS.get(config)


def usable(metric: Metric) -> Metric:
    """A metric that `fit` can use; else one sentence, before any work."""
    cls = type(metric)
    if metric.has_own_state:
        if cls.result is Metric.result:
            raise TypeError(f"the metric {cls.__name__} must say its result() -> Tensor")
        return metric
    for method, what in (("sums", "(labels, outputs, weights) -> Tensor [k]"), ("value", "(sums)")):
        if getattr(cls, method) is getattr(Metric, method):
            hint = "; its update_state takes values: it is for use by hand"
            hint = "" if cls.update_state is Metric.update_state else hint
            raise TypeError(f"the metric {cls.__name__} must say its {method}{what}{hint}")
    return metric
