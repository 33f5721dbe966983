"""Losses of classes: minus the logarithm of the probability of the right one."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .. import checks
from ..arguments import flag, number, optional, whole
from ..pairing import class_numbers, fits, paired
from .base import EPSILON, LOSSES, REDUCTIONS, OfFunction


def _rows(x: Tensor) -> Tensor:
    return x if x.ndim == 2 else ops.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def probabilities(y_pred: Tensor, axis: int = -1) -> Tensor:
    """Divided by their sum, and a little away from 0 and 1."""
    y_pred = y_pred / ops.sum(y_pred, axis, keepdims=True)
    return ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON)


def smoothed(y_true: Tensor, smoothing: float, share: float) -> Tensor:
    """Labels drawn towards `share`."""
    return y_true * (1.0 - smoothing) + smoothing * share if smoothing else y_true


def _is_last(axis: int, x: Tensor) -> bool:
    return axis in (-1, x.ndim - 1)


@checks.looks_at_labels(checks.shares)
def categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """-sum(y_true * log(y_pred)) over the classes: labels and predictions [...,
    classes] -> [...].
    """
    y_true, y_pred = paired("categorical_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 1 / y_true.shape[-1])
    if from_logits and _is_last(axis, y_pred):
        values = ops.softmax_cross_entropy(_rows(y_true), _rows(y_pred))
        return ops.reshape(values, y_pred.shape[:-1])
    logs = ops.log_softmax(y_pred, axis) if from_logits else ops.log(probabilities(y_pred, axis))
    return -ops.sum(y_true * logs, axis)


@checks.looks_at_labels(checks.class_numbers)
def sparse_categorical_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """-log(y_pred[class]): class numbers [...] or [..., 1] and predictions [...,
    classes] -> [...]. 0 where the class number is `ignore_class`.
    """
    labels, y_pred = class_numbers("sparse_categorical_crossentropy", y_true, y_pred, axis)
    counts = None if ignore_class is None else ops.not_equal(labels, ignore_class)
    shape, labels = labels.shape, ops.reshape(ops.cast(labels, "int32"), (labels.size,))
    if from_logits:
        values = ops.sparse_softmax_cross_entropy(labels, _rows(y_pred))
    else:
        one_hot = ops.one_hot(labels, y_pred.shape[-1])
        values = -ops.sum(one_hot * ops.log(probabilities(_rows(y_pred))), -1)
    values = ops.reshape(values, shape)
    return values if counts is None else ops.where(counts, values, 0.0)


@checks.looks_at_labels(checks.yes_or_no)
def binary_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """-(y log p + (1 - y) log(1 - p)), mean over the last axis: [..., outputs] ->
    [...].
    """
    y_true, y_pred = paired("binary_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 0.5)
    if from_logits:  # log(1 + e^z) - y z, the same without overflow
        return ops.mean(ops.softplus(y_pred) - y_pred * y_true, axis)
    return ops.mean(of_yes_or_no(y_true, y_pred), axis)


def of_yes_or_no(y_true: Tensor, y_pred: Tensor) -> Tensor:
    p = ops.clip_by_value(y_pred, EPSILON, 1 - EPSILON)
    return -(y_true * ops.log(p) + (1.0 - y_true) * ops.log(1.0 - p))


@checks.looks_at_labels(checks.class_numbers)
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q: float) -> Tensor:
    """(1 - p^q) / q, p the probability of the right class (Zhang & Sabuncu 2018): class
    numbers [...] and predictions [..., classes] -> [...].
    """
    labels, y_pred = class_numbers("categorical_generalized_cross_entropy", y_true, y_pred)
    one_hot = ops.one_hot(ops.cast(labels, "int32"), y_pred.shape[-1])
    return (1.0 - ops.sum(y_pred * one_hot, -1) ** float(q)) / q


class OfLogits(OfFunction):
    """What those that take logits share."""

    axis: int = -1

    def __init__(
        self, from_logits: bool, axis: int, reduction: str | None, name: str | None, dtype: Any
    ):
        super().__init__(reduction, name, dtype)
        title = type(self).__name__
        self.from_logits = flag(f"{title}: from_logits", from_logits)
        self.axis = self.class_axis = whole(f"{title}: axis", axis)  # type: ignore[misc]

    def examples(self, y_true: Tensor, y_pred: Tensor, from_logits: bool | None = None) -> Tensor:
        if not -y_pred.ndim <= self.axis < y_pred.ndim:
            raise ValueError(
                f"{type(self).__name__}: axis={self.axis} is none of outputs of shape"
                f" {y_pred.shape}"
            )
        return super().examples(y_true, y_pred, from_logits)

    def takes_logits_of(self, activation: str | None) -> bool:
        return super().takes_logits_of(activation) and self.axis == -1


def smoothing_of(title: str, value: Any) -> float:
    return number(f"{title}: label_smoothing", value, least=0, most=1)


@LOSSES("CategoricalCrossentropy")
class CategoricalCrossentropy(OfLogits):
    """-sum(y_true * log(y_pred)) over the classes, labels being probabilities, usually
    one-hot: labels and outputs [n, classes]. Keras's `CategoricalCrossentropy`.

    Outputs are divided by their sum first and kept 1e-7 from 0 and 1; with
    `from_logits` they go through a softmax instead. `label_smoothing` draws labels
    towards 1 / classes.

    Example:
        >>> loss = pw.losses.CategoricalCrossentropy()
        >>> round(loss([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.6931
    """

    activation = "softmax"
    function, looks = staticmethod(categorical_crossentropy), staticmethod(checks.shares)
    options = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = smoothing_of(type(self).__name__, label_smoothing)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if self.function is not None and not fits(labels, output):
            hint = (
                "; for class numbers use loss='sparse_categorical_crossentropy', or one_hot the"
                " labels"
                if len(labels) < len(output)
                else ""
            )
            raise ValueError(
                f"categorical_crossentropy: labels of shape {labels} do not match the model's"
                f" output {output}{hint}"
            )


@LOSSES("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(OfLogits):
    """-log(y_pred[class]), labels being class numbers [n] or [n, 1], outputs [n,
    classes]. Keras's `SparseCategoricalCrossentropy`. Values of `ignore_class` count
    nowhere.

    Example:
        >>> loss = pw.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> round(loss([1, 0], [[0.0, 0.0], [3.0, 3.0]]).item(), 4)
        0.6931
    """

    activation, sparse = "softmax", True
    function = staticmethod(sparse_categorical_crossentropy)
    options = ("from_logits", "ignore_class", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = REDUCTIONS[0],
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.ignore_class = optional(f"{type(self).__name__}: ignore_class", whole, ignore_class)
        self.looks = (  # type: ignore[misc]
            checks.class_numbers if ignore_class is None else checks.numbers_but(ignore_class)
        )

    def counting(self, y_true: Tensor, values: Tensor) -> Tensor | None:
        if self.ignore_class is None:
            return None
        counts = ops.not_equal(y_true, self.ignore_class)
        return ops.reshape(ops.cast(counts, "float32"), values.shape)

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        axis = self.class_axis % len(output)
        one_each = (*output[:axis], *output[axis + 1 :])
        if self.function is not None and not any(
            fits(labels, shape) for shape in (one_each, (*output[:axis], 1, *output[axis + 1 :]))
        ):
            hint = (
                "; one-hot labels need loss='categorical_crossentropy'"
                if fits(labels, output)
                else ""
            )
            raise ValueError(
                "sparse_categorical_crossentropy: expected one class number per example, got"
                f" labels of shape {labels}{hint}"
            )


@LOSSES("BinaryCrossentropy", "bce")
class BinaryCrossentropy(OfLogits):
    """-(y log p + (1 - y) log(1 - p)) of independent yes/no outputs, mean over them:
    labels 0 or 1, shaped like the outputs, or [n] for one. Keras's
    `BinaryCrossentropy`. `label_smoothing` draws labels towards 1/2.

    Example:
        >>> round(pw.losses.BinaryCrossentropy()([1.0, 0.0], [[0.5], [0.5]]).item(), 4)
        0.6931
    """

    activation = "sigmoid"
    function, looks = staticmethod(binary_crossentropy), staticmethod(checks.yes_or_no)
    options = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = smoothing_of(type(self).__name__, label_smoothing)


@LOSSES("CategoricalGeneralizedCrossEntropy")
class CategoricalGeneralizedCrossEntropy(OfFunction):
    """(1 - p^q) / q, p the probability of the right class: between a cross-entropy (q
    near 0) and the absolute error (q near 1), for labels of which some are wrong.
    Labels are class numbers. Keras's `CategoricalGeneralizedCrossEntropy`.

    Example:
        >>> loss = pw.losses.CategoricalGeneralizedCrossEntropy(q=0.5)
        >>> loss([1], [[0.75, 0.25]]).item()
        1.0
    """

    sparse = True
    function = staticmethod(categorical_generalized_cross_entropy)
    looks, options = staticmethod(checks.class_numbers), ("q",)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.q = number(f"{type(self).__name__}: q", q, above=0, below=1)

    check = SparseCategoricalCrossentropy.check
