"""apps/predictors: what `predict` takes works, and anything else is told what it is."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pywebml import Sequential, layers
from pywebml.apps.predict import predict
from pywebml.data.samples import sample_folder
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import load_model
from pywebml.host.files import FormatError
from pywebml.host.shown import shown
from pywebml.host.stores import zip_bytes

BEFORE = Path(__file__).parents[1] / "formats" / "written_before"
LABELS = ["dark", "bright"]


def network(outputs: int = 2, activation: str = "softmax", channels: int = 3) -> Sequential:
    """Tells bright pictures from dark ones, as Teachable Machine nests its models."""
    inner = Sequential(
        [
            layers.Input((8, 8, channels)),
            layers.DepthwiseConv2D(1, name="depthwise", depthwise_initializer="ones"),
            layers.GlobalAveragePooling2D(name="pool"),
        ],
        name="features",
    )
    kernel = layers.initializers.Constant(0.0)
    dense = layers.Dense(outputs, activation, kernel_initializer=kernel, name="classes")
    whole = Sequential([inner, Sequential([layers.Input((channels,)), dense], name="head")])
    values = np.zeros((channels, outputs), np.float32)
    values[:, 0], values[:, 1] = -3, 3
    dense.set_weights([values, np.zeros(outputs, np.float32)])
    return whole


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """A dark one, and one whose middle square is bright between dark sides."""
    wide = np.zeros((20, 60, 3), np.uint8)
    paths = []
    for name, level in (("dark", 20), ("bright", 250)):
        wide[:, 20:40] = level
        paths.append(tmp_path / f"{name}.png")
        Image.fromarray(wide).save(paths[-1])
    return paths


def teachable(about: Any = None, **options: Any) -> dict[str, bytes]:
    about = {"tmVersion": "2.4.4", "labels": LABELS} if about is None else about
    return {
        **layers_model_files(network(**options)),
        "metadata.json": json.dumps(about).encode(),
    }


def keras_h5() -> bytes:
    h5py = pytest.importorskip("h5py", reason="h5py writes HDF5 files")
    net, out = network(), io.BytesIO()
    config = json.loads(json.dumps(net.get_config()))
    config["layers"][1]["config"]["layers"][1]["config"]["groups"] = 1  # as Keras 2 writes it
    with h5py.File(out, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [part.name.encode() for part in net.layers]
        for part in net.layers:
            group = root.create_group(part.name)
            group.attrs["weight_names"] = [f"{weight.path}:0" for weight in part.weights]
            for weight in part.weights:
                group[f"{weight.path}:0"] = weight.numpy()
    return out.getvalue()


def put(where: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(data)
    return where


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(zip_bytes(files))
    return path


def check(model: Path, pictures: list[Path]) -> None:
    predictions, skipped = predict(model, pictures)
    assert [p["class"] for p in predictions] == LABELS and not skipped
    assert predictions[1]["probability"] > 0.95  # the middle square alone is looked at
    assert list(predictions[0]["probabilities"]) == LABELS


def test_what_teachable_machine_exports_for_tensorflow_js(
    pictures: list[Path], tmp_path: Path
) -> None:
    files = teachable()
    check(zipped(tmp_path / "tm.zip", files), pictures)
    check(zipped(tmp_path / "in.zip", {f"my/{n}": d for n, d in files.items()}), pictures)
    check(put(tmp_path / "folder", files), pictures)
    check(tmp_path / "folder" / "model.json", pictures)


def test_what_teachable_machine_exports_for_keras(pictures: list[Path], tmp_path: Path) -> None:
    for labels in (b"0 dark\n1 bright\n", b"dark\r\nbright", "﻿0 dark\n1 bright".encode()):
        files = {"keras_model.h5": keras_h5(), "labels.txt": labels}
        check(zipped(tmp_path / "tm.zip", files), pictures)
    check(put(tmp_path / "folder", files), pictures)
    check(tmp_path / "folder" / "keras_model.h5", pictures)


def test_a_project_of_the_page(tmp_path: Path) -> None:
    answers = json.loads((BEFORE / "answers.json").read_text(encoding="utf-8"))
    expected = list(answers["project_trained.zip"].values())
    pictures = [sample_folder() / name for name in answers["project_trained.zip"]]
    with zipfile.ZipFile(BEFORE / "project_trained.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for path in (
        BEFORE / "project_trained.zip",
        zipped(tmp_path / "again.zip", {f"lesson/{n}": d for n, d in parts.items()}),
        put(tmp_path / "lesson", parts),
    ):
        predictions, _ = predict(path, pictures)
        for prediction, probabilities in zip(predictions, expected, strict=True):
            said = dict(zip("ul", prediction["probabilities"].values(), strict=True))
            assert said == pytest.approx(probabilities, abs=2e-4)
    with pytest.raises(FormatError, match=r"nothing has been taught yet; open it there"):
        predict(BEFORE / "project_untrained.zip", pictures)
    for about, says in ((b"[" * 200_000, "200000 deep"), (b"{}", "no project")):
        with pytest.raises(FormatError, match=rf"project\.json in .*{says}"):
            predict(zipped(tmp_path / "b.zip", {**parts, "project.json": about}), pictures)
    broken = zipped(tmp_path / "broken.zip", {**parts, "head.zip": b"PK\x03\x04"})
    with pytest.raises(FormatError, match=r"head\.zip in .*broken\.zip: .* not a zip file"):
        predict(broken, pictures)


OTHERS: dict[str, tuple[bytes, str]] = {
    "x.tflite": (b"\x1c\0\0\0TFL3" + bytes(50), "a TensorFlow Lite model.*TensorFlow.js"),
    "tm.zip": (zip_bytes({"model.tflite": b"", "labels.txt": b"0 a"}), "a TensorFlow Lite model"),
    "saved.zip": (zip_bytes({"m/saved_model.pb": b"", "m/x": b""}), "a SavedModel of TensorFlow"),
    "page.zip": (b"\n<!DOCTYPE html><html>", "a web page, not a model"),
    "lfs.zip": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    "x.jpg": (b"\xff\xd8\xff\xe0 and so on", "a picture, not a model"),
    "x.tar.gz": (b"\x1f\x8b\x08", "packed in another way than zip"),
    "empty.zip": (b"", "empty; is the file whole"),
    "x.npy": (b"\x93NUMPY\x01\0", "an array of NumPy"),
    "x.pkl": (b"\x80\x04\x95", "a pickle"),
    "notes.txt": (b"hello", "is not "),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_told_what_they_are(name: str, tmp_path: Path) -> None:
    data, says = OTHERS[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FormatError, match=f"{name} is .*{says}" if says != "is not " else says):
        predict(path, [sample_folder() / "up" / "00.jpg"])
    if not name.startswith(("page", "lfs", "empty", "x.onnx", "x.npy")):  # a .zip is opened as one
        ours = name == "notes.txt"  # the only one of which nothing can be said
        expected = "notes.txt in .* is not in a format" if ours else says
        with pytest.raises(FormatError, match=expected) as refused:
            load_model(path)
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (teachable({"labels": ["one"]}), "has 1 labels, but gives"),
        (teachable({"labels": ["a", "b", "c"]}), "has 3 labels, but gives"),
        (teachable(activation="linear"), "gives no probabilities"),
        (teachable(channels=1), "takes pictures"),
        (teachable({"tmVersion": "1"}), "without a metadata.json that has its 'labels'"),
        ({**teachable(), "metadata.json": b"[" * 999}, "metadata.json in .* 999 deep"),
        ({**teachable(), "model.json": b"{}"}, "no TensorFlow.js layers model"),
        ({**teachable(), "weights.bin": b"1234"}, "needs bytes"),
        (layers_model_files(network()), "without a metadata.json"),
        ({"keras_model.h5": b"\x89HDF\r\n\x1a\nbroken", "labels.txt": b"a\nb"}, "HDF5"),
        ({"keras_model.h5": b"", "labels.txt": b"a\nb"}, "is empty; is the file whole"),
        ({"keras_model.h5": b"\x89HDF\r\n\x1a\n", "labels.txt": b" \n"}, "a line per class"),
    ],
)
def test_what_is_wrong_with_an_export_is_said(
    files: dict[str, bytes], says: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=says):
        predict(zipped(tmp_path / "tm.zip", files), [sample_folder() / "up" / "00.jpg"])


@pytest.mark.parametrize(
    "extractor",
    [
        {"name": "x" * 5000}, {"name": "a\0b"}, {"name": "\ud800"}, {"name": "/"}, {"folder": 3},
        {"name": "z", "folder": "y" * 5000}, {"weights_sha256": "\ud800"}, {"weights_sha256": None},
        {"layer": ["a"]},
    ],
)  # fmt: skip
def test_a_head_of_an_impossible_extractor_is_refused(extractor: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(BEFORE / "head_efficientnet.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(parts["metadata.json"])
    about["extractor"].update(extractor)
    changed = {**parts, "metadata.json": json.dumps(about).encode()}
    with pytest.raises(FormatError) as refused:
        predict(zipped(tmp_path / "x.zip", changed), [sample_folder() / "up" / "00.jpg"])
    assert shown(str(refused.value)) == str(refused.value)


def test_a_keras_file_alone_does_not_say_what_its_classes_are_called(tmp_path: Path) -> None:
    (tmp_path / "net.h5").write_bytes(keras_h5())
    with pytest.raises(FormatError, match=r"net\.h5 is .*labels\.txt.*pw\.load_model"):
        predict(tmp_path / "net.h5", [sample_folder() / "up" / "00.jpg"])
    assert load_model(tmp_path / "net.h5").count_params() > 0
