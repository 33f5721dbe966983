"""ONNX files in: whole networks, files of others, broken files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from onnx_files import node, onnx_file

import pywebml as pw
from pywebml import Input, Model, Sequential, layers
from pywebml.device import set_device
from pywebml.formats.graphs.graph import GraphModel
from pywebml.formats.loading import inspect, load_model, read_stored
from pywebml.formats.onnx_writing import onnx_bytes
from pywebml.formats.wire import onnx as wire
from pywebml.formats.wire import protobuf
from pywebml.formats.wire.protobuf import Reader
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError
from pywebml.host.waiting import at_once
from pywebml.zoo import load_extractor

X = np.ones((1, 2, 4, 4), np.float32)


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def small() -> Model:
    x = picture = Input((8, 6, 3), name="picture")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu6", name="conv")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Dense(3, activation="softmax", name="classes")(layers.Flatten(name="flat")(x))
    return Model(picture, x, name="small")


def read(where: Any) -> Any:
    return at_once(read_stored(where))[1]


@pytest.mark.parametrize(
    "name", ["efficientnet_lite0", "mobilenet_v1_0.25_224", "mobilenet_v2_1.0_224"]
)
def test_a_network_there_and_back(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same ops, and so the same numbers but for the order of sums."""
    if name != "efficientnet_lite0":
        monkeypatch.setenv("PYWEBML_MODELS", str(request.getfixturevalue("data_folder")))
    try:
        model = load_extractor(name).classifier
    except (FileNotFoundError, ConnectionError, ImportError) as trouble:
        pytest.skip(str(trouble))
    model.save(tmp_path / "net.onnx")
    again = load_model(tmp_path / "net.onnx")
    assert isinstance(again, GraphModel) and again.input_names == model.ends.input_names
    x = np.random.default_rng(0).uniform(-1, 1, (2, *model.input.shape[1:])).astype(np.float32)
    ours, theirs = again.predict(x).numpy(), model.predict(x).numpy()
    assert np.ptp(theirs) > 0.1
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_what_is_read_is_what_was_written() -> None:
    """Bytes, plain data, bytes."""
    data = onnx_bytes(small(), {"labels": ["a", "b", "c"], "note": "[no list"})
    stored = read(data)
    assert stored.metadata == {"labels": ["a", "b", "c"], "note": "[no list"}
    assert stored.topology.config["opset"] == {"": 17}
    assert wire.write(stored)["model.onnx"] == data


@pytest.mark.parametrize("name", ["squeezenet", "shufflenet", "inception_v1"])
def test_networks_that_others_exported(name: str) -> None:
    """Those of the package onnx have all weights alike, so they get random ones here."""
    onnx = pytest.importorskip("onnx", reason="brings networks of Caffe2 and PyTorch")
    onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
    path = Path(onnx.__file__).parent / f"backend/test/data/light/light_{name}.onnx"
    if not path.exists():
        pytest.skip("this onnx comes without its networks")
    stored, rng = read(path), np.random.default_rng(0)
    config, weights = stored.topology.config, dict(stored.weights)
    nodes = []
    for entry in config["nodes"]:
        if entry["op"] != "ConstantOfShape":
            nodes.append(entry)
            continue
        shape = weights.pop(entry["inputs"][0]).array()
        fan = max(1, int(np.prod(shape[1:])))
        values = rng.normal(0, (2 / fan) ** 0.5, shape)
        values = np.abs(values) if len(shape) == 1 else values  # variances among them
        weights[entry["outputs"][0]] = Weight.of(values.astype(np.float32))
    config = {**config, "nodes": nodes, "ir_version": wire.IR}
    data = wire.write(stored._replace(
        topology=stored.topology._replace(config=config), weights=weights
    ))["model.onnx"]  # fmt: skip
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    x = rng.normal(size=feed.shape).astype(np.float32)
    (theirs,) = session.run(None, {feed.name: x})
    ours = load_model(data).predict(x).numpy()
    assert np.ptp(theirs) > 0 and ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * np.abs(theirs).max())


def test_weights_in_a_file_beside(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="writes weights beside the model")
    model = onnx.load_from_string(onnx_bytes(small()))
    onnx.save(model, tmp_path / "m.onnx", save_as_external_data=True, location="w.bin",
              size_threshold=0)  # fmt: skip
    x = np.ones((1, 8, 6, 3), np.float32)
    apart, whole = load_model(tmp_path), load_model(onnx_bytes(small()))
    assert apart.predict(x).shape == whole.predict(x).shape == (1, 3)
    data = (tmp_path / "m.onnx").read_bytes()
    with pytest.raises(FormatError, match=r"'w.bin', which is not here; give a folder"):
        load_model({"m.onnx": data})
    for path in ("../w.bin", "/etc/passwd"):
        padded = data.replace(b"w.bin", path.encode())
        with pytest.raises(FormatError):
            load_model({"m.onnx": padded, "w.bin": b""})
    with pytest.raises(FormatError, match=r"bytes from byte \d+ of 'w.bin', which has 3"):
        load_model({"m.onnx": data, "w.bin": b"abc"})


def test_what_is_not_run_is_named_all_at_once() -> None:
    nodes = [
        node("Unique", ["x"], ["a"]), node("Foo", ["x"], ["b"]), node("Foo", ["b"], ["c"]),
        node("Add", ["a", "c"]),
    ]  # fmt: skip
    with pytest.raises(FormatError, match=r"Foo \(2 times, first at '[bc]'\), Unique \(1 times"):
        load_model(onnx_file(nodes, {"x": X}, {}))
    with pytest.raises(FormatError, match="operators of version 3; known are 6 to"):
        load_model(onnx_file([node("Relu", ["x"])], {"x": X}, {}, opset=3))
    norm = node("BatchNormalization", ["x", *"abcd"], training_mode=1)
    moments = dict.fromkeys("abcd", np.ones(2, np.float32))
    with pytest.raises(ValueError, match=r"BatchNormalization 'y' of inputs .*own moments"):
        load_model(onnx_file([norm], {"x": X}, moments)).predict(X)
    with pytest.raises(FormatError, match="no node of the graph gives 'nothing'"):
        load_model(onnx_file([node("Relu", ["nothing"])], {"x": X}, {}))
    with pytest.raises(FormatError, match="circle"):
        load_model(onnx_file([node("Relu", ["b"], ["a"]), node("Relu", ["a"], ["b"]),
                              node("Relu", ["a"])], {"x": X}, {}))  # fmt: skip


def test_a_file_that_ends_anywhere_is_refused() -> None:
    """As NAME.onnx; without that name nobody knows what it is, which is refused, too."""
    data = onnx_bytes(Sequential([layers.Dense(1, input_shape=(2,), name="line")]))
    about = inspect({"x.onnx": data})
    assert about.parameters == 3 and about.ops == {"Gemm": 1, "Identity": 1}
    for end in range(len(data)):
        with pytest.raises(FormatError):
            load_model({"x.onnx": data[:end]})


def test_other_broken_files(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = onnx_file([node("Add", ["x", "w"])], {"x": X}, {"w": np.ones(4, np.float32)})
    for old, new, complaint in (
        (
            b"\x0a\x01\x04\x10\x01",
            b"\x0a\x01\x05\x10\x01",
            r"weight 'w' has 16 bytes; float32 of shape",
        ),
        (
            b"\x0a\x01\x04\x10\x01",
            b"\x0a\x01\x04\x10\x08",
            "weight 'w' is of string, which is not read",
        ),
    ):
        assert whole.count(old) == 1
        with pytest.raises(FormatError, match=complaint):
            load_model({"x.onnx": whole.replace(old, new)})
    with pytest.raises(FormatError, match="a number before byte 11 has more than 64 bits"):
        Reader(b"\x08" + b"\xff" * 30).message({1: ("a", "int")})
    monkeypatch.setattr(protobuf, "MAX_FIELDS", 10)
    with pytest.raises(FormatError, match="more than 10 fields"):
        Reader(b"\x0a\x10" + b"\x01" * 16).message({1: ("a", "ints")})
    monkeypatch.undo()
    with pytest.raises(FormatError, match="has no graph"):
        load_model({"x.onnx": b"\x08\x09"})


def test_converted(tmp_path: Path) -> None:
    done = pw.convert(small(), tmp_path / "m.onnx")
    assert (done.target, done.agree, done.layers) == ("onnx", 8, 5)
    assert done.difference <= 1e-6
