"""A model goes to the device tensor by tensor: what loading takes beside the model
stays small, in every format that can be read where it lies.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch_files
from graph_files import graph_files, node, placeholder

import pywebml as pw
from pywebml import layers
from pywebml.host.stores.folders import write_files, zip_bytes

PLACES = ("net.keras", "net.h5", "net", "net.zip", "shards")
GRAPHS = ("graph", "graph.zip", "net.onnx")
WEIGHTS = ("net.safetensors", "net.npz", "net.weights.h5")
STATES = ("net.pth", "legacy.pth")


def network() -> pw.Sequential:
    wide = [layers.Dense(1024, name=f"wide_{i}") for i in range(9)]
    return pw.Sequential([pw.Input((1024,)), *wide])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    net = network()
    for place in (*PLACES[:-1], *WEIGHTS):
        (net.save_weights if place in WEIGHTS else net.save)(folder / place)
    pw.save_model(net, folder / "shards", shard_bytes=4 << 20)
    save_graphs(net, folder)
    save_states(net, folder)
    np.save(folder / "answers.npy", net(np.ones((1, 1024), np.float32)).numpy())
    return folder


def save_graphs(net: pw.Sequential, folder: Path) -> None:
    kernels = {f"w{i}": kernel for i, kernel in enumerate(net.get_weights()[::2])}
    names = ["x", *(f"y{i}" for i in range(len(kernels)))]
    plain = {"transpose_a": False, "transpose_b": False}
    nodes = [
        node(y, "MatMul", [x, w], **plain)
        for x, y, w in zip(names, names[1:], kernels, strict=False)
    ]
    files = graph_files([placeholder("x", (-1, 1024)), *nodes], kernels)
    write_files(folder / "graph", files)
    (folder / "graph.zip").write_bytes(zip_bytes(files))
    net.save(folder / "net.onnx")


def save_states(net: pw.Sequential, folder: Path) -> None:
    """The kernels as torch.save writes them, turned as PyTorch's are."""
    storages = {str(i): kernel.T for i, kernel in enumerate(net.get_weights()[::2])}
    for name, is_legacy in (("net.pth", False), ("legacy.pth", True)):
        items = {
            f"{i}.weight": torch_files.tensor(
                "FloatStorage", i, kernel.size, 0, kernel.shape, (1024, 1), is_legacy
            )
            for i, kernel in storages.items()
        }
        write = torch_files.legacy if is_legacy else torch_files.zipped
        (folder / name).write_bytes(write(torch_files.state(items), storages))


MEASURE = """
import sys
import numpy as np
import pywebml as pw
from pywebml.formats.loading import read_stored
from pywebml.host.waiting import at_once
sys.path[:0] = sys.argv[3:]
from test_memory import GRAPHS, STATES, WEIGHTS, network

def status(what):
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(what))

place, answers = sys.argv[1:3]
weights_alone = place.endswith(WEIGHTS)
pw.set_device("cpu")
ones = np.ones((1, 1024), np.float32)
first = network() if weights_alone else pw.Sequential([pw.layers.Dense(1, input_shape=(1024,))])
first(ones)
if not weights_alone:  # once, so that what is imported late is there
    first.save(place + "-first.keras")
    pw.load_model(place + "-first.keras")
before = status("VmRSS")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
nbytes = 9 * 4 * 1024 * 1025
answer = None
if place.endswith(STATES):
    answer = ones
    for weight in at_once(read_stored(place))[1].weights.values():
        answer = answer @ weight.array().T
elif weights_alone:
    first.load_weights(place)
else:
    first = pw.load_model(place)
print((status("VmHWM") - before) / nbytes)
answer = first(ones).numpy() if answer is None else answer
near = place.endswith(STATES + GRAPHS) and 1e-5
assert np.allclose(answer, np.load(answers), rtol=near, atol=near)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux counts it so")
@pytest.mark.parametrize("place", [*PLACES, *GRAPHS, *WEIGHTS, *STATES])
def test_loading_takes_no_second_copy(folder: Path, place: str) -> None:
    here = Path(__file__).parent
    rooms = [str(here), str(here.parent / "support")]
    words = [str(folder / place), str(folder / "answers.npy"), *rooms]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *words], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < (0.3 if place in WEIGHTS + STATES else 1.3)
