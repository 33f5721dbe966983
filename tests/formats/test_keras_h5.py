"""Keras's HDF5 weights: both layouts, files that are something else, and what HDF5's
library writes.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.formats.layers_models import read_layers_file, short_name
from pywebml.formats.wire import hdf5
from pywebml.formats.wire.keras_h5 import read_keras_weights
from pywebml.formats.wire.stored import Weight

h5py = pytest.importorskip("h5py", reason="h5py writes HDF5 files")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense", b"relu"]
        dense = file.create_group("dense")
        dense.attrs["weight_names"] = ["dense/kernel:0", "dense/bias:0"]
        dense["dense/kernel:0"] = np.arange(6, dtype=np.float64).reshape(2, 3)
        dense["dense/bias:0"] = np.ones(3, np.float16)
        file.create_group("relu").attrs["weight_names"] = np.zeros(0, "S1")
    return path


def test_a_weights_file(small: Path) -> None:
    found = read_keras_weights(small)
    assert list(found) == ["dense"]
    kernel, bias = found["dense"]
    assert kernel.dtype == bias.dtype == np.float32
    np.testing.assert_array_equal(kernel, np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(bias, np.ones(3))


def test_names_that_are_stored_in_parts(small: Path) -> None:
    with h5py.File(small, "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"dense"], [b"relu"]
    assert list(read_keras_weights(small)) == ["dense"]


def test_a_whole_model(data_folder: Path) -> None:
    """MobileNet as Keras saved it holds the very weights of the TensorFlow.js model;
    there every layer's arrays come by name.
    """
    found = read_keras_weights(data_folder / "keras_h5" / "mobilenet_v1_0.25_224.h5")
    wanted: dict[str, dict[str, Any]] = {}
    for name, value in read_layers_file(data_folder / "mobilenet_v1_0.25_224").weights.items():
        layer, _, what = short_name(name).rpartition("/")
        wanted.setdefault(layer, {})[what] = np.asarray(value)
    assert set(found) == set(wanted)
    assert sum(len(arrays) for arrays in found.values()) == 137
    np.testing.assert_array_equal(found["conv1"][0], wanted["conv1"]["kernel"])
    for got, what in zip(
        found["conv1_bn"], ("gamma", "beta", "moving_mean", "moving_variance"), strict=True
    ):
        np.testing.assert_array_equal(got, wanted["conv1_bn"][what])


def test_files_that_are_something_else(small: Path, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(ValueError, match=r"text\.h5 is not a whole HDF5 file"):
        read_keras_weights(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(
        ValueError, match="no attribute 'layer_names'; expected weights that Keras saved"
    ):
        read_keras_weights(tmp_path / "other.h5")
    with h5py.File(small, "a") as file:
        del file["dense/dense/bias:0"]
    with pytest.raises(ValueError, match="/dense holds no array 'dense/bias:0' of its own"):
        read_keras_weights(small)


def test_no_other_file_is_read(small: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.ones(3, np.float32)
    (tmp_path / "secret.bin").write_bytes(bytes(12))
    for link in ("a link", "external storage"):
        with h5py.File(small, "a") as file:
            del file["dense/dense/bias:0"]
            if link == "a link":
                file["dense/dense/bias:0"] = h5py.ExternalLink("secret.h5", "x")
            else:
                file["dense/dense"].create_dataset(
                    "bias:0", (3,), np.float32, external=[(str(tmp_path / "secret.bin"), 0, 12)]
                )
        with pytest.raises(
            ValueError, match=r"a link that is no hard one|is not an array in this file"
        ):
            read_keras_weights(small)


def test_a_file_that_the_library_never_ends_with(small: Path) -> None:
    """A heap of texts whose free space has no bytes."""
    data = bytearray(small.read_bytes())
    heap = data.index(b"GCOL")
    end = heap + int.from_bytes(data[heap + 8 : heap + 16], "little")
    data[heap + 16 : end] = bytes(end - heap - 16)
    small.write_bytes(data)
    with pytest.raises(ValueError, match=r"small\.h5: / has no attribute|broken HDF5|no array ''"):
        read_keras_weights(small)


def test_more_than_is_read(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywebml.formats.wire.keras_h5.MAX_BYTES", 50)
    with pytest.raises(ValueError, match="more than the 50 that are read"):
        read_keras_weights(small)


def test_an_array_that_is_packed_too_small(small: Path) -> None:
    with h5py.File(small, "a") as file:
        del file["dense/dense/bias:0"]
        shape = ((64 << 20) // 4 + 1,)
        file["dense/dense"].create_dataset(
            "bias:0", shape, np.float32, compression="gzip", chunks=(1 << 20,)
        )  # none of its chunks is there
    assert small.stat().st_size < 100_000
    with pytest.raises(ValueError, match=r"holds more than the \d+ bytes that are read"):
        read_keras_weights(small)


def test_without_h5py(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a tab."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert list(read_keras_weights(small)) == ["dense"]


PIECES: list[tuple[tuple[int, ...], Any, dict[str, Any]]] = [
    ((7, 9), (3, 4), {}),
    ((100,), (33,), {"compression": "gzip", "shuffle": True}),
    ((5, 6, 7), (2, 6, 7), {"compression": "gzip", "fletcher32": True}),
    ((3, 3, 16, 32), True, {"compression": "gzip"}),
    ((2, 3, 4, 5), (1, 2, 4, 5), {"shuffle": True}),
]


@pytest.mark.parametrize(("shape", "chunks", "options"), PIECES)
def test_arrays_in_pieces(shape: Any, chunks: Any, options: Any) -> None:
    out = io.BytesIO()
    arrays = [np.random.default_rng(1).normal(size=shape).astype(d) for d in ("f4", "f8", "i4")]
    with h5py.File(out, "w") as file:
        for i, array in enumerate(arrays):
            file.create_dataset(f"a/{i}", data=array, chunks=chunks, **options)
    back = hdf5.read_arrays(out.getvalue(), "x")
    for i, array in enumerate(arrays):
        np.testing.assert_array_equal(back[f"a/{i}"].array(), array)


def test_a_piece_that_is_not_there(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("a", (4, 4), np.float32, chunks=(2, 4))[:2] = 1.0
    with pytest.raises(ValueError, match="1 of the 2 pieces of 'a' are there"):
        hdf5.read_arrays((tmp_path / "x.h5").read_bytes(), "x.h5")


def test_texts_of_every_kind() -> None:
    """As versions of Keras have written names: fixed or of any length, none, many."""
    many = [f"layer_{i}" for i in range(9000)]
    texts = {"many": many, "config": "{}" * 50_000 + "\u00e9", "none": [], "two": ["a", ""]}
    data = hdf5.written({"g/a": Weight.of(np.ones(3, np.float32))}, {"": texts, "h": {"w": []}})
    with h5py.File(io.BytesIO(data)) as file:
        assert file.attrs["config"] == texts["config"]
        parts = [n for i in range(3) for n in file.attrs[f"many{i}"]]
        assert parts == many and list(file.attrs["two"]) == ["a", ""]
        assert file.attrs["none"].size == file["h"].attrs["w"].size == 0
    back = hdf5.read(data, "x").texts[""]
    assert back["config"] == texts["config"] and back["many0"] == many[:4000]
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file.attrs["fixed"] = np.array([b"abc", b"de"])
        file.attrs["bytes"], file.attrs["text"], file.attrs["number"] = b"one", "two", 3
    assert hdf5.read(out.getvalue(), "x").texts[""] == {
        "fixed": ["abc", "de"], "bytes": "one", "text": "two"
    }  # fmt: skip
