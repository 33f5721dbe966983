"""formats/loading: from any place, in any known format, and back."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch_files import legacy, state, tensor, zipped

from pywebml import Sequential, layers
from pywebml.formats import FORMATS
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import (
    inspect,
    load_model,
    read_model,
    read_stored,
    save_model,
    write_model,
)
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store, zip_bytes
from pywebml.models.weights import assign_weights

HERE = Path(__file__).parent / "written_before"


def model() -> Sequential:
    net = Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,), name="hidden"),
            layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="small",
    )
    rng = np.random.default_rng(0)
    for weight in net.weights:
        weight.assign(rng.normal(size=weight.shape).astype(np.float32))
    return net


def answers(net: Any) -> Any:
    return net(np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)).numpy()


@pytest.mark.parametrize("where", ["folder", "model.zip", "other.json", "deep/in/folders"])
def test_a_model_comes_back_from_where_it_was_saved(where: str, tmp_path: Path) -> None:
    net = model()
    save_model(net, tmp_path / where)
    for again in (load_model(tmp_path / where), load_model(str(tmp_path / where))):
        np.testing.assert_array_equal(answers(again), answers(net))
    asyncio.run(write_model(net, tmp_path / where))
    again = asyncio.run(read_model(tmp_path / where))
    np.testing.assert_array_equal(answers(again), answers(net))


def test_inside_a_running_loop() -> None:
    """As in a notebook: files at hand need no thread there."""

    async def job() -> Any:
        return load_model(layers_model_files(model()))

    np.testing.assert_array_equal(answers(asyncio.run(job())), answers(model()))


def test_bytes_files_and_zips_in_memory() -> None:
    files = layers_model_files(model())
    for where in (files, zip_bytes(files), open_store(files)):
        np.testing.assert_array_equal(answers(load_model(where)), answers(model()))


def test_a_head_that_teach_saved_is_a_model_too() -> None:
    about = inspect(HERE / "head_efficientnet.zip")
    assert (about.format, about.topology) == ("tfjs-layers", "keras")
    assert load_model(HERE / "head_efficientnet.zip").count_params() == about.parameters


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    save_model(model(), tmp_path / "web")
    save_model(model(), tmp_path / "web" / "m.zip")
    handler = functools.partial(Quiet, directory=tmp_path / "web")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_from_the_net(served: str) -> None:
    for name in ("model.json", "m.zip"):
        np.testing.assert_array_equal(answers(load_model(served + name)), answers(model()))
    with pytest.raises(ConnectionError, match=r"gone\.json"):
        load_model(f"{served}gone.json")


def keras_model(path: Path, with_config: bool) -> None:
    """As Keras 2 saves a whole model, and the weights of one."""
    h5py = pytest.importorskip("h5py", reason="h5py reads HDF5 files")
    net = model()
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if with_config else file
        if with_config:
            config = {"class_name": "Sequential", "config": net.get_config()}
            file.attrs["model_config"] = json.dumps(config)
        root.attrs["layer_names"] = [layer.name.encode() for layer in net.layers]
        for layer in net.layers:
            group = root.create_group(layer.name)
            group.attrs["weight_names"] = [f"{layer.name}/{w.name}:0" for w in layer.weights]
            for weight in layer.weights:
                group[f"{layer.name}/{weight.name}:0"] = weight.numpy()


def test_a_whole_model_that_keras_saved(tmp_path: Path) -> None:
    keras_model(tmp_path / "whole.h5", with_config=True)
    np.testing.assert_array_equal(answers(load_model(tmp_path / "whole.h5")), answers(model()))
    data = (tmp_path / "whole.h5").read_bytes()
    np.testing.assert_array_equal(answers(load_model(data)), answers(model()))
    assert inspect(tmp_path / "whole.h5").format == "keras-h5"


def test_weights_alone_are_told_and_fit_by_name(tmp_path: Path) -> None:
    keras_model(tmp_path / "weights.h5", with_config=False)
    about = inspect(tmp_path / "weights.h5")
    assert (about.format, about.topology, about.parameters) == ("keras-h5", None, 23)
    assert [row.name for row in about.weights][:2] == ["hidden/kernel:0", "hidden/bias:0"]
    with pytest.raises(ValueError, match="weights alone"):
        load_model(tmp_path / "weights.h5")
    _, stored = asyncio.run(read_stored(tmp_path / "weights.h5"))
    empty = Sequential.from_config(model().get_config())
    assign_weights(empty, stored.weights)
    np.testing.assert_array_equal(answers(empty), answers(model()))


@pytest.mark.parametrize("name", ["keras_model.h5", "net.keras", "net.onnx", "w.safetensors"])
def test_labels_beside_a_model(name: str, tmp_path: Path) -> None:
    """As Teachable Machine exports for Keras: in a zip or a folder, also one that a Mac
    has packed.
    """
    net = model()
    (net.save_weights if name.startswith("w.") else net.save)(tmp_path / name)
    files = {name: (tmp_path / name).read_bytes(), "labels.txt": b"0 a cat\n1 dog\n"}
    for folder in ("", "inside/"):
        packed = {f"{folder}{one}": data for one, data in files.items()}
        packed |= {f"__MACOSX/{folder}._{name}": b"\0\5\x16\7"}
        (tmp_path / "converted_keras.zip").write_bytes(zip_bytes(packed))
        for where in (tmp_path / "converted_keras.zip", packed):
            about = inspect(where)
            assert about.metadata["labels"] == ["a cat", "dog"] and about.parameters == 23
            if not name.startswith("w."):
                np.testing.assert_array_equal(answers(load_model(where)), answers(net))
    with pytest.raises(FormatError, match=r"labels\.txt has 0 lines; expected a line per class"):
        inspect({**files, "labels.txt": b" "})


def test_pytorch_files_by_path_and_bytes(tmp_path: Path) -> None:
    values = np.arange(4, dtype=np.float32)
    for layout in (legacy, zipped):
        tree = state({"w": tensor("FloatStorage", "0", 4, 0, (2, 2), (1, 2), layout is legacy)})
        data = layout(tree, {"0": values})
        (tmp_path / "w.pth").write_bytes(data)
        for where in (tmp_path / "w.pth", data):
            about = inspect(where)
            assert (about.format, about.parameters, about.nbytes) == ("torch-pickle", 4, 16)
            assert about.weights[0] == ("w", (2, 2), "float32", "float32")


def test_what_cannot_be_read_or_written(tmp_path: Path) -> None:
    known = ", ".join(form.name for form in FORMATS)
    with pytest.raises(FormatError, match=f"not in a format that is known; known are {known}"):
        load_model(b"hello")
    with pytest.raises(TypeError, match=r"expected a path, .* got 3"):
        load_model(3)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_model(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"no format that is written; expected tfjs-layers"):
        save_model(model(), tmp_path / "x.pth")
    with pytest.raises(ValueError, match="'gguf'"):
        save_model(model(), tmp_path / "x", format="gguf")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="can only be read"):
        save_model(model(), {})
