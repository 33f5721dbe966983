"""Dense layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import relu, softmax, swish

import pywebml as pw
from pywebml import layers

CASES = [
    LayerCase(
        lambda: layers.Dense(3),
        (5, 4),
        [("kernel", (4, 3)), ("bias", (3,))],
        lambda x, k, b: x @ k + b,
    ),
    LayerCase(
        lambda: layers.Dense(3, activation="relu"),
        (5, 4),
        [("kernel", (4, 3)), ("bias", (3,))],
        lambda x, k, b: relu(x @ k + b),
    ),
    LayerCase(
        lambda: layers.Dense(3, activation="softmax"),
        (5, 4),
        [("kernel", (4, 3)), ("bias", (3,))],
        lambda x, k, b: softmax(x @ k + b),
    ),
    LayerCase(
        lambda: layers.Dense(3, activation="swish"),
        (5, 4),
        [("kernel", (4, 3)), ("bias", (3,))],
        lambda x, k, b: swish(x @ k + b),
    ),
    LayerCase(
        lambda: layers.Dense(2, use_bias=False),
        (2, 3, 4),
        [("kernel", (4, 2))],
        lambda x, k: x @ k,
    ),
]


@parameters(CASES)
def test_dense(host: str, case: LayerCase) -> None:
    case.check()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(0), "units"),
        (lambda: layers.Dense(3, kernel_initializer="glorot"), "unknown initializer"),
        (lambda: layers.Dense(3, activation="rleu"), "unknown activation 'rleu'"),
        (lambda: layers.Dense(3)(layers.Input((None,))), "a known last dimension"),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_input_dim_is_the_shape_of_one_example() -> None:
    assert layers.Dense(2, input_dim=3).batch_input_shape == (None, 3)


def test_logits_are_what_comes_before_the_activation(host: str) -> None:
    layer = layers.Dense(3, activation="softmax")
    x = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    y = layer(x).numpy()
    assert layer.split_activation() == "softmax"
    np.testing.assert_allclose(softmax(layer.call_logits(pw.tensor(x)).numpy()), y, 1e-5)
    with pytest.raises(TypeError, match="has no logits"):
        layers.Flatten().call_logits(x)
