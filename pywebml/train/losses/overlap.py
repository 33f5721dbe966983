"""Losses of areas: how much labels and outputs do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.calling import ints
from ...core.tensor import Tensor
from ..arguments import number
from ..pairing import paired
from .base import EPSILON, LOSSES, REDUCTIONS, OfFunction

Axes = int | Sequence[int] | None


def dice(y_true: Tensor, y_pred: Tensor, axis: Axes = None) -> Tensor:
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred)), over all, or over these
    axes.
    """
    y_true, y_pred = paired("dice", y_true, y_pred)
    both = ops.sum(y_true * y_pred, axis)
    return 1.0 - both * 2.0 / (ops.sum(y_true, axis) + ops.sum(y_pred, axis) + EPSILON)


def tversky(
    y_true: Tensor, y_pred: Tensor, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None
) -> Tensor:
    """1 - both / (both + alpha * missed + beta * too much), over all, or over these
    axes: sums of y_true y_pred, of y_true (1 - y_pred) and of (1 - y_true) y_pred.
    """
    y_true, y_pred = paired("tversky", y_true, y_pred)
    both = ops.sum(y_true * y_pred, axis)
    missed = ops.sum((1.0 - y_pred) * y_true, axis)
    too_much = ops.sum(y_pred * (1.0 - y_true), axis)
    return 1.0 - both / (both + missed * alpha + too_much * beta + EPSILON)


def _axes(title: str, axis: Any) -> Axes:
    if axis is None or (isinstance(axis, int) and not isinstance(axis, bool)):
        return axis
    try:
        return ints(axis, f"{title}: axis")
    except TypeError as error:
        raise ValueError(str(error)) from None


@LOSSES("Dice")
class Dice(OfFunction):
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred)), over a whole batch, or
    over each example where `axis` names the others. Keras's `Dice`.

    Example:
        >>> round(pw.losses.Dice()([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.5
    """

    function, options = staticmethod(dice), ("axis",)

    def __init__(
        self,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "dice",
        axis: Axes = None,
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.axis = _axes("Dice", axis)


@LOSSES("Tversky")
class Tversky(OfFunction):
    """`Dice` in which what is missed counts alpha and what is too much beta (Salehi et
    al. 2017). Keras's `Tversky`.

    Example:
        >>> round(pw.losses.Tversky(alpha=1.0)([[0.0, 1.0]], [[0.5, 0.5]]).item(), 4)
        0.6
    """

    function, options = staticmethod(tversky), ("alpha", "beta", "axis")

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = REDUCTIONS[0],
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: Any = None,
    ):
        super().__init__(reduction, name, dtype)
        self.alpha = number("Tversky: alpha", alpha, least=0)
        self.beta = number("Tversky: beta", beta, least=0)
        self.axis = _axes("Tversky", axis)
