"""How products, convolutions and pools are called in XNNPACK's library, in the page
without WebGPU (`Op.xnnpack`).

The kernels' arguments are those of TensorFlow.js 4.22's wasm backend: tensors by number
(0 for one that is not there), lists of integers by address and length, activations and
dtypes by the numbers below. `lay` and `mask` are our own, in web/runtime/xnnpack.js.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.calls import Calls
from ...core.fusion import Joins
from ...core.lowering import Slot

__all__: list[str] = []

ACTIVATIONS: dict[str | None, int] = {None: 0, "relu": 1, "relu6": 2}
"""Those that kernels apply before they store."""
FLOAT = 0
TAPS = 25  # of a depthwise convolution at most


def product(k: Calls, a: Slot, b: Slot, bias: Slot | None, other: Slot | None, op: Any) -> None:
    """k.outs[0] of MatMul for two matrices; `op` has its fields. XNNPACK has no
    transposed forms.
    """
    a = transposed(k, a) if op.transpose_a else a
    b = transposed(k, b) if op.transpose_b else b
    y, inside = k.outs[0], _inside(op)
    shapes = (1, *a.shape[-2:]), (1, *b.shape[-2:])
    args = (a, shapes[0], 3, b, shapes[1], 3, 0, 0, ACTIVATIONS[inside], bias or 0, 0, 0, y)
    k.call("_FusedMatMul", *args, writes=y, packs=[b] if bias is None else [b, bias])
    _finish(k, op, other, inside)


def convolution(
    k: Calls, kernel: str, x: Slot, w: Slot, bias: Slot | None, other: Slot | None, op: Any
) -> None:
    """k.outs[0] of Conv2D (`kernel` FusedConv2D) or DepthwiseConv2D
    (FusedDepthwiseConv2D); `op` has its fields.
    """
    (top, bottom), (left, right) = op.padding
    y, inside = k.outs[0], _inside(op)
    window = (*w.shape[:2], bias or 0, top, right, bottom, left, 0, *op.dilations, *op.strides)
    args = (x, *x.shape[:3], w, *window, x.shape[3], y.shape[3], ACTIVATIONS[inside], 0, 0, y)
    k.call(kernel, *args, writes=y, packs=[w] if bias is None else [w, bias])
    _finish(k, op, other, inside)


def largest(k: Calls, x: Slot, op: Any) -> None:
    """k.outs[0] of MaxPool; `op` has its fields. XNNPACK passes over NaN, and takes no
    windows of a single pixel.
    """
    (top, bottom), (left, right) = op.padding
    y, c = k.outs[0], x.shape[3]
    if op.pool_size != (1, 1):
        window = (*op.pool_size, top, right, bottom, left, 1, 1, *op.strides)
        k.call("MaxPool", x, *x.shape[:3], *window, c, c, y, writes=y)


def average(k: Calls, x: Slot, y: Slot, size: tuple[int, int], strides: tuple[int, int]) -> None:
    """y = the means of windows of `size`, at most TAPS values, without padding. A
    depthwise convolution with equal weights, as XNNPACK's own average of NaN is
    -infinity.
    """
    taps, c = math.prod(size), x.shape[3]
    weights = k.constant([1 / taps] * taps * c, (*size, c, 1))
    window = (*size, 0, 0, 0, 0, 0, 0, 1, 1, *strides)
    args = (x, *x.shape[:3], weights, *window, c, c, ACTIVATIONS[None], 0, 0, y)
    k.call("FusedDepthwiseConv2D", *args, writes=y, packs=[weights])


def whole_average(k: Calls, x: Slot) -> None:
    """k.outs[0] = the means of whole pictures x [n,h,w,c]: of columns, then of those."""
    n, h, w, c = x.shape
    if max(h, w) <= TAPS:
        rows = k.scratch((n, 1, w, c))
        average(k, x, rows, (h, 1), (h, 1))
        average(k, rows, k.outs[0], (1, w), (1, w))


def transposed(k: Calls, matrix: Slot) -> Slot:
    rows, columns = matrix.shape[-2:]
    if 1 in (rows, columns):
        return matrix._replace(shape=(columns, rows))
    turned = k.scratch((columns, rows))
    k.call("Transpose", matrix, (rows, columns), 2, FLOAT, turned, (1, 0), 2, writes=turned)
    return turned


def _join(op: Any) -> str | None:
    return op.join if isinstance(op, Joins) else None


def _inside(op: Any) -> str | None:
    """The activation if the kernel can apply it: what is joined comes before it."""
    return op.activation if _join(op) is None and op.activation in ACTIVATIONS else None


def _finish(k: Calls, op: Any, other: Slot | None, inside: str | None) -> None:
    """The epilogue that the kernel has left: joins k.outs[0] with `other`, and applies
    the activation unless that is the one `inside` the kernel; in place.
    """
    y = k.outs[0]
    if _join(op) == "add":
        k.call("Add", y, (y.size,), 1, other, (y.size,), 1, FLOAT, y, writes=y)
    elif _join(op) is not None:
        k.call("mask", y, other, y.size, 6 if op.join == "relu6_grad" else 0, writes=y)
    if op.activation == "sigmoid":
        k.call("Sigmoid", y, y, writes=y)
    elif op.activation != inside:
        k.call(op.activation.capitalize(), y, FLOAT, y, writes=y)
