"""Metrics that count class by class: F scores and the overlap of areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .. import checks
from ..arguments import flag, number, one_of, optional, whole
from ..pairing import paired
from .base import METRICS, Figure, Metric, quotient

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
        >>> round(pw.metrics.FBetaScore(average="micro", beta=2.0)(labels, outputs), 4)
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
    ):
        super().__init__(name)
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
            columns = [t * ops.reshape(weights, (-1, 1)) for t in columns]
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

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


@METRICS("F1Score")
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, 2 precision recall / (precision +
    recall), class by class. Keras's `F1Score`; arguments as those of `FBetaScore`.

    Example:
        >>> labels, outputs = [[1, 0], [0, 1], [0, 1]], [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]
        >>> [round(score, 4) for score in pw.metrics.F1Score()(labels, outputs)]
        [0.6667, 0.6667]
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
    ):
        super().__init__(average, 1.0, threshold, name)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "beta"}


def confusion_matrix(
    labels: Tensor, predicted: Tensor, classes: int, weights: Tensor | None
) -> Tensor:
    """Class numbers [n] and [n] -> [classes, classes]: the weight of the examples of
    class i that were taken for class j. Numbers that are no class count nowhere.
    """
    rows = ops.one_hot(labels, classes)
    if weights is not None:
        rows = rows * ops.reshape(weights, (-1, 1))
    return ops.matmul(ops.transpose(rows), ops.one_hot(predicted, classes))


@METRICS("MeanIoU")
class MeanIoU(Metric):
    """The overlap of what is a class and what is taken for it, over both together:
    tp / (tp + fp + fn), mean over the classes that occur. Keras's `MeanIoU`.

    Args:
        num_classes: of the labels.
        ignore_class: a class number whose examples (pixels) do not count.
        sparse_y_true: labels are class numbers; else their largest value says which.
        sparse_y_pred: the same of the outputs: a model with a softmax wants False.
        axis: of the classes.

    Example:
        >>> round(pw.metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]), 4)
        0.3333
    """

    larger_is_better = True

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        *,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(name)
        self.num_classes = whole("MeanIoU: num_classes", num_classes, 1)
        self.ignore_class = optional("MeanIoU: ignore_class", whole, ignore_class)
        self.axis = whole("MeanIoU: axis", axis)
        self.sparse_y_true = flag("MeanIoU: sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag("MeanIoU: sparse_y_pred", sparse_y_pred)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        y = self._classes(labels, self.sparse_y_true)
        p = self._classes(outputs, self.sparse_y_pred)
        if y.size != p.size:
            raise ValueError(
                f"MeanIoU: {labels.shape} labels and {outputs.shape} outputs are not of one length;"
                " sparse_y_true and sparse_y_pred say which of them hold a value per class"
            )
        if weights is not None:  # of the pixels of an example, all alike
            weights = ops.reshape(weights, (-1, 1)) * ops.ones((1, y.size // weights.size))
            weights = ops.reshape(weights, (y.size,))
        if self.ignore_class is not None:
            counted = ops.cast(ops.not_equal(y, self.ignore_class), "float32")
            weights = counted if weights is None else weights * counted
        return ops.reshape(confusion_matrix(y, p, self.num_classes, weights), (-1,))

    def _classes(self, values: Tensor, sparse: bool) -> Tensor:
        numbers = ops.cast(values, "int32") if sparse else ops.argmax(values, self.axis)
        return ops.reshape(numbers, (numbers.size,))

    def look(self, to_check: checks.Checks, what: str, labels: Tensor, classes: int | None) -> None:
        if self.sparse_y_true:
            if self.ignore_class is not None:
                labels = ops.where(ops.not_equal(labels, self.ignore_class), labels, 0)
            checks.class_numbers(to_check, what, labels, self.num_classes)

    def value(self, sums: Sequence[float]) -> float:
        n = self.num_classes
        overlaps = []
        for i in range(n):
            union = sum(sums[i * n : (i + 1) * n]) + sum(sums[i::n]) - sums[i * n + i]
            if union:
                overlaps.append(sums[i * n + i] / union)
        return quotient(sum(overlaps), len(overlaps))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_classes": self.num_classes,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }


def _ones_where(values: Tensor, threshold: float) -> Tensor:
    """1.0 where a value is above the threshold."""
    return ops.cast(ops.greater(values, threshold), "float32")
