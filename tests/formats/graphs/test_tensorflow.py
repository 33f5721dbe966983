"""Graph models of TensorFlow.js as files: signatures, names, constants, refusals; and
real ones, where $PYWEBML_TEST_MODELS is a folder of such.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_files import graph_files, job, node, placeholder
from hosts import shared_device
from in_node import run_node

import pywebml as pw
from pywebml.core.watching import Watcher, watchers
from pywebml.formats.graphs import GraphModel
from pywebml.host.files import FormatError
from pywebml.host.stores import zip_bytes

HALVES = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
NODES = [
    placeholder("x", (-1, 2)),
    node("product", "MatMul", ["x", "kernel", "^ready"], transpose_a=False, transpose_b=False),
    node("ready", "NoOp", []),
    node("parts", "Split", ["axis", "product:0"], num_split=3),
    node("y", "Sub", ["parts:2", "parts"]),
    node("unused", "Loop", ["y"]),
]
WEIGHTS: dict[str, Any] = {"kernel": HALVES, "axis": np.array(1, np.int32)}
SIZES = {"dim": [{"size": "-1"}, {"size": "2"}]}
SIGNATURE = {
    "inputs": {"points": {"name": "x:0", "dtype": "DT_FLOAT", "tensorShape": SIZES}},
    "outputs": {
        "last": {"name": "parts:2", "dtype": "DT_FLOAT"},
        "span": {"name": "y:0", "dtype": "DT_FLOAT"},
    },
}


@pytest.fixture(autouse=True)
def on_the_cpu() -> None:
    pw.set_device(shared_device("cpu"))


def changed(**document: Any) -> dict[str, bytes]:
    files = graph_files(NODES, WEIGHTS, signature=SIGNATURE)
    return {
        **files,
        "model.json": json.dumps({**json.loads(files["model.json"]), **document}).encode(),
    }


def test_inputs_and_outputs_have_the_names_of_the_signature(tmp_path: Path) -> None:
    model = pw.load_model(zip_bytes(changed()))
    assert isinstance(model, GraphModel)
    assert [(port.name, port.shape, port.dtype) for port in model.inputs] == [
        ("points", (None, 2), "float32")
    ]
    assert model.output_names == ["last", "span"]
    last, span = model.predict({"points": [[1.0, 2.0]]})
    product = np.array([[1.0, 2.0]]) @ HALVES
    np.testing.assert_allclose(last.numpy(), product[:, 2:], rtol=1e-6)
    np.testing.assert_allclose(span.numpy(), product[:, 2:] - product[:, :1], rtol=1e-6)
    inner = model.execute({"x": [[1.0, 2.0]]}, ["parts:1", "product"])
    np.testing.assert_allclose(inner[0].numpy(), product[:, 1:2], atol=1e-6)
    assert model.count_params() == 7
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert " input   points: (None, 2) float32" in lines


def test_older_files_say_neither_format_nor_signature_at_the_top() -> None:
    hidden = {"signature": None, "format": None, "userDefinedMetadata": {"signature": SIGNATURE}}
    assert pw.load_model(changed(**hidden)).output_names == ["last", "span"]
    with pytest.raises(FormatError, match=r"Loop \(1 times, first at 'unused'\)"):
        pw.load_model(changed(signature=None))  # then all ends are outputs
    about = pw.inspect(changed(**hidden))
    assert (about.format, about.topology) == ("tfjs-graph", "graph")
    assert about.ops["Split"] == 1
    assert about.parameters == 7


def test_quantised_constants() -> None:
    files = changed()
    document = json.loads(files["model.json"])
    entry = document["weightsManifest"][0]["weights"][0]
    entry["quantization"] = {"dtype": "uint8", "scale": 2 / 5, "min": -1}
    data = bytes(range(6)) + files["weights.bin"][24:]
    model = pw.load_model({"model.json": json.dumps(document).encode(), "weights.bin": data})
    last, _ = model.predict([[1.0, 2.0]])
    np.testing.assert_allclose(last.numpy(), np.array([[1.0, 2.0]]) @ HALVES[:, 2:], rtol=1e-6)


def test_a_call_is_one_replay() -> None:
    model = pw.load_model(changed())
    model([[1.0, 2.0]])

    class Counting(Watcher):
        ops = plans = 0

        def saw_op(self, op: Any, ins: Any, outs: Any) -> None:
            self.ops += 1

        def saw_plan(self, plan: Any) -> None:
            self.plans += 1

    watchers.append(seen := Counting())
    try:
        model([[3.0, 4.0]])
    finally:
        watchers.pop()
    assert (seen.ops, seen.plans) == (0, 1)


@pytest.mark.parametrize(
    ("nodes", "weights", "words"),
    [
        ([{"name": "y"}], {}, "a node needs a 'name' and an 'op'"),
        ([node("y", "Neg", ["c"]), node("c", "Const", [])], {}, "'c' is not among the weights"),
        ([node("y", "Neg", ["z:x"])], {}, "an input is 'z:x'"),
        ([node("y", "While", ["x"]), placeholder("x", (1,))], {},
         r"While \(1 times, first at 'y'; control flow is not run\)"),
        ([{"name": "y", "op": "Neg", "input": [], "attr": {"k": {"i": "a"}}}], {}, "of kind 'i'"),
        ([placeholder("x", (1,)) | {"attr": {"dtype": {"type": "DT_STRING"}}}], {}, "DT_STRING"),
    ],
)  # fmt: skip
def test_broken_graphs_are_refused(nodes: Any, weights: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        pw.load_model(graph_files(nodes, weights))


def test_a_few_bytes_cannot_ask_for_all_memory() -> None:
    nodes = [node("y", "Fill", ["sizes", "one"]), placeholder("x", (1,))]
    weights = {"sizes": np.array([1 << 15] * 3, np.int32), "one": np.ones((), np.float32)}
    with pytest.raises(ValueError, match="at most 268435456"):
        pw.load_model(graph_files(nodes, weights)).execute([1.0], "y")


def models() -> list[Path]:
    folder = Path(os.environ.get("PYWEBML_TEST_MODELS", "/nowhere"))
    return sorted(p for p in folder.rglob("*.json") if "weightsManifest" in p.read_text("utf-8"))


@pytest.mark.parametrize("path", models(), ids=lambda path: path.stem)
def test_real_models_agree_with_tensorflow_js(path: Path, tmp_path: Path) -> None:
    model = pw.load_model(path)
    rng = np.random.default_rng(0)
    shapes = [[64 if n is None else n for n in port.shape or ()] for port in model.inputs]
    fed = {
        port.value: (rng.uniform(0, 1, [1, *shape[1:]]) * (255 if port.dtype == "int32" else 1))
        .astype(port.dtype)
        for port, shape in zip(model.inputs, shapes, strict=True)
    }  # fmt: skip
    asked = [port.value for port in model.outputs]
    given = {**job({"model.json": b"{}", "weights.bin": b""}, fed, asked), "model": str(path)}
    (answer,) = run_node("graphs.mjs", [given])
    results = model.execute(fed, asked)
    for y, out in zip(results if len(asked) > 1 else [results], answer["outs"], strict=True):
        theirs = np.array([float(v) for v in out["values"]]).reshape(out["shape"])
        # of the largest output; see the table in docs/formats.md for those that are off by more
        room = 1e-4 * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(y.numpy(), theirs, rtol=0, atol=room)
