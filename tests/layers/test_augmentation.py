"""Layers that change pictures by chance: beside Keras where the chance is taken out, by
statistics and seeds otherwise.
"""

from __future__ import annotations

import copy
import functools
import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers

BY_PICTURE = [
    lambda: layers.RandomFlip(seed=1),
    lambda: layers.RandomRotation(0.2, seed=1),
    lambda: layers.RandomZoom(0.3, seed=1),
    lambda: layers.RandomTranslation(0.2, 0.3, seed=1),
    lambda: layers.RandomShear(0.2, 0.3, seed=1),
    lambda: layers.RandomContrast(0.5, seed=1),
    lambda: layers.RandomBrightness(0.5, seed=1),
    lambda: layers.RandomHue(0.5, seed=1),
    lambda: layers.RandomSaturation(0.4, seed=1),
    lambda: layers.RandomColorDegeneration(0.9, seed=1),
    lambda: layers.RandomGrayscale(0.5, seed=1),
    lambda: layers.RandomInvert((0.5, 0.5), seed=1),
    lambda: layers.RandomErasing((0.7, 0.7), seed=1),
    lambda: layers.Solarization((0.0, 0.3), (0.0, 0.5), seed=1),
    lambda: layers.RandomPosterization(6, seed=1),
    lambda: layers.RandomColorJitter((0, 255), 0.3, 0.3, 0.4, 0.5, seed=1),
    lambda: layers.RandomSharpness(0.9, seed=1),
    lambda: layers.RandomGaussianBlur((0.7, 0.7), 3, seed=1),
    lambda: layers.RandomCrop(9, 8, seed=1),
]
OTHER_LAYERS = [*BY_PICTURE, layers.MixUp, layers.CutMix, layers.Equalization]
MAKES = [pytest.param(make, id=type(make()).__name__) for make in BY_PICTURE]


def pictures(n: int = 4, height: int = 12, width: int = 10, channels: int = 3) -> Any:
    rng = np.random.default_rng(11)
    return rng.uniform(0, 255, (n, height, width, channels)).astype(np.float32)


@pytest.mark.parametrize("make", MAKES)
def test_what_holds_for_all(host: str, make: Callable[[], layers.Layer]) -> None:
    x = pictures()
    layer = make()
    is_crop = isinstance(layer, layers.RandomCrop)
    want = (4, 9, 8, 3) if is_crop else x.shape
    np.testing.assert_array_equal(layer(x, training=False).numpy(), x)  # none of it
    first, second = (layer(x, training=True).numpy() for _ in "ab")
    assert first.shape == second.shape == want
    assert np.all(np.isfinite(first))
    if not is_crop:
        assert not np.array_equal(first, x)
    assert not np.array_equal(first, second)
    # the seed, through a config, a copy, a pickle
    config = json.loads(json.dumps(layer.get_config()))
    for again in (make(), type(layer).from_config(config)):
        np.testing.assert_array_equal(again(x, training=True).numpy(), first)
    fresh = make()
    for again in (copy.deepcopy(fresh), pickle.loads(pickle.dumps(fresh))):
        np.testing.assert_array_equal(again(x, training=True).numpy(), first)
    # without one, from pw.set_seed
    unseeded = type(layer).from_config({**config, "seed": None})
    other = type(layer).from_config({**config, "seed": None})
    pw.set_seed(5)
    drawn = unseeded(x, training=True).numpy()
    pw.set_seed(5)
    np.testing.assert_array_equal(other(x, training=True).numpy(), drawn)
    # one picture, whole numbers, a dict, and what a model sees
    assert make()(x[0], training=True).shape == want[1:]
    assert make()(x.astype(np.uint8), training=True).dtype == "float32"
    both = make()({"images": x, "labels": [1, 2, 3, 4]}, training=True)
    assert both["labels"] == [1, 2, 3, 4]
    np.testing.assert_array_equal(both["images"].numpy(), first)
    assert layer(layers.Input((12, 10, 3))).shape == (None, *want[1:])
    assert layer.count_params() == 0


@pytest.mark.parametrize("make", MAKES)
def test_channels_first(make: Callable[[], layers.Layer]) -> None:
    x = pictures()
    first = x.transpose(0, 3, 1, 2)
    config = {**make().get_config(), "data_format": "channels_first"}
    got = type(make()).from_config(config)(first, training=True).numpy()
    np.testing.assert_allclose(
        got.transpose(0, 2, 3, 1), make()(x, training=True).numpy(), rtol=1e-5, atol=1e-3
    )


@pytest.mark.parametrize("make", MAKES)
def test_each_step_of_a_training_draws_anew(host: str, make: Callable[[], layers.Layer]) -> None:
    """Also in a plan that is replayed; and predict draws nothing."""
    x = pictures(8)
    layer = make()
    model = pw.Sequential([layer, layers.Flatten(), layers.Dense(1, kernel_initializer="zeros")])
    if isinstance(layer, layers.RandomCrop):
        x = x[:, :9, :8]
    model.compile(pw.optimizers.SGD(1e-9), "mse")
    history = model.fit_sync(x / 255, np.ones((8, 1)), epochs=2, batch_size=4, verbose=0)
    assert np.all(np.isfinite(history.history["loss"]))
    step = pw.capture(lambda a: layer(a, training=True))
    seen = {step(pw.tensor(x)).numpy().tobytes() for _ in range(6)}
    if not isinstance(layer, layers.RandomCrop):
        assert len(seen) == 6
    np.testing.assert_array_equal(model.predict(x).numpy(), model.predict(x).numpy())


# --- beside Keras, with the chance taken out

EQUAL = {
    "rotation": lambda k: k.RandomRotation((0.13, 0.13)),
    "rotation, nearest, constant": lambda k: k.RandomRotation(
        (-0.2, -0.2), "constant", "nearest", fill_value=9.0
    ),
    "rotation, beyond": lambda k: k.RandomRotation((0.4, 0.4), "nearest"),
    "zoom out": lambda k: k.RandomZoom((0.4, 0.4), (0.2, 0.2)),
    "zoom in": lambda k: k.RandomZoom((-0.3, -0.3), fill_mode="constant"),
    "translation": lambda k: k.RandomTranslation((0.2, 0.2), (-0.3, -0.3)),
    "translation, constant": lambda k: k.RandomTranslation((0.5, 0.5), (0.21, 0.21), "constant"),
    "brightness": lambda k: k.RandomBrightness((0.2, 0.2)),
    "darkness": lambda k: k.RandomBrightness((-0.4, -0.4), value_range=(0, 200)),
    "saturation": lambda k: k.RandomSaturation((0.7, 0.7), value_range=(0, 1)),
    "paleness": lambda k: k.RandomSaturation((0.2, 0.2), value_range=(0, 1)),
    "degeneration": lambda k: k.RandomColorDegeneration((0.6, 0.6)),
    "grey": lambda k: k.RandomGrayscale(1.0),
    "three bits": lambda k: k.RandomPosterization((3, 3)),
    "two bits of 0 to 1": lambda k: k.RandomPosterization((2, 2), value_range=(0, 1)),
    "sharp": lambda k: k.RandomSharpness((1.0, 1.0)),
    "soft": lambda k: k.RandomSharpness((0.1, 0.1)),
    "blurred": lambda k: k.RandomGaussianBlur((1.0, 1.0), (5, 3), (0.6, 0.6)),
    "even": lambda k: k.Equalization(),
    "even, few bins": lambda k: k.Equalization((0, 200), 16),
    "jitter": lambda k: k.RandomColorJitter((0, 255), (0.2, 0.2), None, (0.4, 0.4), (0, 0)),
    "invert": lambda k: k.RandomInvert((1.0, 1.0)),
    "solarization": lambda k: k.Solarization(0.0, 0.0),
    "contrast": lambda k: k.RandomContrast((0.0, 0.0)),
    "hue": lambda k: k.RandomHue((0.0, 0.0), value_range=(0, 1)),
    "small crop": lambda k: k.RandomCrop(16, 11),
    "auto contrast": lambda k: k.AutoContrast(),
}  # fmt: skip


def pictures_for(name: str) -> Any:
    return pictures() / 255 if name in ("saturation", "paleness", "hue") else pictures()


@functools.cache  # one result for all devices
def in_keras_s(name: str) -> Any:
    return np.asarray(EQUAL[name](keras.layers)(pictures_for(name), training=True))


@pytest.mark.parametrize("name", EQUAL)
def test_beside_keras(host: str, name: str) -> None:
    x, want = pictures_for(name), in_keras_s(name)
    got = EQUAL[name](layers)(x, training=True).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-3 * x.max())


def test_hue_turns_as_keras_does(host: str) -> None:
    """By the same angle, one way or the other."""
    x = pictures(8) / 255
    ours, kerass = (m.layers.RandomHue((0.3, 0.3), (0, 1), seed=4) for m in (pw, keras))
    ways = []
    for sign in (-1, 1):
        transformation = {"factor": np.full(8, sign * 0.15, np.float32)}
        ways.append(np.asarray(kerass.transform_images(x, transformation)))
    for i, image in enumerate(ours(x, training=True).numpy()):
        assert min(np.abs(image - way[i]).max() for way in ways) < 1e-4


def test_shear_and_contrast_as_keras_does(host: str) -> None:
    x = pictures(8)
    ours, kerass = (m.layers.RandomShear((0.3, 0.3), (0.1, 0.1)) for m in (pw, keras))
    ways = [
        np.asarray(kerass._transform_images(
            x, {"shear_factor": np.tile([[s * 0.3, s * 0.1]], (8, 1)).astype(np.float32)},
            "bilinear")) for s in (-1, 1)
    ]  # fmt: skip
    for i, image in enumerate(ours(x, training=True).numpy()):
        assert min(np.abs(image - way[i]).max() for way in ways) < 0.3
    contrast = layers.RandomContrast((0.2, 0.6), seed=1)
    mean = x.mean((1, 2), keepdims=True)
    calm = 128 + (x - mean) / 10  # so that nothing is clipped
    got = contrast(calm, training=True).numpy()
    f = (got - got.mean((1, 2), keepdims=True)) / (calm - calm.mean((1, 2), keepdims=True))
    assert np.allclose(f, f[:, :1, :1, :1], rtol=1e-2)
    assert f.min() >= 0.79
    assert f.max() <= 1.61
    assert np.ptp(f[:, 0, 0, 0]) > 0.1


# --- by statistics


def share(changed: Any) -> float:
    return float(np.mean(changed))


def test_flips(host: str) -> None:
    x = np.arange(6.0, dtype=np.float32).reshape(1, 2, 3, 1).repeat(600, 0)
    for mode, flipped in (
        ("horizontal", x[:, :, ::-1]),
        ("vertical", x[:, ::-1]),
        ("horizontal_and_vertical", x[:, ::-1, ::-1]),
    ):
        got = layers.RandomFlip(mode, seed=2)(x, training=True).numpy()
        turned = (got == flipped).all((1, 2, 3))
        assert np.all(turned | (got == x).all((1, 2, 3)))
        assert abs(share(turned) - 0.5) < 0.09


def test_places_of_crops(host: str) -> None:
    x = np.arange(30.0, dtype=np.float32).reshape(1, 5, 6, 1)
    layer = layers.RandomCrop(3, 4, seed=1)
    starts = []
    for _ in range(300):
        got = layer(x, training=True).numpy()[0, :, :, 0]
        row, column = divmod(int(got[0, 0]), 6)
        np.testing.assert_array_equal(got, x[0, row : row + 3, column : column + 4, 0])
        starts.append((row, column))
    counts = np.array([starts.count((r, c)) for r in range(3) for c in range(3)])
    assert counts.min() > 10


def test_shares_of_pictures(host: str) -> None:
    x = pictures(600, 3, 3)
    for layer in (
        layers.RandomGrayscale(0.3, seed=3),
        layers.RandomInvert((0.3, 0.3), seed=3),
        layers.RandomErasing((0.3, 0.3), scale=(0.9, 1.0), fill_value=0.0, seed=3),
    ):
        changed = (layer(x, training=True).numpy() != x).any((1, 2, 3))
        assert abs(share(changed) - 0.3) < 0.09


def test_erased_parts(host: str) -> None:
    x = np.full((200, 20, 30, 3), 7.0, np.float32)
    got = layers.RandomErasing((1, 1), (0.1, 0.3), [1.0, 2.0, 3.0], seed=1)(x, training=True)
    gone = (got.numpy() == [1.0, 2.0, 3.0]).all(-1)
    np.testing.assert_array_equal(got.numpy()[~gone], 7)
    areas = gone.mean((1, 2))
    assert 0.05 < areas.min() < areas.max() < 0.36
    for one in gone:  # each a rectangle
        assert one.sum() == one.any(1).sum() * one.any(0).sum()
    noise = layers.RandomErasing((1, 1), (1, 1), seed=1)(x, training=True).numpy()
    assert noise.min() == 0
    assert noise.max() == 255


def test_solarization_draws_its_threshold(host: str) -> None:
    x = np.linspace(0, 255, 64, dtype=np.float32).reshape(1, 8, 8, 1).repeat(50, 0)
    got = layers.Solarization(0.0, (0.0, 0.8), seed=1)(x, training=True).numpy()
    kept = np.isclose(got, x, atol=1e-2)
    assert np.all(kept | np.isclose(got, 255 - x, atol=1e-2))
    counts = kept.sum((1, 2, 3))
    assert counts.min() < 15
    assert 35 < counts.max() < 58


@pytest.mark.parametrize("kind", [layers.MixUp, layers.CutMix])
def test_labels_are_mixed_as_their_pictures(host: str, kind: Any) -> None:
    """Each picture is of one value, so that its mean says what is in it."""
    n, size = 64, 32
    values = np.arange(n, dtype=np.float32)
    x = np.broadcast_to(values[:, None, None, None], (n, size, size, 3))
    batch = {"images": x, "labels": np.eye(n, dtype=np.float32)}
    layer = kind(0.9, seed=2)
    mixed = layer(batch, training=True)
    images, labels = mixed["images"].numpy(), mixed["labels"].numpy()
    np.testing.assert_allclose(labels.sum(1), 1.0, rtol=1e-5)
    off = images.mean((1, 2, 3)) - labels @ values
    assert np.abs(off).max() < (1e-3 if kind is layers.MixUp else 5.0)  # whole pixels
    if kind is layers.CutMix:
        assert set(np.unique(images)) <= set(values.tolist())
    left = labels[np.arange(n), np.arange(n)]
    assert left.std() > 0.15 and 0.3 < left.mean() < 0.8
    assert not np.array_equal(layer(batch, training=True)["images"].numpy(), images)
    np.testing.assert_array_equal(kind(0.9, seed=2)(x, training=True).numpy(), images)
    np.testing.assert_array_equal(layer(batch, training=False)["labels"].numpy(), batch["labels"])
    first = kind(0.9, seed=2, data_format="channels_first")(x.transpose(0, 3, 1, 2), training=True)
    np.testing.assert_array_equal(first.numpy().transpose(0, 2, 3, 1), images)
    with pytest.raises(ValueError, match="mixes 'images' and 'labels', got"):
        layer({"images": x, "boxes": x})


def test_shares_are_of_the_beta_distribution() -> None:
    layer = layers.MixUp(seed=3)
    for alpha in (1e-6, 0.2, 1.0, 30.0):
        shares = layer.shares(20_000, pw.tensor([alpha])).numpy()
        assert abs(shares.mean() - 0.5) < 0.02
        assert abs(shares.var() * 4 * (2 * alpha + 1) - 1) < 0.05
