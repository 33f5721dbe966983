"""Reductions over any axes, as functions. Axes that do not stand side by side are
transposed to the end first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.autodiff import stop_gradient
from ...core.composite import Sample, composite
from ...core.spec import FLOATS
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from .. import complex_numbers
from ..support.axes import normalize_axis
from .forms import reduced
from .op import Reduce

__all__ = ["all", "any", "logsumexp", "max", "mean", "min", "prod", "sum"]


def _axes(axis: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    named = axis if isinstance(axis, (list, tuple)) else (axis,)
    axes = tuple(sorted({normalize_axis(a, ndim) for a in named}))
    if len(axes) != len(named):
        raise ValueError(f"axis {axis} names an axis of a tensor of rank {ndim} twice")
    return axes


def _reduce(kind: str, x: Any, axis: int | Sequence[int] | None, keepdims: bool) -> Any:
    axes = _axes(axis, x.ndim)
    if x.dtype == "complex64" and kind in ("sum", "mean"):
        return complex_numbers.reduced(kind, x, axes, keepdims)
    if not axes or axes == tuple(range(axes[0], axes[-1] + 1)):
        return Reduce(kind, axes, keepdims)(x)
    others = tuple(i for i in range(x.ndim) if i not in axes)
    y = Reduce(kind, tuple(range(len(others), x.ndim)))(x.transpose(others + axes))
    return y.reshape(reduced(x.shape, axes, True)) if keepdims else y


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Sum over `axis` (one, several, or all). Bools are counted in int32; integers wrap
    at 32 bits.

    Example:
        >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0).tolist()
        [4.0, 6.0]
    """
    return _reduce("sum", as_tensor(x), axis, keepdims)


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Arithmetic mean over `axis` (one, several, or all); integers and bools are
    averaged as float32.

    Example:
        >>> ops.mean([[1, 2], [3, 6]], axis=1, keepdims=True).tolist()
        [[1.5], [4.5]]
    """
    x = as_tensor(x)
    return _reduce(
        "mean", x if x.dtype in (*FLOATS, "complex64") else x.astype("float32"), axis, keepdims
    )


def max(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Largest value over `axis`; NaN if there is one. Equal elements share the gradient
    evenly.

    Example:
        >>> ops.max([[1.0, 5.0], [3.0, 4.0]], axis=1).tolist()
        [5.0, 4.0]
    """
    return _reduce("max", as_tensor(x), axis, keepdims)


def min(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Smallest value over `axis`; NaN if there is one. Equal elements share the
    gradient evenly.

    Example:
        >>> ops.min([[1.0, 5.0], [3.0, 4.0]]).item()
        1.0
    """
    return _reduce("min", as_tensor(x), axis, keepdims)


def prod(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """Product over `axis`. The gradient is right with zeros among the factors too; its
    own gradient is not defined there.

    Example:
        >>> ops.prod([2.0, 3.0, 4.0]).item()
        24.0
    """
    return _reduce("prod", as_tensor(x), axis, keepdims)


@composite(
    meaning=lambda x, axis=None, keepdims=False: np.any(x, axis, keepdims=keepdims),
    cases=lambda: _sample_truths(),
)
def any(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """True where some element along `axis` is true (not zero).

    Example:
        >>> ops.any([[0, 0], [0, 7]], axis=1).tolist()
        [False, True]
    """
    return _reduce("max", as_tensor(x).astype("bool"), axis, keepdims)


@composite(
    meaning=lambda x, axis=None, keepdims=False: np.all(x, axis, keepdims=keepdims),
    cases=lambda: _sample_truths(),
)
def all(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """True where every element along `axis` is true (not zero).

    Example:
        >>> ops.all([[1, 0], [2, 7]], axis=1).tolist()
        [False, True]
    """
    return _reduce("min", as_tensor(x).astype("bool"), axis, keepdims)


def _sample_truths() -> Iterator[Sample]:
    x = (np.random.default_rng(4).random((3, 4, 5)) < 0.3).astype(np.float32)
    yield Sample("all axes", (x,), {}, 0, 0)
    yield Sample("outer axes, kept", (x,), {"axis": (0, 2), "keepdims": True}, 0, 0)
    yield Sample("bool", (x[0] > 0,), {"axis": 1}, 0, 0)


def _sample_logits() -> Iterator[Sample]:
    x = np.random.default_rng(5).normal(size=(2, 3, 7)).astype(np.float32) * 5
    yield Sample("last axis", (x,), {"axis": -1})
    yield Sample("outer axes, kept", (x,), {"axis": (0, 2), "keepdims": True})
    yield Sample("of 1e4", (np.array([1e4, 9999, -1e4], np.float32),))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    top = x.max() if np.isfinite(x.max()) else 0
    return np.log(np.exp(x - top).sum(axis, keepdims=keepdims)) + top


@composite(meaning=_logsumexp, cases=_sample_logits)
def logsumexp(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """log(sum(exp(x))) over `axis`, without overflow: the largest element is taken out
    first.

    Example:
        >>> ops.logsumexp([1000.0, 1000.0]).numpy() - 1000
        np.float32(0.6931...)
    """
    x = as_tensor(x)
    # a finite stand-in for an infinite maximum: x - inf would be nan where both are
    # infinite
    top = stop_gradient(max(x, axis, True)).clip_by_value(-3.4e38, 3.4e38)
    y = sum((x - top).exp(), axis, True).log() + top
    return y if keepdims else y.reshape(reduced(x.shape, _axes(axis, x.ndim), False))
