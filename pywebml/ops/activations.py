"""Activations that are more than a row of the elementwise table: with settings, along
an axis, or made of others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ..core.autodiff import stop_gradient
from ..core.composite import Sample, composite
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np
from .creation import arange
from .elementwise import elu, where
from .scan import cumsum
from .shape.parts import split
from .sort import sort
from .support.axes import floating, normalize_axis

__all__ = [
    "celu", "gelu", "glu", "hard_shrink", "mish", "soft_shrink", "sparsemax", "squareplus",
    "tanh_shrink", "threshold",
]  # fmt: skip


def _line(**settings: Any) -> Callable[[], list[Sample]]:
    """Samples from -4 to 4."""
    return lambda: [Sample("-4 to 4", (np.linspace(-4, 4, 21, dtype=np.float32),), settings)]


def _rows() -> Iterator[Sample]:
    random = np.random.default_rng(0)
    for shape, axis in (((3, 6), -1), ((2, 4, 3), 1)):
        x = random.standard_normal(shape, np.float32) * 2
        yield Sample(f"{shape}, axis {axis}", (x,), {"axis": axis})


def _positive(function: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ValueError(f"{function}: {name} must be a number above 0, got {value!r}")
    return float(value)


@composite(
    meaning=lambda x, alpha=1.0: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha),
    cases=_line(alpha=0.7),
)
def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha * (exp(x / alpha) - 1), whose slope has no jump at 0
    (Barron 2017). ValueError for an alpha that is not above 0.

    Example:
        >>> ops.celu([-2.0, 1.0], 2.0).numpy()
        array([-1.2642,  1.    ], dtype=float32)
    """
    alpha = _positive("celu", "alpha", alpha)
    return elu(as_tensor(x) / alpha) * alpha


def _gelu(x: Any, approximate: bool = False) -> Any:
    if approximate:
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    return x * (np.vectorize(math.erf)(x * math.sqrt(0.5)) + 1) / 2


@composite(meaning=_gelu, cases=lambda: [*_line()(), *_line(approximate=True)()])
def gelu(x: Any, *, approximate: bool = False) -> Tensor:
    """x * Phi(x), Phi the normal distribution function (Hendrycks & Gimpel 2016), by
    erfc, or approximately by tanh. Keras's `activations.gelu`; its `keras.ops.gelu`
    approximates where it is not told otherwise.

    Example:
        >>> ops.gelu([-1.0, 0.0, 1.0]).numpy()
        array([-0.1587,  0.    ,  0.8413], dtype=float32)
    """
    x = as_tensor(x)
    if approximate:
        inner = (x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)
        return x * (inner.tanh() * 0.5 + 0.5)
    return x * ((x * -math.sqrt(0.5)).erfc() * 0.5)


def _glu(x: Any, axis: int = -1) -> Any:
    a, b = np.split(x, 2, axis)
    return a / (1 + np.exp(-b))


@composite(meaning=_glu, cases=_rows)
def glu(x: Any, axis: int = -1) -> Tensor:
    """The first half of x along the axis times the sigmoid of the second (Dauphin et
    al. 2017). ValueError for an axis of odd length.

    Example:
        >>> ops.glu([[2.0, 4.0, 0.0, 0.0]]).tolist()
        [[1.0, 2.0]]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim, "glu: axis")
    if x.shape[axis] % 2:
        raise ValueError(
            f"glu: axis {axis} must have an even length to be cut in two, got shape {x.shape}"
        )
    a, b = split(x, 2, axis=axis)
    return a * b.sigmoid()


@composite(
    meaning=lambda x, threshold=0.5: np.where(np.abs(x) <= threshold, 0, x),
    cases=_line(threshold=0.7),
    halves=True,
)
def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """x where |x| is above the threshold, else 0.

    Example:
        >>> ops.hard_shrink([-1.0, 0.25, 2.0]).tolist()
        [-1.0, 0.0, 2.0]
    """
    x = floating(x)
    return where(x.abs() <= threshold, 0.0, x)


@composite(
    meaning=lambda x, threshold=0.5: np.sign(x) * np.maximum(np.abs(x) - threshold, 0),
    cases=_line(threshold=0.7),
)
def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """x brought nearer to 0 by the threshold, at most to 0.

    Example:
        >>> ops.soft_shrink([-1.0, 0.25, 2.0]).tolist()
        [-0.5, 0.0, 1.5]
    """
    x = as_tensor(x)
    return x - x.maximum(-float(threshold)).minimum(float(threshold))


@composite(meaning=lambda x: x * np.tanh(np.logaddexp(x, 0)), cases=_line())
def mish(x: Any) -> Tensor:
    """x * tanh(softplus(x)) (Misra 2019).

    Example:
        >>> ops.mish([-1.0, 1.0]).numpy()
        array([-0.3034,  0.8651], dtype=float32)
    """
    x = as_tensor(x)
    return x * x.softplus().tanh()


@composite(meaning=lambda x: x - np.tanh(x), cases=_line())
def tanh_shrink(x: Any) -> Tensor:
    """x - tanh(x).

    Example:
        >>> ops.tanh_shrink([-1.0, 0.0, 1.0]).numpy()
        array([-0.2384,  0.    ,  0.2384], dtype=float32)
    """
    x = as_tensor(x)
    return x - x.tanh()


@composite(meaning=lambda x, b=4.0: (x + np.sqrt(x * x + b)) / 2, cases=_line(b=2.5))
def squareplus(x: Any, b: float = 4) -> Tensor:
    """(x + sqrt(x^2 + b)) / 2: a smooth relu without exponentials (Barron 2021).

    Example:
        >>> ops.squareplus([0.0, 1.5]).tolist()
        [1.0, 2.0]
    """
    x = as_tensor(x)
    return (x + (x * x + float(b)).sqrt()) * 0.5


@composite(
    meaning=lambda x, threshold, default_value: np.where(x <= threshold, default_value, x),
    cases=_line(threshold=0.5, default_value=-0.25),
    halves=True,
)
def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """x where it is above the threshold, else the default value.

    Example:
        >>> ops.threshold([-1.0, 0.5, 2.0], 0.5, 7.0).tolist()
        [7.0, 7.0, 2.0]
    """
    x = as_tensor(x)
    return where(x <= threshold, default_value, x)


def _sparsemax(x: Any, axis: int = -1) -> Any:
    x = np.moveaxis(x, axis, -1)
    falling = -np.sort(-x, -1)
    sums, k = np.cumsum(falling, -1), np.arange(1, x.shape[-1] + 1)
    count = (1 + k * falling > sums).sum(-1, keepdims=True)
    tau = (np.take_along_axis(sums, count - 1, -1) - 1) / count
    return np.moveaxis(np.maximum(x - tau, 0), -1, axis)


@composite(meaning=_sparsemax, cases=_rows, finite=True)
def sparsemax(x: Any, axis: int = -1) -> Tensor:
    """The probabilities nearest to x along the axis: like softmax, but small ones are 0
    (Martins & Astudillo 2016). Keras 3.15 sums too much where two or more stay above 0,
    so that its rows do not come to 1.

    Example:
        >>> ops.sparsemax([[1.0, 0.5, -1.0]]).tolist()
        [[0.75, 0.25, 0.0]]
    """
    x = floating(x)
    axis = normalize_axis(axis, x.ndim, "sparsemax: axis")
    scores = stop_gradient(x)
    falling = sort(scores, axis, descending=True)
    places = [1] * x.ndim
    places[axis] = x.shape[axis]
    k = arange(1, x.shape[axis] + 1, 1, "float32").reshape(places)
    there = 1.0 + k * falling > cumsum(falling, axis)
    least = where(there, falling, math.inf).min(axis, True)
    counted = (scores >= least).astype(x.dtype)
    tau = ((x * counted).sum(axis, True) - 1.0) / counted.sum(axis, True)
    return (x - tau).relu()
