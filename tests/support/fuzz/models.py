"""Models and weights of every format."""

from __future__ import annotations

import io
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx_files
import torch_files
from graph_files import graph_files, node, placeholder
from layer_cases import all_cases

from pywebml import Model, Sequential, layers
from pywebml.formats.graphs import GraphModel
from pywebml.formats.heads import archive_bytes, read_archive
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import load_model, read_stored
from pywebml.formats.onnx_writing import onnx_bytes
from pywebml.formats.wire import npz, safetensors
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.files import refused
from pywebml.host.waiting import at_once

from .parts import Bytes, Files, Headed, Json, Part, Pickle, Protobuf, Zip
from .reader import Reader, parts_of, unzipped


def small() -> Sequential:
    return Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,), name="hidden"),
            layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="small",
    )


def trained() -> Sequential:
    """With what a compiled and trained model adds to its file."""
    net = small()
    net.compile("adam", "mse", metrics=["mae"])
    net.fit_sync(np.ones((2, 4), np.float32), np.ones((2, 2), np.float32), verbose=0)
    return net


def saved(model: Any, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/{name}")
        return Path(f"{folder}/{name}").read_bytes()


def decoded(where: Any) -> None:
    _, stored = at_once(read_stored(where))
    for weight in stored.weights.values():
        weight.decoded()


def layers_models() -> list[Part]:
    files = layers_model_files(small())
    about = json.loads(files["model.json"])
    entries = about["weightsManifest"][0]["weights"]
    entries[0]["quantization"] = {"dtype": "uint8", "scale": 0.5, "min": -1}
    entries[2]["quantization"] = {"dtype": "float16"}
    packed = {"model.json": Json(about), "weights.bin": Bytes(bytes(12 + 4 * 3 + 2 * 6 + 4 * 2))}
    with tempfile.TemporaryDirectory() as folder:
        trained().save(f"{folder}/m")
        whole = {path.name: path.read_bytes() for path in Path(f"{folder}/m").iterdir()}
    return [Files(packed), Zip(packed), Files(parts_of(whole))]


def layers_of_all_kinds() -> list[Any]:
    """A small model around a layer of each kind that the tests of layers have."""
    models: dict[type, Any] = {}
    for case in all_cases():
        layer = case.make()
        if type(layer).__module__.startswith("pywebml.") and type(layer) not in models:
            models[type(layer)] = around(layer, case)
    return [*models.values(), *texts()]


def around(layer: Any, case: Any) -> Any:
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    inputs = [layers.Input(shape[1:]) for shape in shapes]
    several = isinstance(case.shape, list)
    outputs = layer(*inputs) if case.spread or not several else layer(inputs)
    return Model(inputs, outputs)


def texts() -> list[Any]:
    words = {"vocabulary": ["a", "b"], "output_mode": "count"}
    return [
        Sequential([layers.Input((1,), dtype="string"), each])
        for each in (
            layers.StringLookup(**words),
            layers.TextVectorization(ngrams=2, **words),
            layers.Hashing(8, salt=3, output_mode="one_hot"),
        )
    ] + [Sequential([layers.Input((2,)), layers.Discretization([0.0, 1.0])])]


def layers_models_of_all_kinds() -> list[Part]:
    return [Files(parts_of(layers_model_files(each))) for each in layers_of_all_kinds()]


def keras_models_of_all_kinds() -> list[Part]:
    return [unzipped(saved(each, "m.keras")) for each in layers_of_all_kinds()]


def graph_models() -> list[Part]:
    nodes = [
        placeholder("x", (1, 4, 4, 2)),
        node("shape", "Shape", ["x"]),
        node("first", "StridedSlice", ["shape", "zero", "one", "one"], shrink_axis_mask=1),
        node("sizes", "Pack", ["first", "all"], axis=0),
        node("conv", "_FusedConv2D", ["x", "filter", "bias"], strides=[1, 1, 1, 1],
             padding="SAME", data_format="NHWC", fused_ops=["BiasAdd", "Relu6"], num_args=1),
        node("parts", "Split", ["axis", "conv"], num_split=2),
        node("y", "Reshape", ["parts:1", "sizes"]),
    ]  # fmt: skip
    weights: dict[str, Any] = {
        "filter": np.ones((3, 3, 2, 4), np.float32), "bias": np.zeros(4, np.float32),
        **{n: np.array([v], np.int32) for n, v in (("zero", 0), ("one", 1))},
        **{n: np.array(v, np.int32) for n, v in (("all", -1), ("axis", 3))},
    }  # fmt: skip
    signature = {"outputs": {"out": {"name": "y:0", "dtype": "DT_FLOAT"}}}
    return [Files(parts_of(graph_files(nodes, weights, signature=signature)))]


def ran(files: dict[str, bytes]) -> None:
    """What a graph's shapes and attributes are is seen when it runs."""
    read = load_model(files)
    if isinstance(read, GraphModel):
        with refused("the graph"):
            read.execute({"x": np.ones((1, 4, 4, 2), np.float32)})


def state_dict(zipped: bool) -> bytes:
    tree = torch_files.state(
        {
            "a.weight": torch_files.tensor("FloatStorage", "0", 12, 0, (3, 4), (4, 1), not zipped),
            "a.bias": torch_files.tensor("HalfStorage", "1", 3, 0, (3,), (1,), not zipped),
        }
    )
    storages = {"0": np.zeros(12, np.float32), "1": np.zeros(3, np.float16)}
    return torch_files.zipped(tree, storages) if zipped else torch_files.legacy(tree, storages)


def state_dicts() -> list[Part]:
    legacy = Bytes(state_dict(zipped=False))
    return [legacy, unzipped(state_dict(zipped=True), pkl=Pickle)]


def h5_weights() -> bytes:
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["layer_names"] = [b"dense", b"relu"]
        dense = file.create_group("dense")
        dense.attrs["weight_names"] = ["dense/kernel:0", "dense/bias:0"]
        dense["dense/kernel:0"] = np.arange(6, dtype=np.float64).reshape(2, 3)
        dense.create_dataset("dense/bias:0", data=np.ones(64, np.float32), compression="gzip")
        file.create_group("relu").attrs["weight_names"] = np.zeros(0, "S1")
        shuffled = {"compression": "gzip", "shuffle": True, "chunks": (3, 2)}
        file.create_dataset("rest", data=np.ones((5, 3), np.float32), **shuffled)
    return out.getvalue()


def keras_models() -> list[Part]:
    return [unzipped(saved(trained(), "m.keras"))]


def stored() -> dict[str, Weight]:
    arrays = {"a/kernel": np.ones((3, 4), np.float32), "a/half": np.ones(3, np.float16)}
    return {name: Weight.of(array) for name, array in arrays.items()}


def safetensors_files() -> list[Part]:
    weights = stored()
    weights["q"] = quantised(weights["a/kernel"], "uint8", axis=1)
    (whole,) = safetensors.write(Stored(None, weights, {"by": "us"})).values()
    end = 8 + int.from_bytes(whole[:8], "little")
    return [Headed(json.loads(whole[8:end]), whole[end:])]


def npz_files() -> list[Part]:
    (whole,) = npz.write(Stored(None, stored(), {"by": "us"})).values()
    return [unzipped(whole)]


def onnx_models() -> list[Part]:
    """Of layers, plain and recurrent, and one with a graph inside a node."""
    net = Sequential(
        [
            layers.Conv2D(2, 3, padding="same", strides=2, input_shape=(6, 6, 1)),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    recurrent = Sequential([layers.LSTM(2, input_shape=(3, 2)), layers.Dense(2)])
    inside = onnx_files.subgraph(
        [onnx_files.node("Add", ["b", "w"], ["sum"]), onnx_files.node("Identity", ["g"], ["on"])],
        ["on", "sum"], {"w": np.ones(2, np.float32)},
        {"i": np.int64(0), "g": np.bool_(1), "b": np.ones(2, np.float32)},
    )  # fmt: skip
    loop = onnx_files.node("Loop", ["n", "", "x"], body=inside)
    feeds, weights = {"x": np.ones(2, np.float32)}, {"n": np.int64(3)}
    files = [onnx_bytes(each, {"labels": ["a", "b"]}) for each in (net, recurrent)]
    return [Protobuf(each) for each in (*files, onnx_files.onnx_file([loop], feeds, weights))]


def imported(data: bytes) -> None:
    read = load_model({"m.onnx": data})
    assert isinstance(read, GraphModel)
    with refused("the graph"):
        shapes = {port.name: [size or 1 for size in port.shape or ()] for port in read.inputs}
        if max(map(math.prod, shapes.values()), default=0) > 1 << 20:
            return  # the file is whole; its input would be large
        read.execute({name: np.zeros(shape, np.float32) for name, shape in shapes.items()})


def heads() -> list[Part]:
    about = {"labels": ["a", "b"], "extractor": {"name": "x"}}
    return [unzipped(archive_bytes(small(), about))]


READERS = [
    Reader("tfjs-layers", layers_models, decoded),
    Reader("tfjs-models", layers_models, load_model),
    Reader("layers-tfjs", layers_models_of_all_kinds, load_model),
    Reader("layers-keras", keras_models_of_all_kinds, load_model),
    Reader("tfjs-graph", graph_models, ran),
    Reader("keras-h5", lambda: [Bytes(h5_weights())], decoded),
    Reader("keras-h5-models", lambda: [Bytes(saved(trained(), "m.h5"))], load_model),
    Reader("keras", keras_models, load_model),
    Reader("torch-pickle", state_dicts, decoded),
    Reader("safetensors", safetensors_files, decoded),
    Reader("npz", npz_files, decoded),
    Reader("onnx", onnx_models, imported),
    Reader("heads", heads, read_archive),
]
