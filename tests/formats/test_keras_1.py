"""formats/wire/keras_1: models as Keras 1.2.2 saved them, against the same layers made
here.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from keras_1_files import DENSE, PICTURES, RNG, TEXTS, Entry, entry, filled, written

import pywebml as pw
from pywebml import layers
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.wire.keras_1 import from_keras_1, weights_from_keras_1
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError


@pytest.mark.parametrize("version", ["1.2.2", None])
@pytest.mark.parametrize("name", ["pictures", "texts"])
def test_a_sequential_of_keras_1_answers_the_same(
    name: str, version: str | None, tmp_path: Path
) -> None:
    pairs = PICTURES if name == "pictures" else TEXTS
    net = filled(pw.Sequential([layer for _, layer in pairs]))
    config = {"class_name": "Sequential", "config": [said for said, _ in pairs]}
    model = pw.load_model(written(tmp_path / "net.h5", pairs, config, version))
    x = RNG.normal(size=(2, 8, 8, 3)).astype(np.float32)
    if name == "texts":
        x = RNG.integers(0, 9, (2, 6)).astype(np.int32)
    np.testing.assert_array_equal(model(x).numpy(), net(x).numpy())
    assert {layer.name for layer in model.layers} <= {said["config"]["name"] for said, _ in pairs}


MERGES = {
    "sum": layers.Add(), "mul": layers.Multiply(), "ave": layers.Average(),
    "max": layers.Maximum(), "concat": layers.Concatenate(), "dot": layers.Dot(-1),
    "cos": layers.Dot(-1, normalize=True),
}  # fmt: skip


@pytest.mark.parametrize("mode", MERGES)
def test_a_graph_of_keras_1_with_a_merge(mode: str, tmp_path: Path) -> None:
    names = ("left", "right")
    one = {name: layers.Dense(3, name=name) for name in names}
    start = pw.Input((4,))
    net = filled(pw.Model(start, MERGES[mode]([one[name](start) for name in names])))
    said = [entry("Dense", name, output_dim=3, activation="linear", **DENSE) for name in names]
    inputs = {"name": "in", "batch_input_shape": [None, 4], "input_dtype": "float32"}
    merge = {"name": "merged", "mode": mode, "concat_axis": -1, "dot_axes": -1, "mode_type": "raw"}
    merge |= {"output_shape": None, "output_mask": None, "arguments": {}}
    calls = [[["in", 0, 0]]]
    listed = [
        {"class_name": "InputLayer", "name": "in", "config": inputs, "inbound_nodes": []},
        *(each | {"name": each["config"]["name"], "inbound_nodes": calls} for each in said),
        {
            "class_name": "Merge", "name": "merged", "config": merge,
            "inbound_nodes": [[[name, 0, 0] for name in names]],
        },
    ]  # fmt: skip
    config = {"name": "graph", "layers": listed}
    config |= {"input_layers": [["in", 0, 0]], "output_layers": [["merged", 0, 0]]}
    pairs = [(each, one[each["config"]["name"]]) for each in said]
    path = written(tmp_path / "net.h5", pairs, {"class_name": "Model", "config": config})
    x = RNG.normal(size=(2, 4)).astype(np.float32)
    np.testing.assert_array_equal(pw.load_model(path)(x).numpy(), net(x).numpy())


def test_in_a_model_of_tensorflow_js() -> None:
    net = filled(pw.Sequential([layers.Dense(5, input_shape=(4,), name="dense")]))
    files = layers_model_files(net)
    document = json.loads(files["model.json"])
    said = entry("Dense", "dense", output_dim=5, activation="linear", batch_input_shape=[None, 4])
    document["modelTopology"] = {
        "keras_version": "1.2.2", "backend": "tensorflow",
        "model_config": {"class_name": "Sequential", "config": [said]},
    }  # fmt: skip
    model = pw.load_model({**files, "model.json": json.dumps(document).encode()})
    x = RNG.normal(size=(2, 4)).astype(np.float32)
    np.testing.assert_array_equal(model(x).numpy(), net(x).numpy())


def test_a_kernel_of_before_keras_1_2() -> None:
    said = from_keras_1(entry("Convolution1D", "conv", nb_filter=5, filter_length=3))
    kernel = RNG.normal(size=(3, 4, 5)).astype(np.float32)
    for before in (kernel[:, None], kernel[:, None].transpose(3, 2, 0, 1)):
        (weight,) = weights_from_keras_1(said, [Weight.of(before)])
        np.testing.assert_array_equal(weight.array(), kernel)
    with pytest.raises(FormatError, match="is none of a Conv1D of Keras 1"):
        weights_from_keras_1(said, [Weight.of(np.zeros((2, 2, 2, 2), np.float32))])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (entry("Convolution2D", "conv", dim_ordering="th"), r"'conv' \(Conv2D\) .*Theano's order"),
        (entry("BatchNormalization", "norm", mode=1), r"'norm' .* mode 1; only mode 0"),
        (entry("Merge", "join", mode="lambda"), "'join' is a Merge .* mode 'lambda'"),
        (entry("MaxoutDense", "max", output_dim=3, nb_feature=4), "MaxoutDense"),
        (entry("Highway", "way", init="uniform"), "Highway"),
    ],
)
def test_what_is_not_read_is_named(said: Entry, why: str, tmp_path: Path) -> None:
    path = written(tmp_path / "net.h5", [], {"class_name": "Sequential", "config": [said]})
    with pytest.raises(FormatError, match=why):
        pw.load_model(path)
