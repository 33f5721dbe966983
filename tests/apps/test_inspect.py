"""`inspect`: every readable file as a table and as JSON; broken ones in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hosts import ROOT

import pywebml as pw
from pywebml.apps.app import Given, Outcome
from pywebml.apps.inspect import APP
from pywebml.device import set_device
from pywebml.formats.layers_models import layers_model_files
from pywebml.vis.screens import Recorder

BEFORE = ROOT / "tests" / "formats" / "written_before"


def command(place: Any) -> tuple[Outcome, Recorder]:
    screen = Recorder()
    outcome = APP.run(Given({"file": str(place)}, APP.options(), screen))
    json.dumps(outcome.data)  # type: ignore[union-attr]
    return outcome, screen  # type: ignore[return-value]


def model() -> pw.Model:
    set_device("cpu")
    inner = pw.Sequential(
        [
            pw.layers.Conv2D(
                4, 3, strides=2, activation="relu", input_shape=(9, 9, 3), name="conv"
            ),
            pw.layers.Flatten(name="flat"),
        ],
        name="inner",
    )
    return pw.Sequential([inner, pw.layers.Dense(2, activation="softmax", name="classes")])


@pytest.mark.parametrize("name", ["m.zip", "m.keras", "m.safetensors", "m.npz"])
def test_every_format_that_is_written(name: str, tmp_path: Path) -> None:
    net = model()
    pw.save_model(net, tmp_path / name)
    outcome, screen = command(tmp_path / name)
    assert outcome.data["parameters"] == net.count_params()
    assert outcome.data["bytes"] == 4 * net.count_params()
    assert f"{net.count_params()} in 4 weights" in screen.text
    (table,) = (what for kind, what in screen.shown if kind == "table")
    if name in ("m.zip", "m.keras"):
        rows = {row[0]: row for row in table[1:]}
        assert rows["conv"][1] == "Conv2D 4, 3x3, by 2x2, relu"
        assert rows["classes"][1] == "Dense 2, softmax"
    else:
        assert any("kernel 3x3x3x4" in row[1] for row in table[1:])
    assert max(row[-1] for row in table[1:]) == "█" * 8


def test_labels_and_bits(tmp_path: Path) -> None:
    outcome, screen = command(BEFORE / "head_efficientnet.zip")
    assert outcome.data["labels"] and "labels:" in screen.text
    pw.convert(model(), tmp_path / "m.safetensors", quantise="uint8", per_channel=True)
    outcome, screen = command(tmp_path / "m.safetensors")
    assert "2 as uint8 per channel, 2 as float32" in screen.text
    assert [w["per_channel"] for w in outcome.data["weights"]] == [True, False, True, False]


def test_what_is_no_model_is_told() -> None:
    with pytest.raises(ValueError, match="a project of the Teach page"):
        command(BEFORE / "project_trained.zip")
    with pytest.raises(FileNotFoundError):
        command("nowhere.zip")


def test_configs_of_any_shape(tmp_path: Path) -> None:
    """What a config says may be anything that JSON can say."""
    document = json.loads(layers_model_files(model())["model.json"])
    for i, strange in enumerate(([[1]], {"a": []}, None, "x" * 999, [None], 1e300, True)):
        inner = next(
            layer["config"]["layers"]
            for layer in document["modelTopology"]["config"]["layers"]
            if "layers" in layer["config"]
        )
        for layer in inner:
            layer["config"]["strides"] = layer["config"]["activation"] = strange
        (tmp_path / f"m{i}").mkdir()
        (tmp_path / f"m{i}" / "model.json").write_text(json.dumps(document))
        (tmp_path / f"m{i}" / "weights.bin").write_bytes(layers_model_files(model())["weights.bin"])
        command(tmp_path / f"m{i}")
