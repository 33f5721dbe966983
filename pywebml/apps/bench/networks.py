"""The networks whose frames are timed, each with a head of 100 units and 4 classes.

Weights are random, the same each time: a frame takes as long with them as with trained
ones, and nothing is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...formats.layers_models import build_model
from ...layers import Conv2D, Dense, DepthwiseConv2D, Flatten, Input, ReLU
from ...models import Model
from ...zoo import Preprocess, efficientnet, mobilenet_v2, squeezenet
from ...zoo.folding import flat_config, fold_config

UNITS, CLASSES = 100, 4
DEVIATION = 74  # of bytes that are all as frequent
MOBILENET_STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
MOBILENET_FILTERS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


class Network(NamedTuple):
    """`features()` is the untrained body: pictures [n, side, side, 3], preprocessed ->
    features.
    """

    title: str
    side: int
    preprocess: Preprocess
    features: Callable[[], Model]

    def build(self) -> Model:
        """Body and head with random weights, batch norms folded: preprocessed pictures
        -> probabilities [n, 4].
        """
        body = self.features()
        x = Flatten(name="flat")(body.output)
        x = Dense(CLASSES, activation="softmax", name="classes")(
            Dense(UNITS, activation="relu", name="units")(x)
        )
        whole = Model(body.input, x, name=body.name)
        weights = random_weights(whole.weights)
        # what flows is of size 1, or all is one class
        weights[whole.weights[0].path] /= DEVIATION * self.preprocess.scale[0]
        config, weights = fold_config(flat_config(whole), weights)
        return build_model({"class_name": "Model", "config": config}, weights)


def mobilenet_v1(alpha: float = 0.25, side: int = 224) -> Model:
    """MobileNet v1 (Howard et al. 2017, table 1), its batch norms folded away, up to
    its last 7x7 features.
    """
    picture = x = Input((side, side, 3), name="pictures")
    x = ReLU(6.0)(Conv2D(int(32 * alpha), 3, strides=2, padding="same")(x))
    for stride, filters in zip(MOBILENET_STRIDES, MOBILENET_FILTERS, strict=True):
        x = ReLU(6.0)(DepthwiseConv2D(3, strides=stride, padding="same")(x))
        x = ReLU(6.0)(Conv2D(int(filters * alpha), 1)(x))
    return Model(picture, x, name="mobilenet_v1")


def _up_to(architecture: Callable[[], Model], layer: str) -> Callable[[], Model]:
    def features() -> Model:
        whole = architecture()
        return Model(whole.input, whole.get_layer(layer).output, name=whole.name)

    return features


def random_weights(weights: Sequence[Any]) -> dict[str, np.ndarray]:
    """Values by name that keep the size of what flows through relus (He et al. 2015):
    kernels of variance 2 / inputs.
    """
    generator = np.random.default_rng(0)
    values: dict[str, np.ndarray] = {}
    for weight in weights:
        kind = weight.name
        if kind in ("gamma", "moving_variance"):
            values[weight.path] = np.ones(weight.shape, np.float32)
        else:
            inputs = {
                "kernel": math.prod(weight.shape[:-1]),
                "depthwise_kernel": math.prod(weight.shape[:2]),
            }.get(kind, 200)
            values[weight.path] = generator.standard_normal(weight.shape, np.float32) * np.float32(
                (2 / inputs) ** 0.5
            )
    return values


NETWORKS = (
    Network("MobileNet v1 0.25", 224, Preprocess.centred(127.5, 127.5), mobilenet_v1),
    Network(
        "EfficientNet-Lite0",
        224,
        efficientnet.PREPROCESS,
        _up_to(efficientnet.architecture, "avg_pool"),
    ),
    Network(
        "MobileNet v2 1.0",
        224,
        mobilenet_v2.PREPROCESS,
        _up_to(mobilenet_v2.architecture, "global_average_pooling2d"),
    ),
    Network("SqueezeNet 1.1", 227, squeezenet.PREPROCESS, squeezenet.architecture),
)
