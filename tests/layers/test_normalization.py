"""Normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers
from pywebml.core.tensor import tensor

Array = Any


def normalized(x: Array, axes: Any, epsilon: float = 1e-3) -> Array:
    axes = tuple(axes) if isinstance(axes, list) else axes
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


def grouped(x: Array, groups: int) -> Array:
    """Of channels that come last."""
    parts = np.split(x, groups, -1)
    axes = tuple(range(1, x.ndim))
    return np.concatenate([normalized(part, axes) for part in parts], -1)


OF_ROWS = [
    LayerCase(
        lambda: layers.LayerNormalization(),
        (3, 4, 6),
        [("gamma", (6,)), ("beta", (6,))],
        lambda x, g, b: normalized(x, -1) * g + b,
    ),
    LayerCase(
        lambda: layers.LayerNormalization(axis=[1, -1], epsilon=0.1),
        (3, 4, 2, 6),
        [("gamma", (4, 6)), ("beta", (4, 6))],
        lambda x, g, b: normalized(x, [1, -1], 0.1) * g[:, None] + b[:, None],
        any_size=False,
        alone="Keras broadcasts weights of axes that are sorted with -1 first the wrong way",
    ),
    LayerCase(
        lambda: layers.LayerNormalization(axis=[1, 3], center=False),
        (3, 4, 2, 6),
        [("gamma", (4, 6))],
        lambda x, g: normalized(x, [1, 3]) * g[:, None],
        any_size=False,
    ),
    LayerCase(
        lambda: layers.LayerNormalization(1, scale=False),
        (3, 4, 2),
        [("beta", (4,))],
        lambda x, b: normalized(x, 1) + b[:, None],
        any_size=False,
    ),
    LayerCase(
        lambda: layers.LayerNormalization(rms_scaling=True),
        (5, 6),
        [("gamma", (6,))],
        lambda x, g: x / np.sqrt(x.var(-1, keepdims=True) + 1e-3) * g,
    ),
    LayerCase(
        lambda: layers.RMSNormalization(epsilon=1e-3),
        (3, 4, 6),
        [("scale", (6,))],
        lambda x, s: x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-3) * s,
    ),
    LayerCase(
        lambda: layers.RMSNormalization([1, 2]),
        (3, 4, 6),
        [("scale", (4, 6))],
        lambda x, s: x / np.sqrt((x**2).mean((1, 2), keepdims=True)) * s,
        any_size=False,
    ),
    LayerCase(
        lambda: layers.UnitNormalization(),
        (3, 4, 6),
        [],
        lambda x: x / np.sqrt((x**2).sum(-1, keepdims=True)),
    ),
    LayerCase(
        lambda: layers.UnitNormalization([1, 2]),
        (3, 4, 6),
        [],
        lambda x: x / np.sqrt((x**2).sum((1, 2), keepdims=True)),
    ),
    LayerCase(
        lambda: layers.GroupNormalization(2),
        (3, 4, 6),
        [("gamma", (6,)), ("beta", (6,))],
        lambda x, g, b: grouped(x, 2) * g + b,
    ),
    LayerCase(
        lambda: layers.GroupNormalization(-1, axis=1, center=False),
        (3, 4, 5, 2),
        [("gamma", (4,))],
        lambda x, g: (grouped(x.transpose(0, 2, 3, 1), 4) * g).transpose(0, 3, 1, 2),
        any_size=False,
    ),
    LayerCase(
        lambda: layers.GroupNormalization(3, scale=False),
        (4, 6),
        [("beta", (6,))],
        lambda x, b: grouped(x, 3) + b,
    ),
]
VECTOR_U = ("vector_u", (1, 3))
CASES = [
    *OF_ROWS,
    LayerCase(
        lambda: layers.SpectralNormalization(layers.Dense(3), 2),
        (4, 5),
        [("kernel", (5, 3)), VECTOR_U, ("bias", (3,))],
        lambda x, kernel, u, bias: x @ kernel + bias,
        half=False,  # the layer inside has a dtype of its own
    ),
    LayerCase(
        lambda: layers.BatchNormalization(axis=1),
        (3, 4, 5, 2),
        [("gamma", (4,)), ("beta", (4,)), ("moving_mean", (4,)), ("moving_variance", (4,))],
        lambda x, *w: (
            (x - w[2][:, None, None]) / np.sqrt(w[3] + 1e-3)[:, None, None] * w[0][:, None, None]
            + w[1][:, None, None]
        ),
        any_size=False,
    ),
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
def test_normalization(host: str, case: LayerCase) -> None:
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
    with pytest.raises(ValueError, match="epsilon must be at least 0"):
        layers.BatchNormalization(epsilon=-1)
    with pytest.raises(ValueError, match="size of axis -1 must be known"):
        layers.BatchNormalization()(layers.Input((8, None)))
    with pytest.raises(ValueError, match="renorm"):
        layers.BatchNormalization(renorm=True)
    with pytest.raises(ValueError, match="6 channels are no multiple of 4 groups"):
        layers.GroupNormalization(4)(layers.Input((6,)))
    with pytest.raises(ValueError, match="groups must be at least 1"):
        layers.GroupNormalization(0)
    for make in (layers.LayerNormalization, layers.RMSNormalization):
        with pytest.raises(ValueError, match="axis 3 is out of range"):
            make(axis=3)(layers.Input((6,)))
        with pytest.raises(ValueError, match="must be known"):
            make(axis=1)(layers.Input((None, 6)))
        with pytest.raises(ValueError, match="at least one axis"):
            make(axis=[])
    with pytest.raises(ValueError, match="neither a kernel nor embeddings"):
        layers.SpectralNormalization(layers.Flatten())(layers.Input((6,)))
    with pytest.raises(ValueError, match="power_iterations"):
        layers.SpectralNormalization(layers.Dense(2), 0)


def test_batch_normalization_along_examples_and_without_epsilon(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(3, 8, 4)).astype(np.float32)
    layer = layers.BatchNormalization(axis=0, epsilon=0)
    y = layer(tensor(x), training=True).numpy()
    np.testing.assert_allclose(y, normalized(x, (1, 2), 0), rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(layers.BatchNormalization(0, epsilon=0)(x).numpy(), x)


def test_batch_normalization_of_other_axes_while_training(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(8, 3, 5, 4)).astype(np.float32)
    layer = layers.BatchNormalization(axis=1, momentum=0.8)
    y = layer(tensor(x), training=True).numpy()
    np.testing.assert_allclose(y, normalized(x, (0, 2, 3)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.2 * x.mean((0, 2, 3)), rtol=1e-4)


def test_unit_normalization_of_nothing_is_nothing(host: str) -> None:
    y = layers.UnitNormalization()(tensor(np.zeros((2, 3), np.float32))).numpy()
    np.testing.assert_array_equal(y, np.zeros((2, 3)))


def test_regularizers_and_constraints_of_gamma_and_beta(host: str) -> None:
    for make in (layers.LayerNormalization, layers.GroupNormalization, layers.BatchNormalization):
        layer: Any = make(
            gamma_regularizer="l2", beta_regularizer="l1", gamma_constraint="non_neg",
            beta_initializer="ones", **({"groups": 2} if make is layers.GroupNormalization else {}),
        )  # fmt: skip
        layer.build((None, 4))
        assert sorted(round(loss.item(), 5) for loss in layer.losses) == [0.04, 0.04]
        assert layer.gamma.constraint is not None
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()


def test_spectral_normalization_brings_the_largest_singular_value_to_one(host: str) -> None:
    layer = layers.SpectralNormalization(layers.Conv2D(4, 3), power_iterations=30)
    x = tensor(np.random.default_rng(0).normal(size=(2, 6, 6, 2)).astype(np.float32))
    layer(x)
    before = layer.layer.kernel.numpy()
    layer(x, training=False)
    np.testing.assert_array_equal(layer.layer.kernel.numpy(), before)
    layer(x, training=True)
    after = layer.layer.kernel.numpy()
    values = np.linalg.svd(after.reshape(-1, 4), compute_uv=False)
    assert values[0] == pytest.approx(1, rel=1e-3)
    largest = np.linalg.svd(before.reshape(-1, 4), compute_uv=False)[0]
    np.testing.assert_allclose(after, before / largest, rtol=1e-2, atol=1e-4)
    layer.layer.kernel.assign(tensor(np.zeros_like(after)))
    layer(x, training=True)
    assert not layer.layer.kernel.numpy().any()


def test_spectral_normalization_step_by_step_is_keras_s(host: str) -> None:
    from in_keras import keras

    rng = np.random.default_rng(0)
    kernel, u, x = (rng.normal(size=s).astype(np.float32) for s in ((5, 3), (1, 3), (4, 5)))
    theirs = keras.layers.SpectralNormalization(keras.layers.Dense(3, use_bias=False), 2)
    ours = layers.SpectralNormalization(layers.Dense(3, use_bias=False), 2)
    ours.build((None, 5))
    theirs.build((None, 5))
    ours.kernel.assign(tensor(kernel))
    ours.vector_u.assign(tensor(u))
    theirs.kernel.assign(kernel)
    theirs.vector_u.assign(u)
    for _ in range(3):
        want = np.asarray(theirs(x, training=True))
        got = ours(tensor(x), training=True).numpy()
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(
            ours.vector_u.numpy(), np.asarray(theirs.vector_u), rtol=1e-4, atol=1e-5
        )
