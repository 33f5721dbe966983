"""Losses that ask for a distance: between classes, or between what is alike and what
is not.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_numbers
from ..arguments import flag, number
from ..pairing import paired
from .base import LOSSES, REDUCTIONS, OfFunction


def _signs(y_true: Tensor) -> Tensor:
    """Labels -1 and 1, also of labels 0 and 1, where no others are among them."""
    binary = ops.min(ops.cast(ops.logical_or(y_true.equal(0.0), y_true.equal(1.0)), "float32"))
    return ops.where(ops.greater(binary, 0.5), y_true * 2.0 - 1.0, y_true)


def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(1 - y_true * y_pred, 0), mean over the last axis: labels -1 and 1, or 0 and
    1.
    """
    y_true, y_pred = paired("hinge", y_true, y_pred)
    return ops.mean(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0), -1)


def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(1 - y_true * y_pred, 0)^2, mean over the last axis: labels as for `hinge`."""
    y_true, y_pred = paired("squared_hinge", y_true, y_pred)
    return ops.mean(ops.square(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)), -1)


def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """max(1 + largest wrong output - right output, 0): one-hot labels and outputs [...,
    classes] -> [...].
    """
    y_true, y_pred = paired("categorical_hinge", y_true, y_pred)
    right = ops.sum(y_true * y_pred, -1)
    wrong = ops.max((1.0 - y_true) * y_pred, -1)
    return ops.maximum(wrong - right + 1.0, 0.0)


_FAR = -1e30
"""A logarithm of nothing. Shaders need not know infinity."""


def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """Sun et al. 2020: what has one label shall be near, others far, each pair pulled
    by how far it is from that. Labels [n] and embeddings of length 1 [n, d] -> [n].

    Args:
        ref_labels, ref_embeddings: to compare with, [m] and [m, d]; the batch itself
            where not given.
        remove_diagonal: nothing is compared with itself.
    """
    y_pred = as_numbers(y_pred)
    labels = ops.reshape(ops.cast(as_numbers(y_true), "int32"), (-1, 1))
    others = labels if ref_labels is None else ops.cast(as_numbers(ref_labels), "int32")
    references = y_pred if ref_embeddings is None else as_numbers(ref_embeddings)
    distances = ops.maximum(1.0 - ops.matmul(y_pred, ops.transpose(references)), 0.0)
    alike = ops.equal(labels, ops.reshape(others, (1, -1)))
    unlike = ops.logical_not(alike)
    if remove_diagonal:
        itself = ops.cast(ops.eye(alike.shape[0], alike.shape[1]), "bool")
        alike = ops.logical_and(alike, ops.logical_not(itself))
    near = -gamma * ops.relu(distances + margin) * (margin - distances)
    far = gamma * ops.relu(1.0 + margin - distances) * (1.0 - margin - distances)
    pull, push = (
        ops.logsumexp(ops.where(which, values, _FAR), 1)
        for which, values in ((alike, near), (unlike, far))
    )
    return ops.softplus(pull + push)


@LOSSES("Hinge")
class Hinge(OfFunction):
    """mean(max(1 - y_true * y_pred, 0)), labels -1 and 1, or 0 and 1. Keras's `Hinge`.

    Example:
        >>> pw.losses.Hinge()([[0.0], [1.0]], [[0.5], [0.5]]).item()
        1.0
    """

    function = staticmethod(hinge)

    def __init__(
        self, reduction: str | None = REDUCTIONS[0], name: str | None = "hinge", dtype: Any = None
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("SquaredHinge")
class SquaredHinge(OfFunction):
    """mean(max(1 - y_true * y_pred, 0)^2), labels -1 and 1, or 0 and 1. Keras's
    `SquaredHinge`.

    Example:
        >>> pw.losses.SquaredHinge()([[0.0], [1.0]], [[0.5], [0.5]]).item()
        1.25
    """

    function = staticmethod(squared_hinge)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("CategoricalHinge")
class CategoricalHinge(OfFunction):
    """mean(max(1 + largest wrong output - right output, 0)), labels one-hot. Keras's
    `CategoricalHinge`.

    Example:
        >>> pw.losses.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]).item()
        0.75
    """

    function = staticmethod(categorical_hinge)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)


@LOSSES("Circle")
class Circle(OfFunction):
    """Embeddings of one label near each other, those of others far (Sun et al. 2020):
    labels are class numbers [n], outputs [n, d] of length 1. Keras's `Circle`; examples
    with nothing to compare count nowhere.

    Args:
        gamma: how sharply pairs that are wrong count.
        margin: how near is near enough.
        remove_diagonal: an example is not compared with itself.

    Example:
        >>> loss = pw.losses.Circle(gamma=1.0)
        >>> round(loss([0, 1, 0], [[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]).item(), 4)
        0.789
    """

    sparse = True
    function, options = staticmethod(circle), ("gamma", "margin", "remove_diagonal")

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "circle",
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.gamma = number("Circle: gamma", gamma, above=0)
        self.margin = number("Circle: margin", margin)
        self.remove_diagonal = flag("Circle: remove_diagonal", remove_diagonal)

    def counting(self, y_true: Tensor, values: Tensor) -> Tensor | None:
        return ops.cast(ops.greater(values, 0.0), "float32")

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        if len(output) != 2 or labels[1:] not in ((), (1,)):
            raise ValueError(
                "circle: expected one class number per example and outputs [n, d], got labels of"
                f" shape {labels} and outputs of shape {output}"
            )
