"""ResNet-18 and ResNet-50 as torchvision builds and trains them.

Architecture: He et al. 2015, arXiv 1512.03385, table 1. Where a block halves the
picture torchvision's second version lets the 3 x 3 convolution do it, not the first;
borders are zeros all around, and convolutions have no biases. Layers are named as in
Keras's ResNet50, which differs in all of these: `pw.applications.ResNet50`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import layers as L
from ..models import Model
from .mobilenet_v2 import PREPROCESS

__all__ = ["PREPROCESS", "architecture", "names"]

EPSILON = 1e-5
FILTERS = (64, 128, 256, 512)
REPEATS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}
"""Blocks of each stage, by the network's depth. Those of 18 have two convolutions of
3 x 3; those of 50 have 1 x 1, 3 x 3, and 1 x 1 with four times as many filters.
"""


def blocks(depth: int) -> Iterator[tuple[str, str, int, int, bool]]:
    """(name, torchvision's, filters, strides, whether the way around has a convolution)
    of all blocks.
    """
    for stage, (filters, count) in enumerate(zip(FILTERS, REPEATS[depth], strict=True), 1):
        for i in range(count):
            strides = 2 if stage > 1 and i == 0 else 1
            around = i == 0 and (stage > 1 or depth == 50)
            yield f"conv{stage + 1}_block{i + 1}", f"layer{stage}.{i}", filters, strides, around


def _convolutions(depth: int, filters: int, strides: int) -> list[tuple[int, int, int]]:
    """(filters, size, strides) of a block's convolutions."""
    if depth == 18:
        return [(filters, 3, strides), (filters, 3, 1)]
    return [(filters, 1, 1), (filters, 3, strides), (4 * filters, 1, 1)]


def architecture(depth: int = 50, classes: int = 1000) -> Any:
    """The network with weights of zero: normalised pictures [n, 224, 224, 3] (see
    PREPROCESS) -> probabilities [n, classes]. ValueError for a depth but 18 and 50.

    Example:
        >>> from pywebml.zoo import resnet
        >>> resnet.architecture(18, classes=10).count_params()
        11191242
    """
    if depth not in REPEATS:
        raise ValueError(f"ResNet has a depth of 18 or 50 here, got {depth!r}")

    def normalised(x: Any, name: str, filters: int, size: int, strides: int = 1) -> Any:
        padded = size > 1 and strides > 1
        x = L.ZeroPadding2D(size // 2, name=f"{name}_pad")(x) if padded else x
        padding = "valid" if padded else "same"
        bare: dict[str, Any] = {"use_bias": False, "kernel_initializer": "zeros"}
        x = L.Conv2D(filters, size, strides, padding, name=f"{name}_conv", **bare)(x)
        return L.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)

    picture = L.Input((224, 224, 3), name="pictures")
    x = L.Activation("relu", name="conv1_relu")(normalised(picture, "conv1", 64, 7, 2))
    x = L.ZeroPadding2D(1, name="pool1_pad")(x)
    x = L.MaxPooling2D(3, 2, name="pool1_pool")(x)
    for name, _, filters, strides, around in blocks(depth):
        convolutions = _convolutions(depth, filters, strides)
        start = x
        if around:
            start = normalised(x, f"{name}_0", convolutions[-1][0], 1, strides)
        for i, convolution in enumerate(convolutions, 1):
            x = normalised(x, f"{name}_{i}", *convolution)
            if i < len(convolutions):
                x = L.Activation("relu", name=f"{name}_{i}_relu")(x)
        x = L.Add(name=f"{name}_add")([start, x])
        x = L.Activation("relu", name=f"{name}_out")(x)
    x = L.GlobalAveragePooling2D(name="avg_pool")(x)
    x = L.Dense(classes, activation="softmax", kernel_initializer="zeros", name="predictions")(x)
    return Model(picture, x, name=f"resnet{depth}")


def names(depth: int) -> Iterator[tuple[str, str, str]]:
    """(kind, our layer, torchvision's) for `from_torch`."""
    yield from (("conv", "conv1_conv", "conv1"), ("norm", "conv1_bn", "bn1"))
    for name, source, filters, strides, around in blocks(depth):
        if around:
            yield ("conv", f"{name}_0_conv", f"{source}.downsample.0")
            yield ("norm", f"{name}_0_bn", f"{source}.downsample.1")
        for i, _ in enumerate(_convolutions(depth, filters, strides), 1):
            yield ("conv", f"{name}_{i}_conv", f"{source}.conv{i}")
            yield ("norm", f"{name}_{i}_bn", f"{source}.bn{i}")
    yield ("dense", "predictions", "fc")
