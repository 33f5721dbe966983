"""Layers that do something else while training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers
from pywebml.core.autodiff import grad
from pywebml.core.capture import capture
from pywebml.core.tensor import tensor

Array = Any

# Keras's constructors of these refuse `trainable`, which every config has
REFUSES = "Keras's own constructor refuses the config"

CASES = [
    LayerCase(lambda: layers.Dropout(0.25), (3, 4), [], lambda x: x),
    LayerCase(lambda: layers.Dropout(0, seed=1), (2, 3, 4), [], lambda x: x),
    LayerCase(lambda: layers.Dropout(0.5, noise_shape=(None, 1, 4)), (2, 3, 4), [], lambda x: x),
    LayerCase(lambda: layers.AlphaDropout(0.25, (None, 1), seed=1), (3, 4), [], lambda x: x),
    LayerCase(lambda: layers.GaussianDropout(0.25), (3, 4), [], lambda x: x),
    LayerCase(lambda: layers.GaussianNoise(0.5, seed=2), (3, 4), [], lambda x: x),
    LayerCase(lambda: layers.SpatialDropout1D(0.5), (2, 3, 4), [], lambda x: x, alone=REFUSES),
    LayerCase(
        lambda: layers.SpatialDropout2D(0.5, seed=3), (2, 3, 4, 2), [], lambda x: x, alone=REFUSES
    ),
    LayerCase(
        lambda: layers.SpatialDropout2D(0.5, "channels_first"),
        (2, 3, 4, 2),
        [],
        lambda x: x,
        alone=REFUSES,
    ),
    LayerCase(
        lambda: layers.SpatialDropout3D(0.5), (2, 3, 4, 2, 2), [], lambda x: x, alone=REFUSES
    ),
]


@parameters(CASES)
def test_regularization(host: str, case: LayerCase) -> None:
    case.check()


def test_dropout(host: str) -> None:
    x = np.ones((50, 40), np.float32)
    layer = layers.Dropout(0.25, seed=3)
    np.testing.assert_array_equal(layer(tensor(x)).numpy(), x)  # inference leaves it alone
    first, second = layer(tensor(x), training=True).numpy(), layer(tensor(x), training=True).numpy()
    for y in (first, second):
        assert set(np.unique(np.round(y, 5))) == {0.0, np.float32(np.round(4 / 3, 5))}
        assert abs((y == 0).mean() - 0.25) < 0.04  # 4 standard deviations of 2,000 draws
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(
        layers.Dropout(0.25, seed=3)(tensor(x), training=True).numpy(), first
    )


# 20,000 draws: statistics are within some 4 of their standard deviations
SIZE = (100, 200)
NOISY: list[tuple[Callable[[], Any], Callable[[Array], None]]] = []


def noisy(make: Callable[[], Any]) -> Callable[..., Any]:
    def add(check: Callable[[Array], None]) -> Callable[[Array], None]:
        NOISY.append((make, check))
        return check

    return add


@noisy(lambda: layers.GaussianNoise(0.5, seed=3))
def gaussian_noise(y: Array) -> None:
    assert abs(y.mean() - 2) < 0.015
    assert abs(y.std() - 0.5) < 0.01


@noisy(lambda: layers.GaussianDropout(0.2, seed=3))
def gaussian_dropout(y: Array) -> None:
    assert abs(y.mean() - 2) < 0.03
    assert abs(y.std() - 2 * 0.5) < 0.02


@noisy(lambda: layers.AlphaDropout(0.3, seed=3))
def alpha_dropout(y: Array) -> None:
    low, high = np.unique(np.round(y, 4))
    lowest = -1.7580993
    a = (0.7 * (1 + 0.3 * lowest**2)) ** -0.5
    np.testing.assert_allclose([low, high], a * np.array([lowest, 2]) - a * lowest * 0.3, 1e-3)
    assert abs((y < 0).mean() - 0.3) < 0.013


@noisy(lambda: layers.Dropout(1.0))
def all_dropped(y: Array) -> None:
    assert not y.any()


@pytest.mark.parametrize(("make", "check"), NOISY)
def test_noise(host: str, make: Callable[[], Any], check: Callable[[Array], None]) -> None:
    x = tensor(np.full(SIZE, 2, np.float32))
    layer = make()
    np.testing.assert_array_equal(layer(x).numpy(), x.numpy())
    first, second = layer(x, training=True).numpy(), layer(x, training=True).numpy()
    check(first)
    check(second)
    if layer.seed is not None:
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(make()(x, training=True).numpy(), first)


def test_alpha_dropout_keeps_mean_and_variance(host: str) -> None:
    x = np.random.default_rng(0).normal(size=SIZE).astype(np.float32)
    y = layers.AlphaDropout(0.3, seed=1)(tensor(x), training=True).numpy()
    assert abs(y.mean()) < 0.03
    assert abs(y.std() - 1) < 0.03


@pytest.mark.parametrize(
    ("make", "shape", "axes"),
    [
        (lambda: layers.SpatialDropout1D(0.5, seed=1), (20, 3, 20), (1,)),
        (lambda: layers.SpatialDropout2D(0.5, seed=1), (20, 3, 2, 20), (1, 2)),
        (lambda: layers.SpatialDropout2D(0.5, "channels_first", seed=1), (20, 20, 3, 2), (2, 3)),
        (lambda: layers.SpatialDropout3D(0.5, seed=1), (20, 3, 2, 2, 20), (1, 2, 3)),
        (lambda: layers.SpatialDropout3D(0.5, "channels_first", 1), (20, 20, 3, 2, 2), (2, 3, 4)),
        (lambda: layers.Dropout(0.5, (None, 1, 20), seed=1), (20, 3, 20), (1,)),
    ],
)
def test_whole_channels_are_dropped(
    host: str, make: Callable[[], Any], shape: Any, axes: Any
) -> None:
    y = make()(tensor(np.ones(shape, np.float32)), training=True).numpy()
    assert set(np.unique(y)) == {0.0, 2.0}
    channels = y.mean(axes)
    assert set(np.unique(channels)) == {0.0, 2.0}
    assert abs(channels.mean() - 1) < 0.2  # 400 channels


def test_noise_is_drawn_anew_in_replayed_steps(host: str) -> None:
    layer = layers.GaussianNoise(0.5, seed=1)
    step = capture(lambda x: layer(x, training=True))
    x = tensor(np.zeros((4, 4), np.float32))
    drawn = [step(x).numpy() for _ in range(3)]
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[1], drawn[2])


def test_gradients_go_through_the_noise(host: str) -> None:
    x = tensor(np.ones((3, 50), np.float32))
    for layer in (layers.Dropout(0.5, seed=1), layers.GaussianDropout(0.5, seed=1)):
        slope = grad(lambda x, layer=layer: layer(x, training=True).sum())(x).numpy()
        again = type(layer)(0.5, seed=1)(x, training=True).numpy()
        np.testing.assert_allclose(slope, again, rtol=1e-6)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"Dropout: rate must be in \[0, 1\], got 1.5"):
        layers.Dropout(1.5)
    for layer in (layers.AlphaDropout, layers.GaussianDropout):
        x = tensor(np.ones((2, 3), np.float32))
        assert layer(1)(x).numpy().all()
        with pytest.raises(ValueError, match="with a rate of 1 nothing is left"):
            layer(1)(x, training=True)
    with pytest.raises(ValueError, match="stddev must not be negative"):
        layers.GaussianNoise(-0.1)
    with pytest.raises(ValueError, match="noise_shape must be a list"):
        layers.Dropout(0.5, noise_shape=(0, 2))
    with pytest.raises(ValueError, match="noise_shape must have"):
        layers.Dropout(0.5, noise_shape=(1, 2))(tensor(np.ones((2, 3))), training=True)
    with pytest.raises(ValueError, match="takes inputs of rank 3"):
        layers.SpatialDropout1D(0.5)(layers.Input((4,)))
    with pytest.raises(ValueError, match="data_format"):
        layers.SpatialDropout2D(0.5, data_format="first")
