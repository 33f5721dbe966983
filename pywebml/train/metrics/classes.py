"""F scores, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .. import checks
from ..arguments import number, one_of, optional
from ..pairing import paired
from .base import METRICS, Figure, Metric

EPSILON = 1e-7
_AVERAGES = (None, "micro", "macro", "weighted")


@METRICS("FBetaScore")
class FBetaScore(Metric):
    """(1 + beta^2) precision recall / (beta^2 precision + recall), class by class.
    Keras's `FBetaScore`.

    Args:
        average: None for a figure per class; "macro", their mean; "weighted", their
            mean by how many examples a class has; "micro", one figure of all classes'
            counts.
        beta: how much more recall counts than precision.
        threshold: above which an output means yes; where not given, an example's
            largest output does.

    Labels 0 or 1 and outputs, [n, classes].

    Example:
        >>> labels, outputs = [[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]]
        >>> round(pw.metrics.FBetaScore(average="micro", beta=2.0)(labels, outputs).item(), 4)
        0.5
    """

    larger_is_better = True
    looks = staticmethod(checks.yes_or_no)

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ):
        super().__init__(dtype, name)
        title = type(self).__name__
        self.average = one_of(f"{title}: average", average, _AVERAGES)
        self.beta = float(number(f"{title}: beta", beta, above=0))
        self.threshold = optional(f"{title}: threshold", number, threshold, above=0, most=1)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """True positives, all said yes to and all labels of each class: [3 classes]."""
        if outputs.ndim != 2:
            raise ValueError(
                f"{type(self).__name__} needs outputs [n, classes], got shape {outputs.shape}"
            )
        y, outputs = paired(type(self).__name__, labels, outputs)
        if self.threshold is None:
            largest = ops.greater_equal(outputs, ops.max(outputs, -1, keepdims=True))
            said = ops.cast(largest, "float32") * _ones_where(ops.abs(outputs), 1e-9)
        else:
            said = _ones_where(outputs, self.threshold)
        columns = [y * said, said, y]
        if weights is not None:
            weights = weights if weights.ndim == 2 else ops.reshape(weights, (-1, 1))
            columns = [t * weights for t in columns]
        return ops.sum(ops.concat(columns, 1), 0)

    def value(self, sums: Sequence[float]) -> Figure:
        classes = len(sums) // 3
        tp, said, positives = (list(sums[i * classes : (i + 1) * classes]) for i in range(3))
        if self.average == "micro":
            return self._score(sum(tp), sum(said), sum(positives))
        scores = [self._score(*counts) for counts in zip(tp, said, positives, strict=True)]
        if self.average == "macro":
            return sum(scores) / classes
        if self.average == "weighted":
            weighted = sum(s * n for s, n in zip(scores, positives, strict=True))
            return weighted / (sum(positives) + EPSILON)
        return scores

    def _score(self, tp: float, said: float, positives: float) -> float:
        precision, recall = tp / (said + EPSILON), tp / (positives + EPSILON)
        square = self.beta**2
        return (1 + square) * precision * recall / (square * precision + recall + EPSILON)


@METRICS("F1Score")
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, 2 precision recall / (precision +
    recall), class by class. Keras's `F1Score`; arguments as those of `FBetaScore`.

    Example:
        >>> labels, outputs = [[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]
        >>> [round(score, 4) for score in pw.metrics.F1Score()(labels, outputs).tolist()]
        [0.6667, 0.6667]
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ):
        super().__init__(average, 1.0, threshold, name, dtype)


def _ones_where(values: Tensor, threshold: float) -> Tensor:
    """1.0 where a value is above the threshold."""
    return ops.cast(ops.greater(values, threshold), "float32")
