"""VGG (Simonyan & Zisserman 2014): convolutions of 3 x 3, and pooling."""

from __future__ import annotations

from typing import Any

from ... import layers as L
from ...models import Model
from . import blocks


def VGG16(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "vgg16",
) -> Model:
    """VGG with 13 convolutions; pictures are 224 x 224 where not said. Weights are
    None, or those of a file.

    Example:
        >>> model = pw.applications.VGG16(weights=None, include_top=False, pooling="max")
        >>> model.output_shape
        (None, 512)
    """
    return _network((2, 2, 3, 3, 3), include_top, weights, input_tensor, input_shape, pooling,
                    classes, classifier_activation, name)  # fmt: skip


def VGG19(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "vgg19",
) -> Model:
    """VGG with 16 convolutions; arguments as for `VGG16`.

    Example:
        >>> model = pw.applications.VGG19(weights=None, include_top=False, pooling="max")
        >>> model.output_shape
        (None, 512)
    """
    return _network((2, 2, 4, 4, 4), include_top, weights, input_tensor, input_shape, pooling,
                    classes, classifier_activation, name)  # fmt: skip


def _network(
    counts: tuple[int, ...], top: bool, weights: Any, input_tensor: Any, input_shape: Any,
    pooling: str | None, classes: int, activation: Any, name: str,
) -> Model:  # fmt: skip
    blocks.check(name, weights, top, classes, pooling, activation)
    x = inputs = blocks.picture(name, input_shape, input_tensor, 224, 32, top)
    for number, (count, filters) in enumerate(
        zip(counts, (64, 128, 256, 512, 512), strict=True), 1
    ):
        for i in range(count):
            name_ = f"block{number}_conv{i + 1}"
            x = L.Conv2D(filters, 3, padding="same", activation="relu", name=name_)(x)
        x = L.MaxPooling2D(2, 2, name=f"block{number}_pool")(x)
    if top:
        x = L.Flatten(name="flatten")(x)
        x = L.Dense(4096, activation="relu", name="fc1")(x)
        x = L.Dense(4096, activation="relu", name="fc2")(x)
        x = blocks.classified(x, classes, activation)
    else:
        x = blocks.pooled(x, pooling)
    return blocks.finished(inputs, x, name, weights)
