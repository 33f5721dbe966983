"""Broken files: each loads or is refused with a ValueError, in bounded time and memory.

Many more per format: `python tests/formats/test_fuzz.py 4000`; docs/architecture.md has
what came of it.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))  # as a program, too
import torch_files
from graph_files import graph_files, node, placeholder
from mutations import Survey, mutated

from pywebml import Sequential, layers
from pywebml.formats import FORMATS
from pywebml.formats.graphs import GraphModel
from pywebml.formats.heads import archive_bytes, read_archive
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import load_model, read_stored
from pywebml.formats.onnx_writing import onnx_bytes
from pywebml.formats.wire import npz, safetensors
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.files import refused
from pywebml.host.stores import zip_bytes
from pywebml.host.waiting import at_once

COUNT = 300
SECONDS, MEMORY = 20.0, 64 << 20  # as much time as a busy machine with two cores takes


def model() -> Sequential:
    return Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,), name="hidden"),
            layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="small",
    )


def decoded(where: Any) -> None:
    _, stored = at_once(read_stored(where))
    for weight in stored.weights.values():
        weight.decoded()


def documents(count: int, seed: int) -> Iterator[dict[str, bytes]]:
    files = layers_model_files(model())
    document = json.loads(files["model.json"])
    entries = document["weightsManifest"][0]["weights"]
    entries[0]["quantization"] = {"dtype": "uint8", "scale": 0.5, "min": -1}
    entries[2]["quantization"] = {"dtype": "float16"}
    text = json.dumps(document).encode()
    data = bytes(12 + 4 * 3 + 2 * 6 + 4 * 2)
    yield {"model.json": text, "weights.bin": data}
    for broken in mutated(text, count // 2, seed):
        yield {"model.json": broken, "weights.bin": data}
    for i in range(count // 2):
        yield {"model.json": exotic(document, i), "weights.bin": data}


def exotic(document: Any, i: int) -> bytes:
    """The document with one of its values replaced by something that JSON can say."""
    values = [
        "null", "-1", "1e999", "9" * 3000, '"' + "a" * 999 + '"', "[[]]", "{}", "true", "1.5",
        json.dumps([1] * 500), json.dumps([2**40] * 60), '"\\ud800"', "[" * 900 + "]" * 900,
    ]  # fmt: skip
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                walk(node[key])

    copied = json.loads(json.dumps(document))
    walk(copied)
    node, key = places[i * 7 % len(places)]
    node[key] = "MARK"
    return json.dumps(copied).replace('"MARK"', values[i % len(values)]).encode()


def pth(zipped: bool) -> bytes:
    tree = torch_files.state(
        {
            "a.weight": torch_files.tensor("FloatStorage", "0", 12, 0, (3, 4), (4, 1), not zipped),
            "a.bias": torch_files.tensor("HalfStorage", "1", 3, 0, (3,), (1,), not zipped),
        }
    )
    storages = {"0": np.zeros(12, np.float32), "1": np.zeros(3, np.float16)}
    return torch_files.zipped(tree, storages) if zipped else torch_files.legacy(tree, storages)


def state_dicts(count: int, seed: int) -> Iterator[bytes]:
    yield pth(zipped=False)
    yield from mutated(pth(zipped=False), count // 2, seed)
    whole = pth(zipped=True)
    yield whole
    yield from mutated(whole, count // 4, seed)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for broken in mutated(parts["model/data.pkl"], count // 4, seed):
        yield zip_bytes({**parts, "model/data.pkl": broken})


def h5(path: Any) -> None:
    h5py = pytest.importorskip("h5py", reason="h5py reads HDF5 files")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense", b"relu"]
        dense = file.create_group("dense")
        dense.attrs["weight_names"] = ["dense/kernel:0", "dense/bias:0"]
        dense["dense/kernel:0"] = np.arange(6, dtype=np.float64).reshape(2, 3)
        dense.create_dataset("dense/bias:0", data=np.ones(64, np.float32), compression="gzip")
        file.create_group("relu").attrs["weight_names"] = np.zeros(0, "S1")
        shuffled = {"compression": "gzip", "shuffle": True, "chunks": (3, 2)}
        file.create_dataset("rest", data=np.ones((5, 3), np.float32), **shuffled)


def hdf5(count: int, seed: int) -> Iterator[bytes]:
    out = io.BytesIO()
    h5(out)
    yield out.getvalue()
    yield from mutated(out.getvalue(), count, seed)


def keras_files(count: int, seed: int) -> Iterator[bytes]:
    net = model()
    net.compile("adam", "mse", metrics=["mae"])
    net.fit_sync(np.ones((2, 4), np.float32), np.ones((2, 2), np.float32), verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        net.save(f"{folder}/m.keras")
        whole = Path(f"{folder}/m.keras").read_bytes()
    yield whole
    yield from mutated(whole, count // 4, seed)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for broken in mutated(parts["model.weights.h5"], count // 2, seed):
        yield zip_bytes({**parts, "model.weights.h5": broken})
    document = json.loads(parts["config.json"])
    for i in range(count // 4):
        yield zip_bytes({**parts, "config.json": exotic(document, i)})
    for broken in mutated(parts["metadata.json"], count // 4, seed):
        yield zip_bytes({**parts, "metadata.json": broken})


def heads(count: int, seed: int) -> Iterator[bytes]:
    about = {"labels": ["a", "b"], "extractor": {"name": "x"}}
    whole = archive_bytes(model(), about)
    yield whole
    yield from mutated(whole, count // 2, seed)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for broken in mutated(parts["metadata.json"], count // 2, seed):
        yield zip_bytes({**parts, "metadata.json": broken})


def weights_alone(form: Any, count: int, seed: int) -> Iterator[bytes]:
    """Files of safetensors or .npz."""
    arrays = {"a/kernel": np.ones((3, 4), np.float32), "a/half": np.ones(3, np.float16)}
    weights = {name: Weight.of(array) for name, array in arrays.items()}
    if form is safetensors:
        weights["q"] = quantised(weights["a/kernel"], "uint8", axis=1)
    (whole,) = form.write(Stored(None, weights, {"by": "us"})).values()
    yield whole
    yield from mutated(whole, count // 2, seed)
    if form is npz:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        for broken in mutated(parts["a/kernel.npy"], count // 2, seed):
            yield zip_bytes({**parts, "a/kernel.npy": broken})
        return
    length = 8 + int.from_bytes(whole[:8], "little")
    for i in range(count // 2):
        text = exotic(json.loads(whole[8:length]), i)
        yield len(text).to_bytes(8, "little") + text + whole[length:]


def graphs(count: int, seed: int) -> Iterator[dict[str, bytes]]:
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
    files = graph_files(nodes, weights, signature=signature)
    yield files
    for broken in mutated(files["model.json"], count // 2, seed):
        yield {**files, "model.json": broken}
    for i in range(count // 2):
        yield {**files, "model.json": exotic(json.loads(files["model.json"]), i)}


def ran(files: dict[str, bytes]) -> None:
    """What a graph's shapes and attributes are is seen when it runs."""
    read = load_model(files)
    if isinstance(read, GraphModel):
        with refused("the graph"):
            read.execute({"x": np.ones((1, 4, 4, 2), np.float32)})


def onnx_files(count: int, seed: int) -> Iterator[dict[str, bytes]]:
    net = Sequential(
        [layers.Conv2D(2, 3, input_shape=(5, 5, 1)), layers.Flatten(), layers.Dense(2)]
    )
    whole = onnx_bytes(net, {"labels": ["a", "b"]})
    yield {"m.onnx": whole}
    for broken in mutated(whole, count, seed):
        yield {"m.onnx": broken}


CORPORA: dict[str, tuple[Callable[[int, int], Iterator[Any]], Callable[[Any], Any]]] = {
    "tfjs-layers": (documents, decoded),
    "tfjs-graph": (graphs, ran),
    "keras-h5": (hdf5, decoded),
    "torch-pickle": (state_dicts, decoded),
    "keras": (keras_files, load_model),
    "safetensors": (partial(weights_alone, safetensors), decoded),
    "npz": (partial(weights_alone, npz), decoded),
    "onnx": (onnx_files, load_model),
    "models": (documents, load_model),
    "heads": (heads, read_archive),
}


def test_every_format_has_a_corpus_and_a_file_of_tests() -> None:
    assert {form.name for form in FORMATS} <= set(CORPORA)
    for form in FORMATS:
        module = form.read.__module__.rpartition(".")[2]
        assert (Path(__file__).parent / f"test_{module}.py").is_file(), module
        assert form.suffixes and form.knows.__module__ == form.read.__module__


@pytest.mark.parametrize("name", CORPORA)
def test_broken_files_are_refused(name: str) -> None:
    corpus, load = CORPORA[name]
    load(next(corpus(0, 0)))  # the file they are made from is whole
    survey = Survey().try_all(corpus(COUNT, 1), load)
    assert survey.refused > 10, survey
    assert survey.loaded + survey.refused >= COUNT
    assert survey.slowest < SECONDS, survey
    assert survey.biggest < MEMORY, survey


if __name__ == "__main__":
    for name, (corpus, load) in CORPORA.items():
        print(name, Survey().try_all(corpus(int(sys.argv[1]), 2), load), flush=True)
