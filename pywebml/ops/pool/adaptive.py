"""Pooling to sizes that are asked for, whatever those of the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, reshape, tensor
from ...host.lazy import np
from ..support.layout import laid_out
from ..support.window import numbers
from .layouts import DTYPES

__all__ = ["adaptive_average_pool", "adaptive_max_pool"]


def _windows(n: int, m: int) -> list[range]:
    """What each of m outputs sees of n inputs: they cover all, and overlap where m does
    not divide n.
    """
    return [range(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]


def _meaning(reduce: str) -> Any:
    def pooled(x: Any, output_size: Any) -> Any:
        count = x.ndim - 2
        sizes = numbers(output_size, count, "output_size")
        for axis, m in enumerate(sizes, 1):
            parts = [x.take(window, axis) for window in _windows(x.shape[axis], m)]
            x = np.stack([getattr(np, reduce)(part, axis) for part in parts], axis)
        return x

    return pooled


def _samples() -> Iterator[Sample]:
    random = np.random.default_rng(5)
    for name, shape, size in [
        ("sequences that divide", (2, 6, 3), 3),
        ("pictures", (1, 7, 5, 2), (3, 2)),
        ("more than there are", (2, 3, 4, 2), (5, 4)),
        ("volumes", (1, 4, 3, 5, 2), (2, 2, 1)),
    ]:
        yield Sample(name, (random.standard_normal(shape, np.float32),), {"output_size": size})


def _pooled(name: str, kind: str, x: Any, output_size: Any, data_format: str | None) -> Tensor:
    rank = len(getattr(x, "shape", np.shape(x))) - 2
    if rank not in (1, 2, 3):
        raise ValueError(
            f"{name}: x must have rank 3, 4 or 5 [batch, sizes, channels], got rank {rank + 2}"
        )
    laid = laid_out(name, x, rank, data_format, DTYPES[kind])
    y = laid.x
    for axis, m in enumerate(numbers(output_size, rank, f"{name}: output_size"), 1):
        y = _along(kind, y, axis, m)
    return laid.back(y)


def _along(kind: str, x: Tensor, axis: int, m: int) -> Tensor:
    n, before, behind = x.shape[axis], x.shape[:axis], x.shape[axis + 1 :]
    if n == m:
        return x
    if n % m == 0:
        parts = reshape(x, (*before, m, n // m, *behind))
        return parts.max(axis + 1) if kind == "max" else parts.mean(axis + 1)
    windows = _windows(n, m)
    width = max(map(len, windows))
    # windows of one width: the shorter ones see their last value again
    places = tensor([[window[min(i, len(window) - 1)] for i in range(width)] for window in windows])
    parts = x.gather(places, axis)
    if kind == "max":
        return parts.max(axis + 1)
    shares = [
        [1 / len(window) if i < len(window) else 0.0 for i in range(width)] for window in windows
    ]
    shape = (m, width, *(1 for _ in behind))
    return (parts * reshape(tensor(shares, dtype=x.dtype), shape)).sum(axis + 1)


@composite(meaning=_meaning("mean"), cases=_samples)
def adaptive_average_pool(
    x: Any, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Means of windows that cover sequences, pictures or volumes x [n,*sizes,c] evenly
    -> [n,*output_size,c]: output i of m sees inputs floor(i * size / m) to ceil((i + 1)
    * size / m).

    ValueError for another rank.

    Example:
        >>> x = ops.arange(5.0).reshape(1, 5, 1)
        >>> ops.adaptive_average_pool(x, 2).numpy()[0, :, 0]
        array([1., 3.], dtype=float32)
    """
    return _pooled("adaptive_average_pool", "avg", x, output_size, data_format)


@composite(meaning=_meaning("max"), cases=_samples)
def adaptive_max_pool(
    x: Any, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """The largest values of the windows that `adaptive_average_pool` takes means of.

    Example:
        >>> x = ops.arange(5.0).reshape(1, 5, 1)
        >>> ops.adaptive_max_pool(x, 2).numpy()[0, :, 0]
        array([2., 4.], dtype=float32)
    """
    return _pooled("adaptive_max_pool", "max", x, output_size, data_format)
