"""Ops as layers: a row for each that there is a layer for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .... import layers
from .formulas import elementwise
from .making import Making, NoLayer, known, symbol

if TYPE_CHECKING:
    import numpy as np
else:
    from ....host.lazy import np


def _same(sizes: Any, window: Any, op: Any) -> Any:
    """The padding that layers call "same"."""
    dilations = getattr(op, "dilations", (1, 1))
    pairs = []
    for n, k, step, rate in zip(sizes, window, op.strides, dilations, strict=True):
        total = max((-(-n // step) - 1) * step + (k - 1) * rate + 1 - n, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def _padded(m: Making, x: Any, step: Any, window: Any, zeros: bool) -> tuple[Any, str]:
    """(x, "valid" or "same"); `zeros`: whether other paddings may be zeros around x."""
    pairs = tuple(tuple(pair) for pair in step.op.padding)
    if not any(map(any, pairs)):
        return x, "valid"
    if pairs == _same(step.in_specs[0].shape[1:3], window, step.op):
        return x, "same"
    if not zeros:
        raise NoLayer(f"it pads by {pairs}, as no layer does")
    return m.layer(layers.ZeroPadding2D(pairs), x), "valid"


def _conv(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    kernel = known(ins[1], "filter")
    bias = [known(ins[2], "bias")] if len(ins) > 2 else []
    x, padding = _padded(m, symbol(ins[0]), step, kernel.shape[:2], True)
    op = step.op
    how: Any = {
        "kernel_size": kernel.shape[:2], "strides": op.strides, "padding": padding,
        "dilation_rate": op.dilations, "use_bias": bool(bias), "activation": op.activation,
    }  # fmt: skip
    depthwise = type(op).__name__.startswith("Depthwise")
    layer = (
        layers.DepthwiseConv2D(depth_multiplier=kernel.shape[3], **how)
        if depthwise
        else layers.Conv2D(kernel.shape[3], **how)
    )
    m.mark_least(step, op.activation)
    return [m.layer(layer, x, kernel, *bias)]


def _transposed(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    """[window, out, in] as the layer has it. What "valid" and "same" do not say is cut
    off.
    """
    kernel, op = known(ins[1], "filter"), step.op
    if tuple(op.dilations) != (1, 1):
        raise NoLayer("it is dilated")
    cuts = []
    sizes = zip(step.in_specs[0].shape[1:3], kernel.shape[:2], op.strides, op.size, strict=True)
    for (n, k, stride, size), (before, _) in zip(sizes, op.padding, strict=True):
        after = (n - 1) * stride + max(k, stride) - before - size
        if after < 0:
            raise NoLayer(f"it makes {size} of {n}")
        cuts.append((before, after))
    layer = layers.Conv2DTranspose(kernel.shape[2], kernel.shape[:2], op.strides, use_bias=False)
    y = m.layer(layer, symbol(ins[0]), kernel)
    return [m.layer(layers.Cropping2D(tuple(cuts)), y) if any(map(any, cuts)) else y]


def _pool(kind: Any, zeros: bool) -> Callable[..., list[Any]]:
    def row(m: Making, step: Any, ins: list[Any]) -> list[Any]:
        window = step.op.pool_size
        may = zeros and m.is_least(step)  # the largest of some that are not below 0
        x, padding = _padded(m, symbol(ins[0]), step, window, may)
        if m.is_least(step):
            m.mark_least(step, "relu")
        return [m.layer(kind(window, step.op.strides, padding), x)]

    return row


def _reduce(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    op, rank = step.op, len(step.in_specs[0].shape)
    kinds = {
        ("mean", 4): layers.GlobalAveragePooling2D, ("max", 4): layers.GlobalMaxPooling2D,
        ("mean", 3): layers.GlobalAveragePooling1D, ("max", 3): layers.GlobalMaxPooling1D,
    }  # fmt: skip
    if (op.kind, rank) not in kinds or tuple(op.axes) != tuple(range(1, rank - 1)):
        raise NoLayer(f"{op.kind} over axes {tuple(op.axes)} of {rank}")
    if m.is_least(step):
        m.mark_least(step, "relu")
    # TensorFlow.js's layers know no keepdims: whoever reads it says in which shape
    return [m.layer(kinds[op.kind, rank](), symbol(ins[0]))]


def _upsampled(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    (_, h, w, _), (_, oh, ow, _) = step.in_specs[0].shape, step.out_specs[0].shape
    if oh % h or ow % w or step.op.align_corners:
        raise NoLayer(f"it makes {h} x {w} to {oh} x {ow}")
    return [m.layer(layers.UpSampling2D((oh // h, ow // w)), symbol(ins[0]))]


# --- products, shapes


def _matmul(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    op, kernel = step.op, known(ins[1], "second factor")
    if len(step.in_specs[0].shape) != 2 or op.transpose_a or getattr(op, "heads", ""):
        raise NoLayer("it is no product of rows with a matrix")
    kernel = kernel.T if op.transpose_b else kernel
    bias = [known(ins[2], "bias")] if len(ins) > 2 else []
    layer = layers.Dense(kernel.shape[1], op.activation, use_bias=bool(bias))
    m.mark_least(step, op.activation)
    return [m.layer(layer, symbol(ins[0]), kernel, *bias)]


def _softmax(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    if step.op.scale != 1 or step.op.causal:
        raise NoLayer("it scales or masks what goes in")
    return [m.layer(layers.Activation("softmax"), symbol(ins[0]))]


def _reshape(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    if m.is_least(step):
        m.mark_least(step, "relu")
    return ins  # whoever reads it says in which shape


def _transpose(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    perm = tuple(step.op.perm)
    if perm[0] != 0:
        raise NoLayer(f"axes {perm} move the examples")
    if m.is_least(step):
        m.mark_least(step, "relu")
    return [m.layer(layers.Permute(perm[1:]), symbol(ins[0]))]


def _concat(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    axis = step.op.axis % len(step.out_specs[0].shape)
    if axis == 0:
        raise NoLayer("it joins examples")
    if all(m.is_least(step, at) for at in range(len(ins))):
        m.mark_least(step, "relu")
    return [m.layer(layers.Concatenate(axis), [symbol(value) for value in ins])]


def _pad(m: Making, step: Any, ins: list[Any]) -> list[Any]:
    """More channels are made by a convolution that hands on those there are."""
    first, *inner, (before, after) = step.op.paddings
    if len(inner) != 2 or any(first) or step.op.value:
        raise NoLayer(f"it pads by {tuple(step.op.paddings)} with {step.op.value}")
    x, channels = symbol(ins[0]), step.in_specs[0].shape[3]
    if any(map(any, inner)):
        x = m.layer(layers.ZeroPadding2D(tuple(map(tuple, inner))), x)
    if before or after:
        kernel = np.eye(channels, channels + before + after, before)
        x = m.layer(layers.Conv2D(kernel.shape[1], 1, use_bias=False), x, kernel[None, None])
    if m.is_least(step):
        m.mark_least(step, "relu")
    return [x]


ROWS: dict[str, Callable[..., list[Any]]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _conv,
    "Conv2DInputGrad": _transposed,
    "MaxPool": _pool(layers.MaxPooling2D, True),
    "AvgPool": _pool(layers.AveragePooling2D, False),
    "Reduce": _reduce,
    "ResizeNearest": _upsampled,
    "MatMul": _matmul,
    "Softmax": _softmax,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Concat": _concat,
    "Pad": _pad,
    "Elementwise": elementwise,
}
"""By the names of the ops' classes."""
