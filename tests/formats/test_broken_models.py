"""Files whose structure is broken: a key missing, a value of another kind, a key that
nobody knows. Each loads, or is refused in one sentence, in bounded time and memory.

All changes of all documents, or of one: `python tests/formats/test_broken_models.py
[name]`; docs/architecture.md has what came of it.
"""

from __future__ import annotations

import json
import random
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # as a program, too
from real_data import real_data
from shares import share
from structures import broken
from surveys import Result, loaded
from traced import a_traced_process

from pywebml import Model, Sequential, layers
from pywebml.formats.layers_models import build_model, layers_model_files
from pywebml.formats.loading import load_model
from pywebml.host.files import FormatError

HERE = Path(__file__).parent / "written_before"
COUNT = 40  # of each document
SECONDS, MEMORY = 5.0, 96 << 20


def every_kind() -> Model:
    """One layer of each kind that models here are made of."""
    x = start = layers.Input((16, 16, 3), name="pictures")
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    x = layers.ZeroPadding2D(1, name="pad")(x)
    x = layers.DepthwiseConv2D(3, name="depthwise")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(6.0, name="relu6")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    y = layers.SeparableConv2D(4, 1, name="separable")(x)
    x = layers.Add(name="add")([x, y])
    x = layers.Concatenate(name="join")([x, y])
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Reshape((4, 2), name="reshape")(x)
    inner = Sequential([layers.Input((4, 2)), layers.Flatten(), layers.Dense(3)], name="inner")
    return Model(start, layers.Activation("softmax", name="classes")(inner(x)), name="every")


def documents() -> Iterator[tuple[str, Any, dict[str, bytes]]]:
    """(name, its model.json, all its files)."""
    folders = {"small_network": HERE / "small_network"}
    if real := real_data("mobilenet_v1_0.25_224"):
        folders["mobilenet"] = real
    written = {name: _in_folder(path) for name, path in folders.items()}
    written["every kind"] = layers_model_files(every_kind())
    archives = {"head": HERE / "head_efficientnet.zip"}
    if real := real_data("teachable_machine/image-model.zip"):
        archives["teachable machine"] = real
    for name, path in archives.items():
        with zipfile.ZipFile(path) as archive:
            written[name] = {n: archive.read(n) for n in archive.namelist()}
    for name, files in written.items():
        yield name, json.loads(files["model.json"]), files


def _in_folder(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.fixture(scope="module")
def traced() -> Iterator[Executor]:
    with a_traced_process() as process:
        yield process


@pytest.mark.parametrize(
    ("document", "files"), [pytest.param(d, f, id=name) for name, d, f in documents()]
)
def test_each_loads_or_is_refused_in_a_sentence(
    document: Any, files: dict[str, bytes], traced: Executor
) -> None:
    load_model(files)  # the file they are made from is whole
    changes = share(broken(document, COUNT, seed=time.gmtime().tm_yday), 2)
    result: Result = traced.submit(loaded, changes, files).result()
    assert not result.wrong, "\n".join(result.wrong[:20])
    assert result.counts["refused"] > len(changes) / 3
    assert result.slowest[0] < SECONDS, result.slowest
    assert result.biggest[0] < MEMORY + sum(map(len, files.values())) * 3, result.biggest


def changed(change: Any) -> dict[str, bytes]:
    """The files of a small model whose model.json `change` has had."""
    net = Sequential([layers.Dense(3, input_shape=(4,), name="line")], name="small")
    files = layers_model_files(net)
    document = json.loads(files["model.json"])
    change(document)
    return {**files, "model.json": json.dumps(document).encode()}


def config_with(**settings: Any) -> dict[str, bytes]:
    def change(document: Any) -> None:
        document["modelTopology"]["config"]["layers"][0]["config"].update(settings)

    return changed(change)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"lora_alpha": 3},
            r"^the topology: layer 'small' \(Sequential\): layer 'line' \(Dense\): Dense has"
            r" no argument 'lora_alpha'; it has units, [\w, ]+$",
        ),
        ({"lora_rank": 4}, r"layer 'line' \(Dense\).*no argument 'lora_rank'"),
        ({"units": None}, "'line'.*'units' must be a whole number, got null"),
        ({"units": "many"}, "'line'.*'units' must be a whole number, got 'many'"),
        ({"units": True}, "'units' must be a whole number, got True"),
        ({"units": 10**9}, r"'line/kernel' has shape \(4, 3\), its layer expects \(4, 10{9}\)"),
        ({"units": 10**30}, "'units' must be a whole number"),
        ({"units": -3}, "'line'.*units must be at least 1, got -3"),
        ({"units": 0}, "'line'.*units must be at least 1, got 0"),
        ({"use_bias": "yes"}, "'use_bias' must be true or false, got 'yes'"),
        ({"batch_input_shape": [None, -4]}, "shape .None, -4. is not possible"),
        ({"batch_input_shape": [None, 4.0]}, "'batch_input_shape' must be a list"),
        ({"batch_input_shape": [9] * 400_000}, "'batch_input_shape' must be a list"),
        ({"activation": "relu9000"}, "'line'.*unknown activation 'relu9000'"),
        ({"activation": ["relu"]}, "'line'.*activation"),
        ({"kernel_initializer": {"class_name": 7}}, "'line'.*initializer"),
    ],
)
def test_what_is_wrong_with_a_layer_is_said(settings: Any, says: str) -> None:
    start = time.process_time()
    with pytest.raises(FormatError, match=says):
        load_model(config_with(**settings))
    assert time.process_time() - start < 5  # a tenth alone


@pytest.mark.parametrize(
    "settings",
    [
        {"lora_rank": None, "quantization_config": None, "new_switch": False, "new_list": []},
        {"registered_name": None, "module": "keras.layers", "build_config": {"input_shape": [4]}},
        {"dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}}},
        {"use_bias": None, "trainable": None},  # null is the default
    ],
)
def test_newer_versions_ways_to_say_nothing_pass(settings: Any) -> None:
    assert load_model(config_with(**settings)).count_params() == 15


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["modelTopology"]["config"].pop("layers"), "'small'.*'layers' is missing"),
        (lambda d: d["modelTopology"]["config"].update(layers=[3]), "an entry of 'layers'"),
        (lambda d: d["modelTopology"].update(class_name="Dense"), "Dense"),
        (lambda d: d["modelTopology"].update(config=None), "topology"),
        (lambda d: d.pop("weightsManifest"), "'weightsManifest'"),
        (lambda d: d["weightsManifest"][0]["weights"].pop(), "accounts for 48 bytes"),
        (lambda d: d["weightsManifest"][0]["weights"][0].pop("name"), "needs a 'name'"),
        (lambda d: d["weightsManifest"][0].update(paths=["x" * 5000]), "has no file 'xxx"),
        (lambda d: d["weightsManifest"][0].update(paths=["x"] * 60_000), "60000 paths"),
        (lambda d: d["weightsManifest"][0].update(weights=[{}] * 60_000), "60000 weights"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(change: Any, says: str, tmp_path: Path) -> None:
    files = changed(change)
    with pytest.raises(FormatError, match=says):
        load_model(files)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError, match=says):
        load_model(tmp_path)


def test_nothing_is_drawn_for_weights_that_a_file_has(monkeypatch: pytest.MonkeyPatch) -> None:
    files = layers_model_files(every_kind())

    def drawn(self: Any, shape: Any) -> Any:
        raise AssertionError(f"{type(self).__name__} has drawn {shape}")

    initializers = layers.initializers
    for one in (initializers.VarianceScaling, initializers.Constant, initializers.RandomNormal):
        monkeypatch.setattr(one, "__call__", drawn)
    model = load_model(files)
    assert np.isfinite(model.predict(np.zeros((1, 16, 16, 3), np.float32)).numpy()).all()


def chain(count: int, backwards: bool) -> dict[str, Any]:
    """A functional model of layers in a row, listed from the end if `backwards`."""
    shape = {"name": "a0", "batch_input_shape": [None, 2]}
    rows = [{"class_name": "InputLayer", "name": "a0", "config": shape, "inbound_nodes": []}]
    for i in range(1, count):
        config = {"name": f"a{i}", "activation": "relu"}
        calls = [[[f"a{i - 1}", 0, 0, {}]]]
        row = {"class_name": "Activation", "name": f"a{i}", "config": config}
        rows.append({**row, "inbound_nodes": calls})
    ends = {"input_layers": [["a0", 0, 0]], "output_layers": [[f"a{count - 1}", 0, 0]]}
    layers = rows[::-1] if backwards else rows
    return {"class_name": "Model", "config": {"name": "chain", "layers": layers, **ends}}


def shuffled(count: int) -> dict[str, Any]:
    """The chain with its layers listed in any order."""
    topology = chain(count, False)
    random.Random(0).shuffle(topology["config"]["layers"])
    return topology


def called(calls: list[Any]) -> dict[str, Any]:
    """A layer with these calls."""
    topology = chain(2, False)
    topology["config"]["layers"][1]["inbound_nodes"] = calls
    return topology


START = ["a0", 0, 0, {}]


def row(count: int) -> dict[str, Any]:
    """A Sequential of as many layers."""
    start = {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 2], "name": "i"}}
    rest = [
        {"class_name": "Activation", "config": {"name": f"a{i}", "activation": "relu"}}
        for i in range(count)
    ]
    return {"class_name": "Sequential", "config": {"name": "row", "layers": [start, *rest]}}


def nested(depth: int, twice: bool) -> dict[str, Any]:
    """Models inside models; called twice each, they are 2 ** depth layers to run."""
    model = row(1)
    for i in range(depth):
        name, number = model["config"]["name"], int(twice)
        shape = {"name": "i", "batch_input_shape": [None, 2]}
        start = {"class_name": "InputLayer", "name": "i", "config": shape, "inbound_nodes": []}
        calls = [[["i", 0, 0, {}]], [[name, 0, 0, {}]]][: 1 + number]
        config = {
            "name": f"m{i}",
            "layers": [start, {**model, "name": name, "inbound_nodes": calls}],
            "input_layers": [["i", 0, 0]],
            "output_layers": [[name, number, 0]],
        }
        model = {"class_name": "Model", "config": config}
    return model


@pytest.mark.parametrize(
    ("topology", "refused"),
    [
        pytest.param(row(1000), False, id="1000 in a row"),
        pytest.param(row(7000), True, id="7000 in a row"),
        pytest.param(chain(1000, False), False, id="1000 in a graph"),
        pytest.param(chain(2000, True), False, id="2000 from the end"),
        pytest.param(shuffled(2000), False, id="2000 in any order"),
        pytest.param(called([[START]] * 4000), False, id="4000 calls of one layer"),
        pytest.param(called([[START]] * 200_000), True, id="200000 calls of one layer"),
        pytest.param(called([[START] * 200_000]), True, id="200000 inputs of one call"),
        pytest.param(nested(40, False), False, id="40 deep"),
        pytest.param(nested(10, True), False, id="10 deep, twice each"),
        pytest.param(nested(40, True), True, id="40 deep, twice each"),
    ],
)
def test_topologies_take_no_time_that_grows_without_end(topology: Any, refused: bool) -> None:
    start = time.process_time()
    if refused:
        with pytest.raises(FormatError, match=r"(calls|outputs of) layers \d+ times.*; at most"):
            build_model(topology, {})
    else:
        build_model(topology, {})
    assert time.process_time() - start < 20  # some 2 alone; without an end it would be minutes


if __name__ == "__main__":
    tracemalloc.start()
    for name, document, files in documents():
        if sys.argv[1:] in ([], [name]):
            result = loaded(broken(document), files)
            print(name, dict(result.counts), result.slowest, result.biggest, flush=True)
            print("\n".join(result.wrong[:60]), flush=True)
