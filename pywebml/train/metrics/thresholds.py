"""Metrics of yes/no outputs: what is right and wrong above a threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ... import ops
from ...core.tensor import Tensor, tensor
from .. import checks
from ..arguments import number, numbers, optional, whole
from ..pairing import paired
from .base import METRICS, Figure, Metric, quotient

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
    def specificity(self) -> float:
        return quotient(self.negatives - self.fp, self.negatives)

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


def flat(
    name: str, labels: Tensor, outputs: Tensor, weights: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Labels, outputs and weights as [1, values]."""
    y, outputs = paired(name, labels, outputs)
    ones = ops.ones_like(outputs)
    if weights is not None:
        more = max(outputs.ndim - weights.ndim, 0)
        ones = ones * ops.reshape(weights, weights.shape + (1,) * more)
    row = (1, outputs.size)
    return ops.reshape(y, row), ops.reshape(outputs, row), ops.reshape(ones, row)


def of_class(title: str, y: Tensor, p: Tensor, class_id: int | None) -> tuple[Tensor, Tensor]:
    """Labels and outputs of one class, or of all."""
    if class_id is None:
        return y, p
    if p.ndim < 2 or class_id >= p.shape[-1]:
        last = p.shape[-1] - 1 if p.ndim > 1 else "none"
        raise ValueError(f"{title}: class_id must lie in 0 ... {last}, got {class_id}")
    return y[..., class_id : class_id + 1], p[..., class_id : class_id + 1]


class _Thresholded(Metric):
    """What is counted above thresholds."""

    looks = staticmethod(checks.yes_or_no)
    top_k: int | None = None
    class_id: int | None = None

    def __init__(
        self,
        thresholds: float | Sequence[float] | None,
        top_k: int | None,
        class_id: int | None,
        name: str | None,
        dtype: Any,
    ):
        super().__init__(dtype, name)
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
        y, p = of_class(type(self).__name__, y, p, self.class_id)
        return ops.reshape(positives(*flat(self.name, y, p, weights), self._thresholds), (-1,))

    def value(self, sums: Sequence[float]) -> Figure:
        figures = [self._figure(count) for count in counts(sums)]
        return figures[0] if len(figures) == 1 else figures

    def _figure(self, count: Counts) -> float:
        raise NotImplementedError


class _Share(_Thresholded):
    """What Precision and Recall share: their arguments."""

    larger_is_better = True

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(thresholds, top_k, class_id, name, dtype)


class _Count(_Thresholded):
    """What the four counts share: their arguments."""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(thresholds, None, None, name, dtype)


@METRICS("TruePositives")
class TruePositives(_Count):
    """How many are rightly said yes to: above `thresholds` (0.5 where not given; a list
    gives a figure for each). Keras's `TruePositives`.

    Example:
        >>> pw.metrics.TruePositives()([0, 1, 1], [[0.9], [0.2], [0.7]]).item()
        1.0
    """

    larger_is_better = True

    def _figure(self, count: Counts) -> float:
        return count.tp


@METRICS("FalsePositives")
class FalsePositives(_Count):
    """How many are wrongly said yes to. Keras's `FalsePositives`.

    Example:
        >>> pw.metrics.FalsePositives()([0, 1, 1], [[0.9], [0.2], [0.7]]).item()
        1.0
    """

    larger_is_better = False

    def _figure(self, count: Counts) -> float:
        return count.fp


@METRICS("TrueNegatives")
class TrueNegatives(_Count):
    """How many are rightly said no to. Keras's `TrueNegatives`.

    Example:
        >>> pw.metrics.TrueNegatives()([0, 0, 1], [[0.9], [0.2], [0.7]]).item()
        1.0
    """

    larger_is_better = True

    def _figure(self, count: Counts) -> float:
        return count.negatives - count.fp


@METRICS("FalseNegatives")
class FalseNegatives(_Count):
    """How many are wrongly said no to. Keras's `FalseNegatives`.

    Example:
        >>> pw.metrics.FalseNegatives()([0, 1, 1], [[0.9], [0.2], [0.7]]).item()
        1.0
    """

    larger_is_better = False

    def _figure(self, count: Counts) -> float:
        return count.positives - count.tp


@METRICS("Precision")
class Precision(_Share):
    """How much of what is said yes to is right: true positives / (true + false
    positives). Keras's `Precision`.

    Args:
        thresholds: above which an output means yes, 0.5 where not given; a list gives a
            figure for each.
        top_k: only the k largest outputs of an example may mean yes.
        class_id: the one output to look at.

    Labels 0 or 1, shaped like the outputs.

    Example:
        >>> pw.metrics.Precision()([0, 1, 1, 1], [[0.9], [0.2], [0.7], [0.6]], [1, 1, 1, 0]).item()
        0.5
    """

    def _figure(self, count: Counts) -> float:
        return count.precision


@METRICS("Recall")
class Recall(_Share):
    """How much of what should be said yes to is: true positives / (true positives +
    false negatives). Keras's `Recall`; arguments as those of `Precision`.

    Example:
        >>> pw.metrics.Recall(thresholds=[0.5, 0.1])([0, 1, 1], [[0.9], [0.2], [0.7]]).tolist()
        [0.5, 1.0]
    """

    def _figure(self, count: Counts) -> float:
        return count.recall
