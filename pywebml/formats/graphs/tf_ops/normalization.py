"""Normalizations and softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from .table import TF_OPS


@TF_OPS.op("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any,
    variance: Any,
    *,
    epsilon: float = 1e-4,
    data_format: str = "NHWC",
) -> Any:
    factor = norm_factor(scale, variance, epsilon=epsilon)
    shift = norm_shift(offset, mean, factor)
    return [normed(x, factor, shift, data_format=data_format), mean, variance]


@TF_OPS.op("_NormFactor")
def norm_factor(scale: Any, variance: Any, *, epsilon: float) -> Any:
    return scale / ops.sqrt(variance + epsilon)


@TF_OPS.op("_NormShift")
def norm_shift(offset: Any, mean: Any, factor: Any) -> Any:
    return offset - mean * factor


@TF_OPS.op("_NormedFilter")
def normed_filter(filter: Any, factor: Any, *, is_depthwise: bool) -> Any:
    """The filter of a convolution with a batch norm behind it."""
    return filter * factor.reshape(filter.shape[2 if is_depthwise else 3 :])


@TF_OPS.op("_Normed")
def normed(x: Any, factor: Any, shift: Any, *, data_format: str = "NHWC") -> Any:
    if data_format.startswith("NC"):
        factor, shift = (v.reshape(-1, *[1] * (x.ndim - 2)) for v in (factor, shift))
    return x * factor + shift


@TF_OPS.op("LRN")
def local_response(
    x: Any, *, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Any:
    return ops.local_response_normalization(x, depth_radius, bias, alpha, beta)


@TF_OPS.op("Softmax")
def softmax(x: Any) -> Any:
    return ops.softmax(x)


@TF_OPS.op("LogSoftmax")
def log_softmax(x: Any) -> Any:
    return ops.log_softmax(x)


@TF_OPS.op("EuclideanNorm", host=[1])
def euclidean_norm(x: Any, axis: int | Sequence[int], *, keep_dims: bool = False) -> Any:
    return ops.euclidean_norm(x, axis, keepdims=keep_dims)
