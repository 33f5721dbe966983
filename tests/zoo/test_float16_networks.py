"""Layers, models and extractors in float16: half the memory, the same answers, features
in float32.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric import real_gpu_kernels
from real_data import real_data

from pywebml import Model, Sequential, layers
from pywebml.cli import main
from pywebml.core.precision import float16_accumulation, half_sums
from pywebml.core.tensor import tensor
from pywebml.data.pictures import load_picture
from pywebml.device import set_device
from pywebml.formats.layers_models import layers_model_files
from pywebml.zoo import load_extractor


def small_network() -> Model:
    picture = layers.Input((8, 8, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu6")(picture)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    y = layers.Conv2D(8, 1)(x)
    x = layers.GlobalAveragePooling2D()(layers.Add()([x, y]))
    return Model(picture, layers.Dense(4, activation="softmax")(x))


def test_a_layer_holds_and_gives_half_floats(host: str) -> None:
    dense = layers.Dense(3, dtype="float16")
    y = dense(tensor(np.ones((2, 5), np.float32)))
    assert [w.dtype for w in dense.weights] == ["float16", "float16"]
    assert y.dtype == "float16"
    assert layers.Dense.from_config(dense.get_config()).dtype == "float16"
    assert layers.Dense(2)(y).dtype == "float32"  # a layer in float32 behind it casts back


def test_a_model_s_copy_takes_half_the_memory_and_says_the_same(host: str) -> None:
    model = small_network()
    half = model.astype("float16")
    x = np.random.default_rng(0).standard_normal((5, 8, 8, 3), np.float32)
    assert sum(w.spec.nbytes for w in half.weights) <= sum(
        w.spec.nbytes for w in model.weights
    ) / 2 + 4 * len(model.weights)
    for weight, copied in zip(model.weights, half.weights, strict=True):
        assert np.array_equal(copied.numpy(), weight.numpy().astype(np.float16))
    want, got = model.predict(x).numpy(), half.predict(x)
    assert got.dtype == "float16"
    np.testing.assert_allclose(got.numpy(), want, atol=2e-3)
    np.testing.assert_allclose(half.astype("float32").predict(x).numpy(), want, atol=2e-3)


def test_a_sequential_and_a_model_inside_follow(host: str) -> None:
    inner = small_network()
    model = Sequential([inner, layers.Dense(2)])
    half = model.astype("float16")
    assert {w.dtype for w in half.weights} == {"float16"}
    x = np.random.default_rng(1).standard_normal((2, 8, 8, 3), np.float32)
    np.testing.assert_allclose(half(tensor(x)).numpy(), model(tensor(x)).numpy(), atol=2e-3)


def test_a_head_in_float32_learns_on_features_in_float16(host: str) -> None:
    base = Sequential([layers.Dense(8, activation="relu", input_shape=(4,))]).astype("float16")
    base.trainable = False
    model = Sequential([base, layers.Dense(2, activation="softmax")])
    model.compile("adam", loss="sparse_categorical_crossentropy")
    x = np.random.default_rng(2).standard_normal((32, 4), np.float32)
    history = model.fit_sync(x, (x[:, 0] > 0).astype(np.int32), epochs=5, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


def test_training_in_float16_is_refused() -> None:
    set_device("cpu")
    model = Sequential([layers.Dense(2, dtype="float16", input_shape=(3,))])
    model.compile("sgd", loss="mse")
    with pytest.raises(TypeError, match="float16 is for networks that only run"):
        model.fit_sync(np.zeros((4, 3), np.float32), np.zeros((4, 2), np.float32), verbose=0)


def test_mistakes_are_named() -> None:
    set_device("cpu")
    with pytest.raises(ValueError, match="dtype must be float32 or float16, got 'float64'"):
        small_network().astype("float64")


def test_files_for_tensorflow_js_are_in_float32() -> None:
    set_device("cpu")
    document = json.loads(layers_model_files(small_network().astype("float16"))["model.json"])
    assert {
        entry["config"]["dtype"] for entry in document["modelTopology"]["config"]["layers"]
    } == {"float32"}
    assert {entry["dtype"] for entry in document["weightsManifest"][0]["weights"]} == {"float32"}


def pictures() -> list[Path]:
    import skimage

    return [
        Path(skimage.__file__).parent / "data" / f"{name}.png" for name in ("chelsea", "coffee")
    ]


@pytest.mark.parametrize("name", ["efficientnet_lite0", "mobilenet_v1_0.25_224"])
def test_pretrained_networks_say_the_same(
    host: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if folder := real_data("."):
        monkeypatch.setenv("PYWEBML_MODELS", str(folder))
    elif name != "efficientnet_lite0":
        pytest.skip("no weights of MobileNet at hand: set PYWEBML_TEST_DATA")
    extractor, half = load_extractor(name), load_extractor(name, dtype="float16")
    assert (extractor.dtype, half.dtype, half.features) == (
        "float32",
        "float16",
        extractor.features,
    )
    for picture in pictures():
        bytes_ = load_picture(picture, extractor.input_size, fit="crop")
        want, got = (e.classify(e.pixels(bytes_)).numpy()[0] for e in (extractor, half))
        assert np.argmax(got) == np.argmax(want)
        np.testing.assert_allclose(got, want, atol=1e-2)
        wanted, features = (e(e.pixels(bytes_)) for e in (extractor, half))
        assert features.dtype == "float32"
        assert np.linalg.norm(features.numpy() - wanted.numpy()) < 0.05 * np.linalg.norm(
            wanted.numpy()
        )


@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
def test_a_real_gpu_s_kernels_say_the_same(host: str) -> None:
    model = small_network()
    half = model.astype("float16")
    x = np.random.default_rng(3).standard_normal((2, 8, 8, 3), np.float32)
    with real_gpu_kernels():
        np.testing.assert_allclose(half.predict(x).numpy(), model.predict(x).numpy(), atol=2e-3)


@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
def test_a_pretrained_network_says_the_same_with_sums_in_float16(
    host: str,
) -> None:
    extractor = load_extractor("efficientnet_lite0", dtype="float16")
    bytes_ = load_picture(pictures()[0], extractor.input_size, fit="crop")

    def answer() -> np.ndarray:
        return np.asarray(extractor.classify(extractor.pixels(bytes_)).numpy()[0])

    with real_gpu_kernels():
        want = answer()
        with float16_accumulation():
            got = answer()
    assert list(np.argsort(got)[-3:]) == list(np.argsort(want)[-3:])
    assert 0 < np.abs(got - want).max() < 5e-3


def test_the_command_line_takes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pywebml.apps import features as job

    made: list[Any] = []
    summed: list[bool] = []
    run = job.features
    monkeypatch.setattr(
        job, "features", lambda *words, **more: (summed.append(half_sums()), run(*words, **more))[1]
    )
    out = str(tmp_path / "features.npy")
    words = [
        "features",
        str(pictures()[0]),
        "--extractor",
        "efficientnet_lite0",
        "--device",
        "cpu",
        "--no-cache",
        "--out",
        out,
    ]
    for more in ([], ["--dtype", "float16", "--sums", "float16"], ["--dtype", "float16"]):
        assert main([*words, *more]) == 0, capsys.readouterr().err
        made.append(np.load(out))
    assert [m.dtype for m in made] == [np.float32] * 3
    assert 0 < np.linalg.norm(made[0] - made[1]) < 0.05 * np.linalg.norm(made[0])
    assert summed == [False, True, False]
    assert np.array_equal(made[1], made[2])  # the CPU sums in float32 all the same
    assert main([*words, "--sums", "float16"]) == 2
    assert (
        "--sums float16 is for networks in float16, got --dtype float32" in capsys.readouterr().err
    )
