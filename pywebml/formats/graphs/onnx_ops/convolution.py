"""Convolutions and pools.

`Filter`, `ScaledFilter` and `ShiftedBias` are no ops of ONNX: reading a file puts them
before a convolution, where they are computed once, as all that depends on constants.
"""

from __future__ import annotations

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
    strides: Sequence[int] = (1, 1),
    dilations: Sequence[int] = (1, 1),
    pads: Sequence[int] = (0, 0, 0, 0),
    output_padding: Sequence[int] = (0, 0),
    output_shape: Sequence[int] = (),
    auto_pad: str = "NOTSET",
) -> Any:
    """`w` [in, out / group, height, width]."""
    if x.ndim != 4:
        raise ValueError(f"of {x.ndim - 2} dimensions; only pictures are run here")
    w = w.transpose((2, 3, 1, 0))  # [h, w, out / group, in]
    axes = list(zip(x.shape[2:], w.shape[:2], strides, dilations, output_padding, strict=True))
    whole = [(n - 1) * s + extent(k, d) + rest for n, k, s, d, rest in axes]
    padding = tuple(zip(pads[:2], pads[2:], strict=True))
    if output_shape or auto_pad.startswith("SAME"):
        sizes = output_shape[-2:] or [n * s for n, _, s, _, _ in axes]
        totals = [max(a - b, 0) for a, b in zip(whole, sizes, strict=True)]
        padding = tuple((t // 2, t - t // 2) for t in totals)
        if auto_pad == "SAME_LOWER":
            padding = tuple((large, small) for small, large in padding)
    else:
        sizes = [n - before - after for n, (before, after) in zip(whole, padding, strict=True)]
    how: Any = (tuple(strides), padding, tuple(dilations), tuple(sizes))
    op = Conv2DInputGrad(*how)
    parts = zip(ops.split(last(x), group, -1), ops.split(w, group, -1), strict=True)
    results = [op(part, filter) for part, filter in parts] if group > 1 else [op(last(x), w)]
    y = ops.concat(results, -1) if group > 1 else results[0]
    return Last(y if bias is None else y + bias)


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
    functions: dict[int, Callable[..., Any]],
    window: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    auto_pad: str,
    ceil_mode: int,
    pads_count: bool = False,
) -> Any:
    values, rank = last(x), x.ndim - 2
    strides = tuple(strides) or (1,) * rank
    padding = _padding(x.shape[2:], window, strides, (1,) * rank, pads, auto_pad)
    room = _pool_padding(x.shape[2:], window, strides, padding, ceil_mode)
    if pads_count and any(map(any, padding)):  # but not the room
        pairs = list(zip(padding, room, strict=True))
        kept = tuple((before, min(after, most)) for (before, after), (_, most) in pairs)
        values = ops.pad(values, ((0, 0), *kept, (0, 0)))
        room = tuple((0, max(most - after, 0)) for (_, after), (_, most) in pairs)
    if rank == 1:
        return Last(functions[1](values, window[0], strides[0], room))
    return Last(functions[rank](values, tuple(window), strides, room))


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
    if any(n != 1 for n in dilations):
        raise ValueError(f"dilations {list(dilations)} of a pool are not run here")
    functions: dict[int, Any] = {1: ops.max_pool1d, 2: ops.max_pool, 3: ops.max_pool3d}
    return _pool(x, functions, kernel_shape, strides, pads, auto_pad, ceil_mode)


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
    if any(n != 1 for n in dilations):
        raise ValueError(f"dilations {list(dilations)} of a pool are not run here")
    functions: dict[int, Any] = {1: ops.avg_pool1d, 2: ops.avg_pool, 3: ops.avg_pool3d}
    how = (strides, pads, auto_pad, ceil_mode, bool(count_include_pad))
    return _pool(x, functions, kernel_shape, *how)


@ONNX_OPS.laid("GlobalAveragePool")
def global_average_pool(x: Any) -> Any:
    return Last(ops.mean(last(x), tuple(range(1, x.ndim - 1)), keepdims=True))


@ONNX_OPS.laid("GlobalMaxPool")
def global_max_pool(x: Any) -> Any:
    return Last(ops.max(last(x), tuple(range(1, x.ndim - 1)), keepdims=True))
