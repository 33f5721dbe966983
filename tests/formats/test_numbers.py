"""Numbers that no model should have: NaN and infinite weights, scales that quantise to
nothing, sizes that lie. Each is said, whatever the format.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch_files

from pywebml import Sequential, layers
from pywebml.apps.project import MAX_EXTRA, read_project
from pywebml.formats.heads import archive_bytes, read_archive
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import load_model, read_stored
from pywebml.formats.wire import tfjs
from pywebml.formats.wire.torch_pickle import read_state_dict
from pywebml.host.files import FormatError
from pywebml.host.stores import zip_bytes
from pywebml.host.stores.folders import Zip
from pywebml.host.waiting import at_once
from pywebml.models.weights import assign_weights

BAD = [float("nan"), float("inf"), float("-inf")]


def net(bad: float = 0.5) -> Sequential:
    model = Sequential([layers.Dense(3, input_shape=(4,), name="line")], name="small")
    kernel = np.ones((4, 3), np.float32)
    kernel[2, 1] = bad
    model.set_weights([kernel, np.zeros(3, np.float32)])
    return model


def quantised(scale: Any, low: Any, dtype: str = "uint8") -> dict[str, bytes]:
    files = layers_model_files(net())
    document = json.loads(files["model.json"])
    document["weightsManifest"][0]["weights"][0]["quantization"] = {
        "dtype": dtype, "scale": scale, "min": low,
    }  # fmt: skip
    data = bytes(12 * {"uint8": 1, "uint16": 2, "float16": 2}[dtype]) + bytes(12)
    return {"model.json": json.dumps(document).encode(), "weights.bin": data}


def as_h5(model: Sequential) -> bytes:
    h5py = pytest.importorskip("h5py", reason="h5py writes HDF5 files")
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        config = {"class_name": "Sequential", "config": model.get_config()}
        file.attrs["model_config"] = json.dumps(config)
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = ["line"]
        group = root.create_group("line")
        group.attrs["weight_names"] = [f"{weight.path}:0" for weight in model.weights]
        for weight in model.weights:
            group[f"{weight.path}:0"] = weight.numpy()
    return out.getvalue()


@pytest.mark.parametrize("bad", BAD)
def test_weights_that_are_no_numbers_are_said_whatever_the_format(
    bad: float, tmp_path: Path
) -> None:
    model, about = net(bad), {"labels": list("abc"), "extractor": {"name": "x"}}
    keras, weights = tmp_path / "m.keras", tmp_path / "m.weights.h5"
    tensors = tmp_path / "m.safetensors"
    model.save(keras)
    model.save_weights(weights)
    model.save_weights(tensors)
    values = dict(zip(("0", "1"), model.get_weights(), strict=True))
    tree = torch_files.state(
        {
            "line/kernel": torch_files.tensor("FloatStorage", "0", 12, 0, (4, 3), (3, 1), False),
            "line/bias": torch_files.tensor("FloatStorage", "1", 3, 0, (3,), (1,), False),
        }
    )
    flat = {key: value.ravel() for key, value in values.items()}
    state = at_once(read_stored(torch_files.zipped(tree, flat)))[1]
    for load in (
        lambda: load_model(layers_model_files(model)),
        lambda: load_model(as_h5(model)),
        lambda: load_model(keras),
        lambda: net().load_weights(weights),
        lambda: net().load_weights(tensors),
        lambda: read_archive(archive_bytes(model, about)),
        lambda: assign_weights(net(), state.weights),
        lambda: assign_weights(
            net(), {w.path: w.data_sync() for w in model.weights}
        ),  # as in a tab, without NumPy
    ):
        with pytest.raises(ValueError, match="line/kernel' has values that are NaN or infinite"):
            load()


def test_large_weights_are_no_infinite_ones() -> None:
    model = net(3e38)
    for values in ([w.data_sync() for w in model.weights], model.get_weights()):
        assign_weights(model, {"line/kernel": values[0], "line/bias": values[1]})
    assert load_model(layers_model_files(model)).get_weights()[0].max() > 2e38


@pytest.mark.parametrize(
    ("scale", "low"),
    [
        *[(bad, 0.0) for bad in (*BAD, 0, 0.0, -1.0, None, "1", True, [1], 1e39, 10**400, 1e38)],
        *[(0.5, bad) for bad in (*BAD, None, "0", False, 1e39, -1e300)],
    ],
)
def test_scales_that_quantise_to_nothing_are_refused(scale: Any, low: Any) -> None:
    for dtype in ("uint8", "uint16"):
        with pytest.raises(FormatError, match=r"'line/kernel' is quantised with"):
            load_model(quantised(scale, low, dtype))


def test_scales_of_all_sizes_are_read() -> None:
    for scale, low in ((1e-30, -1e30), (1e30, 0), (1, 3)):
        assert np.isfinite(load_model(quantised(scale, low)).get_weights()[0]).all()


@pytest.mark.parametrize("sizes", [(2**33, -(2**33)), (-1, 3), (-(2**62),), (2**62, 0, -1)])
def test_torch_shapes_that_cancel_each_other_out(sizes: tuple[int, ...]) -> None:
    tensors = {
        f"t{i}": torch_files.tensor("FloatStorage", "0", 1, 0, (n,), (0,), False)
        for i, n in enumerate(sizes)
    }
    data = torch_files.zipped(torch_files.state(tensors), {"0": np.zeros(1, np.float32)})
    with pytest.raises(FormatError, match=r"impossible shape|more than the"):
        read_state_dict(data)


@pytest.mark.parametrize(
    ("strides", "offset"), [((-1,), 0), ((2**62,), 0), ((1,), -1), ((1,), 2**62)]
)
def test_torch_strides_and_offsets_that_lead_out(strides: Any, offset: int) -> None:
    tensors = {"t": torch_files.tensor("FloatStorage", "0", 4, offset, (2,), strides, False)}
    data = torch_files.zipped(torch_files.state(tensors), {"0": np.zeros(4, np.float32)})
    with pytest.raises(FormatError, match=r"impossible shape|reaches past"):
        read_state_dict(data)


def test_shards_are_no_larger_than_the_manifest_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small zip that unpacks to gigabytes is not unpacked to say that it is wrong."""
    files = layers_model_files(net())
    monkeypatch.setattr(tfjs, "SLACK", 1000)
    bomb = zip_bytes({**files, "weights.bin": files["weights.bin"] + bytes(50_000_000)})
    with pytest.raises(FormatError, match=r"'weights\.bin' .* unpacks to .* more than the 1060"):
        load_model(bomb)


def test_zeros_that_are_packed_too_small_are_not_unpacked() -> None:
    """A model of a gigabyte of zeros is a zip of one megabyte."""
    data = zip_bytes({"weights.bin": bytes((64 << 20) + 1), "small": bytes(1 << 20)})
    assert len(data) < 100_000
    assert Zip(data).read("small") == bytes(1 << 20)
    with pytest.raises(FormatError, match="more than the 100 times as many that are read"):
        Zip(data).read("weights.bin")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_packed_in_other_ways_are_refused(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("model.json", b"{}")
    with pytest.raises(FormatError, match=r"packed by method .* pack it again as an ordinary zip"):
        Zip(out.getvalue()).read("model.json")


def test_encrypted_zips_are_told() -> None:
    data = bytearray(zip_bytes({"model.json": b"{}"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FormatError, match="encrypted; pack it without a password"):
        Zip(bytes(data)).read("model.json")


class Small:
    """What `read_project` asks of an extractor."""

    name, weights_sha256, features, input_size = "small", "0", 4, (8, 8)


def test_a_small_project_that_would_fill_the_memory(tmp_path: Path) -> None:
    about = {
        "format": "pywebml-project", "version": 1, "extractor": {"weights_sha256": "0"},
        "classes": [{"key": "a", "name": "a"}], "samples": [], "head_keys": [],
    }  # fmt: skip
    text = json.dumps(about).encode()
    huge = zip_bytes({"zeros": bytes(100 << 20)})
    for files in (
        {"project.json": b"[" * 200_000},
        {"project.json": text + b" " * (17 << 20)},
        {"project.json": text, "features.bin": b"", "head.zip": bytes(65 << 20)},
        {"project.json": text, "features.bin": b""}
        | {f"extra/{i}": bytes(100 << 20) for i in range(MAX_EXTRA // (100 << 20) + 1)},
    ):
        start = time.perf_counter()
        with pytest.raises(FormatError, match=r"deep|more than the"):
            read_project(zip_bytes(files), Small())  # type: ignore[arg-type]
        assert time.perf_counter() - start < 10
    assert len(huge) < 200_000
    bomb = zip_bytes({"project.json": text, "features.bin": bytes(100 << 20)})
    assert "features.bin" in read_project(bomb, Small()).unlike  # type: ignore[arg-type]
