"""NumPy's statistics of what is a number, as Keras has them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import moveaxis
from .picking import take_along_axis
from .statistics import cumprod, cumsum
from .support import axes_of, to_float, to_tensor

__all__ = [
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
]


def _of_numbers(function: Callable[..., Any], instead: float) -> Callable[..., Any]:
    def call(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        x = to_tensor(x)
        numbers = ops.where(ops.is_nan(x), instead, x) if "float" in x.dtype else x
        return function(numbers, axis, keepdims)  # type: ignore[no-any-return]

    return call


def _nan_where_none(function: Callable[..., Any], instead: float) -> Callable[..., Any]:
    plain = _of_numbers(function, instead)

    def call(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        nothing = ops.all(ops.is_nan(to_float(x)), axis, keepdims)
        result = plain(x, axis, keepdims)
        return ops.where(nothing, math.nan, result) if "float" in result.dtype else result

    return call


nansum = _of_numbers(ops.sum, 0.0)
nanprod = _of_numbers(ops.prod, 1.0)
nanmax = _nan_where_none(ops.max, -math.inf)
nanmin = _nan_where_none(ops.min, math.inf)


def _place_of(function: Callable[..., Any], instead: float) -> Callable[..., Any]:
    plain = _of_numbers(function, instead)

    def call(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
        nothing = ops.all(ops.is_nan(to_float(x)), axis, keepdims)
        return ops.where(nothing, -1, plain(x, axis, keepdims))

    return call


nanargmax, nanargmin = _place_of(ops.argmax, -math.inf), _place_of(ops.argmin, math.inf)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sums, in which NaN counts 0."""
    return cumsum(ops.where(ops.is_nan(to_float(x)), 0, to_tensor(x)), axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running products, in which NaN counts 1."""
    return cumprod(ops.where(ops.is_nan(to_float(x)), 1, to_tensor(x)), axis, dtype)


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean of what is a number."""
    count = ops.sum(ops.is_nan(to_float(x)).logical_not().astype("float32"), axis, keepdims)
    return ops.div(nansum(to_float(x), axis, keepdims), count)


def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The variance of what is a number."""
    x = to_float(x)
    return nanmean(ops.square(x - nanmean(x, axis, True)), axis, keepdims)


def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The standard deviation of what is a number."""
    return ops.sqrt(nanvar(x, axis, keepdims))


def nanquantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`quantile` of what is a number."""
    x, q = to_float(x), to_float(q)
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    ordered = ops.sort(ops.transpose(x, [*rest, *axes]).reshape(*(x.shape[i] for i in rest), -1))
    numbers = ops.is_nan(ordered).logical_not()
    last = ops.sum(numbers.astype("float32"), -1, True) - 1.0
    places = last * q.reshape(-1)
    low, high = (take_along_axis(ordered, ops.maximum(r(places), 0.0), -1) for r in _roundings(
        method))  # fmt: skip
    part = 0.5 if method == "midpoint" else places - ops.floor(places)
    values = moveaxis(low if method not in ("linear", "midpoint") else low + (high - low) * part,
                      -1, 0)  # fmt: skip
    if keepdims:
        values = values.reshape(-1, *(1 if i in axes else n for i, n in enumerate(x.shape)))
    return values.reshape(*q.shape, *values.shape[1:])


def _roundings(method: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    one = {"lower": ops.floor, "higher": ops.ceil, "nearest": ops.round}.get(method)
    return (one, one) if one else (ops.floor, ops.ceil)


def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`nanquantile` with q in hundredths."""
    return nanquantile(x, to_float(q) / 100.0, axis, method, keepdims)


def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The middle one of what is a number."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
