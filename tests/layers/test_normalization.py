"""Batch normalization."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers
from pywebml.core.tensor import tensor

CASES = [
    LayerCase(
        lambda: layers.BatchNormalization(),
        (3, 4, 4, 2),
        [("gamma", (2,)), ("beta", (2,)), ("moving_mean", (2,)), ("moving_variance", (2,))],
        lambda x, g, b, m, v: (x - m) / np.sqrt(v + 1e-3) * g + b,
    ),
    LayerCase(
        lambda: layers.BatchNormalization(center=False, scale=False, epsilon=0.1),
        (6, 3),
        [("moving_mean", (3,)), ("moving_variance", (3,))],
        lambda x, m, v: (x - m) / np.sqrt(v + 0.1),
    ),
]


@parameters(CASES)
def test_batch_normalization_with_moving_averages(host: str, case: LayerCase) -> None:
    case.check()


def test_batch_normalization_while_training(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(8, 5, 5, 3)).astype(np.float32)
    layer = layers.BatchNormalization(momentum=0.8)
    y = layer(tensor(x), training=True).numpy()
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.2 * mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.8 + 0.2 * variance, rtol=1e-4)


def test_frozen_batch_normalization_keeps_its_averages(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(8, 4)).astype(np.float32)
    layer = layers.BatchNormalization()
    layer.trainable = False
    y = layer(tensor(x), training=True).numpy()
    np.testing.assert_allclose(y, x / np.sqrt(1 + 1e-3), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(4))


def test_steps_that_a_mask_leaves_out_do_not_count(host: str) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(2, 3, size=(4, 6, 3)).astype(np.float32)
    mask = rng.random((4, 6)) < 0.5
    layer = layers.BatchNormalization(momentum=0.8)
    y = layer(tensor(x), training=True, mask=tensor(mask)).numpy()
    seen = x[mask]
    mean, variance = seen.mean(0), seen.var(0)
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.2 * mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.8 + 0.2 * variance, rtol=1e-4)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="axis"):
        layers.BatchNormalization(axis=4)(layers.Input((8, 8, 3)))
    with pytest.raises(ValueError, match="one integer"):
        layers.BatchNormalization(axis=[1, 2])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="epsilon must be above 0"):
        layers.BatchNormalization(epsilon=0)
    with pytest.raises(ValueError, match="channels must be known"):
        layers.BatchNormalization()(layers.Input((8, None)))
