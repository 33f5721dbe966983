"""Areas under curves over all thresholds, and figures where another has a value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from ... import ops
from ...core.tensor import Tensor, tensor
from ...host.warned import warn
from .. import checks
from ..arguments import flag, number, numbers, one_of, optional, whole
from ..pairing import paired
from .base import METRICS, Metric, quotient
from .thresholds import Counts, counts, flat, of_class, positives

EPSILON = 1e-7


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
        >>> auc([0, 0, 1, 1], [[0.0], [0.5], [0.3], [0.9]]).item()
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
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ):
        super().__init__(dtype, name)
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
            self.num_thresholds = len(inner) + 2
        self._thresholds = [-EPSILON, *inner, 1 + EPSILON]

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        p = ops.sigmoid(outputs) if self.from_logits else outputs
        inside = ops.clip_by_value(p, 0.0, 1.0)
        outside = ops.sum(ops.cast(ops.not_equal(p, inside), "float32"))
        p = inside
        y, p, w = flat("AUC", labels, p, weights)
        if self.multi_label or self.label_weights is not None:
            y, p, w = (ops.reshape(t, (outputs.shape[0], -1)) for t in (y, p, w))
            self._check_labels(p.shape[1])
        if self.multi_label:
            y, p, w = (ops.transpose(t) for t in (y, p, w))
        elif self.label_weights is not None:
            w = w * tensor(list(self.label_weights))
            y, p, w = (ops.reshape(t, (1, p.size)) for t in (y, p, w))
        counted = ops.reshape(positives(y, p, w, self._thresholds), (-1,))
        return ops.concat([counted, ops.reshape(outside, (1,))], 0)

    def _check_labels(self, labels: int) -> None:
        for what, expected in (
            ("num_labels", self.num_labels or labels),
            ("label_weights", len(self.label_weights or [0] * labels)),
        ):
            if expected != labels:
                raise ValueError(f"AUC: {what} is for {expected} outputs, the model has {labels}")

    def value(self, sums: Sequence[float]) -> float:
        *sums, outside = sums
        if outside:
            warn(
                f"{self.name}: {outside:.0f} outputs lie outside 0 ... 1, where the curve has no"
                " threshold: give their layer a sigmoid, or AUC from_logits=True"
            )
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


class _At(Metric):
    """The best of a figure among the thresholds where another is at least so much."""

    larger_is_better = True
    looks = staticmethod(checks.yes_or_no)

    def __init__(
        self, least: str, num_thresholds: int, class_id: int | None, name: str | None, dtype: Any
    ):
        super().__init__(dtype, name)
        title = type(self).__name__
        number(f"{title}: {least}", getattr(self, least), least=0, most=1)
        self.num_thresholds = count = whole(f"{title}: num_thresholds", num_thresholds, 1)
        self.class_id = optional(f"{title}: class_id", whole, class_id, 0)
        self._thresholds = [0.5] if count == 1 else [i / (count - 1) for i in range(count)]

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        title = type(self).__name__
        y, p = of_class(title, *paired(title, labels, outputs), self.class_id)
        return ops.reshape(positives(*flat(self.name, y, p, weights), self._thresholds), (-1,))

    def value(self, sums: Sequence[float]) -> float:
        pairs = [self._figures(count) for count in counts(sums)]
        return max((best for enough, best in pairs if enough), default=0.0)

    def _figures(self, count: Counts) -> tuple[bool, float]:
        """Whether the one is enough, and the other."""
        raise NotImplementedError


@METRICS("SensitivityAtSpecificity")
class SensitivityAtSpecificity(_At):
    """The best sensitivity (recall) at which specificity, the share of negatives that
    are said no to, is at least so much. Keras's `SensitivityAtSpecificity`.

    Example:
        >>> metric = pw.metrics.SensitivityAtSpecificity(0.5)
        >>> metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]).item()
        0.5
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        self.specificity = specificity
        super().__init__("specificity", num_thresholds, class_id, name, dtype)

    def _figures(self, count: Counts) -> tuple[bool, float]:
        return count.specificity >= self.specificity, count.recall


@METRICS("SpecificityAtSensitivity")
class SpecificityAtSensitivity(_At):
    """The best specificity at which sensitivity is at least so much. Keras's
    `SpecificityAtSensitivity`.

    Example:
        >>> metric = pw.metrics.SpecificityAtSensitivity(0.5)
        >>> round(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]).item(), 4)
        0.6667
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        self.sensitivity = sensitivity
        super().__init__("sensitivity", num_thresholds, class_id, name, dtype)

    def _figures(self, count: Counts) -> tuple[bool, float]:
        return count.recall >= self.sensitivity, count.specificity


@METRICS("PrecisionAtRecall")
class PrecisionAtRecall(_At):
    """The best precision at which recall is at least so much. Keras's
    `PrecisionAtRecall`.

    Example:
        >>> metric = pw.metrics.PrecisionAtRecall(0.5)
        >>> metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]).item()
        0.5
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        self.recall = recall
        super().__init__("recall", num_thresholds, class_id, name, dtype)

    def _figures(self, count: Counts) -> tuple[bool, float]:
        return count.recall >= self.recall, count.precision


@METRICS("RecallAtPrecision")
class RecallAtPrecision(_At):
    """The best recall at which precision is at least so much. Keras's
    `RecallAtPrecision`.

    Example:
        >>> metric = pw.metrics.RecallAtPrecision(0.8)
        >>> metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]).item()
        0.5
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        self.precision = precision
        super().__init__("precision", num_thresholds, class_id, name, dtype)

    def _figures(self, count: Counts) -> tuple[bool, float]:
        return count.precision >= self.precision, count.recall
