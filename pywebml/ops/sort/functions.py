"""Sorting and choosing, as functions."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...core.calling import is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import normalize_axis
from .along import TakeAlong
from .op import FEW, ArgSort, ordered

__all__ = ["TopK", "argsort", "in_top_k", "sort", "top_k"]


class TopK(NamedTuple):
    """The largest values, and where they stand."""

    values: Tensor
    indices: Tensor


def _samples() -> Iterator[Sample]:
    x = np.round(np.random.default_rng(7).normal(size=(3, 6, 4)) * 5).astype(np.float32)
    yield Sample("last axis", (x,), {}, 0, 0)
    yield Sample("middle axis, descending", (x,), {"axis": 1, "descending": True}, 0, 0)
    yield Sample("int32", (x[0].astype(np.int32),), {"axis": 0}, 0, 0)


def _argsort(x: Any, axis: int = -1, descending: bool = False) -> Any:
    keys = ordered(x)
    return np.argsort(-keys if descending else keys, axis, kind="stable")


def _sort(x: Any, axis: int = -1, descending: bool = False) -> Any:
    return np.take_along_axis(x, _argsort(x, axis, descending), axis)


def _places(x: Tensor, axis: int, name: str, descending: bool) -> tuple[Tensor, Tensor, int]:
    """x with the axis last, the places in order, and which axis it was."""
    at = normalize_axis(axis, x.ndim, f"{name}: axis")
    rows = _swapped(x, at)
    return rows, ArgSort(rows.shape[-1], bool(descending))(rows), at


def _swapped(x: Tensor, axis: int) -> Tensor:
    """The axis and the last in each other's place."""
    order = list(range(x.ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return x.transpose(order)


@composite(meaning=_sort, cases=_samples, halves=True)
def sort(x: Any, axis: int = -1, *, descending: bool = False) -> Tensor:
    """x in order along `axis`. NaN counts as largest: it comes last, as in NumPy, or
    first with `descending`. Equal values keep their order.

    Example:
        >>> ops.sort([3.0, 1.0, 2.0]).tolist()
        [1.0, 2.0, 3.0]
    """
    rows, places, at = _places(as_tensor(x), axis, "sort", descending)
    return _swapped(TakeAlong()(rows, places), at)


@composite(meaning=_argsort, cases=_samples, halves=True)
def argsort(x: Any, axis: int = -1, *, descending: bool = False) -> Tensor:
    """int32 places that bring x in order along `axis`, of equal values the lower place
    first. NaN counts as largest.

    Example:
        >>> ops.argsort([3.0, 1.0, 2.0]).tolist()
        [1, 2, 0]
    """
    _, places, at = _places(as_tensor(x), axis, "argsort", descending)
    return _swapped(places, at)


def _top_k(x: Any, k: int = 1, sorted: bool = True) -> Any:
    places = np.argsort(-ordered(x), -1, kind="stable")[..., :k]
    return np.take_along_axis(x, places, -1), places


@composite(
    meaning=_top_k,
    cases=lambda: [
        Sample("3 of 6", (np.array([[1, 5, 5, -2, 7, 0]], np.float32),), {"k": 3}, 0, 0),
        Sample("all", (np.array([4, 2, 9], np.int32),), {"k": 3}, 0, 0),
        Sample("300 of 3000", (np.arange(3000, dtype=np.float32) % 701,), {"k": 300}, 0, 0),
    ],
    halves=True,
)
def top_k(x: Any, k: int = 1, sorted: bool = True) -> TopK:
    """The k largest of the last axis, in descending order, and their int32 indices; of
    equal values the lower index first. NaN counts as largest. They are always sorted.
    ValueError for a k above the axis.

    Example:
        >>> values, indices = ops.top_k([1.0, 5.0, 3.0], 2)
        >>> values.tolist(), indices.tolist()
        ([5.0, 3.0], [1, 2])
    """
    x = as_tensor(x)
    if not x.ndim:
        raise ValueError("top_k: x must have at least one axis, got a scalar")
    n = x.shape[-1]
    if not is_int(k) or not 0 <= k <= n:
        raise ValueError(
            f"top_k: k must be a whole number from 0 to {n}, the last axis of shape {x.shape}, got"
            f" {k!r}"
        )
    k = operator.index(k)
    places = ArgSort(k if k <= FEW else n, True)(x)[..., :k]
    return TopK(TakeAlong()(x, places), places)


def _in_top_k(predictions: Any, targets: Any, k: int = 1) -> Any:
    places = np.argsort(-ordered(predictions), -1, kind="stable")[..., :k]
    return (places == targets[..., None]).any(-1)


@composite(
    meaning=_in_top_k,
    cases=lambda: [
        Sample(
            "2 of 3",
            (np.array([[1, 5, 3], [5, 5, 5]], np.float32), np.array([2, 2], np.int32)),
            {"k": 2},
            0,
            0,
        )
    ],
)
def in_top_k(predictions: Any, targets: Any, k: int = 1) -> Tensor:
    """Whether the class `targets` [...] is among the k largest of `predictions` [...,
    classes], of equal ones the lower first: bool [...]. Keras takes the two the other
    way round, which their ranks tell: TypeError.

    Example:
        >>> ops.in_top_k([[0.1, 0.7, 0.2]], [2], 2).tolist()
        [True]
    """
    predictions, targets = as_tensor(predictions), as_tensor(targets)
    if not predictions.ndim or predictions.shape[:-1] != targets.shape:
        raise TypeError(
            f"in_top_k takes predictions [..., classes] first, then targets [...], got"
            f" {predictions.shape} and {targets.shape}"
        )
    if targets.dtype != "int32":
        raise TypeError(f"in_top_k: targets must be int32, got {targets.dtype}")
    places = top_k(predictions, k).indices
    return places.equal(targets.reshape(*targets.shape, 1)).any(-1)
