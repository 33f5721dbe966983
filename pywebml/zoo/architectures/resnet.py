"""ResNet-50 (He et al. 2015): blocks of three convolutions with a way around."""

from __future__ import annotations

from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks

STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
"""(filters, blocks, strides of the first)."""


def ResNet50(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "resnet50",
) -> Model:
    """ResNet-50; pictures are 224 x 224 where not said. Weights are None, or those of a
    file.

    Example:
        >>> model = pw.applications.ResNet50(weights=None, include_top=False, pooling="avg")
        >>> model.output_shape
        (None, 2048)
    """
    what = "ResNet50"
    blocks.check(what, weights, include_top, classes, pooling, classifier_activation)
    inputs = blocks.picture(what, input_shape, input_tensor, 224, 32, include_top)
    x = L.ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(inputs)
    x = _active(L.Conv2D(64, 7, 2, name="conv1_conv")(x), "conv1")
    x = L.ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    x = L.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for number, (filters, count, strides) in enumerate(STAGES, 2):
        for i in range(count):
            x = _block(x, filters, strides if i == 0 else 1, i == 0, f"conv{number}_block{i + 1}")
    if include_top:
        x = L.GlobalAveragePooling2D(name="avg_pool")(x)
        x = blocks.classified(x, classes, classifier_activation)
    else:
        x = blocks.pooled(x, pooling, names=True)
    return blocks.finished(inputs, x, name, weights)


def _normalised(x: Any, name: str) -> Any:
    return L.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)


def _active(x: Any, name: str) -> Any:
    return L.Activation("relu", name=f"{name}_relu")(_normalised(x, name))


def _block(x: Any, filters: int, strides: int, first: bool, name: str) -> Any:
    around = x
    if first:
        around = L.Conv2D(4 * filters, 1, strides, name=f"{name}_0_conv")(x)
        around = _normalised(around, f"{name}_0")
    x = _active(L.Conv2D(filters, 1, strides, name=f"{name}_1_conv")(x), f"{name}_1")
    x = L.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = L.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(_active(x, f"{name}_2"))
    x = L.Add(name=f"{name}_add")([around, _normalised(x, f"{name}_3")])
    return L.Activation("relu", name=f"{name}_out")(x)
