"""NumPy's sums, means and orders, as Keras has them."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import moveaxis
from .making import linspace
from .support import axes_of, dtype_of, to_float, to_tensor

__all__ = [
    "argpartition",
    "average",
    "bincount",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "diff",
    "digitize",
    "histogram",
    "isin",
    "max",
    "mean",
    "median",
    "min",
    "moments",
    "nonzero",
    "percentile",
    "prod",
    "ptp",
    "quantile",
    "std",
    "top_k",
    "trapezoid",
    "unique",
    "var",
]

# --- sums and means


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean, of whole numbers as a float."""
    return ops.mean(to_float(x), axis, keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean of the squared differences from the mean."""
    return ops.moments(to_float(x), axis, keepdims).variance


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The root of the variance."""
    return ops.sqrt(var(x, axis, keepdims))


def moments(
    x: Any, axes: Any, keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """(mean, variance) over these axes."""
    return mean(x, axes, keepdims), var(x, axes, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """The product."""
    x = to_tensor(x)
    return ops.prod(x if dtype is None else x.astype(dtype_of(dtype)), axis, keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The largest, at least `initial`."""
    largest = ops.max(x, axis, keepdims)
    return largest if initial is None else ops.maximum(largest, initial)


def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The smallest, at most `initial`."""
    smallest = ops.min(x, axis, keepdims)
    return smallest if initial is None else ops.minimum(smallest, initial)


def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """From the smallest to the largest."""
    return ops.max(x, axis, keepdims) - ops.min(x, axis, keepdims)


def average(x: Any, axis: Any = None, weights: Any = None) -> Tensor:
    """The mean, weighted where there are weights."""
    x = to_float(x)
    if weights is None:
        return ops.mean(x, axis)
    weights = to_float(weights)
    if weights.ndim == 1 and x.ndim > 1 and axis is not None:
        shape = [1] * x.ndim
        shape[axis] = -1
        weights = weights.reshape(shape)
    weights = ops.broadcast_to(weights, x.shape)
    return ops.sum(x * weights, axis) / ops.sum(weights, axis)


def count_nonzero(x: Any, axis: Any = None) -> Tensor:
    """How many are not 0."""
    return ops.sum(ops.not_equal(x, 0).astype("int32"), axis)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sums, of the flat array where no axis is said."""
    return _running(ops.cumsum, x, axis, dtype)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running products, of the flat array where no axis is said."""
    return _running(ops.cumprod, x, axis, dtype)


def _running(function: Callable[..., Any], x: Any, axis: int | None, dtype: Any) -> Any:
    x = to_tensor(x)
    x = x if dtype is None else x.astype(dtype_of(dtype))
    return function(x.reshape(-1), 0) if axis is None else function(x, axis)


def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """Differences of neighbours, n times over: diff([1, 4, 9]) is [3, 5]."""
    a = moveaxis(a, axis, -1)
    for _ in range(n):
        a = a[..., 1:] - a[..., :-1]
    return moveaxis(a, -1, axis)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The area below y by trapezoids."""
    y = moveaxis(to_float(y), axis, -1)
    if x is not None:
        x = to_float(x)
        dx = diff(x if x.ndim == 1 else moveaxis(x, axis, -1))
    return ((y[..., 1:] + y[..., :-1]) * dx / 2.0).sum(axis=-1)


# --- orders


def argpartition(x: Any, kth: int, axis: int = -1) -> Tensor:
    """Places of which the first kth + 1 are those of the smallest: here all in order."""
    return ops.argsort(x, axis)


def top_k(x: Any, k: int, sorted: bool = True) -> Any:
    """(values, indices) of the k largest of the last axis."""
    return ops.top_k(x, k)


def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """What a part q of the values lies below: quantile([1, 2, 3], 0.5) is 2."""
    x, q = to_float(x), to_float(q)
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    ordered = ops.sort(ops.transpose(x, [*rest, *axes]).reshape(*(x.shape[i] for i in rest), -1))
    count = ordered.shape[-1]
    values = _at(ordered, ops.reshape(q, -1) * float(count - 1), method)
    values = moveaxis(values, -1, 0)
    if keepdims:
        values = values.reshape(-1, *(1 if i in axes else n for i, n in enumerate(x.shape)))
    return values.reshape(*q.shape, *values.shape[1:])


def _at(ordered: Tensor, places: Tensor, method: str) -> Tensor:
    """Values in order, at places between their numbers."""
    low, high = ops.floor(places), ops.ceil(places)
    choice = {
        "lower": low, "higher": high, "nearest": ops.round(places), "linear": None,
        "midpoint": None,
    }  # fmt: skip
    if method not in choice:
        raise ValueError(f"quantile: method must be one of {', '.join(choice)}, got {method!r}")
    chosen = choice[method]
    if chosen is not None:
        return ops.gather(ordered, chosen.astype("int32"), -1)
    below, above = (ops.gather(ordered, p.astype("int32"), -1) for p in (low, high))
    part = 0.5 if method == "midpoint" else places - low
    return below + (above - below) * part


def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`quantile` with q in hundredths."""
    return quantile(x, to_float(q) / 100.0, axis, method, keepdims)


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The middle one."""
    return quantile(x, 0.5, axis, keepdims=keepdims)


def digitize(x: Any, bins: Any) -> Tensor:
    """The number of the bin that each lies in: digitize([0.5], [0, 1]) is [1]."""
    x, bins = to_float(x), to_float(bins)
    return ops.search_sorted(bins, x.reshape(-1), "right").reshape(x.shape)


def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which of x1 are among x2."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    among = ops.equal(x1.reshape(*x1.shape, 1), x2.reshape(-1)).any(axis=-1)
    return among.logical_not() if invert else among


def nonzero(x: Any) -> tuple[Tensor, ...]:
    """The places of what is not 0, the coordinates of each axis apart."""
    return tuple(ops.unstack(ops.where(ops.not_equal(to_tensor(x), 0)), axis=1))


def unique(
    x: Any, sorted: bool = True, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, size: int | None = None,
    fill_value: Any = None,
) -> Any:  # fmt: skip
    """The different values in order, and where they are. It reads x back."""
    from ...host.lazy import np

    x = to_tensor(x)
    asked = (return_index, return_inverse, return_counts)
    values, *more = np.unique(x.numpy(), True, True, True, axis=axis)
    if size is not None:
        more_values = size - len(values)
        fill = values.min() if fill_value is None and values.size else fill_value or 0
        values = values[:size] if more_values <= 0 else np.append(values, [fill] * more_values)
    results = [to_tensor(values, x.dtype)]
    results += [to_tensor(m.astype("int32")) for m, ask in zip(more, asked, strict=True) if ask]
    return tuple(results) if any(asked) else results[0]


def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """How often each number is among x (rows apart). It reads the largest back."""
    if sparse:
        raise ValueError("bincount: there are no sparse tensors here; leave sparse out")
    x = to_tensor(x, "int32")
    size = builtins.max(minlength, int(x.max().item()) + 1 if x.size else 0)
    if x.ndim == 1:
        return ops.bincount(x, weights, size=size)
    rows = ops.unstack(x)
    of_rows = [None] * len(rows) if weights is None else ops.unstack(to_tensor(weights))
    return ops.stack([bincount(r, w, size) for r, w in zip(rows, of_rows, strict=True)])


def histogram(x: Any, bins: int = 10, range: Any = None) -> tuple[Tensor, Tensor]:
    """(how many lie in each bin, the bins' edges)."""
    x = to_float(x).reshape(-1)
    low, high = range or (x.min(), x.max())
    edges = linspace(low, high, bins + 1)
    inside = ops.logical_and(ops.greater_equal(x, low), ops.less_equal(x, high))
    number = ops.minimum(ops.search_sorted(edges, x, "right") - 1, bins - 1)
    number = ops.where(inside, number, -1)
    return ops.bincount(number, size=bins), edges
