"""SqueezeNet 1.1 up to its last fire module: 512 numbers a picture, and no classes of its own.

Architecture: Iandola et al. 2016, arXiv 1602.07360, figure 2 and table 1, as its authors changed it for version 1.1 (64
filters of 3x3 at the start, pooling sooner).
"""

from __future__ import annotations

from typing import Any

from .extractor import Preprocess

NAME = "squeezenet_1.1"
PREPROCESS = Preprocess((1.0,) * 3, (-103.939, -116.779, -123.68), "bgr")
FIRES = ((16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool", (48, 192), (48, 192), (64, 256), (64, 256))
"""(filters that squeeze, filters of each of the two that expand) of fire2 to fire9, and where is pooled between them."""


def architecture() -> Any:
    """The network with weights of zero: pictures [n, 227, 227, 3], BGR, centred -> means [n, 512]."""
    from .. import layers as L

    def convolution(x: Any, name: str, filters: int, size: int, strides: int = 1, padding: str = "same") -> Any:
        return L.Conv2D(filters, size, strides, padding, activation="relu", kernel_initializer="zeros", name=name)(x)

    picture = L.Input((227, 227, 3), name="pictures")
    x = convolution(picture, "conv1", 64, 3, 2, "valid")
    x = L.MaxPooling2D(3, 2, name="pool1")(x)
    number = 2
    for fire in FIRES:
        if isinstance(fire, str):
            x = L.MaxPooling2D(3, 2, name=f"pool{number - 1}")(x)
            continue
        squeeze, expand = fire
        x = convolution(x, f"fire{number}_squeeze1x1", squeeze, 1)
        both = [convolution(x, f"fire{number}_expand1x1", expand, 1), convolution(x, f"fire{number}_expand3x3", expand, 3)]
        x = L.Concatenate(name=f"fire{number}_concat")(both)
        number += 1
    x = L.GlobalAveragePooling2D(name="avg_pool")(x)
    return L.Model(picture, x, name=NAME)
