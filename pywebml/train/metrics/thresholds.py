"""Metrics of yes/no outputs: what is right and wrong above a threshold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ... import ops
from ...core.tensor import Tensor, tensor
from .. import checks
from ..arguments import flag, number, numbers, one_of, optional, whole
from ..pairing import paired
from .base import METRICS, Figure, Metric, quotient

EPSILON = 1e-7
_LOWEST = -3e38
"""A threshold that every output is above. Shaders need not know infinity."""
_OUT = -1e10
"""Keras's value of an output that is not among the top k."""


class Counts(NamedTuple):
    """What is said yes to above one threshold: weights of true and false positives, and
    of all positives and negatives there are.
    """

    tp: float
    fp: float
    positives: float
    negatives: float

    @property
    def precision(self) -> float:
        return quotient(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return quotient(self.tp, self.positives)

    @property
    def false_positive_rate(self) -> float:
        return quotient(self.fp, self.negatives)


def positives(y: Tensor, p: Tensor, weights: Tensor, thresholds: Sequence[float]) -> Tensor:
    """Labels, outputs and weights [labels, n] -> [labels, 2, 1 + thresholds]: the
    weights of true and of false positives, above a threshold that all are above, and
    above each of `thresholds`.

    One comparison and one matmul: rows of weights for yes and no, times a column of
    ones and zeros per threshold.
    """
    above = ops.greater(ops.expand_dims(p, -1), tensor([_LOWEST, *thresholds]))
    rows = ops.stack([weights * y, weights * (1.0 - y)], 1)
    return ops.matmul(rows, ops.cast(above, "float32"))


def counts(sums: Sequence[float]) -> list[Counts]:
    """`positives` of one label, flat, by threshold."""
    half = len(sums) // 2
    tp, fp = sums[:half], sums[half:]
    return [Counts(tp[i], fp[i], tp[0], fp[0]) for i in range(1, half)]


def top_k_only(p: Tensor, k: int) -> Tensor:
    """Outputs [..., classes] with all but the k largest of the last axis far below any
    threshold.
    """
    rest, chosen = p, ops.zeros_like(p)
    for _ in range(min(k, p.shape[-1])):
        largest = ops.one_hot(ops.argmax(rest, -1), p.shape[-1])
        chosen = chosen + largest
        rest = ops.where(ops.greater(largest, 0.5), _LOWEST, rest)
    return ops.where(ops.greater(chosen, 0.5), p, _OUT)


def _flat(
    name: str, labels: Tensor, outputs: Tensor, weights: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Labels, outputs and weights as [1, values]."""
    y, outputs = paired(name, labels, outputs)
    ones = ops.ones_like(outputs)
    if weights is not None:
        ones = ones * ops.reshape(weights, (weights.shape[0], *[1] * (outputs.ndim - 1)))
    row = (1, outputs.size)
    return ops.reshape(y, row), ops.reshape(outputs, row), ops.reshape(ones, row)


class _Thresholded(Metric):
    """What Precision and Recall share: their arguments and their sums."""

    larger_is_better = True
    looks = staticmethod(checks.yes_or_no)

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
    ):
        super().__init__(name)
        title = type(self).__name__
        several = hasattr(thresholds, "__len__") and not isinstance(thresholds, str)
        check: Callable[..., Any] = numbers if several else number
        self.thresholds = optional(f"{title}: thresholds", check, thresholds, least=0, most=1)
        self.top_k = optional(f"{title}: top_k", whole, top_k, 1)
        self.class_id = optional(f"{title}: class_id", whole, class_id, 0)
        usual = 0.5 if top_k is None else _OUT
        values: Any = usual if self.thresholds is None else self.thresholds
        self._thresholds: list[float] = values if several else [values]

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        y, p = paired(type(self).__name__, labels, outputs)
        if self.top_k is not None:
            p = top_k_only(p, self.top_k)
        if self.class_id is not None:
            if not 0 <= self.class_id < p.shape[-1]:
                raise ValueError(
                    f"{type(self).__name__}: class_id must lie in 0 ... {p.shape[-1] - 1}, got"
                    f" {self.class_id}"
                )
            y, p = y[..., self.class_id], p[..., self.class_id]
        return ops.reshape(positives(*_flat(self.name, y, p, weights), self._thresholds), (-1,))

    def value(self, sums: Sequence[float]) -> Figure:
        figures = [self._figure(count) for count in counts(sums)]
        return figures[0] if len(figures) == 1 else figures

    def _figure(self, count: Counts) -> float:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "thresholds": self.thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


@METRICS("Precision")
class Precision(_Thresholded):
    """How much of what is said yes to is right: true positives / (true + false
    positives). Keras's `Precision`.

    Args:
        thresholds: above which an output means yes, 0.5 where not given; a list gives a
            figure for each.
        top_k: only the k largest outputs of an example may mean yes.
        class_id: the one output to look at.

    Labels 0 or 1, shaped like the outputs.

    Example:
        >>> pw.metrics.Precision()([0, 1, 1, 1], [[0.9], [0.2], [0.7], [0.6]], [1, 1, 1, 0])
        0.5
    """

    def _figure(self, count: Counts) -> float:
        return count.precision


@METRICS("Recall")
class Recall(_Thresholded):
    """How much of what should be said yes to is: true positives / (true positives +
    false negatives). Keras's `Recall`; arguments as those of `Precision`.

    Example:
        >>> pw.metrics.Recall(thresholds=[0.5, 0.1])([0, 1, 1], [[0.9], [0.2], [0.7]])
        [0.5, 1.0]
    """

    def _figure(self, count: Counts) -> float:
        return count.recall


def _middle(a: float, b: float) -> float:
    return (a + b) / 2


_CURVES = ("ROC", "PR")
_HEIGHTS: dict[str, Callable[[float, float], float]] = {
    "interpolation": _middle,
    "minoring": min,
    "majoring": max,
}
"""The height over an interval, by summation method, from those at its ends."""


@METRICS("AUC")
class AUC(Metric):
    """The area under a curve, by Riemann's sum over thresholds: of the true over the
    false positive rate ("ROC"), or of precision over recall ("PR"). Keras's `AUC`.

    Args:
        num_thresholds: spread evenly over 0 ... 1.
        curve: "ROC" or "PR".
        summation_method: "interpolation" (the middle of an interval for ROC, Davis and
            Goadrich's formula for PR), "minoring" or "majoring".
        thresholds: between 0 and 1, instead of the evenly spread ones.
        multi_label: the mean of the outputs' areas, else one area of all outputs.
        num_labels: of multi_label, to check the outputs by.
        label_weights: a weight per output.
        from_logits: the outputs are logits.

    Labels 0 or 1, shaped like the outputs.

    Example:
        >>> auc = pw.metrics.AUC(num_thresholds=3)
        >>> auc([0, 0, 1, 1], [[0.0], [0.5], [0.3], [0.9]])
        0.75
    """

    larger_is_better = True
    looks = staticmethod(checks.yes_or_no)

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        *,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ):
        super().__init__(name)
        self.curve = one_of("AUC: curve", curve, _CURVES)
        self.summation_method = one_of("AUC: summation_method", summation_method, (*_HEIGHTS,))
        self.num_thresholds = num_thresholds = whole("AUC: num_thresholds", num_thresholds, 2)
        self.thresholds = optional("AUC: thresholds", numbers, thresholds, least=0, most=1)
        self.multi_label = flag("AUC: multi_label", multi_label)
        self.num_labels = optional("AUC: num_labels", whole, num_labels, 1)
        self.label_weights = optional("AUC: label_weights", numbers, label_weights, least=0)
        self.from_logits = flag("AUC: from_logits", from_logits)
        if self.num_labels and not self.multi_label:
            raise ValueError(f"AUC: num_labels={num_labels} is for multi_label=True")
        if self.thresholds is None:
            inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        else:
            inner = sorted(self.thresholds)
        self._thresholds = [-EPSILON, *inner, 1 + EPSILON]

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        p = ops.sigmoid(outputs) if self.from_logits else outputs
        y, p, w = _flat("AUC", labels, p, weights)
        if self.multi_label or self.label_weights is not None:
            y, p, w = (ops.reshape(t, (outputs.shape[0], -1)) for t in (y, p, w))
            self._check_labels(p.shape[1])
        if self.multi_label:
            y, p, w = (ops.transpose(t) for t in (y, p, w))
        elif self.label_weights is not None:
            w = w * tensor(list(self.label_weights))
            y, p, w = (ops.reshape(t, (1, p.size)) for t in (y, p, w))
        return ops.reshape(positives(y, p, w, self._thresholds), (-1,))

    def _check_labels(self, labels: int) -> None:
        for what, expected in (
            ("num_labels", self.num_labels or labels),
            ("label_weights", len(self.label_weights or [0] * labels)),
        ):
            if expected != labels:
                raise ValueError(f"AUC: {what} is for {expected} outputs, the model has {labels}")

    def value(self, sums: Sequence[float]) -> float:
        size = 2 * (len(self._thresholds) + 1)
        areas = [self._area(counts(sums[i : i + size])) for i in range(0, len(sums), size)]
        if not self.multi_label or self.label_weights is None:
            return sum(areas) / len(areas)
        weighted = sum(w * area for w, area in zip(self.label_weights, areas, strict=True))
        return quotient(weighted, sum(self.label_weights))

    def _area(self, points: list[Counts]) -> float:
        if self.curve == "PR" and self.summation_method == "interpolation":
            return sum(_interpolated(b, a) for a, b in pairwise(points))
        height = _HEIGHTS[self.summation_method]
        line = [
            (point.false_positive_rate, point.recall)
            if self.curve == "ROC"
            else (point.recall, point.precision)
            for point in points
        ]
        return sum((x0 - x1) * height(y0, y1) for (x0, y0), (x1, y1) in pairwise(line))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "thresholds": self.thresholds,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self.from_logits,
        }


def _interpolated(a: Counts, b: Counts) -> float:
    """The area under precision over recall from the higher threshold (a) down to the
    lower (b), where true and false positives grow in a straight line (Davis and
    Goadrich 2006): slope (dTP + intercept log(P_b / P_a)) / positives.
    """
    said_a, said_b = a.tp + a.fp, b.tp + b.fp
    slope = quotient(b.tp - a.tp, max(said_b - said_a, 0.0))
    intercept = a.tp - slope * said_a
    ratio = said_b / said_a if said_a > 0 and said_b > 0 else 1.0
    return quotient(slope * (b.tp - a.tp + intercept * math.log(ratio)), a.positives)
