"""`convert`: formats and bits, what the command says of them, and what it refuses."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import ROOT

import pywebml as pw
from pywebml.apps.app import Given, Outcome
from pywebml.apps.convert import APP
from pywebml.apps.predict import predict
from pywebml.device import set_device
from pywebml.formats.converting import files_beside, labels_in
from pywebml.formats.heads import read_archive
from pywebml.host.stores import open_store
from pywebml.vis.screens import Recorder, megabytes

PROJECT = ROOT / "tests" / "formats" / "written_before" / "project_trained.zip"


def command(source: Any, target: Any, **options: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    inputs = {"source": str(source), "target": str(target)}
    given = Given(inputs, APP.options(**options), screen, device="cpu")
    return APP.run(given), screen  # type: ignore[misc, return-value]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    set_device("cpu")
    net = pw.Sequential(
        [
            pw.layers.Dense(32, activation="relu", input_shape=(20,), name="hidden"),
            pw.layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    net.save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


@pytest.mark.parametrize(
    "target", ["out", "out.zip", "out.json", "out.keras", "o.safetensors", "o.npz"]
)
def test_formats(saved: Path, target: str, tmp_path: Path) -> None:
    outcome, screen = command(saved, tmp_path / target)
    assert outcome.data["difference"] == 0 and outcome.data["agree"] == 8
    assert outcome.data["nbytes"] == outcome.data["before"] == 4 * outcome.data["parameters"]
    assert "answers to 8 random inputs: equal" in screen.text
    assert json.dumps(outcome.data)
    assert pw.inspect(tmp_path / target).parameters == outcome.data["parameters"]


@pytest.mark.parametrize("source", ["net.keras", "model.json"])
@pytest.mark.parametrize("bits", [None, "uint8"])
def test_a_labels_txt_goes_along(
    saved: Path, source: str, bits: str | None, tmp_path: Path
) -> None:
    """From a folder into folders and zips, with the same bytes; a file alone has no
    place for it.
    """
    (tmp_path / "source").mkdir()
    if source == "model.json":
        command(saved, tmp_path / "source")
    else:
        shutil.copy(saved, tmp_path / "source" / source)
    said = "0 cat\n1 großer Hund\n2 猫\n".encode()
    (tmp_path / "source" / "labels.txt").write_bytes(said)
    command(tmp_path / "source", tmp_path / "out", quantise=bits)
    assert (tmp_path / "out" / "labels.txt").read_bytes() == said
    command(tmp_path / "out", tmp_path / "again.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as archive:
        assert archive.read("labels.txt") == said
    beside = pw.run_sync(files_beside(open_store(tmp_path / "out")))
    assert labels_in({}, beside) == ["cat", "großer Hund", "猫"]
    command(tmp_path / "out", tmp_path / "alone.keras")


def test_what_else_a_model_has_goes_along(saved: Path, tmp_path: Path) -> None:
    """Metadata of one's own."""
    model = pw.load_model(saved)
    model.set_user_defined_metadata({"labels": ["a", "b", "c"]})
    pw.save_model(model, tmp_path / "one.zip")
    command(tmp_path / "one.zip", tmp_path / "other.zip")
    other = pw.load_model(tmp_path / "other.zip")
    assert other.get_user_defined_metadata() == {"labels": ["a", "b", "c"]}
    command(tmp_path / "other.zip", tmp_path / "small.zip", quantise="uint8")
    small = pw.load_model(tmp_path / "small.zip")
    assert small.get_user_defined_metadata() == {"labels": ["a", "b", "c"]}


def test_onnx(saved: Path, tmp_path: Path) -> None:
    """Read back where its ops are read here."""
    outcome, screen = command(saved, tmp_path / "net.onnx")
    assert outcome.data["difference"] < 1e-5
    compared = outcome.data["tried"] > 0
    assert ("answers to 8 random inputs" in screen.text) == compared
    assert ("were not compared" in screen.text) != compared


def test_fewer_bits(saved: Path, tmp_path: Path) -> None:
    sizes = {}
    for kind in ("uint8", "uint16", "float16"):
        outcome, screen = command(saved, tmp_path / f"{kind}.zip", quantise=kind)
        sizes[kind] = outcome.data["nbytes"]
        assert 0 < outcome.data["difference"] < {"uint8": 0.02}.get(kind, 1e-3)
        assert "in fewer bits" in screen.text
    kernels, biases = 20 * 32 + 32 * 3, 35
    assert sizes == {
        "uint8": kernels + 4 * biases,
        "uint16": 2 * kernels + 4 * biases,
        "float16": 2 * (kernels + biases),
    }
    outcome, _ = command(saved, tmp_path / "p.safetensors", quantise="uint8", per_channel=True)
    assert outcome.data["smaller"] == 2
    outcome, _ = command(saved, tmp_path / "some.zip", quantise="uint8", only="hidden/*")
    assert outcome.data["smaller"] == 2 and outcome.data["nbytes"] == 20 * 32 + 32 + 4 * 99


def test_a_project_says_how_often_it_is_right(tmp_path: Path) -> None:
    """The archive is one that `predict` takes, its labels and sum included."""
    small = tmp_path / "small.zip"
    outcome, screen = command(PROJECT, small, quantise="uint8")
    assert {key: outcome.data[key] for key in ("samples", "right_before", "right")} == {
        "samples": 8, "right_before": 8, "right": 8,
    }  # fmt: skip
    assert "right about 8 of 8 of your samples (100.0%), before about 8" in screen.text
    assert outcome.data["before"] > 3.9 * outcome.data["nbytes"]
    assert read_archive(small).metadata["labels"] == ["up", "Füße links"]
    with zipfile.ZipFile(PROJECT) as archive:
        about = json.loads(archive.read("project.json"))
        parts = {name: archive.read(name) for name in archive.namelist()}
    about["head_keys"] = about["head_keys"][::-1]  # then all are wrong
    parts["project.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(tmp_path / "turned.zip", "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    outcome, _ = command(tmp_path / "turned.zip", small, quantise="uint8")
    assert (outcome.data["right_before"], outcome.data["right"]) == (0, 0)


def test_a_teachable_machine_export_on_its_photos(data_folder: Path, tmp_path: Path) -> None:
    """Its 22 photos in folders of its classes: in 8 bits it still knows them all."""
    source = data_folder / "teachable_machine" / "image-model.zip"
    with zipfile.ZipFile(data_folder / "teachable_machine" / "image-samples.zip") as photos:
        photos.extractall(tmp_path / "photos")
    shutil.rmtree(tmp_path / "photos" / "__MACOSX")
    small = tmp_path / "small.zip"
    outcome, screen = command(
        source, small, quantise="uint8", per_channel=True, check=str(tmp_path / "photos")
    )
    assert outcome.data["right"] == (22, 22) and outcome.data["agree"] == 22
    assert outcome.data["difference"] < 0.02
    assert outcome.data["before"] > 3.4 * outcome.data["nbytes"]
    assert "right about 22 of 22 of these pictures" in screen.text
    photo = next((tmp_path / "photos" / "Class 2").glob("*.png"))
    ((said,), _) = predict(small, [photo])
    assert said["class"] == "Class 2"


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("x.keras", {"quantise": "uint8"}, "no place for weights in fewer bits"),
        ("x.npz", {"quantise": "uint8"}, "no place for its scale"),
        ("x.zip", {"quantise": "uint16", "per_channel": True}, "go into a .safetensors"),
        ("x.zip", {"quantise": "uint8", "only": "foo*"}, "no weight is called 'foo"),
        ("x.zip", {"only": "hidden*"}, "add --quantise"),
        ("x.zip", {"check": "photo.jpg"}, "no pictures; leave"),
        ("net.keras", {}, "is what is read"),
        ("nowhere/x.zip", {}, "there is no folder"),
    ],
)
def test_what_is_refused_writes_nothing(
    saved: Path, tmp_path: Path, target: str, options: dict[str, Any], says: str
) -> None:
    before = saved.read_bytes()
    with pytest.raises((ValueError, OSError), match=says):
        command(saved, tmp_path / target, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["net.keras"]
    assert saved.read_bytes() == before


def test_weights_that_are_nan(tmp_path: Path) -> None:
    net = pw.Sequential([pw.layers.Dense(2, input_shape=(2,), name="line")])
    net.set_weights([np.full((2, 2), np.nan, np.float32), np.zeros(2, np.float32)])
    with pytest.raises(ValueError, match="weight 'line/kernel': it has values that are NaN"):
        pw.convert(net, tmp_path / "x.zip", quantise="uint8")


def test_sizes_in_words() -> None:
    assert megabytes(999) == "999 bytes" and megabytes(18_800_000) == "18.80 MB"
