"""SqueezeNet 1.1 up to its last fire module: 512 numbers per picture, and no classes of
its own.

Architecture: Iandola et al. 2016, arXiv 1602.07360, figure 2 and table 1, as its
authors changed it for version 1.1 (64 filters of 3x3 at the start, pooling sooner).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import layers as L
from ..formats.wire.keras_h5 import read_keras_weights
from ..models import Model
from .extractor import Preprocess
from .pretrained import Network, Pretrained
from .sources import WeightsFile

NAME = "squeezenet_v1.1"
_FILE = "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"
PREPROCESS = Preprocess((1.0,) * 3, (-103.939, -116.779, -123.68), "bgr")
FIRES = (
    (16, 64),
    (16, 64),
    "pool",
    (32, 128),
    (32, 128),
    "pool",
    (48, 192),
    (48, 192),
    (64, 256),
    (64, 256),
)
"""(filters that squeeze, filters of each of the two that expand) of fire2 to fire9, and
where is pooled between them.
"""


def architecture() -> Any:
    """The network with weights of zero: pictures [n, 227, 227, 3], BGR, centred ->
    means [n, 512].
    """
    picture = L.Input((227, 227, 3), name="pictures")
    return Model(picture, L.GlobalAveragePooling2D(name="avg_pool")(body(picture)), name=NAME)


def classifier_architecture(classes: int = 1000) -> Any:
    """The whole network with weights of zero, as torchvision trained it: normalised
    pictures [n, 224, 224, 3] (`mobilenet_v2.PREPROCESS`) -> probabilities [n, classes].
    At this size its pooling, which rounds up in PyTorch, has nothing to round.
    """
    picture = L.Input((224, 224, 3), name="pictures")
    x = L.Conv2D(classes, 1, activation="relu", kernel_initializer="zeros", name="conv10")(
        body(picture)
    )
    x = L.GlobalAveragePooling2D(name="avg_pool")(x)
    return Model(picture, L.Activation("softmax", name="predictions")(x), name="squeezenet1_1")


def names() -> Iterator[tuple[str, str, str]]:
    """(kind, our layer, torchvision's) for `from_torch`."""
    yield ("biased", "conv1", "features.0")
    numbers = [i for i, fire in enumerate(FIRES, 3) if not isinstance(fire, str)]
    for number, theirs in enumerate(numbers, 2):
        for our, their in (
            ("squeeze1x1", "squeeze"), ("expand1x1", "expand1x1"), ("expand3x3", "expand3x3"),
        ):  # fmt: skip
            yield ("biased", f"fire{number}_{our}", f"features.{theirs}.{their}")
    yield ("biased", "conv10", "classifier.1")


def body(picture: Any) -> Any:
    """From pictures to what the last fire module says of each place."""

    def convolution(
        x: Any, name: str, filters: int, size: int, strides: int = 1, padding: str = "same"
    ) -> Any:
        return L.Conv2D(
            filters,
            size,
            strides,
            padding,
            activation="relu",
            kernel_initializer="zeros",
            name=name,
        )(x)

    x = convolution(picture, "conv1", 64, 3, 2, "valid")
    x = L.MaxPooling2D(3, 2, name="pool1")(x)
    number = 2
    for fire in FIRES:
        if isinstance(fire, str):
            x = L.MaxPooling2D(3, 2, name=f"pool{number - 1}")(x)
            continue
        squeeze, expand = fire
        x = convolution(x, f"fire{number}_squeeze1x1", squeeze, 1)
        both = [
            convolution(x, f"fire{number}_expand1x1", expand, 1),
            convolution(x, f"fire{number}_expand3x3", expand, 3),
        ]
        x = L.Concatenate(name=f"fire{number}_concat")(both)
        number += 1
    return x


def read(path: Path) -> Network:
    """The network and the weights of DeepCognition's file, where layers are called
    "fire2/squeeze1x1" and each has kernel and bias.
    """
    weights = {}
    for layer, (kernel, bias) in read_keras_weights(path).items():
        name = layer.replace("/", "_")
        weights[f"{name}/kernel"], weights[f"{name}/bias"] = kernel, bias
    return architecture().get_config(), weights


PRETRAINED = Pretrained(
    source=WeightsFile(
        name=NAME,
        file=_FILE,
        sha256="17154246284f555591549ac2c83e127abfbf4307dc4b0060fdaa2931d0fa38da",
        url=f"https://raw.githubusercontent.com/DeepCognition/keras-squeezenet/a73d4339aa4d37c51a0b3ba044bed55477abec73/{_FILE}",
    ),
    licence="MIT",
    read=read,
    layer="avg_pool",
    features=512,
    preprocess=PREPROCESS,
    classifies=False,
)
