"""Layers as papers and articles put them together: functions from symbols to symbols."""

from __future__ import annotations

from typing import Any

from .activation_layers import ReLU
from .conv.plain import Conv2D
from .conv.separable import SeparableConv2D
from .initializers import RandomNormal
from .merging import Add

__all__ = ["dense_block"]


def dense_block(
    x: Any, filters: int, *, strides: int = 2, first: bool = False, skips: bool = True
) -> Any:
    """Four convolutions, each of which sees the sum of all results before it: the block
    that face-api.js finds points of faces with (Mühler 2018; densely connected as in
    Huang et al. 2017, but by sums, so that there are no more channels).

    Where y1 ... y4 are the convolutions' results, y3 sees relu(y1 + y2), y4 sees
    relu(y1 + y2 + y3), and the block gives relu(y1 + y2 + y3 + y4). All are
    depthwise-separable, 3 x 3; the first of a network (`first`) is a full one. Without
    `skips` each sees the one before alone, as in a plain chain.

    Windows begin with a standard deviation of 0.2, with which a block keeps half of a
    signal's strength. Glorot's rule, which also counts channels that such a window does
    not see, would leave a seventh, and training long without progress.

    Example:
        >>> x = layers.Input((32, 32, 3))
        >>> layers.recipes.dense_block(x, 16, first=True).shape
        (None, 16, 16, 16)
    """

    def separable(x: Any, strides: int = 1) -> Any:
        return SeparableConv2D(
            filters,
            3,
            strides,
            padding="same",
            depthwise_initializer=RandomNormal(stddev=0.2),
        )(x)

    y = Conv2D(filters, 3, strides, padding="same")(x) if first else separable(x, strides)
    sums, x = y, ReLU()(y)
    for _ in range(3):
        y = separable(x)
        sums = Add()([sums, y]) if skips else y
        x = ReLU()(sums)
    return x
