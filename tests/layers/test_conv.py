"""Convolutions over pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import relu, softmax, windows

from pywebml import layers

CASES = [
    LayerCase(
        lambda: layers.Conv2D(4, 3, activation="relu"),
        (2, 6, 7, 3),
        [("kernel", (3, 3, 3, 4)), ("bias", (4,))],
        lambda x, k, b: relu(np.einsum("nhwijc,ijcf->nhwf", windows(x, 3), k) + b),
    ),
    LayerCase(
        lambda: layers.Conv2D(
            2, 3, strides=2, padding="same", use_bias=False, activation="softmax"
        ),
        (1, 7, 8, 2),
        [("kernel", (3, 3, 2, 2))],
        lambda x, k: softmax(np.einsum("nhwijc,ijcf->nhwf", windows(x, 3, 2, same=True), k)),
    ),
    LayerCase(
        lambda: layers.Conv2D(2, 2, dilation_rate=2),
        (1, 6, 6, 1),
        [("kernel", (2, 2, 1, 2)), ("bias", (2,))],
        lambda x, k, b: np.einsum("nhwijc,ijcf->nhwf", windows(x, 2, dilation=2), k) + b,
    ),
    LayerCase(
        lambda: layers.Conv2D(2, 3, strides=2, padding=((1, 1), (2, 0))),
        (1, 6, 6, 2),
        [("kernel", (3, 3, 2, 2)), ("bias", (2,))],
        lambda x, k, b: (
            np.einsum(
                "nhwijc,ijcf->nhwf", windows(np.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0))), 3, 2), k
            )
            + b
        ),
        alone="Keras pads by words only",
    ),
    LayerCase(
        lambda: layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
        (2, 6, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 2)), ("bias", (6,))],
        lambda x, k, b: (
            np.einsum("nhwijc,ijcm->nhwcm", windows(x, 3, 2, same=True), k).reshape(2, 3, 3, 6) + b
        ),
    ),
    LayerCase(
        lambda: layers.DepthwiseConv2D(2, activation="sigmoid", use_bias=False),
        (1, 3, 4, 2),
        [("depthwise_kernel", (2, 2, 2, 1))],
        lambda x, k: 1 / (1 + np.exp(-np.einsum("nhwijc,ijc->nhwc", windows(x, 2), k[..., 0]))),
    ),
    LayerCase(
        lambda: layers.SeparableConv2D(4, 3, activation="tanh"),
        (2, 5, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 1)), ("pointwise_kernel", (1, 1, 3, 4)), ("bias", (4,))],
        lambda x, d, p, b: np.tanh(
            np.einsum("nhwijc,ijc->nhwc", windows(x, 3), d[..., 0]) @ p[0, 0] + b
        ),
    ),
]


@parameters(CASES)
def test_convolutions(host: str, case: LayerCase) -> None:
    case.check()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2D(0, 3), "filters"),
        (lambda: layers.Conv2D(3, 0), "kernel_size"),
        (lambda: layers.Conv2D(3, (2, 2, 2)), "kernel_size"),
        (lambda: layers.Conv2D(3, 3, padding="full"), "'valid' or 'same'"),
        (
            lambda: layers.Conv2D(3, 3, padding=((1, -1), (0, 0))),
            r"padding must be n, .* got \(\(1, -1\), \(0, 0\)\)",
        ),
        (lambda: layers.Conv2D(4, 3, groups=2), "groups"),
        (lambda: layers.Conv2D(4, 3)(layers.Input((8,))), "height, width, channels"),
        (lambda: layers.Conv2D(4, 9)(layers.Input((8, 8, 3))), "does not fit"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier"),
        (lambda: layers.SeparableConv2D(0, 3), "filters and depth_multiplier"),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("padding", "columns"), [("same", 5), ("valid", 4), (((1, 1), (0, 2)), 5)])
def test_open_sizes_stay_open(padding: Any, columns: int) -> None:
    layer = layers.Conv2D(4, 3, strides=2, padding=padding)
    assert layer(layers.Input((None, 9, 3))).shape == (None, None, columns, 4)
