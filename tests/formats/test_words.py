"""Words of Keras 2 and TensorFlow.js that mean another thing in Keras 3: files of theirs
are read as they mean it, and what is written for TensorFlow.js says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, models
from pywebml.formats.layers_models import layers_model_files, load_layers_model
from pywebml.formats.wire.words import from_keras_2, to_keras_2
from pywebml.host.stores.folders import Memory

X = np.array([[-2.7, -1.0, 0.0, 1.0, 2.7]], np.float32)
BEFORE, TODAY = np.clip(0.2 * X + 0.5, 0, 1), np.clip(X / 6 + 0.5, 0, 1)


def model(activation: str) -> Any:
    return models.Sequential([layers.Input((5,)), layers.Activation(activation)])


def loaded(files: dict[str, bytes], change: Any = lambda document: None) -> Any:
    document = json.loads(files["model.json"])
    change(document)
    text = json.dumps(document).encode()
    return load_layers_model(Memory({**files, "model.json": text}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "want"), [("hard_sigmoid", TODAY), ("keras2_hard_sigmoid", BEFORE)]
)
def test_what_is_saved_means_the_same_when_it_is_read(host: str, word: str, want: Any) -> None:
    files = layers_model_files(model(word))
    np.testing.assert_allclose(loaded(files).predict(X).numpy(), want, rtol=1e-5, atol=1e-6)


def test_a_file_of_tensorflow_js_means_its_own() -> None:
    files = layers_model_files(model("keras2_hard_sigmoid"))
    assert b'"activation":"hard_sigmoid"' in files["model.json"]
    np.testing.assert_allclose(loaded(files).predict(X).numpy(), BEFORE, rtol=1e-5)


def test_a_file_of_keras_3_means_its_own() -> None:
    def by_keras_3(document: Any) -> None:
        document["modelTopology"]["keras_version"] = "3.15.1"

    files = layers_model_files(model("keras2_hard_sigmoid"))
    np.testing.assert_allclose(loaded(files, by_keras_3).predict(X).numpy(), TODAY, rtol=1e-5)


@pytest.mark.parametrize(("shape", "want"), [("batch_input_shape", BEFORE), ("batch_shape", TODAY)])
def test_an_hdf5_file_means_its_keras_s(tmp_path: Path, shape: str, want: Any) -> None:
    """Keras 3 writes such files, too, and calls the shape of inputs otherwise."""
    h5py = pytest.importorskip("h5py", reason="h5py reads HDF5 files")
    begin = {"class_name": "InputLayer", "config": {shape: [None, 5], "name": "begin"}}
    hard = {"class_name": "Activation", "config": {"activation": "hard_sigmoid", "name": "hard"}}
    config = {"name": "both", "layers": [begin, hard]}
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.create_group("model_weights").attrs["layer_names"] = np.zeros(0, "S1")
    model = pw.load_model(tmp_path / "model.h5")
    np.testing.assert_allclose(model.predict(X).numpy(), want, rtol=1e-5)


def test_any_depth_and_back() -> None:
    config = {
        "layers": [{"config": {"recurrent_activation": "hard_sigmoid", "activation": "tanh"}}],
        "name": "hard_sigmoid",
    }
    read = from_keras_2(config)
    assert read["layers"][0]["config"]["recurrent_activation"] == "keras2_hard_sigmoid"
    assert read["name"] == "hard_sigmoid"
    assert to_keras_2(read) == config
    assert to_keras_2({"activation": "hard_sigmoid"}) == {"activation": "keras3_hard_sigmoid"}
    assert from_keras_2({"activation": "keras3_hard_sigmoid"}) == {"activation": "hard_sigmoid"}
