"""TensorFlow.js's `tf.fused`: the same as the plain functions, a bias and an activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.ops import fused

RANDOM = np.random.default_rng(0)
X, W, DEPTHWISE, BIAS, SLOPES = (
    RANDOM.standard_normal(shape, np.float32)
    for shape in ((2, 4, 5, 3), (2, 2, 3, 3), (2, 2, 3, 1), (3,), (3,))
)
CALLS: dict[str, tuple[Callable[..., Any], Callable[[], Any]]] = {
    "conv2d": (lambda **o: fused.conv2d(X, W, 1, "same", **o), lambda: ops.conv2d(X, W, 1, "same")),
    "depthwise_conv2d": (
        lambda **o: fused.depthwise_conv2d(X, DEPTHWISE, 2, "valid", **o),
        lambda: ops.depthwise_conv2d(X, DEPTHWISE, 2, "valid"),
    ),
    "matmul": (lambda **o: fused.matmul(X[0, 0], W[0, 0], **o), lambda: X[0, 0] @ W[0, 0]),
}
ACTIVATIONS: dict[str | None, Callable[[Any], Any]] = {
    None: lambda y: y,
    "linear": lambda y: y,
    "relu": lambda y: np.maximum(y, 0),
    "relu6": lambda y: np.clip(y, 0, 6),
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "tanh": np.tanh,
    "elu": lambda y: np.where(y > 0, y, np.expm1(y)),
    "leakyrelu": lambda y: np.where(y > 0, y, 0.3 * y),
    "prelu": lambda y: np.where(y > 0, y, SLOPES * y),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_bias_and_activation(host: str, name: str, activation: str | None) -> None:
    call, plain = CALLS[name]
    got = call(
        bias=BIAS, activation=activation, prelu_activation_weights=SLOPES, leakyrelu_alpha=0.3
    )
    want = ACTIVATIONS[activation](np.asarray(pw.tensor(plain()).numpy(), np.float64) + BIAS)
    np.testing.assert_allclose(got.numpy(), want, 1e-5, 1e-5)


@pytest.mark.parametrize("word", ["NCHW", "channels_first", "channelsFirst"])
def test_channels_first(host: str, word: str) -> None:
    words = {"bias": BIAS, "activation": "prelu", "prelu_activation_weights": SLOPES}
    want = CALLS["conv2d"][0](**words).transpose((0, 3, 1, 2))
    x = X.transpose(0, 3, 1, 2)
    got = fused.conv2d(x, W, 1, "same", word, **words)
    np.testing.assert_allclose(got.numpy(), want.numpy(), 1e-5, 1e-5)


def test_it_is_found_under_ops_and_recorded_in_one_launch() -> None:
    assert pw.ops.fused is fused
    step = pw.capture(lambda x: fused.conv2d(x, W, 1, "valid", bias=BIAS, activation="relu"))
    step(pw.tensor(X))
    assert [row.kernel for row in step.plans()[0].rows] == ["Conv2D"]


@pytest.mark.parametrize("name", CALLS)
def test_mistakes(name: str) -> None:
    call, _ = CALLS[name]
    with pytest.raises(ValueError, match=rf"fused.{name}: activation must be .* got 'softmax'"):
        call(activation="softmax")
    with pytest.raises(ValueError, match="'prelu' wants prelu_activation_weights"):
        call(activation="prelu")
    with pytest.raises(TypeError, match="has no argument 'pad'"):
        call(pad=1)
