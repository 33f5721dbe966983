"""Convolutions and pools.

`Filter`, `ScaledFilter` and `ShiftedBias` are no ops of ONNX: reading a file puts them
before a convolution, where they are computed once, as all that depends on constants.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from .... import ops
from ....ops.conv.conv2d import Conv2DInputGrad
from ....ops.support.window import extent
from .layout import Last, last
from .table import ONNX_OPS


@ONNX_OPS.op("Filter")
def filters(w: Any, *, group: int = 1) -> Any:
    """[out, in, ...] -> [..., in, out]; of a depthwise one [..., channels, multiplier]."""
    inner = tuple(range(2, w.ndim))
    if _is_depthwise(w.shape, group):
        w = w.reshape(group, w.shape[0] // group, *w.shape[2:])
        return w.transpose((*inner, 0, 1))
    return w.transpose((*inner, 1, 0))


def _is_depthwise(shape: Sequence[int], group: int) -> bool:
    return group > 1 and shape[1] == 1 and len(shape) == 4


@ONNX_OPS.op("ScaledFilter")
def scaled_filter(
    w: Any, scale: Any, variance: Any, *, group: int = 1, epsilon: float = 1e-5
) -> Any:
    """A filter, with the batch norm behind it multiplied in."""
    factor = scale / ops.sqrt(variance + epsilon)
    return filters(w * factor.reshape(-1, *[1] * (w.ndim - 1)), group=group)


@ONNX_OPS.op("ShiftedBias")
def shifted_bias(
    bias: Any, scale: Any, offset: Any, mean: Any, variance: Any, *, epsilon: float = 1e-5
) -> Any:
    """The bias that goes with it."""
    factor = scale / ops.sqrt(variance + epsilon)
    return offset - (mean if bias is None else mean - bias) * factor


@ONNX_OPS.laid("Conv")
def conv(
    x: Any,
    w: Any,
    bias: Any = None,
    *,
    group: int = 1,
    strides: Sequence[int] = (),
    dilations: Sequence[int] = (),
    pads: Sequence[int] = (),
    auto_pad: str = "NOTSET",
) -> Any:
    """`w` as `Filter` gives it."""
    rank = x.ndim - 2
    window = tuple(w.shape[:rank])
    ones = (1,) * rank
    strides, dilations = tuple(strides) or ones, tuple(dilations) or ones
    padding: Any = _padding(x.shape[2:], window, strides, dilations, pads, auto_pad)
    values = last(x)
    how: Any = (strides, padding)
    options: Any = {"dilations": dilations, "bias": bias}
    if rank == 2 and group > 1 and group == values.shape[-1] == w.shape[-2]:
        y = ops.depthwise_conv2d(values, w, *how, **options)
    elif rank == 1:
        y = ops.conv1d(
            values, w, strides[0], padding, dilation=dilations[0], bias=bias, groups=group
        )
    else:
        function: Any = {2: ops.conv2d, 3: ops.conv3d}[rank]
        y = function(values, w, *how, **options, groups=group)
    return Last(y)


def _padding(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    pads: Sequence[int],
    auto_pad: str,
) -> tuple[tuple[int, int], ...]:
    """(before, after) for each size."""
    rank = len(sizes)
    if auto_pad in ("NOTSET", ""):
        pads = tuple(pads) or (0,) * 2 * rank
        if len(pads) != 2 * rank or min(pads) < 0:
            raise ValueError(f"pads {list(pads)}; expected {2 * rank} numbers, none below 0")
        return tuple(zip(pads[:rank], pads[rank:], strict=True))
    if auto_pad == "VALID":
        return ((0, 0),) * rank
    pairs = []
    for n, k, stride, dilation in zip(sizes, window, strides, dilations, strict=True):
        total = max((-(-n // stride) - 1) * stride + extent(k, dilation) - n, 0)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
    return tuple(pairs)


@ONNX_OPS.laid("ConvTranspose")
def conv_transpose(
    x: Any,
    w: Any,
    bias: Any = None,
    *,
    group: int = 1,
    strides: Sequence[int] = (),
    dilations: Sequence[int] = (),
    pads: Sequence[int] = (),
    output_padding: Sequence[int] = (),
    output_shape: Sequence[int] = (),
    auto_pad: str = "NOTSET",
) -> Any:
    """`w` [in, out / group, ...]. Sequences are pictures with one row."""
    rank = x.ndim - 2
    ones, nothing = (1,) * rank, (0,) * rank
    strides, dilations = tuple(strides) or ones, tuple(dilations) or ones
    rests, pads = tuple(output_padding) or nothing, tuple(pads) or nothing * 2
    w = w.transpose((*range(2, w.ndim), 1, 0))  # [..., out / group, in]
    axes = list(zip(x.shape[2:], w.shape[:rank], strides, dilations, rests, strict=True))
    whole = [(n - 1) * s + extent(k, d) + rest for n, k, s, d, rest in axes]
    padding = tuple(zip(pads[:rank], pads[rank:], strict=True))
    if output_shape or auto_pad.startswith("SAME"):
        sizes = list(output_shape[-rank:]) or [n * s for n, _, s, _, _ in axes]
        totals = [max(a - b, 0) for a, b in zip(whole, sizes, strict=True)]
        padding = tuple((t - t // 2, t // 2) for t in totals)
        if auto_pad == "SAME_UPPER":
            padding = tuple((small, large) for large, small in padding)
    else:
        sizes = [n - before - after for n, (before, after) in zip(whole, padding, strict=True)]
    values = last(x)
    if rank == 1:
        values, w = ops.expand_dims(values, 1), ops.expand_dims(w, 0)
        strides, dilations, padding = (1, *strides), (1, *dilations), ((0, 0), *padding)
        sizes = [1, *sizes]
    how: Any = (strides, padding, dilations, tuple(sizes))
    function = _volumes(*how) if rank == 3 else Conv2DInputGrad(*how)
    parts = zip(ops.split(values, group, -1), ops.split(w, group, -1), strict=True)
    y = ops.concat([function(part, filter) for part, filter in parts], -1) if group > 1 else (
        function(values, w)
    )  # fmt: skip
    y = ops.squeeze(y, [1]) if rank == 1 else y
    return Last(y if bias is None else y + bias)


def _volumes(strides: Any, padding: Any, dilations: Any, sizes: Any) -> Callable[..., Any]:
    def turned(x: Any, w: Any) -> Any:
        shape = (*sizes, w.shape[-2])
        return ops.conv3d_transpose(x, w, shape, strides, padding, dilations=dilations)

    return turned


def _pool_padding(
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    ceil_mode: int,
) -> tuple[tuple[int, int], ...]:
    """With room behind for a last window that sticks out, unless it would start in the
    padding.
    """
    if not ceil_mode:
        return tuple(padding)
    pairs = []
    for n, k, stride, (before, after) in zip(sizes, window, strides, padding, strict=True):
        count = -(-(n + before + after - k) // stride) + 1
        if (count - 1) * stride >= n + before:
            count -= 1
        pairs.append((before, max((count - 1) * stride + k - n - before, 0)))
    return tuple(pairs)


def _pool(
    x: Any,
    kind: str,
    window: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
    auto_pad: str,
    ceil_mode: int,
    pads_count: bool = False,
) -> Any:
    values, rank = last(x), x.ndim - 2
    strides, dilations = tuple(strides) or (1,) * rank, tuple(dilations) or (1,) * rank
    padding = _padding(x.shape[2:], window, strides, dilations, pads, auto_pad)
    reach = [extent(k, d) for k, d in zip(window, dilations, strict=True)]
    room = _pool_padding(x.shape[2:], reach, strides, padding, ceil_mode)
    if pads_count and any(map(any, padding)):  # but not the room
        pairs = list(zip(padding, room, strict=True))
        kept = tuple((before, min(after, most)) for (before, after), (_, most) in pairs)
        values = ops.pad(values, ((0, 0), *kept, (0, 0)))
        room = tuple((0, max(most - after, 0)) for (_, after), (_, most) in pairs)
    if any(d != 1 for d in dilations):
        return Last(_dilated(values, kind, window, strides, dilations, room))
    if rank == 1:
        return Last(_POOLS[kind][1](values, window[0], strides[0], room))
    return Last(_POOLS[kind][rank](values, tuple(window), strides, room))


_POOLS: dict[str, dict[int, Any]] = {
    "max": {1: ops.max_pool1d, 2: ops.max_pool, 3: ops.max_pool3d},
    "avg": {1: ops.avg_pool1d, 2: ops.avg_pool, 3: ops.avg_pool3d},
}


def _dilated(
    x: Any,
    kind: str,
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    padding: Sequence[tuple[int, int]],
) -> Any:
    """The largest or the mean of what lies at each place of the windows, a slice each;
    places in the padding count for nothing.
    """
    axes = list(zip(x.shape[1:-1], window, strides, dilations, padding, strict=True))
    counts = [(n + a + b - extent(k, d)) // s + 1 for n, k, s, d, (a, b) in axes]

    def slices(values: Any, filler: float) -> list[Any]:
        values = ops.pad(values, ((0, 0), *padding, (0, 0)), constant_value=filler)
        ways = itertools.product(*(range(k) for k in window))
        return [
            values[(slice(None), *(
                slice(i * d, i * d + (n - 1) * s + 1, s)
                for i, d, n, s in zip(way, dilations, counts, strides, strict=True)
            ))]
            for way in ways
        ]  # fmt: skip

    if kind == "max":
        return functools.reduce(ops.maximum, slices(x, -math.inf))
    inside = ops.ones((1, *x.shape[1:-1], 1))
    total, number = (functools.reduce(ops.add, slices(v, 0.0)) for v in (x, inside))
    return total / number


@ONNX_OPS.laid("MaxPool")
def max_pool(
    x: Any,
    *,
    kernel_shape: Sequence[int],
    strides: Sequence[int] = (),
    pads: Sequence[int] = (),
    dilations: Sequence[int] = (),
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
) -> Any:
    return _pool(x, "max", kernel_shape, strides, pads, dilations, auto_pad, ceil_mode)


@ONNX_OPS.laid("AveragePool")
def average_pool(
    x: Any,
    *,
    kernel_shape: Sequence[int],
    strides: Sequence[int] = (),
    pads: Sequence[int] = (),
    dilations: Sequence[int] = (),
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
) -> Any:
    how = (strides, pads, dilations, auto_pad, ceil_mode, bool(count_include_pad))
    return _pool(x, "avg", kernel_shape, *how)


@ONNX_OPS.laid("GlobalAveragePool")
def global_average_pool(x: Any) -> Any:
    return Last(ops.mean(last(x), tuple(range(1, x.ndim - 1)), keepdims=True))


@ONNX_OPS.laid("GlobalMaxPool")
def global_max_pool(x: Any) -> Any:
    return Last(ops.max(last(x), tuple(range(1, x.ndim - 1)), keepdims=True))
