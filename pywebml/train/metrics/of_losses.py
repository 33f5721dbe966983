"""Means of what the losses' functions give."""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from .. import checks, losses
from ..arguments import flag, number, optional, whole
from .base import METRICS
from .means import MeanMetricWrapper


class _OfLoss(MeanMetricWrapper):
    """The mean of a loss's function."""

    function: Any = None
    larger_is_better = False

    def __init__(self, name: str | None, dtype: Any, **options: Any):
        super().__init__(type(self).function, name, dtype, **options)
        vars(self).update(options)


@METRICS("MeanSquaredError", "mse")
class MeanSquaredError(_OfLoss):
    """mean((y_true - y_pred)^2): labels shaped like the outputs. Keras's
    `MeanSquaredError`.

    Example:
        >>> pw.metrics.MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]).item()
        5.0
    """

    function = staticmethod(losses.mean_squared_error)

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("MeanAbsoluteError", "mae")
class MeanAbsoluteError(_OfLoss):
    """mean(|y_true - y_pred|): labels shaped like the outputs. Keras's
    `MeanAbsoluteError`.

    Example:
        >>> pw.metrics.MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [4.0]]).item()
        2.0
    """

    function = staticmethod(losses.mean_absolute_error)

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("MeanAbsolutePercentageError", "mape")
class MeanAbsolutePercentageError(_OfLoss):
    """100 mean(|y_true - y_pred| / |y_true|), in percent. Keras's
    `MeanAbsolutePercentageError`.

    Example:
        >>> pw.metrics.MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]).item()
        25.0
    """

    function = staticmethod(losses.mean_absolute_percentage_error)

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("MeanSquaredLogarithmicError", "msle")
class MeanSquaredLogarithmicError(_OfLoss):
    """mean((log(1 + y_true) - log(1 + y_pred))^2). Keras's
    `MeanSquaredLogarithmicError`.

    Example:
        >>> round(pw.metrics.MeanSquaredLogarithmicError()([[0.0]], [[1.0]]).item(), 4)
        0.4805
    """

    function = staticmethod(losses.mean_squared_logarithmic_error)

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("LogCoshError")
class LogCoshError(_OfLoss):
    """mean(log(cosh(y_pred - y_true))). Keras's `LogCoshError`.

    Example:
        >>> round(pw.metrics.LogCoshError()([[0.0]], [[1.0]]).item(), 4)
        0.4338
    """

    function = staticmethod(losses.log_cosh)

    def __init__(self, name: str | None = "logcosh", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("Poisson")
class Poisson(_OfLoss):
    """mean(y_pred - y_true log(y_pred)). Keras's `Poisson`.

    Example:
        >>> round(pw.metrics.Poisson()([[1.0]], [[2.0]]).item(), 4)
        1.3069
    """

    function = staticmethod(losses.poisson)

    def __init__(self, name: str | None = "poisson", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("KLDivergence", "kld")
class KLDivergence(_OfLoss):
    """sum(y_true log(y_true / y_pred)), mean over the examples. Keras's `KLDivergence`.

    Example:
        >>> round(pw.metrics.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).item(), 4)
        0.1438
    """

    function = staticmethod(losses.kl_divergence)

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("Hinge")
class Hinge(_OfLoss):
    """mean(max(1 - y_true * y_pred, 0)), labels -1 and 1, or 0 and 1. Keras's `Hinge`.

    Example:
        >>> pw.metrics.Hinge()([[0.0], [1.0]], [[0.5], [0.5]]).item()
        1.0
    """

    function = staticmethod(losses.hinge)

    def __init__(self, name: str | None = "hinge", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("SquaredHinge")
class SquaredHinge(_OfLoss):
    """mean(max(1 - y_true * y_pred, 0)^2). Keras's `SquaredHinge`.

    Example:
        >>> pw.metrics.SquaredHinge()([[0.0], [1.0]], [[0.5], [0.5]]).item()
        1.25
    """

    function = staticmethod(losses.squared_hinge)

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("CategoricalHinge")
class CategoricalHinge(_OfLoss):
    """mean(max(1 + largest wrong output - right output, 0)), labels one-hot. Keras's
    `CategoricalHinge`.

    Example:
        >>> pw.metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]).item()
        0.75
    """

    function = staticmethod(losses.categorical_hinge)

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None):
        super().__init__(name, dtype)


@METRICS("BinaryCrossentropy", "bce")
class BinaryCrossentropy(_OfLoss):
    """The mean of `binary_crossentropy`. Keras's `BinaryCrossentropy`.

    Example:
        >>> round(pw.metrics.BinaryCrossentropy()([1.0, 0.0], [[0.5], [0.5]]).item(), 4)
        0.6931
    """

    function = staticmethod(losses.binary_crossentropy)
    looks = staticmethod(checks.yes_or_no)

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ):
        title = type(self).__name__
        super().__init__(
            name,
            dtype,
            from_logits=flag(f"{title}: from_logits", from_logits),
            label_smoothing=number(f"{title}: label_smoothing", label_smoothing, least=0, most=1),
        )


@METRICS("CategoricalCrossentropy")
class CategoricalCrossentropy(_OfLoss):
    """The mean of `categorical_crossentropy`, labels one-hot. Keras's
    `CategoricalCrossentropy`.

    Example:
        >>> metric = pw.metrics.CategoricalCrossentropy()
        >>> round(metric([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.6931
    """

    function = staticmethod(losses.categorical_crossentropy)
    looks = staticmethod(checks.shares)

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ):
        title = type(self).__name__
        super().__init__(
            name,
            dtype,
            from_logits=flag(f"{title}: from_logits", from_logits),
            label_smoothing=number(f"{title}: label_smoothing", label_smoothing, least=0, most=1),
            axis=whole(f"{title}: axis", axis),
        )


@METRICS("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(_OfLoss):
    """The mean of `sparse_categorical_crossentropy`, labels class numbers. Keras's
    `SparseCategoricalCrossentropy`; as there, `ignore_class` counts as 0.

    Example:
        >>> metric = pw.metrics.SparseCategoricalCrossentropy()
        >>> round(metric([1], [[0.5, 0.5]]).item(), 4)
        0.6931
    """

    function = staticmethod(losses.sparse_categorical_crossentropy)

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ):
        title = type(self).__name__
        super().__init__(
            name,
            dtype,
            from_logits=flag(f"{title}: from_logits", from_logits),
            ignore_class=optional(f"{title}: ignore_class", whole, ignore_class),
            axis=whole(f"{title}: axis", axis),
        )
        self.looks = losses.SparseCategoricalCrossentropy(  # type: ignore[misc]
            ignore_class=ignore_class
        ).looks


def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between labels and outputs, over an axis."""
    return -losses.cosine_similarity(y_true, y_pred, axis)


@METRICS("CosineSimilarity")
class CosineSimilarity(_OfLoss):
    """The cosine of the angle between labels and outputs: 1 for one direction. Keras's
    `CosineSimilarity`.

    Example:
        >>> round(pw.metrics.CosineSimilarity()([[1.0, 0.0]], [[3.0, 4.0]]).item(), 4)
        0.6
    """

    function, larger_is_better = staticmethod(cosine_similarity), True

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1):
        super().__init__(name, dtype, axis=whole("CosineSimilarity: axis", axis))
