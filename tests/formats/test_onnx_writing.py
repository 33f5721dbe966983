"""formats/onnx_writing: ONNX Runtime computes from our files what we compute. More
layers: tests/apps/test_bench_onnx.py.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from random_models import NAMES

from pywebml import Input, Model, Sequential, layers
from pywebml.formats.onnx_writing import onnx_bytes


def small() -> Model:
    x = picture = Input((8, 6, 3), name="picture")
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu6", name="conv")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = layers.Dense(3, activation="softmax", name="classes")(layers.Flatten(name="flat")(x))
    return Model(picture, x, name="small")


def pictures() -> Model:
    return Sequential([layers.Conv2D(2, 3, input_shape=(5, 4, 3), name="conv")])


def rows() -> Model:
    return Sequential([layers.Dense(3, activation="tanh", input_shape=(4,), name="dense")])


@pytest.mark.parametrize("make", [small, pictures, rows])
def test_onnx_runtime_says_the_same(make: Any) -> None:
    pytest.importorskip("onnx", reason="writes models for ONNX Runtime")
    onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
    model = make()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape).astype(np.float32))
    x = rng.normal(size=(3, *model.input.shape[1:])).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx_bytes(model), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    np.testing.assert_allclose(session.run(None, {name: x})[0], model(x).numpy(), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_may_be_called_anything(name: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
    pytest.importorskip("onnx", reason="writes models for ONNX Runtime")
    a, b = Input((3,), name=name), Input((4, 3), name="constant_0" + name)
    model = Model([a, b], layers.Add(name=name + "Add_1")([layers.Dense(3, name="Gemm_1")(a), b]))
    data = onnx_bytes(model)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    xs = [np.ones((2, 3), np.float32), np.ones((2, 4, 3), np.float32)]
    keys = [i.name for i in session.get_inputs()]
    assert not name or keys[0] == name
    (theirs,) = session.run(None, dict(zip(keys, xs, strict=True)))
    np.testing.assert_allclose(theirs, model.predict(xs).numpy(), atol=1e-5)


def test_what_is_not_written_is_named() -> None:
    pytest.importorskip("onnx", reason="writes models for ONNX Runtime")
    for layer in (
        layers.Conv2D(2, 1, data_format="NCHW"),
        layers.Flatten(data_format="channels_first"),
        layers.BatchNormalization(axis=1),
    ):
        model = Sequential([layers.Input((2, 3, 4)), layer])
        with pytest.raises(ValueError, match=f"{layer.name}: a .* with channels first is not"):
            onnx_bytes(model)
    with pytest.raises(ValueError, match="leaky: a LeakyReLU is not written as ONNX"):
        onnx_bytes(Sequential([layers.LeakyReLU(input_shape=(4,), name="leaky")]))
    with pytest.raises(ValueError, match="the output is a flattened picture"):
        onnx_bytes(Sequential([layers.Flatten(input_shape=(2, 2, 3))]))
    x = Input((4,))
    with pytest.raises(ValueError, match="has 2 outputs"):
        onnx_bytes(Model(x, [layers.ReLU()(x), layers.Dense(2)(x)]))


def test_without_onnx_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'pywebml\[bench\]'"):
        onnx_bytes(rows())
