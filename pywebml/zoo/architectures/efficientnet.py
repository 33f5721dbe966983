"""EfficientNet (Tan & Le 2019): B0, and the same wider and deeper."""

from __future__ import annotations

import math
from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks

STAGES = ((3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
          (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1))  # fmt: skip
"""(kernel, blocks, filters in, filters out, expansion, strides of the first)."""

_KERNELS: Any = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
_CLASSES: Any = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1 / 3, "mode": "fan_out", "distribution": "uniform"},
}


def EfficientNetB0(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb0",
) -> Model:
    """EfficientNet-B0, for bytes of pictures of 224 x 224 where not said. Weights are
    None, or those of a file.

    Example:
        >>> model = pw.applications.EfficientNetB0(
        ...     weights=None, input_shape=(32, 32, 3), classes=10)
        >>> model.output_shape
        (None, 10)
    """
    return _network(1.0, 1.0, 224, 0.2, include_top, weights, input_tensor, input_shape, pooling,
                    classes, classifier_activation, name)  # fmt: skip


def EfficientNetB1(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb1",
) -> Model:
    """EfficientNet-B1, for 240 x 240; arguments as for `EfficientNetB0`.

    Example:
        >>> model = pw.applications.EfficientNetB1(weights=None, include_top=False)
        >>> model.output_shape
        (None, None, None, 1280)
    """
    return _network(1.0, 1.1, 240, 0.2, include_top, weights, input_tensor, input_shape, pooling,
                    classes, classifier_activation, name)  # fmt: skip


def EfficientNetB2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "efficientnetb2",
) -> Model:
    """EfficientNet-B2, for 260 x 260; arguments as for `EfficientNetB0`.

    Example:
        >>> model = pw.applications.EfficientNetB2(weights=None, include_top=False)
        >>> model.output_shape
        (None, None, None, 1408)
    """
    return _network(1.1, 1.2, 260, 0.3, include_top, weights, input_tensor, input_shape, pooling,
                    classes, classifier_activation, name)  # fmt: skip


def _network(
    width: float, depth: float, size: int, dropout: float, top: bool, weights: Any,
    input_tensor: Any, input_shape: Any, pooling: str | None, classes: int, activation: Any,
    name: str,
) -> Model:  # fmt: skip
    blocks.check(name, weights, top, classes, pooling, activation)
    inputs = blocks.picture(name, input_shape, input_tensor, size, 32, top)

    def wide(filters: int) -> int:
        return blocks.divisible(filters * width)

    x = L.Normalization(axis=3)(L.Rescaling(1 / 255)(inputs))
    x = L.ZeroPadding2D(blocks.halving_border(x, 3), name="stem_conv_pad")(x)
    x = L.Conv2D(wide(32), 3, 2, use_bias=False, kernel_initializer=_KERNELS, name="stem_conv")(x)
    x = _active(x, "stem_")
    counts = [math.ceil(depth * stage[1]) for stage in STAGES]
    number = 0
    for i, (kernel, _, before, after, expansion, strides) in enumerate(STAGES):
        for j in range(counts[i]):
            x = _block(
                x, f"block{i + 1}{chr(j + 97)}_", wide(after if j else before), wide(after),
                kernel, expansion, 1 if j else strides, 0.2 * number / sum(counts),
            )  # fmt: skip
            number += 1
    last: dict[str, Any] = {"use_bias": False, "kernel_initializer": _KERNELS, "name": "top_conv"}
    x = _active(L.Conv2D(wide(1280), 1, padding="same", **last)(x), "top_")
    if top:
        x = L.GlobalAveragePooling2D(name="avg_pool")(x)
        x = L.Dropout(dropout, name="top_dropout")(x)
        x = blocks.classified(x, classes, activation, kernel_initializer=_CLASSES)
    else:
        x = blocks.pooled(x, pooling, names=True)
    return blocks.finished(inputs, x, name, weights)


def _active(x: Any, prefix: str) -> Any:
    x = L.BatchNormalization(name=f"{prefix}bn")(x)
    return L.Activation("swish", name=f"{prefix}activation")(x)


def _block(
    x: Any, name: str, before: int, after: int, kernel: int, expansion: int, strides: int,
    drop: float,
) -> Any:  # fmt: skip
    start, filters = x, before * expansion
    plain: dict[str, Any] = {"use_bias": False, "kernel_initializer": _KERNELS}
    if expansion > 1:
        x = L.Conv2D(filters, 1, padding="same", name=f"{name}expand_conv", **plain)(x)
        x = _active(x, f"{name}expand_")
    if strides == 2:
        x = L.ZeroPadding2D(blocks.halving_border(x, kernel), name=f"{name}dwconv_pad")(x)
    x = L.DepthwiseConv2D(
        kernel, strides, "same" if strides == 1 else "valid", use_bias=False,
        depthwise_initializer=_KERNELS, name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = _active(x, name)
    x = _excited(x, name, filters, max(1, int(before * 0.25)))
    x = L.Conv2D(after, 1, padding="same", name=f"{name}project_conv", **plain)(x)
    x = L.BatchNormalization(name=f"{name}project_bn")(x)
    if strides == 1 and before == after:
        if drop > 0:
            x = L.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = L.Add(name=f"{name}add")([x, start])
    return x


def _excited(x: Any, name: str, filters: int, narrow: int) -> Any:
    """x, each channel times what the means of all say."""
    same: dict[str, Any] = {"padding": "same", "kernel_initializer": _KERNELS}
    means = L.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    means = L.Reshape((1, 1, filters), name=f"{name}se_reshape")(means)
    y = L.Conv2D(narrow, 1, activation="swish", name=f"{name}se_reduce", **same)(means)
    y = L.Conv2D(filters, 1, activation="sigmoid", name=f"{name}se_expand", **same)(y)
    return L.Multiply(name=f"{name}se_excite")([x, y])
