"""Xception (Chollet 2017): separable convolutions with a way around."""

from __future__ import annotations

from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks


def Xception(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "xception",
) -> Model:
    """Xception; pictures are 299 x 299 where not said, and at least 71 x 71. Weights
    are None, or those of a file.

    Example:
        >>> model = pw.applications.Xception(weights=None, include_top=False, pooling="avg")
        >>> model.output_shape
        (None, 2048)
    """
    what = "Xception"
    blocks.check(what, weights, include_top, classes, pooling, classifier_activation)
    inputs = blocks.picture(what, input_shape, input_tensor, 299, 71, include_top)
    x = inputs
    for i, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        x = L.Conv2D(filters, 3, strides, use_bias=False, name=f"block1_conv{i}")(x)
        x = L.BatchNormalization(name=f"block1_conv{i}_bn")(x)
        x = L.Activation("relu", name=f"block1_conv{i}_act")(x)
    x = _narrowing(x, 2, 128, 128, ("block2_sepconv2_act",))
    x = _narrowing(x, 3, 256, 256, ("block3_sepconv1_act", "block3_sepconv2_act"))
    x = _narrowing(x, 4, 728, 728, ("block4_sepconv1_act", "block4_sepconv2_act"))
    for number in range(5, 13):
        around = x
        for i in (1, 2, 3):
            x = L.Activation("relu", name=f"block{number}_sepconv{i}_act")(x)
            x = _separable(x, 728, f"block{number}_sepconv{i}")
        x = L.Add()([x, around])
    x = _narrowing(x, 13, 728, 1024, ("block13_sepconv1_act", "block13_sepconv2_act"))
    for i, filters in enumerate((1536, 2048), 1):
        x = _separable(x, filters, f"block14_sepconv{i}")
        x = L.Activation("relu", name=f"block14_sepconv{i}_act")(x)
    if include_top:
        x = L.GlobalAveragePooling2D(name="avg_pool")(x)
        x = blocks.classified(x, classes, classifier_activation)
    else:
        x = blocks.pooled(x, pooling)
    return blocks.finished(inputs, x, name, weights)


def _separable(x: Any, filters: int, name: str) -> Any:
    x = L.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return L.BatchNormalization(name=f"{name}_bn")(x)


def _narrowing(x: Any, number: int, first: int, second: int, acts: tuple[str, ...]) -> Any:
    """Two separable convolutions to half the size; `acts` are the names of the relus
    before them.
    """
    around = L.Conv2D(second, 1, 2, "same", use_bias=False)(x)
    around = L.BatchNormalization()(around)
    if len(acts) == 2:
        x = L.Activation("relu", name=acts[0])(x)
    x = _separable(x, first, f"block{number}_sepconv1")
    x = L.Activation("relu", name=acts[-1])(x)
    x = _separable(x, second, f"block{number}_sepconv2")
    x = L.MaxPooling2D(3, 2, "same", name=f"block{number}_pool")(x)
    return L.Add()([x, around])
