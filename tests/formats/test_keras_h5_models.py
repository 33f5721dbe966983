"""Whole models in Keras's older .h5 files, both ways, with their optimizers.

Keras's own networks at their full size: `python tests/formats/test_keras_h5_models.py`;
docs/formats.md has what came of it.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # as a program, too
from in_keras import keras
from keras_models import FIT, MAKERS, X, Y, close, compiled, same_histories

import pywebml as pw
from pywebml.formats.loading import inspect
from pywebml.host.files import FormatError

h5py = pytest.importorskip("h5py", reason="Keras reads and writes .h5 by h5py")


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    from hosts import shared_device

    pw.set_device(shared_device("cpu"))


def here(model: Any, tmp_path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(tmp_path / "theirs.h5")
    return pw.load_model(tmp_path / "theirs.h5")


def in_kerass(model: Any, tmp_path: Path) -> Any:
    model.save(tmp_path / "ours.h5")
    return keras.models.load_model(tmp_path / "ours.h5")


@pytest.mark.parametrize("name", MAKERS)
def test_models_go_both_ways(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = MAKERS[name](keras)
    ours = here(theirs, tmp_path)
    close(ours.predict(X), theirs.predict(X, verbose=0))
    back = in_kerass(ours, tmp_path)
    close(ours.predict(X), back.predict(X, verbose=0))
    monkeypatch.setitem(sys.modules, "h5py", None)  # as in a tab
    ours.save(tmp_path / "again.h5")
    again = pw.load_model((tmp_path / "again.h5").read_bytes())
    for one, other in zip(ours.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def block(k: Any) -> Any:
    """What Keras's own networks are made of: MobileNet's and EfficientNet's blocks."""
    x = k.layers.Input((8, 8, 3))
    y = k.layers.Normalization(mean=[0.4, 0.5, 0.6], variance=[0.2, 0.3, 0.4])(
        k.layers.Rescaling(1 / 2)(x)
    )
    y = k.layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
    y = k.layers.Conv2D(8, 3, strides=2, use_bias=False, name="stem")(y)
    y = z = k.layers.ReLU(6.0)(k.layers.BatchNormalization(epsilon=1e-3, momentum=0.99)(y))
    y = k.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
    y = k.layers.Activation("swish")(k.layers.BatchNormalization(axis=-1)(y))
    w = k.layers.Reshape((1, 1, 8))(k.layers.GlobalAveragePooling2D()(y))
    w = k.layers.Conv2D(8, 1, activation="sigmoid")(k.layers.Conv2D(2, 1, activation="swish")(w))
    y = k.layers.Add()([k.layers.Dropout(0.2)(k.layers.Multiply()([y, w])), z])
    y = k.layers.Concatenate()([y, k.layers.MaxPooling2D(3, 1, padding="same")(y)])
    y = k.layers.Dense(5, activation="softmax")(k.layers.GlobalMaxPooling2D(keepdims=True)(y))
    return k.Model(x, k.layers.Flatten()(y), name="block")


def random_statistics(model: Any) -> Any:
    """Weights by which pictures still differ at the end of many layers."""
    rng = np.random.default_rng(4)
    for weight in model.weights:
        if "kernel" in weight.path:
            *window, last = weight.shape
            fan_in = np.prod(window[:2] if len(window) == 3 and last == 1 else window)
            values = rng.normal(scale=(2 / fan_in) ** 0.5, size=weight.shape)
            weight.assign(values.astype(np.float32))
        if "moving_mean" in weight.path or "beta" in weight.path:
            weight.assign(rng.normal(scale=0.05, size=weight.shape).astype(np.float32))
        elif "moving_variance" in weight.path or "gamma" in weight.path:
            weight.assign(rng.uniform(0.9, 1.2, weight.shape).astype(np.float32))
    return model


def test_blocks_of_applications_build_from_the_file_alone(tmp_path: Path) -> None:
    theirs = random_statistics(block(keras))
    x = np.random.default_rng(5).uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    wanted = theirs.predict(x, verbose=0)
    assert np.ptp(wanted) > 0.01 and np.abs(wanted[0] - wanted[1]).max() > 1e-3
    close(here(theirs, tmp_path).predict(x), wanted)
    theirs.save(tmp_path / "theirs.keras")
    ours = pw.load_model(tmp_path / "theirs.keras")
    close(ours.predict(x), wanted)
    back = in_kerass(ours, tmp_path)
    for one, other in zip(back.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


SOME = ("SGD momentum", "RMSprop centered", "Adam scheduled")


@pytest.mark.parametrize("optimizer", SOME)
def test_trainings_go_on(optimizer: str, tmp_path: Path) -> None:
    """Keras 3 itself does not go on from such files (it builds the optimizer for no
    variables); but what it finds in ours is what it writes.
    """
    theirs = compiled(keras, optimizer)
    theirs.fit(X, Y, **FIT)
    ours = here(theirs, tmp_path)
    back = in_kerass(ours, tmp_path)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)
    about = [{**m.optimizer.get_config(), "name": ""} for m in (back, theirs)]
    assert about[0] == about[1]
    for key in ("loss", "metrics"):
        assert back.get_compile_config()[key] == theirs.get_compile_config()[key]
    states = []
    for name in ("theirs.h5", "ours.h5"):
        with h5py.File(tmp_path / name) as file:
            group = file["optimizer_weights"]
            states.append([group[path][()] for path in group.attrs["weight_names"]])
    for one, other in zip(*states, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    same_histories(ours.fit_sync(X, Y, **FIT), theirs.fit(X, Y, **FIT))


def test_weights_go_by_layer(tmp_path: Path) -> None:
    """Keras calls the kernel of a depthwise convolution "kernel", and may call layers
    otherwise than the model that is to have the weights.
    """
    layer = {"kernel_size": 3, "name": "depth"}
    theirs = keras.Sequential(
        [keras.layers.Input((6, 6, 1)), keras.layers.DepthwiseConv2D(**layer)]
    )
    theirs.save(tmp_path / "theirs.h5")
    layer["name"] = "other"
    ours = pw.Sequential([pw.Input((6, 6, 1)), pw.layers.DepthwiseConv2D(**layer)])
    ours.load_weights(tmp_path / "theirs.h5")
    close(ours.predict(X), theirs.predict(X, verbose=0))
    other = pw.Sequential([pw.Input((6, 6, 1)), pw.layers.DepthwiseConv2D(2)])
    with pytest.raises(FormatError, match=r"depthwise_conv2d\w* has weights of shapes"):
        other.load_weights(tmp_path / "theirs.h5")


def test_what_a_file_says(tmp_path: Path) -> None:
    model = compiled(pw, "Adam")
    model.save(tmp_path / "m.h5")
    about = inspect(tmp_path / "m.h5")
    assert (about.format, about.topology) == ("keras-h5", "keras")
    assert about.parameters == model.count_params()
    with_nothing = pw.load_model(tmp_path / "m.h5", compile=False)
    assert with_nothing.compiled is None


def test_metadata_of_the_user_s_own(tmp_path: Path) -> None:
    """Keras passes over it."""
    ours = pw.Sequential([pw.layers.Dense(1, input_shape=(2,))])
    ours.set_user_defined_metadata({"labels": ["ä", "b"], "n": 3})
    assert in_kerass(ours, tmp_path).count_params() == 3
    again = pw.load_model(tmp_path / "ours.h5")
    assert again.get_user_defined_metadata() == {"labels": ["ä", "b"], "n": 3}
    assert inspect(tmp_path / "ours.h5").metadata["userDefinedMetadata"]["n"] == 3
    assert here(in_kerass(ours, tmp_path), tmp_path).get_user_defined_metadata() is None


def test_a_call_of_its_own_is_told(tmp_path: Path) -> None:
    class Own(pw.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = pw.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Own()
    model(pw.ones((1, 3)))
    with pytest.raises(TypeError, match=r"has a call of its own.* save it as NAME\.keras"):
        model.save(tmp_path / "m.h5")
    assert not (tmp_path / "m.h5").exists()


def squeezenet(**options: Any) -> Any:
    """As in Iandola et al. 2016, which is not among Keras's: four of its blocks."""
    x = y = keras.layers.Input((224, 224, 3))
    y = keras.layers.Conv2D(64, 3, strides=2, activation="relu")(y)
    for narrow, wide in ((16, 64), (32, 128), (48, 192), (64, 256)):
        y = keras.layers.Conv2D(narrow, 1, activation="relu")(keras.layers.MaxPooling2D(3, 2)(y))
        one = keras.layers.Conv2D(wide, 1, activation="relu")(y)
        y = keras.layers.Concatenate()(
            [one, keras.layers.Conv2D(wide, 3, padding="same", activation="relu")(y)]
        )
    y = keras.layers.Conv2D(1000, 1, activation="relu")(keras.layers.Dropout(0.5)(y))
    y = keras.layers.Softmax()(keras.layers.GlobalAveragePooling2D()(y))
    return keras.Model(x, y, name="squeezenet")


def main() -> None:
    apps = keras.applications
    makers = [apps.MobileNet, apps.MobileNetV2, apps.EfficientNetB0, apps.ResNet50, squeezenet]
    folder = Path(tempfile.mkdtemp())
    for make in makers:
        theirs = random_statistics(make(weights=None))
        high = 255 if make is apps.EfficientNetB0 else 1  # it brings pixels there by itself
        x = np.random.default_rng(0).uniform(0, high, (2, 224, 224, 3)).astype(np.float32)
        x[1, :, :112] *= 0.1
        wanted = theirs.predict(x, verbose=0)
        assert np.abs(wanted[0] - wanted[1]).max() > 1e-5 * wanted.max(), "the same for any picture"
        for ending in ("h5", "keras"):
            theirs.save(folder / f"m.{ending}")
            ours = pw.load_model(folder / f"m.{ending}")
            differs = np.abs(ours.predict(x).numpy() - wanted).max() / wanted.max()
            ours.save(folder / f"o.{ending}")
            again = keras.models.load_model(folder / f"o.{ending}").predict(x, verbose=0)
            back = np.abs(again - wanted).max() / wanted.max()
            taken = [
                seconds(lambda: pw.load_model(folder / f"m.{ending}")),  # noqa: B023
                seconds(lambda: keras.models.load_model(folder / f"m.{ending}")),  # noqa: B023
            ]
            said = f"{differs:.1e} {back:.1e} {taken[0]:.2f} s, Keras {taken[1]:.2f} s"
            print(f"{theirs.name:16} .{ending:5} {said}", flush=True)


def seconds(load: Any) -> float:
    """The best of three, in the order in which they come."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        load()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
