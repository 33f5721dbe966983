"""Products and lengths of vectors, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..support.axes import floating, normalize_axis, ramp
from .matmul import matmul

__all__ = ["Moments", "dot", "euclidean_norm", "moments", "norm", "outer_product"]


@composite(
    meaning=lambda a, b: np.dot(a, b),
    cases=lambda: [
        Sample("two vectors", (ramp((4,)), ramp((4,)))),
        Sample("a vector and a matrix", (ramp((3,)), ramp((3, 2)))),
        Sample("two matrices", (ramp((2, 3)), ramp((3, 2)))),
    ],
)
def dot(a: Any, b: Any) -> Tensor:
    """The product of two vectors, a vector and a matrix, or two matrices: the sum over
    a's last axis and b's first. (tf.dot)

    ValueError for other ranks (see `matmul`, `einsum`) or lengths that differ.

    Example:
        >>> ops.dot([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).item()
        32.0
    """
    a, b = as_tensor(a), as_tensor(b)
    if a.ndim not in (1, 2) or b.ndim not in (1, 2) or a.shape[-1] != b.shape[0]:
        raise ValueError(
            "dot: vectors and matrices with as many columns of a as b has rows expected, got"
            f" shapes {a.shape} and {b.shape}; matmul and einsum take other ranks"
        )
    return matmul(a, b)


@composite(
    meaning=lambda a, b: np.outer(a, b),
    cases=lambda: [Sample("3 by 2", (ramp((3,)), ramp((2,))))],
)
def outer_product(a: Any, b: Any) -> Tensor:
    """[m, n] with a[i] * b[j] of vectors a [m] and b [n]. ValueError for other ranks.
    (tf.outerProduct)

    Example:
        >>> ops.outer_product([1, 2], [3, 4, 5]).tolist()
        [[3, 4, 5], [6, 8, 10]]
    """
    a, b = as_tensor(a), as_tensor(b)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"outer_product: two vectors expected, got shapes {a.shape} and {b.shape}")
    return a.reshape(-1, 1) * b.reshape(1, -1)  # type: ignore[no-any-return]


def _norm_meaning(x: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None:
        y = np.linalg.norm(x.reshape(-1), None if isinstance(ord, str) else ord)
        return y.reshape((1,) * x.ndim) if keepdims else y
    ord = 2 if ord == "euclidean" and isinstance(axis, int) else ord
    return np.linalg.norm(x, "fro" if ord == "euclidean" else ord, axis, keepdims)


def _sample_norms() -> Iterator[Sample]:
    x = np.random.default_rng(9).standard_normal((2, 3, 4), np.float32)
    yield Sample("all", (x,))
    for ord in (1, 2, math.inf, -math.inf):
        yield Sample(f"{ord} of rows", (x,), {"ord": ord, "axis": -1})
    for order in (1, math.inf, -math.inf, "fro"):
        keywords = {"ord": order, "axis": (0, 2), "keepdims": order == 1}
        yield Sample(f"{order} of matrices", (x,), keywords)


@composite(meaning=_norm_meaning, cases=_sample_norms)
def norm(
    x: Any,
    ord: float | str = "euclidean",
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """The norm of vectors along one axis, of matrices in two, or of all of x as one
    vector. (tf.norm)

    | ord | vectors | matrices |
    |---|---|---|
    | 'euclidean' | sqrt(sum(x^2)) | the same, as 'fro' |
    | 1 | sum(abs(x)) | the largest sum of a column (along the first axis) |
    | 2 | as 'euclidean' | (see `svd`) |
    | inf, -inf | the largest, smallest abs(x) | the largest, smallest sum of a row |

    ValueError for another order or three axes. The gradient at 0 is 0.

    Example:
        >>> ops.norm([3.0, 4.0]).item()
        5.0
        >>> ops.norm([[1.0, -2.0], [3.0, 4.0]], 1, axis=0).tolist()
        [4.0, 6.0]
    """
    x = as_tensor(x)
    x = floating(x.abs() if x.dtype == "complex64" else x)
    axes = range(x.ndim) if axis is None else _axes(axis, x.ndim)
    y = _norm(x, ord, list(axes), axis is None)
    return y if keepdims else y.reshape([n for i, n in enumerate(x.shape) if i not in axes])


def _axes(axis: Any, ndim: int) -> list[int]:
    named = axis if isinstance(axis, (list, tuple)) else [axis]
    return [normalize_axis(a, ndim, "norm: axis") for a in named]


def _norm(x: Any, ord: Any, axes: list[int], flat: bool) -> Any:
    """With all axes kept, those of `axes` as 1."""
    if ord in ("euclidean", "fro") or (ord == 2 and (flat or len(axes) == 1)):
        squares = (x * x).sum(axes, True)
        # at 0 the root's slope is infinite, and that of the norm 0
        zero = squares == 0
        return zero.where(0.0, zero.where(1.0, squares).sqrt())
    extremes = {math.inf: "max", -math.inf: "min"}
    if flat or len(axes) == 1:
        if ord == 1:
            return x.abs().sum(axes, True)
        if ord in extremes:
            return getattr(x.abs(), extremes[ord])(axes, True)
    elif len(axes) == 2:
        if ord == 1:
            return x.abs().sum(axes[0], True).max(axes[1], True)
        if ord in extremes:
            return getattr(x.abs().sum(axes[1], True), extremes[ord])(axes[0], True)
    orders = "'euclidean', 'fro', 1, inf or -inf" + (", or 2 of vectors" if len(axes) < 3 else "")
    raise ValueError(
        f"norm: ord must be {orders}, over one axis or two or (axis=None) all, got {ord!r} over"
        f" axes {axes}"
    )


@composite(
    meaning=lambda x, axis=None, keepdims=False: np.sqrt((x * x).sum(axis, keepdims=keepdims)),
    cases=lambda: [Sample("two axes", (ramp((2, 3, 2)),), {"axis": (0, 2)})],
)
def euclidean_norm(
    x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False
) -> Tensor:
    """sqrt(sum(x^2)) over `axis` (one, several, or all). (tf.euclideanNorm)

    Example:
        >>> ops.euclidean_norm([[3.0, 4.0], [6.0, 8.0]], axis=1).tolist()
        [5.0, 10.0]
    """
    return norm(x, "euclidean", axis, keepdims)


class Moments(NamedTuple):
    """What `moments` gives."""

    mean: Tensor
    variance: Tensor


def _moments(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return x.mean(axis, keepdims=keepdims), x.var(axis, keepdims=keepdims)


@composite(
    meaning=_moments,
    cases=lambda: [
        Sample("all", (ramp((3, 4)),)),
        Sample("two axes", (ramp((2, 3, 2)),), {"axis": (0, 2), "keepdims": True}),
    ],
)
def moments(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Moments:
    """(mean, variance) over `axis` (one, several, or all); the variance is the mean of
    the squared differences from the mean. Integers and bools as float32. (tf.moments)

    Example:
        >>> mean, variance = ops.moments([[1.0, 3.0], [5.0, 9.0]], axis=1)
        >>> mean.tolist(), variance.tolist()
        ([2.0, 7.0], [1.0, 4.0])
    """
    x = as_tensor(x)
    if x.dtype == "complex64":
        raise TypeError("moments takes no complex64; give it real(x), imag(x) or abs(x)")
    x = floating(x)
    mean = x.mean(axis, True)
    variance = (x - mean).square().mean(axis, keepdims)
    return Moments(mean if keepdims else mean.reshape(variance.shape), variance)
