"""Runs layers models here and in TensorFlow.js, and compares.

    python tools/layers_models.py MODEL...

MODEL is what `pw.load_model` takes: TensorFlow.js's own files go to it as they are, such
as nsfwjs's and UpscalerJS's from npm; others, as Keras's `.h5`, as pywebml writes them
for it. Both get the same random picture. TensorFlow.js runs in Node on its CPU backend,
from tests/node.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

import pywebml as pw
from pywebml.formats.layers_models import layers_model_files
from pywebml.host.stores.folders import Zip

NODE = Path(__file__).parents[1] / "tests" / "node"
SIDE = 64
"""Of an input whose size is open."""


def files_of(path: Path, model: Any) -> dict[str, bytes]:
    """What TensorFlow.js is given."""
    folder = path.parent if path.suffix == ".json" else path
    if folder.is_dir():
        document = path if path.suffix == ".json" else folder / "model.json"
        groups = json.loads(document.read_bytes())["weightsManifest"]
        shards = [name for group in groups for name in group["paths"]]
        files = {name: (folder / name).read_bytes() for name in shards}
        return {**files, "model.json": document.read_bytes()}
    if path.suffix == ".zip":
        archive = Zip(path)
        return {name: archive.read(name) for name in archive.entries}
    return layers_model_files(model)


def main(paths: list[str]) -> None:
    pw.set_device("cpu")
    rng = np.random.default_rng(0)
    for path in map(Path, paths):
        model = pw.load_model(path)
        shape = [SIDE if size is None else size for size in model.input.shape[1:]]
        x = rng.uniform(-1, 1, (1, *shape)).astype(np.float32)
        files = {n: base64.b64encode(d).decode() for n, d in files_of(path, model).items()}
        done = subprocess.run(
            ["node", "load.mjs"],
            cwd=NODE,
            input=json.dumps([{"files": files, "x": x.tolist()}]),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        theirs = np.array(json.loads(done.stdout)[0]["y"])
        difference = np.abs(model.predict(x, verbose=0).numpy() - theirs).max()
        print(f"{path}: at most {difference:.1e} apart, the largest is {np.abs(theirs).max():.3g}")


if __name__ == "__main__":
    main(sys.argv[1:])
