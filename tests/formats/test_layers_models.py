"""formats/layers_models: layers models in and out, against TensorFlow.js itself where
Node is there.
"""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_node import run_node

from pywebml import Input, Model, Sequential, layers
from pywebml.formats.layers_models import (
    assign_weights,
    layers_model_files,
    load_layers_model,
    read_layers_file,
    save_layers_model,
)
from pywebml.formats.wire import tfjs
from pywebml.host.stores.folders import zip_bytes


def head(inputs: int = 6, outputs: int = 3) -> Model:
    return Sequential(
        [
            layers.Dense(
                5,
                activation="relu",
                kernel_initializer="variance_scaling",
                input_shape=(inputs,),
                name="hidden",
            ),
            layers.Dense(outputs, activation="softmax", use_bias=False, name="classes"),
        ],
        name="head",
    )


def every_layer() -> Model:
    """One of each kind of layer, with settings that are not the defaults."""
    x = inputs = Input((12, 12, 3), name="picture")
    x = layers.ZeroPadding2D(((1, 0), (0, 1)), name="pad")(x)
    x = layers.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(epsilon=1e-2, momentum=0.8, name="norm")(x)
    x = side = layers.ReLU(6.0, name="relu6")(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depthwise")(x)
    x = layers.LeakyReLU(0.1, name="leaky")(x)
    x = layers.SeparableConv2D(6, 3, padding="same", activation="tanh", name="separable")(x)
    x = layers.Add(name="add")([x, side])
    x = layers.Concatenate(name="beside")([x, layers.Activation("sigmoid", name="sigmoid")(side)])
    low = layers.MaxPooling2D(2, name="max")(x)
    high = layers.AveragePooling2D(3, strides=2, padding="same", name="average")(x)
    low = layers.Flatten(name="flat")(low)
    high = layers.Concatenate(name="means")(
        [
            layers.GlobalAveragePooling2D(name="mean")(high),
            layers.GlobalMaxPooling2D(name="top")(high),
        ]
    )
    x = layers.Dropout(0.5, name="drop")(layers.Concatenate(name="all")([low, high]))
    x = layers.Dense(12, activation="relu", name="dense")(x)
    x = layers.Reshape((3, 4), name="rows")(x)
    return Model(inputs, layers.Softmax(name="probabilities")(x), name="every_layer")


def filled(model: Model, seed: int = 0) -> Model:
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        values = rng.normal(size=weight.shape) * 0.5
        weight.assign(
            (np.abs(values) + 0.5 if "variance" in weight.path else values).astype(np.float32)
        )
    return model


def predictions(model: Model, x: np.ndarray) -> np.ndarray:
    return model(x).numpy()


@pytest.mark.parametrize("make", [head, every_layer])
def test_round_trip_through_a_folder_and_a_zip(tmp_path: Path, make: Any) -> None:
    model = filled(make())
    x = np.random.default_rng(1).normal(size=(2, *model.input.shape[1:])).astype(np.float32)
    wanted = predictions(model, x)
    folder = save_layers_model(model, tmp_path / "saved")
    assert sorted(p.name for p in folder.iterdir()) == ["model.json", "weights.bin"]
    packed = zip_bytes({f"inner/{name}": data for name, data in layers_model_files(model).items()})
    (tmp_path / "model.zip").write_bytes(packed)
    for source in (folder, str(folder), folder / "model.json", tmp_path / "model.zip", packed):
        again = load_layers_model(source)
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
        np.testing.assert_array_equal(predictions(again, x), wanted)
    assert layers_model_files(again) == layers_model_files(model)


def spoiled(tmp_path: Path, change: Any) -> Path:
    folder = save_layers_model(filled(head()), tmp_path / "saved")
    document = json.loads((folder / "model.json").read_text())
    change(folder, document, document["weightsManifest"][0])
    if (folder / "model.json").exists():
        (folder / "model.json").write_text(json.dumps(document))
    return folder


def appended(folder: Path, document: Any, group: Any) -> None:
    with open(folder / "weights.bin", "ab") as file:
        file.write(b"1234")


def cut(folder: Path, document: Any, group: Any) -> None:
    data = (folder / "weights.bin").read_bytes()
    (folder / "weights.bin").write_bytes(data[:-4])


def other_layer(folder: Path, document: Any, group: Any) -> None:
    document["modelTopology"]["config"]["layers"][1]["class_name"] = "Teleport"


def other_shape(folder: Path, document: Any, group: Any) -> None:
    group["weights"][0]["shape"] = [5, 6]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder, d, g: (folder / "model.json").unlink(), "has no model.json"),
        (lambda folder, d, g: (folder / "weights.bin").unlink(), r"no file 'weights.bin'"),
        (appended, "accounts for 200 bytes, but there are 204"),
        (cut, r"'classes/kernel' of shape \(5, 3\) needs bytes 140 to 200, but there are 196"),
        (other_layer, "unknown layer class 'Teleport'"),
        (other_shape, r"'hidden/kernel' has shape \(5, 6\), its layer expects \(6, 5\)"),
        (lambda folder, d, g: g.update(paths=["../weights.bin"]), "leads out of its folder"),
        (lambda folder, d, g: g.update(paths=["/etc/hostname"]), "leads out of its folder"),
        (
            lambda folder, d, g: g["weights"][2].update(name="classes/kernle"),
            "no value for 1 .* classes/kernel",
        ),
        (
            lambda folder, d, g: g["weights"].append(
                {"name": "a/b", "shape": [0], "dtype": "float32"}
            ),
            "belong to no layer .* a/b",
        ),
        (lambda folder, d, g: g["weights"][0].update(dtype="complex64"), "dtype 'complex64'"),
        (lambda folder, d, g: g["weights"][0].update(shape=[-1, 5]), "non-negative"),
        (
            lambda folder, d, g: g["weights"][0].update(quantization={"dtype": "uint4"}),
            "quantised to 'uint4'",
        ),
        (
            lambda folder, d, g: g["weights"][0].update(quantization={"dtype": "uint8"}),
            "without a 'scale'",
        ),
        (lambda folder, d, g: g.pop("paths"), "needs 'paths' and 'weights'"),
        (lambda folder, d, g: d.pop("weightsManifest"), "no TensorFlow.js layers model"),
        (lambda folder, d, g: d["modelTopology"].pop("class_name"), "'class_name'"),
        (lambda folder, d, g: d.update(format="graph-model"), "graph model"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_layers_model(spoiled(tmp_path, change))


def test_files_that_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        load_layers_model(tmp_path / "nowhere")
    (tmp_path / "model.json").write_text("{not json")
    with pytest.raises(ValueError, match="is not JSON"):
        load_layers_model(tmp_path)
    (tmp_path / "model.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="100000 deep"):
        load_layers_model(tmp_path)
    with pytest.raises(ValueError, match="not a zip file"):
        load_layers_model(b"hello")
    with pytest.raises(ValueError, match=r"expected one model\.json, found 0"):
        load_layers_model(zip_bytes({"metadata.json": b"{}", "a.txt": b""}))
    with pytest.raises(ValueError, match=r"expected one model\.json, found 2"):
        load_layers_model(zip_bytes({"a/model.json": b"{}", "b/model.json": b"{}"}))


def test_shards_of_a_group_are_joined_and_names_of_keras_understood(tmp_path: Path) -> None:
    def change(folder: Path, document: Any, group: Any) -> None:
        data = (folder / "weights.bin").read_bytes()
        (folder / "a").write_bytes(data[:51])  # in the middle of a number
        (folder / "b").write_bytes(data[51:])
        group["paths"] = ["a", "b"]
        for entry in group["weights"]:
            entry["name"] = f"head/{entry['name']}:0"
        group["weights"].insert(
            0, {"name": "iterations", "shape": [0], "dtype": "int32", "group": "optimizer"}
        )

    x = np.ones((1, 6), np.float32)
    np.testing.assert_array_equal(
        predictions(load_layers_model(spoiled(tmp_path, change)), x), predictions(filled(head()), x)
    )


def test_weights_are_given_all_or_none() -> None:
    model = filled(head())
    before = [w.numpy() for w in model.weights]
    values = {w.path: np.zeros(w.shape, np.float32) for w in model.weights}
    with pytest.raises(ValueError, match="its layer expects"):
        assign_weights(model, {**values, model.weights[-2].path: np.zeros((3, 5))})
    for weight, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)


def quantized_group() -> tuple[list[dict[str, Any]], bytes]:
    rng = np.random.default_rng(3)
    entries: list[dict[str, Any]] = []
    data = b""
    for name, dtype, quantization, values in [
        (
            "q8",
            "float32",
            {"dtype": "uint8", "scale": 0.0123, "min": -1.57},
            rng.integers(0, 256, (3, 5), np.uint8),
        ),
        (
            "q16",
            "float32",
            {"dtype": "uint16", "scale": 1.7e-5, "min": -0.3},
            rng.integers(0, 65536, (7,), np.uint16),
        ),
        (
            "q8int",
            "int32",
            {"dtype": "uint8", "scale": 2.4, "min": -300},
            rng.integers(0, 256, (4,), np.uint8),
        ),
        ("half", "float32", {"dtype": "float16"}, rng.normal(size=(2, 3)).astype(np.float16)),
        ("plain", "float32", None, rng.normal(size=(2, 2)).astype(np.float32)),
        ("count", "int32", None, np.array([-5, 70000], np.int32)),
        ("flag", "bool", None, np.array([True, False, True])),
    ]:
        entries.append(
            {"name": name, "shape": list(values.shape), "dtype": dtype}
            | ({"quantization": quantization} if quantization else {})
        )
        data += values.tobytes()
    return entries, data


def test_quantised_weights() -> None:
    got = {n: w.array() for n, w in tfjs.split(*quantized_group(), "test").items()}
    rng = np.random.default_rng(3)
    np.testing.assert_allclose(
        got["q8"], rng.integers(0, 256, (3, 5), np.uint8) * 0.0123 - 1.57, atol=1e-6
    )
    np.testing.assert_allclose(
        got["q16"], rng.integers(0, 65536, (7,), np.uint16) * 1.7e-5 - 0.3, atol=1e-6
    )
    np.testing.assert_array_equal(
        got["q8int"], np.rint(rng.integers(0, 256, (4,), np.uint8) * 2.4 - 300)
    )
    assert {n: v.dtype.name for n, v in got.items()} == {
        "q8": "float32", "q16": "float32", "q8int": "int32", "half": "float32", "plain": "float32",
        "count": "int32", "flag": "bool",
    }  # fmt: skip


# ---- TensorFlow.js ----


@pytest.mark.tfjs
def test_tensorflow_js_reads_what_we_write_and_we_read_what_it_writes() -> None:
    pools = [layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(3, 1)]
    whole = Sequential([Input((4, 6, 2)), Sequential([Input((4, 6, 2)), *pools])])
    models = [filled(head()), filled(every_layer()), filled(whole)]
    xs = [
        np.random.default_rng(i).normal(size=(3, *m.input.shape[1:])).astype(np.float32)
        for i, m in enumerate(models)
    ]
    jobs = [
        {
            "files": {n: base64.b64encode(d).decode() for n, d in layers_model_files(m).items()},
            "x": x.tolist(),
        }
        for m, x in zip(models, xs, strict=True)
    ]
    for model, x, answer in zip(models, xs, run_node("load.mjs", jobs), strict=True):
        ours = predictions(model, x)
        np.testing.assert_allclose(ours, answer["y"], atol=2e-5)
        assert np.ptp(ours) > 0.1, "the comparison would be empty"
        back = load_layers_model(
            zip_bytes({n: base64.b64decode(d) for n, d in answer["files"].items()})
        )
        np.testing.assert_allclose(predictions(back, x), ours, atol=1e-6)


@pytest.mark.tfjs
def test_quantised_weights_as_tensorflow_js_reads_them() -> None:
    entries, data = quantized_group()
    (theirs,) = run_node("load.mjs", [{"decode": entries, "data": base64.b64encode(data).decode()}])
    for name, weight in tfjs.split(entries, data, "test").items():
        value = weight.array()
        np.testing.assert_array_equal(value, np.array(theirs[name], value.dtype), err_msg=name)


def test_real_files(data_folder: Path) -> None:
    file = read_layers_file(data_folder / "mobilenet_v1_0.25_224")
    assert file.sha256 == "eb49857447f6089e7e392f7991f3f4fdce1936efaf83d535f5eb8aaba9538e0b"
    assert len(file.weights) == 137
    assert load_layers_model(data_folder / "mobilenet_v1_0.25_224").count_params() == 475_544
    model = load_layers_model(data_folder / "teachable_machine" / "image-model.zip")
    assert model.count_params() == 538_508


def test_a_teachable_machine_export_knows_its_photos(data_folder: Path) -> None:
    """The 22 photos it was trained on: pixels / 127.5 - 1, as they are."""
    from PIL import Image

    model = load_layers_model(data_folder / "teachable_machine" / "image-model.zip")
    with zipfile.ZipFile(data_folder / "teachable_machine" / "image-samples.zip") as photos:
        names = [
            n for n in photos.namelist() if n.endswith(".png") and not n.startswith("__MACOSX")
        ]
        pixels = []
        for name in names:
            with photos.open(name) as file, Image.open(file) as image:
                pixels.append(np.asarray(image.convert("RGB"), np.float32) / 127.5 - 1)
    assert len(names) == 22
    said = model.predict(np.stack(pixels)).numpy().argmax(1)
    assert said.tolist() == [int(n.startswith("Class 2")) for n in names]
