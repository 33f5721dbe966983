"""Keras 3's own files, both ways: what Keras writes is read here with equal
predictions, what is written here Keras reads; with the optimizer's state, a training
goes on as there.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_keras import keras
from keras_models import (
    FIT,
    MAKERS,
    OPTIMIZERS,
    X,
    Y,
    close,
    compiled,
    same_histories,
    stack,
)
from layer_cases import LayerCase, all_cases

import pywebml as pw
from pywebml.formats.keras3.models import State, stored_model
from pywebml.formats.keras3.places import places_of
from pywebml.formats.loading import inspect
from pywebml.formats.wire import hdf5
from pywebml.formats.wire.keras import write
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError

RNG = np.random.default_rng(3)
COMPARED = [case for case in all_cases() if not case.alone]
CASES = list({(type(case.make()), case.many): case for case in COMPARED}.values())
"""One of each layer: how it is kept does not depend on its sizes."""
NAMES = [f"{type(case.make()).__name__}-{i}" for i, case in enumerate(CASES)]


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    from hosts import shared_device

    pw.set_device(shared_device("cpu"))


def zip_of(model: Any) -> bytes:
    state = State(model)
    values = [v.data_sync() for v in state.variables]
    return write(stored_model(model, state, values))["model.keras"]


def in_kerass(data: bytes, tmp_path: Path, **options: Any) -> Any:
    path = tmp_path / "ours.keras"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return keras.models.load_model(path, **options)


def here(model: Any, tmp_path: Path, **options: Any) -> Any:
    path = tmp_path / "theirs.keras"
    model.save(path)
    return pw.load_model(path, **options)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_layer_goes_to_keras_and_back(case: LayerCase, tmp_path: Path) -> None:
    """Its config and weights: what it computes from them is compared elsewhere."""
    shapes = [tuple(s) for s in case.shapes]
    inputs = [pw.Input(s[1:]) for s in shapes]
    model = pw.Model(inputs if case.many else inputs[0], case.call(case.make(), inputs))
    model.set_weights(case.values())
    theirs = in_kerass(zip_of(model), tmp_path)
    again = here(theirs, tmp_path)
    for ours, other, back in zip(
        case.values(), theirs.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, other)
        np.testing.assert_array_equal(ours, back)
    assert again.layers[-1].output_shape == model.layers[-1].output_shape


# --- models of every kind, made of either library


@pytest.mark.parametrize("name", MAKERS)
def test_models_of_keras_are_read(name: str, tmp_path: Path) -> None:
    theirs = MAKERS[name](keras)
    ours = here(theirs, tmp_path)
    close(ours.predict(X), theirs.predict(X, verbose=0))
    assert ours.count_params() == theirs.count_params()


@pytest.mark.parametrize("name", MAKERS)
def test_models_of_ours_are_read_by_keras(name: str, tmp_path: Path) -> None:
    ours = MAKERS[name](pw)
    theirs = in_kerass(zip_of(ours), tmp_path)
    close(ours.predict(X), theirs.predict(X, verbose=0))
    assert list(places_of(ours)) and ours.count_params() == theirs.count_params()


@pytest.mark.parametrize("name", MAKERS)
def test_places_are_those_of_keras(name: str, tmp_path: Path) -> None:
    theirs = MAKERS[name](keras)
    theirs.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        arrays = hdf5.read_arrays(archive.read("model.weights.h5"), "m")
    assert sorted(places_of(MAKERS[name](pw))) == sorted(arrays)


# --- how it was compiled, and what the optimizer remembers


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_of_keras_goes_on_here(optimizer: str, tmp_path: Path) -> None:
    theirs = compiled(keras, optimizer)
    theirs.fit(X, Y, **FIT)
    ours = here(theirs, tmp_path)
    # one that was averaged cannot be trained again before it is loaded, with JAX
    theirs = keras.models.load_model(tmp_path / "theirs.keras")
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)
    same_histories(ours.fit_sync(X, Y, **FIT), theirs.fit(X, Y, **FIT))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_of_ours_goes_on_in_keras(optimizer: str, tmp_path: Path) -> None:
    ours = compiled(pw, optimizer)
    ours.fit_sync(X, Y, **FIT)
    theirs = in_kerass(zip_of(ours), tmp_path)
    same_histories(ours.fit_sync(X, Y, **FIT), theirs.fit(X, Y, **FIT))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_goes_on_bit_for_bit(host: str, optimizer: str) -> None:
    model = compiled(pw, optimizer)
    model.fit_sync(X, Y, **FIT)
    again = pw.load_model(zip_of(model))
    histories = [m.fit_sync(X, Y, **FIT).history for m in (model, again)]
    assert histories[0] == histories[1]
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()


def test_it_is_compiled_only_where_that_is_asked(tmp_path: Path) -> None:
    model = compiled(pw, "Adam")
    model.save(tmp_path / "m.keras")
    assert pw.load_model(tmp_path / "m.keras", compile=False).compiled is None
    assert pw.load_model(tmp_path / "m.keras").compiled is not None
    model = stack(pw)
    model.compile("sgd", lambda y, p: pw.ops.mean((y - p) ** 2, -1))
    with pytest.warns(UserWarning, match=r"saved without how it was compiled: nothing is reg"):
        assert pw.load_model(zip_of(model)).compiled is None


# --- classes of one's own


@pytest.mark.parametrize("registered", [False, True])
def test_own_layers_and_models(registered: bool, tmp_path: Path) -> None:
    def classes(k: Any) -> tuple[Any, Any]:
        register = k.saving.register_keras_serializable("Mine") if registered else lambda cls: cls

        @register
        class Scaled(k.layers.Layer):
            def __init__(self, units: int = 3, **options: Any):
                super().__init__(**options)
                self.units = units
                self.inside = [k.layers.Dense(units), k.layers.Dense(units)]

            def build(self, shape: Any) -> None:
                self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")
                self.inside[0].build(shape)
                self.inside[1].build((*shape[:-1], self.units))
                self.built = True

            def call(self, x: Any) -> Any:
                return self.inside[1](self.inside[0](x)) * self.scale

            def get_config(self) -> dict[str, Any]:
                return {**super().get_config(), "units": self.units}

        @register
        class Net(k.Model):
            def __init__(self, width: int = 4, **options: Any):
                super().__init__(**options)
                self.width = width
                self.flat = k.layers.Flatten()
                self.blocks = {"a": Scaled(width), "b": [Scaled(2)]}
                self._end = k.layers.Dense(2, activation="softmax")

            def call(self, x: Any) -> Any:
                return self._end(self.blocks["b"][0](self.blocks["a"](self.flat(x))))

            def get_config(self) -> dict[str, Any]:
                return {"width": self.width}

        return Scaled, Net

    for maker, reader in ((pw, keras), (keras, pw)):
        _, Net = classes(maker)
        Scaled2, Net2 = classes(reader)
        model = Net(5)
        close_to = np.asarray(model(X) if maker is keras else model(pw.tensor(X)))
        custom = {} if registered else {"Scaled": Scaled2, "Net": Net2}
        if maker is pw:
            other = in_kerass(zip_of(model), tmp_path, custom_objects=custom)
            close(close_to, other(X))
        else:
            close(here(model, tmp_path, custom_objects=custom)(pw.tensor(X)), close_to)


# --- weights alone


def test_weights_alone_go_both_ways(tmp_path: Path) -> None:
    ours, theirs, path = stack(pw), stack(keras), tmp_path / "m.weights.h5"
    ours.save_weights(path)
    theirs.load_weights(path)
    close(ours.predict(X), theirs.predict(X, verbose=0))
    other = stack(keras)
    other.save_weights(path)
    ours.load_weights(path)
    close(ours.predict(X), other.predict(X, verbose=0))
    theirs.save(tmp_path / "m.keras")
    ours.load_weights(tmp_path / "m.keras")
    close(ours.predict(X), theirs.predict(X, verbose=0))


def test_weights_of_another_model_are_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.weights.h5"
    stack(pw).save_weights(path)
    other = pw.Sequential(
        [pw.Input((6, 6, 1)), pw.layers.Conv2D(2, 3), pw.layers.Flatten(), pw.layers.Dense(7)]
    )
    before = other.get_weights()
    with pytest.raises(FormatError, match=r"of another model: .*nothing takes layers/"):
        other.load_weights(path)
    for one, now in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, now)
    other.load_weights(path, skip_mismatch=True)
    assert not np.array_equal(before[0], other.get_weights()[0])
    assert np.array_equal(before[2], other.get_weights()[2])
    with pytest.raises(ValueError, match=r"NAME\.weights\.h5, .* got .*m\.txt"):
        other.save_weights(tmp_path / "m.txt")
    with pytest.raises(ValueError, match="has no weights yet"):
        pw.Sequential([pw.layers.Dense(2)]).load_weights(path)
    with pytest.raises(FileExistsError, match="is there already"):
        other.save_weights(path, overwrite=False)
    other.save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match="is there already"):
        other.save(tmp_path / "m.keras", overwrite=False)


def test_nothing_is_left_of_a_file_that_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.keras"
    stack(pw).save(path)
    before = path.read_bytes()

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        stack(pw).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    model = compiled(pw, "Adam")
    assert zip_of(model) == zip_of(model)
    about = inspect(zip_of(model))
    assert (about.format, about.topology, about.parameters) == ("keras", "keras3", 74)


# --- what is not read


def changed(**files: bytes | None) -> bytes:
    with zipfile.ZipFile(io.BytesIO(zip_of(stack(pw)))) as archive:
        parts: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    parts |= {name.replace("__", "."): data for name, data in files.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return out.getvalue()


def test_code_in_a_file_is_never_run(tmp_path: Path) -> None:
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / "m.keras")
    for safe in (True, False):
        with pytest.raises(FormatError, match=r"Python function as code .* never run here"):
            pw.load_model(tmp_path / "m.keras", safe_mode=safe)


def test_weights_that_are_pickles_are_not_read() -> None:
    data = changed(model__weights__h5=None, model__weights__npz=b"PK")
    with pytest.raises(FormatError, match=r"these are pickles, which are not run"):
        pw.load_model(data)


def test_arrays_in_forms_that_are_not_read_are_told(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    for options, words in (
        ({"compression": "lzf"}, "packed by filter"),
        ({"dtype": "S3"}, "other values than numbers"),
    ):
        with h5py.File(tmp_path / "x.h5", "w") as file:
            file.create_dataset("a/vars/0", data=np.zeros(4, options.pop("dtype", "f4")), **options)
        with pytest.raises(FormatError, match=words):
            hdf5.read_arrays((tmp_path / "x.h5").read_bytes(), "x.h5")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = h5py.ExternalLink("other.h5", "/a")
    with pytest.raises(FormatError, match="no hard one"):
        hdf5.read_arrays((tmp_path / "x.h5").read_bytes(), "x.h5")


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_hdf5_s_library_writes_what_is_read(libver: str) -> None:
    h5py = pytest.importorskip("h5py")
    arrays = {
        f"layers/d{i}/vars/{j}": RNG.normal(size=shape).astype(dtype)
        for i in range(7)
        for j, (shape, dtype) in enumerate(
            [((3, 4), "f4"), ((), "i4"), ((5,), "f2"), ((0, 2), "f4"), ((9, 9), "f8"), ((3,), "u1")]
        )
    }
    out = io.BytesIO()
    with h5py.File(out, "w", libver=libver) as file:
        for path, array in arrays.items():
            file[path] = array
    for data in (out.getvalue(), hdf5.written({p: Weight.of(a) for p, a in arrays.items()})):
        back = hdf5.read_arrays(data, "x")
        assert back.keys() == arrays.keys()
        with h5py.File(io.BytesIO(data)) as file:
            for path, array in arrays.items():
                np.testing.assert_array_equal(back[path].array(), array)
                np.testing.assert_array_equal(file[path][()], array)
                assert file[path].dtype == array.dtype


def test_a_shape_that_is_not_in_the_file_takes_no_memory() -> None:
    data = bytearray(hdf5.written({"a": Weight.of(np.zeros(3, np.float32))}))
    at = data.index((3).to_bytes(8, "little"), 96)
    data[at : at + 8] = (1 << 29).to_bytes(8, "little")
    with pytest.raises(FormatError, match="lie outside of its"):
        hdf5.read_arrays(bytes(data), "x")


def test_the_config_says_what_keras_s_does(tmp_path: Path) -> None:
    """The keys of each entry, and the modules that classes are of."""
    stack(keras).save(tmp_path / "m.keras")
    entries = []
    for data in ((tmp_path / "m.keras").read_bytes(), zip_of(stack(pw))):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            config = json.loads(archive.read("config.json"))
        entries.append([(e["module"], e["class_name"]) for e in config["config"]["layers"]])
        assert (config["module"], config["class_name"]) == ("keras", "Sequential")
    assert entries[0] == entries[1]
