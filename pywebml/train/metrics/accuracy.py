"""How often the right class is named."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_numbers
from ..arguments import flag, number, whole
from ..losses import Loss
from ..pairing import class_numbers, paired
from .base import METRICS
from .means import MeanMetricWrapper


def _equal(a: Tensor, b: Tensor) -> Tensor:
    return ops.cast(ops.equal(a, b), "float32")


def accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where outputs equal labels: both of one shape."""
    return _equal(*paired("accuracy", y_true, y_pred))


def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the largest label: [..., classes], [...,
    classes] -> [...].
    """
    y_true, y_pred = paired("categorical_accuracy", y_true, y_pred)
    return _equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1))


def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the class number: [...] or [..., 1], [...,
    classes] -> [...].
    """
    labels, y_pred = class_numbers("sparse_categorical_accuracy", y_true, y_pred)
    return _equal(labels, ops.cast(ops.argmax(y_pred, -1), labels.dtype))


def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """1 where an output is on the label's side of `threshold`: both of one shape."""
    y_true, y_pred = paired("binary_accuracy", y_true, y_pred)
    return _equal(y_true, ops.cast(ops.greater(y_pred, threshold), "float32"))


def sparse_top_k_categorical_accuracy(
    y_true: Tensor, y_pred: Tensor, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where fewer than k predictions are larger than that of the class number: [...]
    or [..., 1], [..., classes] -> [...]. With `from_sorted_ids` predictions are class
    numbers, the likeliest first.
    """
    numbers, y_pred = class_numbers("sparse_top_k_categorical_accuracy", y_true, y_pred)
    if from_sorted_ids:
        first = y_pred[..., : min(k, y_pred.shape[-1])]
        among = _equal(ops.expand_dims(ops.cast(numbers, first.dtype), -1), first)
        return ops.max(among, -1)
    labels = ops.cast(numbers, "int32")
    right = ops.sum(ops.one_hot(labels, y_pred.shape[-1]) * y_pred, -1, keepdims=True)
    larger = ops.sum(ops.cast(ops.greater(y_pred, right), "float32"), -1)
    among = ops.cast(ops.less(larger, float(k)), "float32")
    if numbers.dtype != "int32":  # a number that is not whole is no class
        among = among * ops.cast(ops.equal(ops.cast(labels, "float32"), numbers), "float32")
    return among


def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """1 where fewer than k predictions are larger than that at the largest label: [...,
    classes], [..., classes] -> [...].
    """
    return sparse_top_k_categorical_accuracy(ops.argmax(as_numbers(y_true), -1), y_pred, k)


@METRICS("Accuracy")
class Accuracy(MeanMetricWrapper):
    """How often outputs equal labels: both of one shape. Keras's `Accuracy`.

    Example:
        >>> pw.metrics.Accuracy()([[1], [2], [3]], [[0], [2], [3]], [1, 1, 0]).item()
        0.5
    """

    function = staticmethod(accuracy)
    larger_is_better = True

    def __init__(self, name: str | None = "accuracy", dtype: Any = None):
        super().__init__(accuracy, name, dtype)


@METRICS("BinaryAccuracy")
class BinaryAccuracy(MeanMetricWrapper):
    """The fraction of outputs on the label's side of `threshold`: labels 0 or 1, shaped
    like the outputs. Keras's `BinaryAccuracy`.

    Example:
        >>> pw.metrics.BinaryAccuracy()([1, 1, 0, 0], [[0.9], [0.2], [0.1], [0.3]]).item()
        0.75
    """

    function = staticmethod(binary_accuracy)
    larger_is_better = True

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ):
        self.threshold = number("BinaryAccuracy: threshold", threshold)
        super().__init__(binary_accuracy, name, dtype, threshold=self.threshold)


@METRICS("CategoricalAccuracy")
class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest output is where the largest label is: labels and outputs
    [n, classes]. Keras's `CategoricalAccuracy`.

    Example:
        >>> pw.metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.3, 0.7], [0.4, 0.6]]).item()
        0.5
    """

    function = staticmethod(categorical_accuracy)
    takes_logits, larger_is_better = True, True

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None):
        super().__init__(categorical_accuracy, name, dtype)


@METRICS("SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest output is at the class number: labels [n] or [n, 1],
    outputs [n, classes]. Keras's `SparseCategoricalAccuracy`.

    Example:
        >>> pw.metrics.SparseCategoricalAccuracy()([1, 0], [[0.3, 0.7], [0.4, 0.6]]).item()
        0.5
    """

    function = staticmethod(sparse_categorical_accuracy)
    takes_logits, larger_is_better = True, True

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


@METRICS("TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the k largest outputs: labels and outputs [n,
    classes]. Keras's `TopKCategoricalAccuracy`; equal outputs share a place.

    Example:
        >>> top2 = pw.metrics.TopKCategoricalAccuracy(k=2)
        >>> top2([[1, 0, 0], [0, 0, 1]], [[0.3, 0.1, 0.6], [0.5, 0.4, 0.1]]).item()
        0.5
    """

    function = staticmethod(top_k_categorical_accuracy)
    takes_logits, larger_is_better = True, True

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ):
        self.k = whole("k", k, 1)
        super().__init__(top_k_categorical_accuracy, name, dtype, k=self.k)


@METRICS("SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class number is among the k largest outputs: labels [n] or [n, 1],
    outputs [n, classes]. Keras's `SparseTopKCategoricalAccuracy`; equal outputs share a
    place.

    Example:
        >>> top2 = pw.metrics.SparseTopKCategoricalAccuracy(k=2)
        >>> top2([0, 2], [[0.3, 0.1, 0.6], [0.5, 0.4, 0.1]]).item()
        0.5
    """

    function = staticmethod(sparse_top_k_categorical_accuracy)
    takes_logits, larger_is_better = True, True

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ):
        self.k = whole("k", k, 1)
        self.from_sorted_ids = flag("from_sorted_ids", from_sorted_ids)
        self.takes_logits = not self.from_sorted_ids
        options = {"from_sorted_ids": True} if self.from_sorted_ids else {}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=self.k, **options)


class FittingAccuracy(MeanMetricWrapper):
    """The accuracy that fits, as in Keras: binary for one output or binary
    cross-entropy, sparse for class numbers, else categorical.
    """

    larger_is_better = True

    def __init__(self, loss: Loss | None = None, name: str | None = "accuracy"):
        super().__init__(categorical_accuracy, name)
        self._loss = loss

    def examples(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None = None) -> Tensor:
        kind = self._kind(y_true.shape, y_pred.shape)
        return kind().examples(y_true, y_pred, logits)  # type: ignore[no-any-return]

    def _kind(self, labels: tuple[int, ...], output: tuple[int, ...]) -> Any:
        binary = self._loss is not None and self._loss.name == "binary_crossentropy"
        if binary or len(output) == 1 or output[-1] == 1:
            return BinaryAccuracy
        sparse = self._loss is not None and self._loss.sparse
        if sparse or math.prod(labels[1:]) * output[-1] == math.prod(output[1:]):
            return SparseCategoricalAccuracy
        return CategoricalAccuracy
