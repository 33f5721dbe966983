"""Sums, extremes and running sums along axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .... import ops
from .table import TF_OPS

_ALONG: dict[str, Callable[..., Any]] = {
    "Max": ops.max, "Mean": ops.mean, "Min": ops.min, "Sum": ops.sum, "Prod": ops.prod,
    "All": ops.all, "Any": ops.any,
}  # fmt: skip


@TF_OPS.op(*_ALONG, host=[1])
def reduce(x: Any, axis: int | Sequence[int], *, op: str, keep_dims: bool = False) -> Any:
    return _ALONG[op](x, axis, keepdims=keep_dims)


@TF_OPS.op("ArgMax", host=[1])
def argmax(x: Any, axis: int = 0) -> Any:
    return ops.argmax(x, axis)


@TF_OPS.op("ArgMin", host=[1])
def argmin(x: Any, axis: int = 0) -> Any:
    return ops.argmin(x, axis)


@TF_OPS.op("Cumsum", host=[1])
def cumsum(x: Any, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Any:
    return ops.cumsum(x, axis, exclusive=exclusive, reverse=reverse)


@TF_OPS.op("Cumprod", host=[1])
def cumprod(x: Any, axis: int, *, exclusive: bool = False, reverse: bool = False) -> Any:
    return ops.cumprod(x, axis, exclusive=exclusive, reverse=reverse)


@TF_OPS.op("Bincount", host=[1])
def bincount(x: Any, size: int, weights: Any) -> Any:
    return ops.bincount(x, weights if weights.size else None, size=size)


@TF_OPS.op("DenseBincount", host=[1])
def dense_bincount(x: Any, size: int, weights: Any, *, binary_output: bool = False) -> Any:
    return ops.dense_bincount(
        x, weights if weights.size else None, size=size, binary_output=binary_output
    )
