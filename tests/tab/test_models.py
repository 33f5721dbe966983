"""Models of several formats in a tab, without a graphics card: they predict what they
predict on the desktop, and the page that names what a picture shows takes Keras's.

One page, one start; real files where they are at hand.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import READY, START, ready, value
from graph_files import graph_files, node, placeholder
from hosts import shared_device
from npm_models import real_models, theirs
from onnx_files import node as onnx_node
from onnx_files import onnx_file, subgraph
from real_data import drawn_weights, real_data

import pywebml as pw
from pywebml.apps.classify.command import drawn_things
from pywebml.device import set_device
from pywebml.host.stores.folders import zip_bytes
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(0)
REAL = """
import base64
import numpy as np
import pywebml as pw

model = pw.load_model(base64.b64decode(DATA))
x = np.frombuffer(base64.b64decode(X), np.float32).reshape(SHAPE)
ys = model.predict(x)
[(await y.data()).tolist() for y in (ys if isinstance(ys, list) else [ys])]
"""
PROGRAM = """
import base64, math
from pathlib import Path
from pywebml import ops
from pywebml.formats.loading import read_model

path = Path(NAME)
path.write_bytes(base64.b64decode(DATA))
model = await read_model(path)
shape = SHAPE
x = ops.sin(ops.arange(float(math.prod(shape)))).reshape(shape)
y = model.predict(x)
(await y.data()).tolist()
"""


def graph() -> bytes:
    """A graph model of TensorFlow.js, as a zip."""
    weights = {
        "filter": RNG.normal(0, 0.3, (3, 3, 3, 4)).astype(np.float32),
        "bias": RNG.normal(size=4).astype(np.float32), "axes": np.array([1, 2], np.int32),
    }  # fmt: skip
    nodes = [
        placeholder("x", (-1, 32, 32, 3)),
        node("conv", "_FusedConv2D", ["x", "filter", "bias"], strides=[1, 2, 2, 1],
             padding="SAME", data_format="NHWC", fused_ops=["BiasAdd", "Relu6"], num_args=1,
             T="DT_FLOAT", dilations=[1, 1, 1, 1]),
        node("pooled", "Mean", ["conv", "axes"], keep_dims=False),
        node("shares", "Softmax", ["pooled"]),
    ]  # fmt: skip
    return zip_bytes(graph_files(nodes, weights))


def onnx() -> bytes:
    """With a loop around a recurrent layer."""
    weights = {
        "w": RNG.normal(0, 0.5, (1, 16, 4)).astype(np.float32), "n": np.int64(2),
        "r": RNG.normal(0, 0.5, (1, 16, 4)).astype(np.float32),
    }  # fmt: skip
    sample = np.zeros((5, 2, 4), np.float32)
    body = subgraph(
        [onnx_node("LSTM", ["h", "w", "r"], ["a"], hidden_size=4),
         onnx_node("Squeeze", ["a"], ["next"], axes=(1,)), onnx_node("Identity", ["g"], ["on"])],
        ["on", "next"], {}, {"i": np.int64(0), "g": np.bool_(1), "h": sample},
    )  # fmt: skip
    loop = onnx_node("Loop", ["n", "", "x"], body=body)
    return onnx_file([loop], {"x": sample}, weights, opset=11)


def models(folder: Path) -> list[tuple[str, bytes, tuple[int, ...]]]:
    """(name, bytes, the shape of an input)."""
    keras = real_data("keras_h5/mobilenet_v1_0.25_224.h5")
    if keras is None:
        picture = pw.Input((224, 224, 3))
        x = pw.layers.Conv2D(4, 3, 4, activation="relu")(picture)
        x = pw.layers.Dense(1000, "softmax")(pw.layers.GlobalAveragePooling2D()(x))
        keras = folder / "keras.h5"
        drawn_weights(pw.Model(picture, x)).save(keras)
    some = [
        ("graph.zip", graph(), (2, 32, 32, 3)), ("loop.onnx", onnx(), (5, 2, 4)),
        ("network.h5", keras.read_bytes(), (1, 224, 224, 3)),
    ]  # fmt: skip
    return some


@pytest.mark.tfjs
def test_real_files_predict_what_they_do_in_tensorflow_js(tab: Any, page_url: str) -> None:
    """To 1e-4 of 1, or of the largest where that is more (an upscaler's are bytes, up to
    255): here, and in a tab. One start for all of them.
    """
    set_device(shared_device("cpu"))
    models = list(real_models())
    if not models:
        pytest.skip("no real models are at hand: neither ../shared/data nor npm has them")
    expected = theirs(models)
    tab.goto(f"{page_url}check.html?device=cpu")
    ready(tab)
    for model, answers in zip(models, expected, strict=True):
        here = pw.load_model(model.files).predict(model.x)
        here = [y.numpy() for y in (here if isinstance(here, list) else [here])]
        source = REAL.replace("DATA", repr(in_base64(zip_bytes(model.files))))
        source = source.replace("X)", f"{in_base64(model.x.tobytes())!r})")
        there = value(tab, source.replace("SHAPE", str(model.x.shape)))
        for ours, in_tab, answer in zip(here, there, answers, strict=True):
            near = 1e-4 * max(1, np.abs(answer).max())
            assert np.ptp(answer) > 0.01, model.name
            np.testing.assert_allclose(ours, answer, rtol=0, atol=near, err_msg=model.name)
            np.testing.assert_allclose(in_tab, answer, rtol=0, atol=near, err_msg=model.name)


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_what_the_desktop_predicts(tab: Any, page_url: str, tmp_path: Path) -> None:
    """In programs first, then in the page, as a visitor adds a file."""
    set_device(shared_device("cpu"))
    tab.goto(f"{page_url}classify.html?device=cpu")
    tab.locator(READY).wait_for(timeout=START)
    for name, data, shape in models(tmp_path):
        (tmp_path / name).write_bytes(data)
        x = np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(shape)
        ours = pw.load_model(tmp_path / name).predict(x).numpy()
        source = PROGRAM.replace("DATA", repr(in_base64(data)))
        theirs = value(tab, source.replace("NAME", repr(name)).replace("SHAPE", str(shape)))
        assert np.ptp(ours) > 1e-3, name
        np.testing.assert_allclose(theirs, ours, atol=1e-4, err_msg=name)
    packed = {"keras_model.h5": (tmp_path / "network.h5").read_bytes()}  # as Teachable Machine's
    packed["labels.txt"] = "".join(f"{i} thing {i}\n" for i in range(1000)).encode()
    (tmp_path / "network.zip").write_bytes(zip_bytes(packed))
    tab.locator("#network-file").set_input_files(tmp_path / "network.zip")
    until(tab, "document.querySelector('#network').value === 'network'")
    tab.locator("#file").set_input_files(drawn_things()["umbrella"])
    until(tab, "document.querySelector('.bar-name').textContent.startsWith('thing ')")
    assert "1,000 classes" in tab.locator("#about").inner_text()
    tab.locator("#network-file").set_input_files(tmp_path / "loop.onnx")
    tab.locator(".toast.bad").get_by_text("loop.onnx").wait_for()
    assert tab.locator("#network").input_value() == "network", "all is as it was"
