"""The overlap of areas: intersection over union."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.calling import ints
from ...core.tensor import Tensor
from .. import checks
from ..arguments import flag, number, optional, whole
from .base import METRICS, Metric, quotient


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


@METRICS("IoU")
class IoU(Metric):
    """The overlap of what is a class and what is taken for it, over both together: tp /
    (tp + fp + fn), mean over those of the target classes that occur. Keras's `IoU`,
    with weights that need not be whole numbers.

    Args:
        num_classes: of the labels.
        target_class_ids: the classes to look at.
        ignore_class: a class number whose examples (pixels) do not count.
        sparse_y_true: labels are class numbers; else their largest value says which.
        sparse_y_pred: the same of the outputs: a model with a softmax wants False.
        axis: of the classes.

    Example:
        >>> metric = pw.metrics.IoU(num_classes=2, target_class_ids=[0])
        >>> round(metric([0, 0, 1, 1], [0, 1, 0, 1]).item(), 4)
        0.3333
    """

    larger_is_better = True

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(None if isinstance(dtype, str) and dtype == "int" else dtype, name)
        title = type(self).__name__
        self.num_classes = whole(f"{title}: num_classes", num_classes, 1)
        self.target_class_ids = _class_ids(title, target_class_ids, self.num_classes)
        self.ignore_class = optional(f"{title}: ignore_class", whole, ignore_class)
        self.axis = whole(f"{title}: axis", axis)
        self.sparse_y_true = flag(f"{title}: sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag(f"{title}: sparse_y_pred", sparse_y_pred)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        y = self._classes(labels, self.sparse_y_true)
        p = self._classes(outputs, self.sparse_y_pred)
        if y.size != p.size:
            raise ValueError(
                f"{type(self).__name__}: {labels.shape} labels and {outputs.shape} outputs are not"
                " of one length; sparse_y_true and sparse_y_pred say which of them hold a value per"
                " class"
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
        for i in self.target_class_ids:
            union = sum(sums[i * n : (i + 1) * n]) + sum(sums[i::n]) - sums[i * n + i]
            if union > 1e-9:
                overlaps.append(sums[i * n + i] / union)
        return quotient(sum(overlaps), len(overlaps))


def _class_ids(title: str, value: Any, classes: int) -> list[int]:
    try:
        ids = list(ints(value, f"{title}: target_class_ids"))
    except TypeError as error:
        raise ValueError(str(error)) from None
    if not ids or not all(0 <= i < classes for i in ids):
        raise ValueError(
            f"{title}: target_class_ids must be class numbers in 0 ... {classes - 1}, got {value!r}"
        )
    return ids


@METRICS("BinaryIoU")
class BinaryIoU(IoU):
    """`IoU` of labels 0 and 1 and outputs that mean 1 from `threshold` on. Keras's
    `BinaryIoU`.

    Example:
        >>> metric = pw.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
        >>> round(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).item(), 4)
        0.3333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number("BinaryIoU: threshold", threshold)

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        said = ops.cast(ops.greater_equal(outputs, float(self.threshold)), "int32")
        return super().sums(labels, said, weights)


@METRICS("MeanIoU")
class MeanIoU(IoU):
    """`IoU` over all classes. Keras's `MeanIoU`.

    Example:
        >>> metric = pw.metrics.MeanIoU(num_classes=2)
        >>> round(metric([0, 0, 1, 1], [0, 1, 0, 1]).item(), 4)
        0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        title = type(self).__name__
        every = range(whole(f"{title}: num_classes", num_classes, 1))
        super().__init__(
            len(every), every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )


@METRICS("OneHotIoU")
class OneHotIoU(IoU):
    """`IoU` of one-hot labels. Keras's `OneHotIoU`.

    Example:
        >>> metric = pw.metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
        >>> metric([[0, 1], [1, 0]], [[0.4, 0.6], [0.2, 0.8]]).item()
        0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


@METRICS("OneHotMeanIoU")
class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot labels. Keras's `OneHotMeanIoU`.

    Example:
        >>> metric = pw.metrics.OneHotMeanIoU(num_classes=2)
        >>> metric([[0, 1], [1, 0]], [[0.4, 0.6], [0.2, 0.8]]).item()
        0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
