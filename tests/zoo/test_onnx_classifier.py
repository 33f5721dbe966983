"""zoo/onnx_classifier: network and head in one file, which says what it needs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml import Sequential, layers
from pywebml.apps.predict import predict
from pywebml.apps.teach import _saved
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.formats.onnx_writing import onnx_bytes
from pywebml.host.files import FormatError
from pywebml.host.waiting import run_sync
from pywebml.zoo import Extractor, Preprocess, extract_features
from pywebml.zoo.onnx_classifier import OnnxClassifier

PREPROCESS = Preprocess((1 / 128, 1 / 64, 1 / 32), (-1.0, 0.5, 0.0), "bgr")
ABOUT: dict[str, Any] = {
    "labels": ["a", "b"],
    "preprocessing": {"scale": [1, 1, 1], "offset": [0, 0, 0]},
}


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def body() -> Sequential:
    return Sequential(
        [layers.Conv2D(4, 3, 2, input_shape=(16, 12, 3)), layers.ReLU(name="features")]
    )


def test_a_taught_head_and_its_network(tmp_path: Path) -> None:
    """The file, asked by `predict` and by ONNX Runtime, says what the two say."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
    extractor = Extractor("own", body(), "features", PREPROCESS, 1e-3, "", classifies=False)
    head = Sequential([layers.Dense(3, "softmax", input_shape=(extractor.features,))])
    path, labels = tmp_path / "hands.onnx", ["up", "down", "rest"]
    options = SimpleNamespace(fit="squash")
    taught: Any = SimpleNamespace(extractor=extractor, head=head, classes=labels, options=options)
    assert run_sync(_saved(taught, path)) == path
    pictures = sorted((sample_folder() / "up").iterdir())[:3]
    seen = extract_features(extractor, pictures, fit="squash").values
    expected = head.predict(seen.reshape(3, -1)).numpy()
    predictions, _ = predict(path, pictures)
    shares = [[row["probabilities"][label] for label in labels] for row in predictions]
    np.testing.assert_allclose(shares, expected, rtol=1e-4, atol=1e-6)
    network = OnnxClassifier(path)
    x = network.pixels(np.full((9, 9, 4), 77, np.uint8)).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(theirs, network(x).numpy(), rtol=1e-4, atol=1e-6)
    said = session.get_modelmeta().custom_metadata_map
    assert said["labels"] == '["up", "down", "rest"]' and '"order": "bgr"' in said["preprocessing"]


@pytest.mark.parametrize(
    ("about", "complaint"),
    [
        ({}, "does not say in its metadata what its classes are called"),
        ({"labels": ["a", "b"]}, r"how it wants its pictures \('preprocessing'\)"),
        ({**ABOUT, "labels": ["a"]}, "has 1 labels, but gives"),
        ({**ABOUT, "preprocessing": {"scale": [1], "offset": [0]}}, "not enough values"),
        ({**ABOUT, "preprocessing": {**ABOUT["preprocessing"], "fit": "x"}}, "'fit' is 'x'"),
    ],
)
def test_what_it_does_not_say(about: Any, complaint: str, tmp_path: Path) -> None:
    model = Sequential([*body().layers, layers.Flatten(), layers.Dense(2, "softmax")])
    (tmp_path / "x.onnx").write_bytes(onnx_bytes(model, about))
    with pytest.raises(FormatError, match=complaint):
        predict(tmp_path / "x.onnx", sorted((sample_folder() / "up").iterdir())[:1])
    if not about:
        rows = Sequential([layers.Dense(2, input_shape=(3,))])
        with pytest.raises(FormatError, match=r"expected pictures \[n, height, width, 3\]"):
            OnnxClassifier(onnx_bytes(rows))
