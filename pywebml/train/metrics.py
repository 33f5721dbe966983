"""Metrics: one value an example; `fit` and `evaluate` report the mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .losses import Loss, SparseCategoricalCrossentropy, mean_squared_error, per_example


def _matches(a: Tensor, b: Tensor) -> Tensor:
    return per_example(ops.cast(ops.equal(a, b), "float32"))


def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the largest label: [n, classes], [n,
    classes] -> [n].
    """
    return _matches(ops.argmax(y_true, -1), ops.argmax(y_pred, -1))


def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the largest prediction is at the class number: [n] or [n, 1], [n,
    classes] -> [n].
    """
    found = ops.argmax(y_pred, -1)
    return _matches(ops.reshape(ops.cast(y_true, "int32"), found.shape), found)


def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """The fraction of outputs on the label's side of `threshold`: [n, outputs], [n,
    outputs] -> [n].
    """
    y_true = ops.reshape(ops.cast(y_true, "float32"), y_pred.shape)
    return _matches(y_true, ops.cast(ops.greater(y_pred, threshold), "float32"))


def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """|y_true - y_pred|, mean over all but the first axis: [n, ...] -> [n]."""
    return per_example(ops.abs(y_pred - ops.reshape(y_true, y_pred.shape)))


_NAMED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "binary_accuracy": binary_accuracy,
    "mean_squared_error": mean_squared_error,
    "mse": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "mae": mean_absolute_error,
}


class Metric:
    """A metric as `compile` keeps it: the key in logs, and the function of labels and
    predictions.
    """

    def __init__(self, name: str, function: Callable[[Tensor, Tensor], Tensor]):
        self.name, self.function = name, function

    def examples(self, y_true: Tensor, y_pred: Tensor, logits: Tensor | None) -> Tensor:
        """One value an example. Logits, where the step has them, save the final
        activation: it changes no ranking.
        """
        if logits is not None and self.function in (
            categorical_accuracy,
            sparse_categorical_accuracy,
        ):
            return self.function(y_true, logits)
        return per_example(self.function(y_true, y_pred))


def resolve(
    identifier: Any, loss: Loss, labels: tuple[int, ...], output: tuple[int | None, ...]
) -> Metric:
    """The metric of a name or function. 'accuracy' (or 'acc') is the kind that fits, as
    in Keras: binary for one output or binary_crossentropy, sparse for class numbers,
    else categorical.
    """
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier):
        return Metric(getattr(identifier, "__name__", "metric"), identifier)
    if identifier in ("accuracy", "acc"):
        if loss.name == "binary_crossentropy" or output[-1] == 1:
            return Metric(identifier, binary_accuracy)
        if isinstance(loss, SparseCategoricalCrossentropy) or math.prod(labels[1:]) * (
            output[-1] or 0
        ) == math.prod(n or 0 for n in output[1:]):
            return Metric(identifier, sparse_categorical_accuracy)
        return Metric(identifier, categorical_accuracy)
    if identifier not in _NAMED:
        raise ValueError(
            f"unknown metric {identifier!r}; known: accuracy, {', '.join(_NAMED)}, or a function"
            " (y_true, y_pred) -> [n]"
        )
    return Metric(identifier, _NAMED[identifier])
