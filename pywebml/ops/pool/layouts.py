"""Pooling of sequences, pictures and volumes in any layout.

A sequence is a picture of one row. A volume is pooled plane by plane, and then along
its depth: the largest of largest values is the largest, and the mean of means is the
mean, as the part of a box inside a volume is a box.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.basic import Fill
from ...core.spec import BOUNDS, FLOATS
from ...core.tensor import Tensor, reshape
from ..support.layout import Layout, laid_out
from ..support.window import NO_PADDING, Sliding, numbers, sliding
from .average import AvgPool
from .maximum import MaxPool

DTYPES = {"avg": FLOATS, "max": (*FLOATS, "int32")}
Window = tuple[tuple[int, ...], Sliding]


def windows_over(
    op: str,
    laid: Layout,
    pool_size: Any,
    strides: Any,
    padding: Any,
    rounding: str | None,
    dilations: Any = 1,
) -> Window:
    """The window's sizes and how it goes over an input; by itself where no strides are
    said.
    """
    sizes = laid.x.shape[1:-1]
    window = numbers(pool_size, len(sizes), f"{op}: pool_size")
    steps = window if strides is None else strides
    return window, sliding(op, sizes, window, steps, padding, dilations, rounding, first=laid.first)


def pooled(
    kind: str, x: Tensor, window: Any, strides: Any, padding: Any, rates: Any = (1, 1)
) -> Tensor:
    """Of pictures [n,h,w,c]. Padding is laid out where a window may lie in it, whose
    largest value is -infinity and whose mean is NaN, and where windows have holes.
    """
    if max(rates) == 1 and all(max(p) < k for p, k in zip(padding, window, strict=True)):
        return _op(kind, window, strides, padding, x)
    where = window, strides, padding, rates
    if kind == "max":
        return _laid_out(kind, x, -math.inf if x.dtype in FLOATS else BOUNDS["int32"][0], *where)
    y = _laid_out(kind, x, 0, *where)
    if not any(map(any, padding)):
        return y
    # Zeros of the padding are in these means: divide by the part that is inside.
    ones = Fill((1, *x.shape[1:3], 1), 1.0, 0.0, x.dtype)()
    return y / _laid_out(kind, ones, 0, *where)


def _op(kind: str, window: Any, strides: Any, padding: Any, x: Tensor) -> Tensor:
    if kind == "avg":
        return AvgPool(window, strides, padding)(x)  # type: ignore[no-any-return]
    return MaxPool(window, strides, padding)(x)[0]  # type: ignore[no-any-return]


def _laid_out(
    kind: str, x: Tensor, outside: float, window: Any, strides: Any, padding: Any, rates: Any
) -> Tensor:
    """With `outside` around the pictures. Windows with holes, whose stride is 1, are
    windows without holes of every `rates`-th row and column.
    """
    sizes = [n + sum(pair) for n, pair in zip(x.shape[1:3], padding, strict=True)]
    rest = [-size % rate for size, rate in zip(sizes, rates, strict=True)]
    edges = [(before, after + n) for (before, after), n in zip(padding, rest, strict=True)]
    x = x.pad(((0, 0), *edges, (0, 0)), constant_value=outside)
    if max(rates) == 1:
        return _op(kind, window, strides, NO_PADDING, x)
    y = _op(kind, window, (1, 1), NO_PADDING, x.space_to_batch_nd(rates, NO_PADDING))
    return y.batch_to_space_nd(rates, [(0, n) for n in rest])


def of_sequences(
    kind: str, op: str, x: Any, size: Any, strides: Any, padding: Any, rounding: Any, layout: Any
) -> Tensor:
    laid = laid_out(op, x, 1, layout, DTYPES[kind])
    (width,), ((step,), (pads,), _) = windows_over(op, laid, size, strides, padding, rounding)
    n, length, c = laid.x.shape
    rows = reshape(laid.x, (n, 1, length, c))
    y = pooled(kind, rows, (1, width), (1, step), ((0, 0), pads))
    return laid.back(reshape(y, (n, y.shape[2], c)))


def of_pictures(
    kind: str, op: str, x: Any, size: Any, strides: Any, padding: Any, rounding: Any, layout: Any
) -> Tensor:
    laid = laid_out(op, x, 2, layout, DTYPES[kind])
    window, (steps, pads, _) = windows_over(op, laid, size, strides, padding, rounding)
    return laid.back(pooled(kind, laid.x, window, steps, pads))


def of_volumes(
    kind: str, op: str, x: Any, size: Any, strides: Any, padding: Any, rounding: Any, layout: Any
) -> Tensor:
    laid = laid_out(op, x, 3, layout, DTYPES[kind])
    window, (steps, pads, _) = windows_over(op, laid, size, strides, padding, rounding)
    n, depth, height, width, c = laid.x.shape
    halves = kind == "avg" and laid.x.dtype == "float16"  # whose means are rounded once
    planes = reshape(laid.x.cast("float32") if halves else laid.x, (n * depth, height, width, c))
    y = pooled(kind, planes, window[1:], steps[1:], pads[1:])
    rows, columns = y.shape[1:3]
    if (window[0], steps[0], pads[0]) != (1, 1, (0, 0)):
        y = reshape(y, (n, depth, rows * columns, c))
        y = pooled(kind, y, (window[0], 1), (steps[0], 1), (pads[0], (0, 0)))
        depth = y.shape[1]
    y = reshape(y, (n, depth, rows, columns, c))
    return laid.back(y.cast("float16") if halves else y)
