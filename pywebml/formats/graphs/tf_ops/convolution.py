"""Convolutions, with what is fused into them, and pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .... import ops
from .fused import Fused, fused
from .table import TF_OPS

_ONES = (1, 1, 1, 1)


def _inner(sizes: Sequence[Any], data_format: str) -> Any:
    """The entries of height and width (and depth) among those of all axes."""
    return tuple(sizes[2:] if data_format.startswith("NC") else sizes[1:-1])


def _padding(padding: str, explicit: Sequence[int], data_format: str) -> Any:
    """As `pw.ops` takes it: "EXPLICIT" has a number before and after for each axis."""
    if padding != "EXPLICIT":
        return padding.lower()
    pairs = list(zip(explicit[::2], explicit[1::2], strict=True))
    return _inner(pairs, data_format)


@TF_OPS.op("Conv2D", "DepthwiseConv2dNative", "DepthwiseConv2d")
def conv2d(
    x: Any,
    filter: Any,
    *,
    op: str,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = _ONES,
) -> Any:
    function = ops.conv2d if op == "Conv2D" else ops.depthwise_conv2d
    return function(
        x,
        filter,
        _inner(strides, data_format),
        _padding(padding, explicit_paddings, data_format),
        data_format=data_format,
        dilations=_inner(dilations, data_format),
    )


@TF_OPS.op("_FusedConv2D", "FusedDepthwiseConv2dNative")
def fused_conv2d(
    x: Any,
    filter: Any,
    *args: Any,
    op: str,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = _ONES,
    fused_ops: Sequence[str] = (),
    epsilon: float = 1e-4,
    leakyrelu_alpha: float = 0.2,
) -> Any:
    function = ops.fused.conv2d if op == "_FusedConv2D" else ops.fused.depthwise_conv2d
    told = fused(args, Fused(tuple(fused_ops), epsilon, leakyrelu_alpha))
    filter, options = told.folded(filter, is_depthwise=op != "_FusedConv2D")
    return function(
        x,
        filter,
        _inner(strides, data_format),
        _padding(padding, explicit_paddings, data_format),
        data_format=data_format,
        dilations=_inner(dilations, data_format),
        **options,
    )


@TF_OPS.op("Conv2DBackpropInput", host=[0])
def conv2d_transpose(
    sizes: Sequence[int],
    filter: Any,
    x: Any,
    *,
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
    dilations: Sequence[int] = _ONES,
) -> Any:
    return ops.conv2d_transpose(
        x,
        filter,
        (x.shape[0], *sizes[1:]),
        _inner(strides, data_format),
        _padding(padding, explicit_paddings, data_format),
        data_format=data_format,
        dilations=_inner(dilations, data_format),
    )


@TF_OPS.op("Conv3D")
def conv3d(
    x: Any,
    filter: Any,
    *,
    strides: Sequence[int],
    padding: str,
    data_format: str = "NDHWC",
    dilations: Sequence[int] = (1, 1, 1, 1, 1),
) -> Any:
    return ops.conv3d(
        x,
        filter,
        _inner(strides, data_format),
        padding.lower(),
        data_format=data_format,
        dilations=_inner(dilations, data_format),
    )


@TF_OPS.op("Dilation2D")
def dilation2d(
    x: Any, filter: Any, *, strides: Sequence[int], rates: Sequence[int], padding: str
) -> Any:
    return ops.dilation2d(
        x, filter, _inner(strides, "NHWC"), padding.lower(), _inner(rates, "NHWC")
    )


_POOLS: dict[str, Callable[..., Any]] = {
    "AvgPool": ops.avg_pool, "MaxPool": ops.max_pool, "AvgPool3D": ops.avg_pool3d,
    "MaxPool3D": ops.max_pool3d,
}  # fmt: skip


@TF_OPS.op(*_POOLS)
def pool(
    x: Any,
    *,
    op: str,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    explicit_paddings: Sequence[int] = (),
    data_format: str = "NHWC",
) -> Any:
    data_format = data_format.replace("D", "") if x.ndim == 4 else data_format
    if x.ndim == 5 and "D" not in data_format:
        data_format = "NDHWC"
    return _POOLS[op](
        x,
        _inner(ksize, data_format),
        _inner(strides, data_format),
        _padding(padding, explicit_paddings, data_format),
        data_format=data_format,
    )


@TF_OPS.op("MaxPoolWithArgmax")
def max_pool_with_argmax(
    x: Any,
    *,
    ksize: Sequence[int],
    strides: Sequence[int],
    padding: str,
    include_batch_in_index: bool = False,
) -> Any:
    sizes = _inner(ksize, "NHWC"), _inner(strides, "NHWC")
    return list(
        ops.max_pool_with_argmax(
            x, *sizes, padding.lower(), include_batch_in_index=include_batch_in_index
        )
    )
