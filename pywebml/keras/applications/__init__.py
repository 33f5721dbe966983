"""Keras's `keras.applications`: networks built from code, with weights drawn or from a
file of yours.
"""

from __future__ import annotations

from . import (
    efficientnet,
    imagenet_utils,
    mobilenet,
    mobilenet_v2,
    mobilenet_v3,
    networks,
    resnet,
    resnet50,
    vgg16,
    vgg19,
    xception,
)

__all__ = [
    *networks.__all__, "efficientnet", "imagenet_utils", "mobilenet", "mobilenet_v2",
    "mobilenet_v3", "resnet", "resnet50", "vgg16", "vgg19", "xception",
]  # fmt: skip

globals().update({name: getattr(networks, name) for name in networks.__all__})
