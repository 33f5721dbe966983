"""Normalizations and softmax."""

from __future__ import annotations

import math
from typing import Any

from .... import ops
from .layout import Last, last, last_axis, plain
from .table import ONNX_OPS


def _by_channel(values: Any, rank: int) -> Any:
    """[c] -> [c, 1, ...], which [n, c, ...] is multiplied by."""
    return values.reshape(-1, *[1] * (rank - 2))


@ONNX_OPS.laid("BatchNormalization")
def batch_normalization(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any,
    variance: Any,
    *,
    epsilon: float = 1e-5,
    training_mode: int = 0,
    spatial: int = 1,
) -> Any:
    if training_mode or not spatial:
        raise ValueError("one that goes by the batch's own moments is not run here")
    factor = scale / ops.sqrt(variance + epsilon)
    shift = offset - mean * factor
    if isinstance(x, Last):
        return Last(x.values * factor + shift)
    return x * _by_channel(factor, x.ndim) + _by_channel(shift, x.ndim)


@ONNX_OPS.op("InstanceNormalization")
def instance_normalization(x: Any, scale: Any, offset: Any, *, epsilon: float = 1e-5) -> Any:
    normal = _normal(x, tuple(range(2, x.ndim)), epsilon)
    return normal * _by_channel(scale, x.ndim) + _by_channel(offset, x.ndim)


def _normal(x: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    centred = x - ops.mean(x, axes, keepdims=True)
    variance = ops.mean(ops.square(centred), axes, keepdims=True)
    return centred * ops.rsqrt(variance + epsilon)


@ONNX_OPS.op("GroupNormalization")
def group_normalization(
    x: Any, scale: Any, offset: Any, *, num_groups: int, epsilon: float = 1e-5
) -> Any:
    """Scale and offset are one per channel, in files of version 18 one per group."""
    parts = x.reshape(x.shape[0], num_groups, -1)
    normal = _normal(parts, (2,), epsilon).reshape(*x.shape)
    each = x.shape[1] // scale.size
    scale, offset = (ops.broadcast_to(v.reshape(-1, 1), (v.size, each)) for v in (scale, offset))
    return normal * _by_channel(scale.reshape(-1), x.ndim) + _by_channel(offset.reshape(-1), x.ndim)


@ONNX_OPS.op("LayerNormalization")
def layer_normalization(
    x: Any,
    scale: Any,
    offset: Any = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    results: int = 1,
) -> Any:
    """And mean and factor, where somebody reads them."""
    if axis % x.ndim == x.ndim - 1 and results == 1:
        return ops.layer_normalization(x, scale, offset, epsilon=epsilon)
    axes = tuple(range(axis % x.ndim, x.ndim))
    mean = ops.mean(x, axes, keepdims=True)
    factor = ops.rsqrt(ops.mean(ops.square(x - mean), axes, keepdims=True) + epsilon)
    y = (x - mean) * factor * scale
    return [y if offset is None else y + offset, mean, factor]


@ONNX_OPS.laid("LRN")
def local_response_normalization(
    x: Any, *, size: int, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
) -> Any:
    if not size % 2:
        raise ValueError(f"size {size}; only odd ones are run here")
    values = last(x)
    y = ops.local_response_normalization(values, (size - 1) // 2, bias, alpha / size, beta)
    return Last(y)


@ONNX_OPS.op("LpNormalization")
def lp_normalization(x: Any, *, axis: int = -1, p: int = 2) -> Any:
    size = ops.sqrt(ops.sum(ops.square(x), axis, keepdims=True))
    return ops.div_no_nan(x, ops.sum(ops.abs(x), axis, keepdims=True) if p == 1 else size)


@ONNX_OPS.laid("Softmax")
def softmax(x: Any, *, axis: int | None = None, opset: int = 13) -> Any:
    return _of_rows(ops.softmax, x, axis, opset)


@ONNX_OPS.laid("LogSoftmax")
def log_softmax(x: Any, *, axis: int | None = None, opset: int = 13) -> Any:
    return _of_rows(ops.log_softmax, x, axis, opset)


def _of_rows(function: Any, x: Any, axis: int | None, opset: int) -> Any:
    """Until version 12 an axis stands for itself and all behind it, all in one row."""
    if opset >= 13:
        axis = -1 if axis is None else axis
        if isinstance(x, Last):
            return Last(function(x.values, last_axis(axis, x.ndim)))
        return function(x, axis)
    x = plain(x)
    axis = (1 if axis is None else axis) % x.ndim
    rows = x.reshape(math.prod(x.shape[:axis]), -1)
    return function(rows, -1).reshape(*x.shape)
