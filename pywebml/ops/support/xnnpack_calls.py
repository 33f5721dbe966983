"""How products, convolutions and pools are called in XNNPACK's library, in the page
without WebGPU (`Op.xnnpack`).

The kernels' arguments are those of TensorFlow.js 4.22's wasm backend: tensors by number
(0 for one that is not there), lists of integers by address and length, activations and
dtypes by the numbers below. `lay`, `mask` and `products` are our own, in
web/runtime/xnnpack.js.
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
    """k.outs[0] of MatMul; `op` has its fields. XNNPACK has no transposed forms, takes
    one matrix at a time, and wants heads apart.
    """
    a = matrices(k, a, "a" in op.heads, op.transpose_a)
    b = matrices(k, b, "b" in op.heads, op.transpose_b)
    (*lead, m, depth), n = a.shape, b.shape[-1]
    y = apart = k.outs[0]
    if "y" in op.heads:
        apart = k.scratch((*lead, m, n))
    inside = _inside(op)
    args = (a, (1, m, depth), 3, b, (1, depth, n), 3, 0, 0, ACTIVATIONS[inside], bias or 0, 0, 0)
    if (count := math.prod(lead)) == 1:
        packs = [b] if bias is None else [b, bias]
        k.call("_FusedMatMul", *args, apart, writes=apart, packs=packs)
    else:  # each at another place, so that nothing that is packed stays
        k.call("products", count, m, depth, n, *args, apart, writes=apart)
    if apart is not y:
        shape = (math.prod(lead[:-1]), lead[-1], m, n)
        transposed(k, apart, shape, (0, 2, 1, 3), y)
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


def matrices(k: Calls, x: Slot, heads: bool, turned: bool) -> Slot:
    """x as [..., rows, columns]: with heads in front where they lie side by side, and
    each matrix turned where that is asked for.
    """
    *lead, rows, columns = x.shape
    shape: tuple[int, ...] = (math.prod(lead), rows, columns)
    order: tuple[int, ...] = (0, 2, 1) if turned and 1 not in (rows, columns) else ()
    if heads:
        *lead, rows, count, columns = x.shape
        shape = (math.prod(lead), rows, count, columns)
        order = (0, 2, 3, 1) if turned else (0, 2, 1, 3)
        lead.append(count)
    whole = (*lead, *((columns, rows) if turned else (rows, columns)))
    if not order:
        return x._replace(shape=whole)
    y = k.scratch(whole)
    transposed(k, x, shape, order, y)
    return y


def transposed(k: Calls, x: Slot, shape: tuple[int, ...], order: tuple[int, ...], y: Slot) -> None:
    """y = x, which has this shape, with its axes in this order."""
    k.call("Transpose", x, shape, len(shape), FLOAT, y, order, len(order), writes=y)


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
