"""How far numbers are from the labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...host.warned import warn
from ..arguments import one_of, whole
from ..losses import mean_squared_error
from ..pairing import paired
from .base import METRICS, Figure, Metric, quotient
from .means import MeanMetricWrapper


@METRICS("RootMeanSquaredError", "rmse")
class RootMeanSquaredError(MeanMetricWrapper):
    """sqrt(mean((y_true - y_pred)^2)) over all examples, not the mean of each batch's
    root: labels shaped like the outputs. Keras's `RootMeanSquaredError`.

    Example:
        >>> pw.metrics.RootMeanSquaredError()([[0.0], [0.0]], [[3.0], [4.0]], [1.0, 0.0]).item()
        3.0
    """

    larger_is_better = False

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None):
        super().__init__(mean_squared_error, name, dtype)

    def result(self) -> Any:
        return ops.sqrt(super().result())

    def value(self, sums: Sequence[float]) -> float:
        mean = super().value(sums)
        assert isinstance(mean, float)
        return math.sqrt(mean)


_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@METRICS("R2Score")
class R2Score(Metric):
    """How much of the labels' variance the outputs explain:
    1 - sum((y - p)^2) / sum((y - mean(y))^2), per output. Keras's `R2Score`.

    Args:
        class_aggregation: "uniform_average" of the outputs,
            "variance_weighted_average", or None for a figure per output.
        num_regressors: of the model; more than 0 gives the adjusted score,
            1 - (1 - r2) (n - 1) / (n - num_regressors - 1).

    Labels and outputs [n, outputs], or labels [n] for one output.

    Example:
        >>> round(pw.metrics.R2Score()([[1], [4], [3]], [[2.0], [4.0], [4.0]]).item(), 4)
        0.5714
    """

    larger_is_better = True

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        self.class_aggregation = one_of(
            "R2Score: class_aggregation", class_aggregation, _AGGREGATIONS
        )
        self.num_regressors = whole("R2Score: num_regressors", num_regressors, 0)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        if outputs.ndim != 2:
            raise ValueError(f"R2Score needs outputs [n, outputs], got shape {outputs.shape}")
        y, outputs = paired("R2Score", labels, outputs)
        count = ops.ones((y.shape[0], 1)) if weights is None else ops.reshape(weights, (-1, 1))
        residual = ops.squared_difference(y, outputs)
        columns = [values * count for values in (y, y * y, residual)]
        per_row = ops.fill((y.shape[0], 1), float(y.shape[1]))
        return ops.sum(ops.concat([*columns, count, per_row], 1), 0)

    def value(self, sums: Sequence[float]) -> Figure:
        outputs = (len(sums) - 2) // 3
        sum_y, sum_y2, residuals = (sums[i * outputs : (i + 1) * outputs] for i in range(3))
        count, values = sums[-2:]
        totals = [y2 - y * quotient(y, count) for y, y2 in zip(sum_y, sum_y2, strict=True)]
        scores = [_score(r, t) for r, t in zip(residuals, totals, strict=True)]
        if self.class_aggregation == "uniform_average":
            return self._adjusted(sum(scores) / outputs, values)
        if self.class_aggregation is None:
            return [self._adjusted(score, values) for score in scores]
        explained = sum(t * s for t, s in zip(totals, scores, strict=True))
        return self._adjusted(quotient(explained, sum(totals)), values)

    def _adjusted(self, score: float, values: float) -> float:
        free = values - self.num_regressors - 1
        if not self.num_regressors:
            return score
        if free <= 0:
            warn(
                f"R2Score: {self.num_regressors} regressors for {values:.0f} values leave nothing"
                " to adjust; this is the plain score"
            )
            return score
        return 1 - (1 - score) * (values - 1) / free


def _score(residual: float, total: float) -> float:
    """1 - residual / total. Labels that are all one: 0 where anything is left over, nan
    where nothing is, as in Keras.
    """
    if total:
        return 1 - residual / total
    return 0.0 if residual else math.nan
