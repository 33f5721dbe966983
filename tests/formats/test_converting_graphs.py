"""Graphs of ops into other formats: as ONNX files, as weights, and as layers where
there are some for all of their ops.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_files import graph_files, node, placeholder
from hosts import shared_device
from in_node import run_node
from onnx_files import node as onnx_node
from onnx_files import onnx_file, subgraph
from real_data import drawn_weights

import pywebml as pw
from pywebml import Input, Model, layers, ops
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.formats.graphs import GraphModel
from pywebml.formats.graphs.layered import layers_of
from pywebml.formats.onnx_writing import Argument, onnx_bytes, stored_function
from pywebml.formats.wire.onnx import write
from pywebml.host.files import FormatError
from pywebml.host.stores.folders import Zip

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def network() -> Model:
    """What networks of pictures are made of."""
    x = picture = Input((16, 16, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="swish")(x)
    x = layers.BatchNormalization()(x)
    y = layers.MaxPooling2D(3, 2, "same")(layers.ReLU()(x))
    y = layers.DepthwiseConv2D(3, 2, ((1, 0), (0, 1)), activation="relu6")(y)
    y = layers.UpSampling2D(2)(y)
    gate = layers.Conv2D(4, 1, activation="sigmoid")(
        layers.GlobalAveragePooling2D(keepdims=True)(y)
    )
    y = layers.Add()([layers.Multiply()([y, gate]), layers.AveragePooling2D(2)(x)])
    y = layers.ReLU(max_value=2.0)(layers.LeakyReLU()(y))
    y = layers.Conv2DTranspose(3, 3, 2, "same")(y)
    y = layers.Concatenate()([y, layers.ZeroPadding2D(((1, 0), (0, 1)))(y)[:, 1:, :16]])
    y = layers.Activation("hard_sigmoid")(y)
    y = layers.Dense(3, activation="softmax")(layers.Flatten()(layers.GlobalMaxPooling2D()(y)))
    return drawn_weights(Model(picture, y))


def plain() -> Model:
    """Without what has no layer: a slice."""
    x = picture = Input((16, 16, 3), name="picture")
    x = layers.Conv2D(4, 3, 2, padding="same", activation="relu6")(x)
    gate = layers.Conv2D(4, 1, activation="sigmoid")(
        layers.GlobalAveragePooling2D(keepdims=True)(x)
    )
    x = layers.Multiply()([x, gate])
    x = layers.Conv2DTranspose(3, 3, 2, "same", activation="swish")(layers.LeakyReLU()(x))
    x = layers.Activation("hard_sigmoid")(layers.Concatenate()([x, layers.ReLU(2.0)(x)]))
    x = ops.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2)))
    x = layers.MaxPooling2D(3, 2, "same")(layers.DepthwiseConv2D(3, padding=((1, 0), (0, 1)))(x))
    return drawn_weights(Model(picture, layers.Dense(3, activation="softmax")(layers.Flatten()(x))))


def classifier_of_tensorflow() -> dict[str, bytes]:
    """A graph model: pictures of bytes' range into probabilities."""
    weights = {
        "filter": RNG.normal(0, 0.3, (3, 3, 3, 4)).astype(np.float32),
        "bias": RNG.normal(size=4).astype(np.float32),
        "matrix": RNG.normal(size=(4, 3)).astype(np.float32),
        "half": np.float32(0.5), "axes": np.array([1, 2], np.int32),
    }  # fmt: skip
    nodes = [
        placeholder("x", (-1, 8, 8, 3)), node("halved", "Mul", ["x", "half"]),
        node("conv", "_FusedConv2D", ["halved", "filter", "bias"], strides=[1, 2, 2, 1],
             padding="SAME", data_format="NHWC", fused_ops=["BiasAdd", "Relu6"], num_args=1,
             T="DT_FLOAT", dilations=[1, 1, 1, 1]),
        node("pooled", "Mean", ["conv", "axes"], keep_dims=False),
        node("product", "MatMul", ["pooled", "matrix"], transpose_a=False, transpose_b=False),
        node("shares", "Softmax", ["product"]),
    ]  # fmt: skip
    return graph_files(nodes, weights)


def of_onnx_runtime(path: Path, model: GraphModel) -> None:
    """It computes the same from the file."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="runs our files")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = RNG.uniform(-1, 1, (3, *(model.inputs[0].shape or ())[1:])).astype(np.float32)
    (theirs,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(theirs, model.predict(x), atol=1e-5)


@pytest.mark.parametrize("target", ["net.onnx", "net.safetensors", "net.npz"])
def test_files_that_hold_any_graph(target: str, tmp_path: Path) -> None:
    sources: list[Any] = [tmp_path / "net.onnx", classifier_of_tensorflow()]
    sources[0].write_bytes(onnx_bytes(network()))
    (tmp_path / "out").mkdir()
    for source in sources:
        done = pw.convert(source, tmp_path / "out" / target)
        assert done.tried == (8, "random inputs") and done.agree == 8
        assert done.difference <= 1e-6 < done.largest
        if target == "net.onnx":
            of_onnx_runtime(tmp_path / "out" / target, pw.load_model(source))
    small = pw.convert(sources[0], tmp_path / "small.safetensors", quantise="uint8")
    assert small.smaller and small.nbytes < small.before and 0 < small.difference < 0.2
    with pytest.raises(ValueError, match="in whole floats; leave --quantise out"):
        pw.convert(sources[0], tmp_path / "small.onnx", quantise="uint8")


@pytest.mark.parametrize("target", ["net.zip", "net.keras"])
def test_files_of_layers(target: str, tmp_path: Path) -> None:
    """On a picture, too."""
    picture = next(sample_folder().glob("left/*.jpg"))
    (tmp_path / "net.onnx").write_bytes(onnx_bytes(plain()))
    for source in (tmp_path / "net.onnx", classifier_of_tensorflow()):
        done = pw.convert(source, tmp_path / target, check=picture)
        assert done.tried == (1, "pictures") and done.difference <= 1e-5 < done.largest
        assert isinstance(pw.load_model(tmp_path / target), Model)


@pytest.mark.tfjs
def test_tensorflow_js_reads_the_layers(tmp_path: Path) -> None:
    pw.convert({"net.onnx": onnx_bytes(plain())}, tmp_path / "net.zip")
    archive = Zip(tmp_path / "net.zip")
    files = {name: base64.b64encode(archive.read(name)).decode() for name in archive.entries}
    x = RNG.uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)
    (answer,) = run_node("load.mjs", [{"files": files, "x": x.tolist()}])
    ours = pw.load_model(tmp_path / "net.zip").predict(x, verbose=0).numpy()
    np.testing.assert_allclose(answer["y"], ours, atol=2e-5)


def test_channels_first_and_branches() -> None:
    """A file of PyTorch's kind: channels come first, and a branch goes by a shape."""
    weights = {
        "w": RNG.normal(size=(4, 3, 3, 3)).astype(np.float32), "three": np.int64(3),
        "m": RNG.normal(size=(4, 2)).astype(np.float32),
    }  # fmt: skip
    relu = subgraph([onnx_node("Relu", ["c"], ["r"])], ["r"])
    nodes = [
        onnx_node("Conv", ["x", "w"], ["c"], pads=(1, 1, 1, 1)),
        onnx_node("Shape", ["x"], ["s"], start=1, end=2), onnx_node("Squeeze", ["s"], ["n"]),
        onnx_node("Equal", ["n", "three"], ["yes"]),
        onnx_node("If", ["yes"], ["a"], then_branch=relu, else_branch=subgraph(
            [onnx_node("Neg", ["c"], ["r"])], ["r"])),
        onnx_node("GlobalAveragePool", ["a"], ["p"]), onnx_node("Flatten", ["p"], ["f"]),
        onnx_node("MatMul", ["f", "m"], ["y"]),
    ]  # fmt: skip
    x = RNG.normal(size=(2, 3, 6, 6)).astype(np.float32)
    graph = pw.load_model(onnx_file(nodes, {"x": x}, weights))
    model = layers_of(graph)
    np.testing.assert_allclose(model.predict(x, verbose=0), graph.predict(x), rtol=1e-5, atol=1e-5)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds[:3] == ["InputLayer", "Permute", "Conv2D"]


def of_function(function: Any, *shape: int | None) -> GraphModel:
    stored = stored_function(function, [Argument("x", shape)], ["y"])
    graph: GraphModel = pw.load_model(write(stored)["model.onnx"])
    return graph


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: ops.cumsum(x, 1), "there is no layer that does that"),
        (lambda x: ops.erf(x), "erf is no activation that other libraries know"),
        (lambda x: x / (x + 3.0), "it divides by what is computed"),
        (lambda x: ops.sum(x, 1), r"sum over axes \(1,\) of 2"),
        (lambda x: x + x.reshape(4, 1, 4), r"it joins .* and .*"),
        (lambda x: x @ x, "its second factor is computed from the inputs"),
    ],
)  # fmt: skip
def test_what_has_no_layer_is_named(function: Any, reason: str) -> None:
    graph = of_function(function, 4, 4)
    with pytest.raises(FormatError, match=f"for which no layer stands here: ({reason})"):
        layers_of(graph)


def test_open_sizes_are_named() -> None:
    weights = {"one": np.float32(1)}
    files = graph_files([placeholder("x", (-1, -1, 3)), node("y", "AddV2", ["x", "one"])], weights)
    graph = pw.load_model(files)
    for convert in (layers_of, lambda g: pw.convert(files, "nowhere.onnx")):
        with pytest.raises(ValueError, match=r"input 'x' has the shape \(None, None, 3\)"):
            convert(graph)
    assert not Path("nowhere.onnx").exists()


def test_weights_without_a_model_go_from_file_to_file(tmp_path: Path) -> None:
    """Bit for bit, and in fewer bits; into a model they do not."""
    net = network()
    weights = net.get_weights()
    net.save_weights(tmp_path / "a.safetensors")
    before = pw.convert(tmp_path / "a.safetensors", tmp_path / "b.npz")
    assert (before.layers, before.difference, before.tried[1]) == (0, 0, "weights")
    back = pw.convert(tmp_path / "b.npz", tmp_path / "c.safetensors")
    assert (back.agree, back.weights) == (before.weights, before.weights)
    small = pw.convert(tmp_path / "b.npz", tmp_path / "d.safetensors", quantise="uint8")
    assert small.smaller > 0 and 0 < small.difference < small.largest / 100
    net.set_weights([0 * weight for weight in weights])
    net.load_weights(tmp_path / "c.safetensors")
    for one, other in zip(weights, net.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()
    with pytest.raises(FormatError, match=r"b\.npz holds weights alone; build the model"):
        pw.convert(tmp_path / "b.npz", tmp_path / "e.keras")
