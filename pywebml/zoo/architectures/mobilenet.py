"""MobileNet (Howard et al. 2017): depthwise convolutions, then such of size 1."""

from __future__ import annotations

from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks

BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2),
          (1024, 1))  # fmt: skip
"""(filters, strides) of each block."""


def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:
    """MobileNet, `alpha` times as wide; pictures are 224 x 224 where not said. Weights
    are None, or those of a file.

    Example:
        >>> model = pw.applications.MobileNet((32, 32, 3), 0.25, weights=None, classes=10)
        >>> model.count_params()
        221114
    """
    what = "MobileNet"
    blocks.check(what, weights, include_top, classes, pooling, classifier_activation)
    inputs = blocks.picture(what, input_shape, input_tensor, 224, 32, include_top)
    x = L.Conv2D(int(32 * alpha), 3, 2, "same", use_bias=False, name="conv1")(inputs)
    x = L.ReLU(6.0, name="conv1_relu")(L.BatchNormalization(name="conv1_bn")(x))
    for i, (filters, strides) in enumerate(BLOCKS, 1):
        if strides == 2:
            x = L.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
        x = L.DepthwiseConv2D(
            3, strides, "same" if strides == 1 else "valid", depth_multiplier, use_bias=False,
            name=f"conv_dw_{i}",
        )(x)  # fmt: skip
        x = L.ReLU(6.0, name=f"conv_dw_{i}_relu")(L.BatchNormalization(name=f"conv_dw_{i}_bn")(x))
        width = int(filters * alpha)
        x = L.Conv2D(width, 1, padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
        x = L.ReLU(6.0, name=f"conv_pw_{i}_relu")(L.BatchNormalization(name=f"conv_pw_{i}_bn")(x))
    if include_top:
        x = L.GlobalAveragePooling2D(keepdims=True)(x)
        x = L.Dropout(dropout, name="dropout")(x)
        x = L.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = L.Reshape((classes,), name="reshape_2")(x)
        x = L.Activation(classifier_activation, name="predictions")(x)
    else:
        x = blocks.pooled(x, pooling)
    sizes = inputs.shape[1] if inputs.shape[1] == inputs.shape[2] else 224
    name = name or f"mobilenet_{alpha:0.2f}_{sizes}"
    return blocks.finished(inputs, x, name, weights)
