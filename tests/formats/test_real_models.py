"""The real files that are at hand beside TensorFlow.js in Node, and through every
format and back.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from in_node import run_node

import pywebml as pw
from pywebml.device import set_device
from pywebml.formats.layers_models import layers_model_files
from pywebml.zoo import load_extractor

KERAS = "keras_h5/mobilenet_v1_0.25_224.h5"
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


@pytest.fixture
def mobilenet(data_folder: Path) -> Path:
    return data_folder / "mobilenet_v1_0.25_224"


def job(files: dict[str, bytes], x: Any) -> dict[str, Any]:
    return {
        "files": {name: base64.b64encode(data).decode() for name, data in files.items()},
        "x": x.tolist(),
    }


@pytest.mark.tfjs
def test_tensorflow_js_predicts_the_same(
    data_folder: Path, mobilenet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MobileNet in its own files, from Keras's file and written here; SqueezeNet as it
    is built here, on a small picture.
    """
    x = RNG.uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    small = RNG.uniform(-100, 100, (1, 67, 67, 3)).astype(np.float32)
    models = [pw.load_model(mobilenet), pw.load_model(data_folder / KERAS)]
    monkeypatch.setenv("PYWEBML_MODELS", str(data_folder))
    body = load_extractor("squeezenet_v1.1").model
    config = body.get_config()
    config["layers"][0]["config"]["batch_input_shape"] = [None, *small.shape[1:]]
    squeezenet = pw.Model.from_config(config)
    squeezenet.set_weights(body.get_weights())
    originals = {path.name: path.read_bytes() for path in mobilenet.iterdir() if path.is_file()}
    jobs = [job(originals, x), job(layers_model_files(models[1]), x)]
    jobs.append(job(layers_model_files(squeezenet), small))
    first, second, third = (np.array(answer["y"]) for answer in run_node("load.mjs", jobs))
    for model in models:
        np.testing.assert_allclose(model.predict(x, verbose=0), first, atol=1e-4)
    np.testing.assert_allclose(second, first, atol=1e-6)  # its pool keeps its axes
    np.testing.assert_allclose(squeezenet.predict(small, verbose=0), third, rtol=1e-4, atol=1e-4)
    assert np.ptp(first) > 0.01 and np.ptp(third) > 0.01


@pytest.mark.parametrize(
    "name", ["net", "net.zip", "net.keras", "net.h5", "w.weights.h5", "w.safetensors", "w.npz"]
)
def test_weights_come_back_bit_for_bit(name: str, mobilenet: Path, tmp_path: Path) -> None:
    model = pw.load_model(mobilenet)
    if name.startswith("w."):
        model.save_weights(tmp_path / name)
        again = pw.load_model(mobilenet)
        for weight in again.weights:
            weight.assign(weight.numpy() * 0)
        again.load_weights(tmp_path / name)
    else:
        model.save(tmp_path / name)
        again = pw.load_model(tmp_path / name)
    for before, after in zip(model.get_weights(), again.get_weights(), strict=True):
        assert before.tobytes() == after.tobytes()


def test_the_copies_of_mobilenet_are_equal(data_folder: Path, mobilenet: Path) -> None:
    models = [pw.load_model(mobilenet), pw.load_model(data_folder / KERAS)]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        assert one.tobytes() == other.tobytes()
