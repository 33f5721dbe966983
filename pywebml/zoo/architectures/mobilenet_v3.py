"""MobileNetV3 (Howard et al. 2019): inverted bottlenecks with squeeze and excitation."""

from __future__ import annotations

from typing import Any, NamedTuple

from ... import layers as L
from ...models import Model
from . import blocks


class Block(NamedTuple):
    expansion: float
    filters: int
    wide: bool  # a kernel of 5
    strides: int
    squeezes: bool
    hard: bool  # hard swish behind it, not relu


SMALL = (
    Block(1, 16, False, 2, True, False), Block(72 / 16, 24, False, 2, False, False),
    Block(88 / 24, 24, False, 1, False, False), Block(4, 40, True, 2, True, True),
    Block(6, 40, True, 1, True, True), Block(6, 40, True, 1, True, True),
    Block(3, 48, True, 1, True, True), Block(3, 48, True, 1, True, True),
    Block(6, 96, True, 2, True, True), Block(6, 96, True, 1, True, True),
    Block(6, 96, True, 1, True, True),
)  # fmt: skip
LARGE = (
    Block(1, 16, False, 1, False, False), Block(4, 24, False, 2, False, False),
    Block(3, 24, False, 1, False, False), Block(3, 40, True, 2, True, False),
    Block(3, 40, True, 1, True, False), Block(3, 40, True, 1, True, False),
    Block(6, 80, False, 2, False, True), Block(2.5, 80, False, 1, False, True),
    Block(2.3, 80, False, 1, False, True), Block(2.3, 80, False, 1, False, True),
    Block(6, 112, False, 1, True, True), Block(6, 112, False, 1, True, True),
    Block(6, 160, True, 2, True, True), Block(6, 160, True, 1, True, True),
    Block(6, 160, True, 1, True, True),
)  # fmt: skip


def MobileNetV3Small(
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Small",
) -> Model:
    """The small MobileNetV3, `alpha` times as wide. Its first layer takes bytes to -1
    ... 1 (`include_preprocessing`). Weights are None, or those of a file.

    Example:
        >>> model = pw.applications.MobileNetV3Small((32, 32, 3), weights=None, classes=10)
        >>> model.output_shape
        (None, 10)
    """
    return _network(
        SMALL, 1024, input_shape, alpha, minimalistic, include_top, weights, input_tensor,
        classes, pooling, dropout_rate, classifier_activation, include_preprocessing, name,
    )  # fmt: skip


def MobileNetV3Large(
    input_shape: Any = None,
    alpha: float = 1.0,
    minimalistic: bool = False,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    classes: int = 1000,
    pooling: str | None = None,
    dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax",
    include_preprocessing: bool = True,
    name: str = "MobileNetV3Large",
) -> Model:
    """The large MobileNetV3; arguments as for `MobileNetV3Small`.

    Example:
        >>> model = pw.applications.MobileNetV3Large((32, 32, 3), weights=None, classes=10)
        >>> model.output_shape
        (None, 10)
    """
    return _network(
        LARGE, 1280, input_shape, alpha, minimalistic, include_top, weights, input_tensor,
        classes, pooling, dropout_rate, classifier_activation, include_preprocessing, name,
    )  # fmt: skip


def _network(
    stages: tuple[Block, ...], last: int, input_shape: Any, alpha: float, minimalistic: bool,
    top: bool, weights: Any, input_tensor: Any, classes: int, pooling: str | None, dropout: float,
    activation: Any, preprocessing: bool, name: str,
) -> Model:  # fmt: skip
    blocks.check(name, weights, top, classes, pooling, activation)
    shape = input_shape or (None, None, 3)
    inputs = blocks.picture(name, shape, input_tensor, 224, 32, False)
    hard = not minimalistic
    x = L.Rescaling(1 / 127.5, -1.0)(inputs) if preprocessing else inputs
    x = L.Conv2D(16, 3, 2, "same", use_bias=False, name="conv")(x)
    x = _active(_normalised(x, "conv_bn"), hard)
    for number, block in enumerate(stages):
        simple = {"wide": False, "squeezes": False, "hard": False} if minimalistic else {}
        x = _bottleneck(x, block._replace(**simple), alpha, number)
    wide = blocks.divisible(x.shape[-1] * 6)
    x = L.Conv2D(wide, 1, padding="same", use_bias=False, name="conv_1")(x)
    x = _active(_normalised(x, "conv_1_bn"), hard)
    if top:
        x = L.GlobalAveragePooling2D(keepdims=True)(x)
        last = blocks.divisible(last * alpha) if alpha > 1.0 else last
        x = _active(L.Conv2D(last, 1, padding="same", name="conv_2")(x), hard)
        x = L.Dropout(dropout)(x) if dropout > 0 else x
        x = L.Flatten()(L.Conv2D(classes, 1, padding="same", name="logits")(x))
        x = L.Activation(activation, name="predictions")(x)
    else:
        x = blocks.pooled(x, pooling, names=True)
    return blocks.finished(inputs, x, name, weights)


def _normalised(x: Any, name: str) -> Any:
    return L.BatchNormalization(momentum=0.999, epsilon=1e-3, name=name)(x)


def _active(x: Any, hard: bool) -> Any:
    return L.Activation("hard_swish")(x) if hard else L.ReLU()(x)


def _bottleneck(x: Any, block: Block, alpha: float, number: int) -> Any:
    start, channels = x, x.shape[-1]
    filters, size = blocks.divisible(block.filters * alpha), 5 if block.wide else 3
    prefix = f"expanded_conv_{number}_" if number else "expanded_conv_"
    if number:
        wide = blocks.divisible(channels * block.expansion)
        x = L.Conv2D(wide, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = _active(_normalised(x, f"{prefix}expand_bn"), block.hard)
    if block.strides == 2:
        x = L.ZeroPadding2D(
            blocks.halving_border(x, size), name=f"{prefix}depthwise_pad"
        )(x)  # fmt: skip
    padding = "same" if block.strides == 1 else "valid"
    x = L.DepthwiseConv2D(
        size, block.strides, padding, use_bias=False, name=f"{prefix}depthwise"
    )(x)  # fmt: skip
    x = _active(_normalised(x, f"{prefix}depthwise_bn"), block.hard)
    if block.squeezes:
        x = _excited(x, blocks.divisible(channels * block.expansion), prefix)
    x = L.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalised(x, f"{prefix}project_bn")
    if block.strides == 1 and channels == filters:
        return L.Add(name=f"{prefix}add")([start, x])
    return x


def _excited(x: Any, filters: int, prefix: str) -> Any:
    """x, each channel times what the means of all say."""
    means = L.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}squeeze_excite_avg_pool")(x)
    narrow = blocks.divisible(filters * 0.25)
    y = L.Conv2D(narrow, 1, padding="same", name=f"{prefix}squeeze_excite_conv")(means)
    y = L.ReLU(name=f"{prefix}squeeze_excite_relu")(y)
    y = L.Conv2D(filters, 1, padding="same", name=f"{prefix}squeeze_excite_conv_1")(y)
    y = L.Activation("hard_sigmoid")(y)
    return L.Multiply(name=f"{prefix}squeeze_excite_mul")([x, y])
