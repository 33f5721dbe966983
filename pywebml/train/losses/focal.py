"""Cross-entropies in which what is easy counts little (Lin et al. 2017)."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .. import checks
from ..arguments import flag, number
from ..pairing import paired
from .base import LOSSES, REDUCTIONS
from .crossentropy import OfLogits, of_yes_or_no, probabilities, smoothed, smoothing_of


@checks.looks_at_labels(checks.yes_or_no)
def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """`binary_crossentropy` times (1 - p)^gamma, p the probability of what is right
    (Lin et al. 2017); balanced, also times alpha for yes and 1 - alpha for no.
    """
    y_true, y_pred = paired("binary_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 0.5)
    y_pred = ops.sigmoid(y_pred) if from_logits else y_pred
    of_right = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    values = (1.0 - of_right) ** float(gamma) * of_yes_or_no(y_true, y_pred)
    if apply_class_balancing:
        values = values * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return ops.mean(values, axis)


@checks.looks_at_labels(checks.shares)
def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """-sum(alpha * (1 - p)^gamma * y_true * log(p)) over the classes (Lin et al. 2017)."""
    y_true, y_pred = paired("categorical_focal_crossentropy", y_true, y_pred)
    y_true = smoothed(y_true, label_smoothing, 1 / y_true.shape[-1])
    p = probabilities(ops.softmax(y_pred, axis) if from_logits else y_pred, axis)
    return ops.sum((1.0 - p) ** float(gamma) * alpha * (-y_true * ops.log(p)), axis)


@LOSSES("BinaryFocalCrossentropy")
class BinaryFocalCrossentropy(OfLogits):
    """A binary cross-entropy in which what is easy counts little: times (1 - p)^gamma,
    and with `apply_class_balancing` times alpha for yes and 1 - alpha for no. Keras's
    `BinaryFocalCrossentropy`.

    Example:
        >>> loss = pw.losses.BinaryFocalCrossentropy()
        >>> round(loss([1.0, 0.0], [[0.5], [0.5]]).item(), 4)
        0.1733
    """

    function, looks = staticmethod(binary_focal_crossentropy), staticmethod(checks.yes_or_no)
    options = (
        "apply_class_balancing", "alpha", "gamma", "from_logits", "label_smoothing", "axis",
    )  # fmt: skip

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        title = type(self).__name__
        self.apply_class_balancing = flag(f"{title}: apply_class_balancing", apply_class_balancing)
        self.alpha = number(f"{title}: alpha", alpha)
        self.gamma = number(f"{title}: gamma", gamma)
        self.label_smoothing = smoothing_of(title, label_smoothing)


@LOSSES("CategoricalFocalCrossentropy")
class CategoricalFocalCrossentropy(OfLogits):
    """A categorical cross-entropy in which what is easy counts little:
    -sum(alpha * (1 - p)^gamma * y_true * log(p)). Keras's
    `CategoricalFocalCrossentropy`.

    Example:
        >>> loss = pw.losses.CategoricalFocalCrossentropy()
        >>> round(loss([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.0433
    """

    function, looks = staticmethod(categorical_focal_crossentropy), staticmethod(checks.shares)
    options = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ):
        super().__init__(from_logits, axis, reduction, name, dtype)
        title = type(self).__name__
        self.alpha = number(f"{title}: alpha", alpha)
        self.gamma = number(f"{title}: gamma", gamma)
        self.label_smoothing = smoothing_of(title, label_smoothing)
