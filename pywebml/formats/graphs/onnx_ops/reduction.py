"""Sums and the like over axes, extremes, sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .... import ops
from .layout import Last, last_axis, plain
from .table import ONNX_OPS


def _norm(x: Any, axes: Any, keepdims: bool) -> Any:
    return ops.sqrt(ops.sum(ops.square(x), axes, keepdims))


_KINDS: dict[str, Callable[..., Any]] = {
    "ReduceMean": ops.mean, "ReduceSum": ops.sum, "ReduceMax": ops.max, "ReduceMin": ops.min,
    "ReduceProd": ops.prod, "ReduceLogSumExp": ops.logsumexp, "ReduceL2": _norm,
    "ReduceL1": lambda x, axes, keepdims: ops.sum(ops.abs(x), axes, keepdims),
    "ReduceSumSquare": lambda x, axes, keepdims: ops.sum(ops.square(x), axes, keepdims),
    "ReduceLogSum": lambda x, axes, keepdims: ops.log(ops.sum(x, axes, keepdims)),
}  # fmt: skip


def _enter(kind: str, function: Callable[..., Any]) -> None:
    @ONNX_OPS.laid(kind, host=[1])
    def reduce(
        x: Any,
        places: Sequence[int] | None = None,
        *,
        axes: Sequence[int] | None = None,
        keepdims: int = 1,
        noop_with_empty_axes: int = 0,
    ) -> Any:
        """Axes are an input, in older files an attribute; without any, all of them."""
        over = tuple(axis % x.ndim for axis in (places or axes or ()))
        if not over and noop_with_empty_axes:
            return x
        over = over or tuple(range(x.ndim))
        if isinstance(x, Last) and 1 not in over and (keepdims or over == tuple(range(2, x.ndim))):
            places = sorted(last_axis(axis, x.ndim) for axis in over)
            y = function(x.values, tuple(places), bool(keepdims))
            return Last(y) if keepdims else y
        return function(plain(x), over, bool(keepdims))


for _kind, _function in _KINDS.items():
    _enter(_kind, _function)


@ONNX_OPS.op("ArgMax")
def arg_max(x: Any, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Any:
    return _place(ops.argmax, x, axis, keepdims, select_last_index)


@ONNX_OPS.op("ArgMin")
def arg_min(x: Any, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Any:
    return _place(ops.argmin, x, axis, keepdims, select_last_index)


def _place(function: Any, x: Any, axis: int, keepdims: int, from_behind: int) -> Any:
    """The first of equals; `from_behind`: the last."""
    if from_behind:
        return x.shape[axis] - 1 - function(ops.flip(x, axis), axis, bool(keepdims))
    return function(x, axis, bool(keepdims))


@ONNX_OPS.op("TopK", host=[1])
def top_k(
    x: Any, count: Any = None, *, k: int = 0, axis: int = -1, largest: int = 1, sorted: int = 1
) -> Any:
    count = k if count is None else count
    count = count[0] if isinstance(count, list) else count
    perm = [i for i in range(x.ndim) if i != axis % x.ndim]
    perm.append(axis % x.ndim)
    back = [perm.index(i) for i in range(x.ndim)]
    rows = x.transpose(perm)
    values, places = ops.top_k(rows if largest else -rows, count)
    return [(values if largest else -values).transpose(back), places.transpose(back)]


@ONNX_OPS.op("CumSum", host=[1])
def cumulative_sum(x: Any, axis: int, *, exclusive: int = 0, reverse: int = 0) -> Any:
    axis = axis[0] if isinstance(axis, list) else axis
    return ops.cumsum(x, axis, exclusive=bool(exclusive), reverse=bool(reverse))
