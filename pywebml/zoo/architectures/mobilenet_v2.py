"""MobileNetV2 (Sandler et al. 2018): inverted bottlenecks with a way around."""

from __future__ import annotations

from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks

STAGES = ((16, 1, 1, 1), (24, 6, 2, 2), (32, 6, 3, 2), (64, 6, 4, 2), (96, 6, 3, 1),
          (160, 6, 3, 2), (320, 6, 1, 1))  # fmt: skip
"""(filters, expansion, blocks, strides of the first)."""


def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """MobileNetV2, `alpha` times as wide; pictures are 224 x 224 where not said.
    Weights are None, or those of a file.

    Example:
        >>> model = pw.applications.MobileNetV2((32, 32, 3), 0.35, weights=None, classes=10)
        >>> model.count_params()
        423018
    """
    what = "MobileNetV2"
    blocks.check(what, weights, include_top, classes, pooling, classifier_activation)
    inputs = blocks.picture(what, input_shape, input_tensor, 224, 32, include_top)
    first = blocks.divisible(32 * alpha)
    x = _normalised(L.Conv2D(first, 3, 2, "same", use_bias=False, name="Conv1")(inputs), "bn_Conv1")
    x = L.ReLU(6.0, name="Conv1_relu")(x)
    number = 0
    for filters, expansion, count, strides in STAGES:
        for i in range(count):
            x = _bottleneck(x, filters, alpha, expansion, strides if i == 0 else 1, number)
            number += 1
    last = blocks.divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = _normalised(L.Conv2D(last, 1, use_bias=False, name="Conv_1")(x), "Conv_1_bn")
    x = L.ReLU(6.0, name="out_relu")(x)
    if include_top:
        x = blocks.classified(L.GlobalAveragePooling2D()(x), classes, classifier_activation)
    else:
        x = blocks.pooled(x, pooling)
    sizes = inputs.shape[1] if inputs.shape[1] == inputs.shape[2] else 224
    name = name or f"mobilenetv2_{alpha:0.2f}_{sizes}"
    return blocks.finished(inputs, x, name, weights)


def _normalised(x: Any, name: str) -> Any:
    return L.BatchNormalization(momentum=0.999, epsilon=1e-3, name=name)(x)


def _bottleneck(
    x: Any, filters: int, alpha: float, expansion: int, strides: int, number: int
) -> Any:
    start, channels = x, x.shape[-1]
    prefix = f"block_{number}_" if number else "expanded_conv_"
    if number:
        wide = expansion * channels
        x = L.Conv2D(wide, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = L.ReLU(6.0, name=f"{prefix}expand_relu")(_normalised(x, f"{prefix}expand_BN"))
    if strides == 2:
        x = L.ZeroPadding2D(blocks.halving_border(x, 3), name=f"{prefix}pad")(x)
    padding = "same" if strides == 1 else "valid"
    x = L.DepthwiseConv2D(3, strides, padding, use_bias=False, name=f"{prefix}depthwise")(x)
    x = L.ReLU(6.0, name=f"{prefix}depthwise_relu")(_normalised(x, f"{prefix}depthwise_BN"))
    width = blocks.divisible(int(filters * alpha))
    x = L.Conv2D(width, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalised(x, f"{prefix}project_BN")
    if strides == 1 and channels == width:
        return L.Add(name=f"{prefix}add")([start, x])
    return x
