"""Activations, normalizations, convolutions and losses, as Keras has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from ...layers import activations
from .arrays import moveaxis
from .elementwise import clip
from .statistics import mean, var
from .support import axes_of, dtype_of, to_float, to_tensor

__all__ = [
    "adaptive_average_pool", "adaptive_max_pool", "average_pool", "batch_normalization",
    "binary_crossentropy", "categorical_crossentropy", "conv", "conv_transpose",
    "depth_to_space", "depthwise_conv", "dot_product_attention", "fold", "gelu",
    "layer_normalization", "max_pool", "multi_hot", "normalize", "one_hot", "psnr",
    "rms_normalization", "separable_conv", "softmax", "space_to_depth",
    "sparse_categorical_crossentropy", "unfold",
]  # fmt: skip

# --- activations


def gelu(x: Any, approximate: bool = True) -> Tensor:
    """x times the normal distribution's function, or its approximation by tanh, which
    is what keras.layers do without.
    """
    return activations.gelu(to_float(x), approximate)


def softmax(x: Any, axis: Any = -1) -> Tensor:
    """exp(x) / its sum along an axis, or along several together."""
    x = to_float(x)
    axes = axes_of(axis, x.ndim)
    if len(axes) == 1:
        return ops.softmax(x, axes[0])
    if not axes:
        return ops.softmax(x.reshape(1), -1).reshape(())
    largest = ops.max(x, axes, True)
    powers = ops.exp(x - largest)
    return powers / ops.sum(powers, axes, True)


# --- classes


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at each class number on a new axis: one_hot([1], 3) is [[0, 1, 0]]."""
    if sparse:
        raise ValueError("one_hot: there are no sparse tensors here; leave sparse out")
    hot = ops.one_hot(to_tensor(x).astype("int32"), num_classes)
    hot = hot if dtype is None else hot.astype(dtype_of(dtype))
    return hot if axis in (-1, hot.ndim - 1) else moveaxis(hot, -1, axis)


def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
) -> Tensor:
    """1 at all class numbers of an example: multi_hot([[0, 2]], 3) is [[1, 0, 1]]."""
    if num_classes is None:
        raise ValueError("multi_hot: say how many classes there are, num_classes=10")
    inputs = to_tensor(inputs)
    several = 1 if inputs.ndim > 1 else 0
    hot = one_hot(inputs, num_classes, -1, dtype, sparse)
    return ops.max(hot, several)


# --- normalization


def normalize(x: Any, axis: int = -1, order: float = 2, epsilon: float | None = None) -> Tensor:
    """x by its norm along an axis."""
    x, epsilon = to_float(x), 1e-12 if epsilon is None else epsilon
    if order == 2:
        return x * ops.rsqrt(ops.maximum(ops.sum(x * x, axis, True), epsilon**2))
    size = ops.abs(x)
    if math.isinf(order):
        norm = ops.max(size, axis, True)
    else:
        norm = ops.pow(ops.sum(ops.pow(size, float(order)), axis, True), 1.0 / order)
    return x / ops.maximum(norm, epsilon)


def batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:  # fmt: skip
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, for each channel."""
    x = to_float(x)
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    mean, variance = to_tensor(mean).reshape(shape), to_tensor(variance).reshape(shape)
    factor = ops.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * to_tensor(scale).reshape(shape)
    y = (x - mean) * factor
    return y if offset is None else y + to_tensor(offset).reshape(shape)


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Tensor:
    """x with mean 0 and variance 1 over an axis or several, times gamma, plus beta."""
    x = to_float(x)
    axes = axes_of(axis, x.ndim)
    shape = [n if i in axes else 1 for i, n in enumerate(x.shape)]
    y = x - mean(x, axes, True)
    y = y * ops.rsqrt(var(x, axes, True) + (1e-7 if epsilon is None else epsilon))
    y = y if gamma is None else y * to_tensor(gamma).reshape(shape)
    return y if beta is None else y + to_tensor(beta).reshape(shape)


def rms_normalization(
    x: Any, scale: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Tensor:
    """x by the root of the mean of its squares over an axis, times `scale`."""
    x = to_float(x)
    y = x * ops.rsqrt(mean(x * x, axis, True) + (1e-7 if epsilon is None else epsilon))
    return y if scale is None else y * scale


# --- windows


def _format(data_format: str | None, rank: int) -> tuple[str, bool]:
    """(ours, whether channels come first)."""
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first', got {data_format!r}"
        )
    return ("NWC", "NHWC", "NDHWC")[rank - 1], data_format == "channels_first"


def _windowed(function: Callable[..., Any], x: Any, data_format: str | None) -> Tensor:
    """With channels last, whichever way x has them."""
    x = to_float(x)
    _, first = _format(data_format, x.ndim - 2)
    y = function(moveaxis(x, 1, -1) if first else x)
    return moveaxis(y, -1, 1) if first else y


def _one(values: Any) -> Any:
    """One number for sequences, where one was given for one axis."""
    return values[0] if isinstance(values, (tuple, list)) and len(values) == 1 else values


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """A convolution of sequences, pictures or volumes; a kernel of fewer channels than
    the inputs have makes groups.
    """
    kernel = to_float(kernel)
    run = (ops.conv1d, ops.conv2d, ops.conv3d)[kernel.ndim - 3]
    name = "dilation" if kernel.ndim == 3 else "dilations"
    options = {name: _one(dilation_rate)}

    def call(x: Tensor) -> Tensor:
        groups = x.shape[-1] // kernel.shape[-2]
        if groups == 1:
            return run(x, kernel, _one(strides), padding, **options)
        parts = zip(ops.split(x, groups, -1), ops.split(kernel, groups, -1), strict=True)
        return ops.concat([run(a, k, _one(strides), padding, **options) for a, k in parts], -1)

    return _windowed(call, inputs, data_format)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """A convolution of every channel by itself, of sequences or pictures."""
    kernel = to_float(kernel)

    def call(x: Tensor) -> Tensor:
        if kernel.ndim == 4:
            return ops.depthwise_conv2d(x, kernel, strides, padding, "NHWC", dilation_rate)
        across, apart = (1, _one(strides)), (1, _one(dilation_rate))
        if across[1] > 1:  # kernels of strides alike in both directions
            across = (across[1], across[1])
        rows = ops.expand_dims(x, 1)
        one = ops.expand_dims(kernel, 0)
        return ops.depthwise_conv2d(rows, one, across, padding, "NHWC", apart)[:, 0]

    return _windowed(call, inputs, data_format)


def separable_conv(
    inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1,
    padding: str = "valid", data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """A depthwise convolution, then one of size 1 that mixes channels."""
    deep = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(deep, pointwise_kernel, data_format=data_format)


def conv_transpose(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = 1,
) -> Tensor:  # fmt: skip
    """What `conv` does, turned round: the kernel is [*sizes, out, in]."""
    kernel = to_float(kernel)
    rank = kernel.ndim - 2
    run = (ops.conv1d_transpose, ops.conv2d_transpose, ops.conv3d_transpose)[rank - 1]

    def call(x: Tensor) -> Tensor:
        return run(
            x, kernel, None, _one(strides), padding,
            dilations=_one(dilation_rate), output_padding=output_padding,
        )  # fmt: skip

    return _windowed(call, inputs, data_format)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window."""
    run = (ops.avg_pool1d, ops.avg_pool, ops.avg_pool3d)
    return _pooled(run, inputs, pool_size, strides, padding, data_format)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """The largest of each window."""
    run = (ops.max_pool1d, ops.max_pool, ops.max_pool3d)
    return _pooled(run, inputs, pool_size, strides, padding, data_format)


def _pooled(
    run: Sequence[Callable[..., Any]], x: Any, size: Any, strides: Any, padding: str,
    data_format: str | None,
) -> Tensor:  # fmt: skip
    x = to_float(x)
    pool = run[x.ndim - 3]
    strides = size if strides is None else strides
    return _windowed(lambda x: pool(x, _one(size), _one(strides), padding), x, data_format)


def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """The means of as many windows as are asked for."""
    return _adaptive(ops.mean, inputs, output_size, data_format)


def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """The largest of as many windows as are asked for."""
    return _adaptive(ops.max, inputs, output_size, data_format)


def _adaptive(reduce: Callable[..., Any], x: Any, size: Any, data_format: str | None) -> Tensor:
    def call(x: Tensor) -> Tensor:
        sizes = [size] * (x.ndim - 2) if isinstance(size, int) else list(size)
        for axis, parts in enumerate(sizes, 1):
            n = x.shape[axis]
            bounds = [(i * n // parts, -(-(i + 1) * n // parts)) for i in range(parts)]
            pieces = [reduce(_between(x, axis, a, b), axis, True) for a, b in bounds]
            x = ops.concat(pieces, axis)
        return x

    return _windowed(call, x, data_format)


def _between(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    return x[(slice(None),) * axis + (slice(start, stop),)]


def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Channels laid out as blocks of pixels."""
    return ops.depth_to_space(x, block_size, data_format="NHWC" if data_format
                              == "channels_last" else "NCHW")  # fmt: skip


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of pixels laid out as channels."""
    return ops.space_to_depth(x, block_size, data_format="NHWC" if data_format
                              == "channels_last" else "NCHW")  # fmt: skip


def _pairs(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def unfold(
    x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The windows of [n, c, h, w] as columns [n, c * kh * kw, windows], as in PyTorch."""
    x = to_float(x)
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = map(_pairs, (kernel_size, dilation, padding, stride))
    x = ops.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    n, c, h, w = x.shape
    oh, ow = (h - dh * (kh - 1) - 1) // sh + 1, (w - dw * (kw - 1) - 1) // sw + 1
    rows = [i * dh + y * sh for i in range(kh) for y in range(oh)]
    columns = [j * dw + x * sw for j in range(kw) for x in range(ow)]
    picked = ops.gather(ops.gather(x, rows, 2), columns, 3).reshape(n, c, kh, oh, kw, ow)
    return ops.transpose(picked, (0, 1, 2, 4, 3, 5)).reshape(n, c * kh * kw, oh * ow)


def fold(
    x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """What `unfold` does, turned round: windows are added where they overlap."""
    x = to_float(x)
    (h, w), (kh, kw) = _pairs(output_size), _pairs(kernel_size)
    (dh, dw), (ph, pw), (sh, sw) = map(_pairs, (dilation, padding, stride))
    n, c = x.shape[0], x.shape[1] // (kh * kw)
    hh, ww = h + 2 * ph, w + 2 * pw
    oh, ow = (hh - dh * (kh - 1) - 1) // sh + 1, (ww - dw * (kw - 1) - 1) // sw + 1
    places = [
        (i * dh + y * sh) * ww + j * dw + z * sw
        for i in range(kh) for j in range(kw) for y in range(oh) for z in range(ow)
    ]  # fmt: skip
    values = ops.transpose(x.reshape(n * c, -1))
    flat = ops.unsorted_segment_sum(values, to_tensor(places), hh * ww)
    picture = ops.transpose(flat).reshape(n, c, hh, ww)
    return picture[:, :, ph : ph + h, pw : pw + w]


# --- attention and losses


def dot_product_attention(
    query: Any, key: Any, value: Any, bias: Any = None, mask: Any = None,
    scale: float | None = None, is_causal: bool = False, flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:  # fmt: skip
    """softmax(query . key / sqrt(size)) . value, all [batch, steps, heads, size]."""
    query, key, value = to_float(query), to_float(key), to_float(value)
    heads = query.shape[2] // key.shape[2]
    if heads > 1:
        key, value = (ops.stack([x] * heads, 3).reshape(
            *x.shape[:2], query.shape[2], x.shape[3]) for x in (key, value))  # fmt: skip
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    logits = ops.einsum("bqhd,bkhd->bhqk", query, key) * scale
    if attn_logits_soft_cap is not None:
        logits = ops.tanh(logits / attn_logits_soft_cap) * attn_logits_soft_cap
    logits = logits if bias is None else logits + bias
    if is_causal:
        steps = ops.arange(logits.shape[-2]).reshape(-1, 1)
        past = ops.greater_equal(steps, ops.arange(logits.shape[-1]))
        logits = ops.where(past, logits, -0.7 * 3.4e38)
    if mask is not None:
        logits = ops.where(to_tensor(mask).astype("bool"), logits, -0.7 * 3.4e38)
    return ops.einsum("bhqk,bkhd->bqhd", ops.softmax(logits), value)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-t log(p) - (1 - t) log(1 - p), place by place."""
    target, output = to_float(target), to_float(output)
    if from_logits:
        return ops.relu(output) - output * target + ops.log1p(ops.exp(-ops.abs(output)))
    p = clip(output, 1e-7, 1 - 1e-7)
    return -(target * ops.log(p)) - (1.0 - target) * ops.log(1.0 - p)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-sum(target log(output)) along an axis."""
    return -ops.sum(to_float(target) * _log_of(output, from_logits, axis), axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-log of the output at each class number."""
    target, output = to_tensor(target).astype("int32"), to_float(output)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = ops.squeeze(target, -1)
    hot = one_hot(target, output.shape[axis], axis)
    return -ops.sum(hot * _log_of(output, from_logits, axis), axis)


def _log_of(output: Any, from_logits: bool, axis: int) -> Tensor:
    output = to_float(output)
    if from_logits:
        return ops.log_softmax(output, axis)
    return ops.log(clip(output / ops.sum(output, axis, True), 1e-7, 1 - 1e-7))


def psnr(x1: Any, x2: Any, max_val: float) -> Tensor:
    """The peak signal-to-noise ratio of two pictures, in decibels."""
    error = ops.mean(ops.square(to_float(x1) - to_float(x2)))
    return ops.log(ops.div(float(max_val) ** 2, error)) * (10 / math.log(10))
