"""Scaling, bins and sizes: layers that bring data into the form that networks want."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_keras import keras
from layer_cases import LayerCase, parameters

import pywebml as pw
from pywebml import layers
from pywebml.core.tensor import tensor
from pywebml.ops.support.resampling import resized

RNG = np.random.default_rng(3)


def whole(high: int) -> Callable[[np.random.Generator, Any], Any]:
    return lambda rng, shape: rng.integers(0, high, shape)


def pixels(rng: np.random.Generator, shape: Any) -> Any:
    return rng.uniform(0, 255, shape)


def one_hot(x: Any, n: int) -> Any:
    return np.eye(n)[np.asarray(x).astype(int)]


def at_size(size: tuple[int, int], interpolation: str = "bilinear") -> Callable[[Any], Any]:
    return lambda x: np.stack([resized(image, size, interpolation) for image in x])


def stretched(x: Any) -> Any:
    low, high = x.min((1, 2), keepdims=True), x.max((1, 2), keepdims=True)
    return (x - low) / (high - low) * 255


MEAN, VARIANCE = [1.0, -2.0, 0.5], [4.0, 0.25, 1.0]
BINS = [-0.5, 0.1, 0.9]
CASES = [
    LayerCase(lambda: layers.Rescaling(1 / 127.5, -1), (3, 4), [], lambda x: x / 127.5 - 1),
    LayerCase(lambda: layers.Rescaling([1, 2], (3, 4)), (3, 2), [],
              lambda x: x * [1, 2] + [3, 4], any_size=False),
    LayerCase(lambda: layers.Normalization(-1, MEAN, VARIANCE), (4, 3), [],
              lambda x: (x - MEAN) / np.sqrt(VARIANCE), any_size=False),
    LayerCase(lambda: layers.Normalization(None, 3.0, 2.0), (4, 3), [],
              lambda x: (x - 3) / np.sqrt(2)),
    LayerCase(lambda: layers.Normalization(axis=(1, -1), mean=MEAN, variance=VARIANCE, invert=True),
              (2, 5, 3), [], lambda x: x * np.sqrt(VARIANCE) + MEAN, any_size=False),
    LayerCase(lambda: layers.Discretization(BINS, output_mode="one_hot"), (5, 3), [],
              lambda x: one_hot(np.digitize(x, BINS), 4), smooth=False, half=False),
    LayerCase(lambda: layers.Discretization(BINS, output_mode="count"), (5, 3), [],
              lambda x: one_hot(np.digitize(x, BINS), 4).sum(1), smooth=False, half=False),
    LayerCase(lambda: layers.Discretization(BINS, output_mode="multi_hot"), (5, 3), [],
              lambda x: one_hot(np.digitize(x, BINS), 4).max(1), smooth=False, half=False),
    LayerCase(lambda: layers.CategoryEncoding(6), (4, 3), [],
              lambda x: one_hot(x, 6).max(1), whole(6), smooth=False),
    LayerCase(lambda: layers.CategoryEncoding(6, "count"), (4, 3), [],
              lambda x: one_hot(x, 6).sum(1), whole(6), smooth=False),
    LayerCase(lambda: layers.CategoryEncoding(6, "one_hot"), (4, 1), [],
              lambda x: one_hot(x, 6)[:, 0], whole(6), smooth=False),
    *(
        LayerCase(lambda i=i: layers.Resizing(5, 9, i), (2, 8, 6, 3), [], at_size((5, 9), i),
                  pixels, smooth=False, half=False)
        for i in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
    ),
    LayerCase(lambda: layers.Resizing(6, 3, data_format="channels_first"), (2, 3, 8, 6), [],
              lambda x: at_size((6, 3))(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2), pixels,
              any_size=False, smooth=False, half=False),
    LayerCase(lambda: layers.CenterCrop(4, 5), (2, 7, 8, 3), [], lambda x: x[:, 1:5, 1:6]),
    LayerCase(lambda: layers.CenterCrop(4, 5, "channels_first"), (2, 3, 7, 8), [],
              lambda x: x[:, :, 1:5, 1:6], any_size=False),
    LayerCase(lambda: layers.AutoContrast(), (2, 4, 5, 3), [], stretched, pixels, smooth=False,
              half=False),
]  # fmt: skip


@parameters(CASES)
def test_preprocessing(host: str, case: LayerCase) -> None:
    case.check()


# --- adapting


@pytest.mark.parametrize("axis", [-1, None, 1, (1, 2), 0])
@pytest.mark.parametrize("kind", ["array", "tensor", "data set", "list", "generator", "pairs"])
@pytest.mark.parametrize("invert", [False, True])
def test_normalization_adapts(host: str, axis: Any, kind: str, invert: bool) -> None:
    x = (RNG.normal(size=(6, 4, 3)) * 3 + 5).astype(np.float32)
    parts = [x[:4], x[4:]] if axis != 0 else [x]
    data = {
        "array": x,
        "tensor": tensor(x),
        "data set": pw.data.Dataset(lambda: iter(parts)),
        "list": parts,
        "generator": (part for part in parts),
        "pairs": pw.data.Dataset(lambda: ((part, 0) for part in parts)),
    }[kind]
    ours, kerass = (m.layers.Normalization(axis, invert=invert) for m in (pw, keras))
    ours.adapt(data)
    kerass.adapt(x)
    np.testing.assert_allclose(ours.mean.numpy(), kerass.mean, rtol=1e-5)
    np.testing.assert_allclose(ours.variance.numpy(), kerass.variance, rtol=1e-4)
    np.testing.assert_allclose(ours(x).numpy(), kerass(x), rtol=1e-4, atol=1e-4)
    again = layers.Normalization.from_config(ours.get_config())
    again.build(x.shape)
    again.set_weights(ours.get_weights())
    np.testing.assert_array_equal(again(x).numpy(), ours(x).numpy())
    ours.adapt(x * 2)  # anew
    np.testing.assert_allclose(ours.mean.numpy(), kerass.mean * 2, rtol=1e-5)


def test_normalization_stands_in_a_model_and_is_saved(host: str, tmp_path: Any) -> None:
    x = RNG.normal(size=(32, 3)).astype(np.float32) * 9 + 4
    normalizer = layers.Normalization()
    normalizer.adapt(x)
    model = pw.Sequential([normalizer, layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.predict(x).numpy()
    model.fit_sync(x, x[:, :1], epochs=2, verbose=0)
    np.testing.assert_allclose(normalizer.mean.numpy()[0], x.mean(0), rtol=1e-5)  # not trained
    assert not np.allclose(model.predict(x).numpy(), before)
    assert normalizer.mean.numpy().any()


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: layers.Normalization(mean=1.0), "both"),
    (lambda: layers.Normalization(mean=[1.0], variance=[1.0, 2.0]), "one shape"),
    (lambda: layers.Normalization(mean=[[1.0]], variance=[[1.0]]), "one shape"),
    (lambda: layers.Normalization(3)(np.ones((2, 2))), "within the 2 axes"),
    (lambda: layers.Normalization(1).build((None, None, 3)), "must be known"),
    (lambda: layers.Normalization(mean=1.0, variance=1.0).adapt(np.ones((2, 2))), "were given"),
    (lambda: layers.Normalization().adapt([]), "no values"),
    (lambda: layers.Normalization().adapt(iter(())), "no batches"),
    (lambda: layers.Normalization().adapt({"a": np.ones(3)}), "map out"),
    (lambda: layers.Normalization().adapt([{"a": np.ones(3)}]), "map"),
    (lambda: layers.Normalization().adapt(3), "got int"),
    (lambda: layers.Normalization().adapt([np.ones((2, 3)), np.ones((2, 4))]), "no batch of"),
    (lambda: layers.Rescaling("2"), "scale must be numbers"),
    (lambda: layers.Discretization(), "give bin_boundaries"),
    (lambda: layers.Discretization([1.0], 3), "give bin_boundaries"),
    (lambda: layers.Discretization([2.0, 1.0]), "ascending"),
    (lambda: layers.Discretization(num_bins=0), "at least 1"),
    (lambda: layers.Discretization([1.0], epsilon=0.0), "epsilon"),
    (lambda: layers.Discretization([1.0], output_mode="tf_idf"), "'tf_idf'"),
    (lambda: layers.Discretization([1.0], sparse=True, output_mode="count"), "sparse"),
    (lambda: layers.Discretization([1.0]).adapt(np.ones(3)), "was given"),
    (lambda: layers.Discretization(num_bins=2)(np.ones(3)), "call adapt"),
    (lambda: layers.CategoryEncoding(), "num_tokens"),
    (lambda: layers.CategoryEncoding(3, "int"), "'int'"),
    (lambda: layers.CategoryEncoding(3)(np.ones((1, 1)), count_weights=np.ones((1, 1))), "count"),
    (lambda: layers.Resizing(0, 3), "at least 1"),
    (lambda: layers.Resizing(3, 3, "area"), "'area'"),
    (lambda: layers.Resizing(3, 3, "bilinear", True, True), "not both"),
    (lambda: layers.Resizing(3, 3, fill_mode="reflect"), "'constant'"),
    (lambda: layers.Resizing(3, 3)(np.ones((2, 3))), "rank 4"),
    (lambda: layers.CenterCrop(0, 1), "at least 1"),
    (lambda: layers.CenterCrop(1, 1)({"pictures": 1}), "'images'"),
    (lambda: layers.AutoContrast((3, 3)), "two different"),
    (lambda: layers.RandomFlip("sideways"), "'sideways'"),
    (lambda: layers.RandomRotation(1.5), r"\[-1, 1\]"),
    (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), r"\[-1, 1\]"),
    (lambda: layers.RandomRotation(0.1, "mirror"), "'mirror'"),
    (lambda: layers.RandomRotation(0.1, interpolation="bicubic"), "'bicubic'"),
    (lambda: layers.RandomZoom((-1, 0)), "without end"),
    (lambda: layers.RandomContrast(-0.1), r"\[0, 1\]"),
    (lambda: layers.RandomBrightness(0.1, (1,)), "two numbers"),
    (lambda: layers.RandomBrightness("much"), "'much'"),
    (lambda: layers.RandomShear(-0.1), r"\[0, 1\]"),
    (lambda: layers.RandomGrayscale(2.0), r"\[0, 1\]"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        call()


@pytest.mark.parametrize("bins", [1, 3, 8])
@pytest.mark.parametrize("epsilon", [0.01, 0.2])
@pytest.mark.parametrize("batches", [1, 4])
def test_discretization_adapts(bins: int, epsilon: float, batches: int) -> None:
    x = RNG.normal(size=(200, 2)).astype(np.float32)
    data = x if batches == 1 else np.split(x, batches)
    ours, kerass = (m.layers.Discretization(num_bins=bins, epsilon=epsilon) for m in (pw, keras))
    ours.adapt(data)
    for batch in data if batches > 1 else [x]:  # its adapt itself asks for TensorFlow
        kerass.update_state(batch)
    kerass.finalize_state()
    np.testing.assert_allclose(ours.bin_boundaries, kerass.bin_boundaries, rtol=1e-5)
    if bins > 1:
        np.testing.assert_array_equal(ours(x).numpy(), kerass(x))
    again = layers.Discretization.from_config(ours.get_config())
    assert again.get_config() == ours.get_config()
    np.testing.assert_array_equal(again(x).numpy(), ours(x).numpy())


def test_discretization_gives_whole_numbers(host: str) -> None:
    layer = layers.Discretization([0.0, 1.0])
    got = layer(np.array([[-1.0, 0.0, 0.5], [1.0, 9.0, -0.0]]))
    assert got.dtype == "int32"
    assert got.tolist() == [[0, 1, 1], [2, 2, 1]]
    assert layer(layers.Input((4,))).dtype == "int32"
    some = layers.Discretization(num_bins=2)
    some.adapt(iter([np.arange(10.0), np.full(10, 99.0)]), steps=1)
    assert len(some.bin_boundaries) == 1
    assert some.bin_boundaries[0] < 10


def test_counts_by_weight(host: str) -> None:
    x, w = np.array([[0, 2, 2], [1, 1, 0]]), np.array([[1.0, 2.0, 0.5], [3.0, 1.0, 2.0]])
    ours, kerass = (m.layers.CategoryEncoding(4, "count") for m in (pw, keras))
    np.testing.assert_allclose(
        ours(x, count_weights=w).numpy(), kerass(x, count_weights=w), rtol=1e-6
    )


@pytest.mark.parametrize("shape", [(3,), (4, 1), (4, 3), (2, 3, 4)])
@pytest.mark.parametrize("mode", ["multi_hot", "count", "one_hot"])
def test_encodings_of_every_rank(host: str, shape: Any, mode: str) -> None:
    x = RNG.integers(0, 5, shape)
    ours, kerass = (m.layers.CategoryEncoding(6, mode) for m in (pw, keras))
    np.testing.assert_array_equal(ours(x).numpy(), kerass(x))


@pytest.mark.parametrize("options", [{"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True},
                                     {"pad_to_aspect_ratio": True, "fill_value": 7.0},
                                     {"antialias": True}, {"antialias": True,
                                     "interpolation": "bicubic"}])  # fmt: skip
@pytest.mark.parametrize("shape", [(2, 9, 5, 3), (6, 10, 1)])
def test_resizing_beside_keras(host: str, options: dict[str, Any], shape: Any) -> None:
    x = RNG.uniform(0, 255, shape).astype(np.float32)
    for size in ((4, 4), (7, 12)):
        ours, kerass = (m.layers.Resizing(*size, **options) for m in (pw, keras))
        np.testing.assert_allclose(ours(x).numpy(), kerass(x), rtol=1e-4, atol=1e-2)


def test_resizing_keeps_whole_numbers(host: str) -> None:
    x = RNG.integers(0, 256, (1, 6, 6, 3), dtype=np.uint8)
    ours, kerass = (m.layers.Resizing(4, 9, "bicubic") for m in (pw, keras))
    got, want = ours(x), np.asarray(kerass(x))
    assert got.dtype == "int32"  # as whole numbers come to the device
    assert np.abs(got.numpy().clip(0, 255) - want.astype(int)).max() <= 1


@pytest.mark.parametrize("shape", [(2, 9, 5, 3), (3, 3, 1), (2, 4, 9, 2)])
def test_crops_of_smaller_pictures(host: str, shape: Any) -> None:
    x = RNG.uniform(0, 255, shape).astype(np.float32)
    ours, kerass = (m.layers.CenterCrop(6, 4) for m in (pw, keras))
    np.testing.assert_allclose(ours(x).numpy(), kerass(x), rtol=1e-4, atol=1e-2)
