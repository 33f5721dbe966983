"""zoo/teachable_machine: what was taught here says the same in Teachable Machine's own
library, which loads it with `tf.loadLayersModel`.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image
from real_data import drawn_weights
from teachable_library import in_their_library, pixels, saved

from pywebml import Input, Model, Sequential, layers
from pywebml.apps.predict import predict
from pywebml.apps.taught_head import TaughtHead
from pywebml.cli import main
from pywebml.device import run_sync, set_device
from pywebml.formats.heads import archive_bytes
from pywebml.formats.layers_models import save_layers_model
from pywebml.host.stores.folders import Zip, zip_bytes
from pywebml.zoo import Extractor, Preprocess, fold_batch_norm
from pywebml.zoo.classifier import SIGNED
from pywebml.zoo.efficientnet import PREPROCESS as EFFICIENTNET
from pywebml.zoo.mobilenet_v2 import PREPROCESS as TORCH
from pywebml.zoo.squeezenet import PREPROCESS as CAFFE
from pywebml.zoo.teachable_machine import FRONT, teachable_machine_files

LABELS = ["cat", "dog", "bird"]
SIDE = 12


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def network(pooled: bool = True) -> Model:
    """Zeros around pictures in three ways, and batch norms to be folded away."""
    x = picture = Input((SIDE, SIDE, 3), name="pictures")
    x = layers.ZeroPadding2D(((0, 1), (1, 0)), name="pad")(x)
    x = layers.Conv2D(6, 3, 2, use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(name="conv_bn")(x)
    x = layers.ReLU(6.0, name="conv_relu")(x)
    x = layers.ZeroPadding2D(1, name="dw_pad")(x)
    x = layers.DepthwiseConv2D(3, use_bias=False, name="dw")(x)
    x = layers.BatchNormalization(name="dw_bn")(x)
    x = layers.Activation("relu6", name="dw_relu")(x)
    x = layers.Conv2D(5, 1, padding="same", activation="relu", name="last")(x)
    if pooled:
        x = layers.GlobalAveragePooling2D(name="pool")(x)
    return drawn_weights(Model(picture, x, name="network"))


def extractor(preprocess: Preprocess, pooled: bool = True) -> Extractor:
    folded = fold_batch_norm(network(pooled))
    return Extractor("network", folded, folded.layers[-1].name, preprocess, 1e-3, "0" * 64)


def head(features: int) -> Sequential:
    return drawn_weights(
        Sequential(
            [
                layers.Dense(7, activation="relu", input_shape=(features,)),
                layers.Dense(3, activation="softmax"),
            ]
        ),
        1,
    )


@pytest.mark.parametrize(
    ("preprocess", "layer_in_front"),
    [
        (SIGNED, True), (EFFICIENTNET, True), (TORCH, True),
        (CAFFE, True), (Preprocess.centred(127, 127), False),
    ],
    ids=["-1 to 1", "EfficientNet", "PyTorch", "Caffe, BGR", "as Teachable Machine"],
)  # fmt: skip
def test_their_library_says_the_same(
    preprocess: Preprocess, layer_in_front: bool, tmp_path: Path
) -> None:
    """Float32 in another order of sums: 1e-5. And what is read back here says it, too."""
    seer = extractor(preprocess, pooled=not layer_in_front)
    taught = head(seer.features)
    files = run_sync(teachable_machine_files(seer, taught, LABELS, name="pets"))
    pictures = pixels(3, SIDE)
    features = np.concatenate([seer(seer.pixels(p, fit="crop")).numpy() for p in pictures])
    ours = taught.predict(features.reshape(3, -1)).numpy()
    assert np.ptp(ours, axis=0).max() > 1e-3  # pictures are told apart
    theirs = in_their_library(files, pictures)
    assert list(theirs[0]) == LABELS
    np.testing.assert_allclose([list(row.values()) for row in theirs], ours, atol=1e-5)
    assert (FRONT in files["model.json"].decode()) == layer_in_front
    (tmp_path / "again.zip").write_bytes(zip_bytes(files))
    again, _ = predict(tmp_path / "again.zip", saved(pictures, tmp_path))
    rows = [list(p["probabilities"].values()) for p in again]
    np.testing.assert_allclose(rows, ours, atol=1e-5)


def test_its_metadata_has_their_fields() -> None:
    seer = extractor(EFFICIENTNET)
    files = run_sync(teachable_machine_files(seer, head(seer.features), LABELS))
    about = json.loads(files["metadata.json"])
    assert list(about) == [
        "tfjsVersion", "tmVersion", "packageVersion", "packageName", "timeStamp", "userMetadata",
        "modelName", "labels", "imageSize",
    ]  # fmt: skip
    assert (about["labels"], about["imageSize"]) == (LABELS, SIDE)
    assert about["packageName"] == "@teachablemachine/image"
    assert about["timeStamp"].endswith("Z")


def test_squashed_pictures_are_refused() -> None:
    seer = extractor(EFFICIENTNET)
    with pytest.raises(ValueError, match=r"middle square.*teach with --fit crop"):
        run_sync(teachable_machine_files(seer, head(seer.features), LABELS, "squash"))


def test_the_pages_head_is_exported_with_its_network() -> None:
    seer = extractor(EFFICIENTNET)
    about = {"labels": LABELS, "extractor": seer.describe()}
    file = archive_bytes(head(seer.features), about)
    taught = TaughtHead.read(file, ["a", "b", "c"], [], seer)
    files = Zip(run_sync(taught.for_teachable_machine(seer, "pets")))
    assert files.names() == ["metadata.json", "model.json", "weights.bin"]
    assert json.loads(files.read("metadata.json"))["modelName"] == "pets"


def test_teach_takes_a_project_and_exports_it(
    tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    files = {"manifest.json": b"{}"}
    for label, level in (("dark", 20), ("bright", 220)):
        for i in range(3):
            data, noise = io.BytesIO(), rng.integers(0, 30, (SIDE, SIDE, 3))
            Image.fromarray((level + noise).astype(np.uint8)).save(data, "PNG")
            files[f"{label}-!-{i}.png"] = data.getvalue()
    (tmp_path / "project.tm").write_bytes(zip_bytes(files))
    (tmp_path / "bright.png").write_bytes(files["bright-!-0.png"])
    folder = save_layers_model(network(), tmp_path / "network")
    words = ["--extractor", str(folder), "--device", "cpu", "--epochs", "2"]
    words += ["--export", "teachable-machine"]
    assert main(["teach", "project.tm", *words]) == 0
    assert "project-model-teachable-machine.zip" in capsys.readouterr().out
    exported = Zip(tmp_path / "project-model-teachable-machine.zip")
    about = json.loads(exported.read("metadata.json"))
    assert (about["labels"], about["modelName"]) == (["dark", "bright"], "project-model")
    assert main(["teach", "project.tm", *words[:-1], "onnx", "--fit", "squash"]) == 0
    predictions, _ = predict(tmp_path / "project-model.onnx", [tmp_path / "bright.png"])
    assert list(predictions[0]["probabilities"]) == ["dark", "bright"]
    assert main(["teach", "project.tm", *words, "--fit", "squash"]) == 2
    assert "needs --fit crop" in capsys.readouterr().err
