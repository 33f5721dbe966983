"""formats/wire/npz: NumPy reads what we write, we read what it writes, and nothing in a
file is evaluated or unpickled.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.formats.wire import npz
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store, zip_bytes
from pywebml.host.waiting import at_once

RNG = np.random.default_rng(0)
EVERY = {
    dtype: RNG.normal(size=shape).astype(dtype)
    for dtype, shape in zip(
        ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u4", "u2", "u1", "bool"),
        ((2, 3), (4,), (), (1, 1, 2), (0, 3), (5,), (2,), (3, 1), (2, 2), (9,), (3,)),
        strict=True,
    )
}


def read(data: Any) -> Stored:
    return at_once(npz.read(open_store(data)))


def saved(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def npy(header: bytes, data: bytes = b"", version: int = 1) -> bytes:
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def test_every_dtype_there_and_back() -> None:
    stored = Stored(None, {n: Weight.of(a) for n, a in EVERY.items()}, {})
    (data,) = npz.write(stored).values()
    with np.load(io.BytesIO(data), allow_pickle=False) as theirs:
        assert set(theirs) == set(EVERY)
        for name, array in EVERY.items():
            np.testing.assert_array_equal(theirs[name], array)
            assert (theirs[name].dtype, theirs[name].shape) == (array.dtype, array.shape)
    again = read(data)
    for name, array in EVERY.items():
        assert bytes(again.weights[name].data) == array.tobytes()
        assert (again.weights[name].dtype, again.weights[name].shape) == (
            array.dtype.name,
            array.shape,
        )
    out = io.BytesIO()
    np.lib.format.write_array(out, EVERY["f8"], (1, 0))
    assert zip_of(data)["f8.npy"] == out.getvalue(), "the same bytes as NumPy's"


def zip_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_numpy_writes() -> None:
    swapped = EVERY["f4"].astype(">f4")
    columns = np.asfortranarray(EVERY["f8"])
    out = io.BytesIO()
    np.lib.format.write_array(out, EVERY["i2"], (3, 0))
    np.savez_compressed(packed := io.BytesIO(), **EVERY)
    again = read(packed.getvalue()).weights
    assert {name: bytes(w.data) for name, w in again.items()} == {
        name: array.tobytes() for name, array in EVERY.items()
    }
    again = read(saved(swapped=swapped, columns=columns)).weights
    np.testing.assert_array_equal(again["swapped"].array(), EVERY["f4"])
    np.testing.assert_array_equal(again["columns"].array(), EVERY["f8"])
    assert bytes(npz.array_in(out.getvalue(), "x").data) == EVERY["i2"].tobytes()


F4 = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (npy(F4, b"123"), "takes 4 bytes, but there are 3"),
        (npy(F4.replace(b"(1,)", b"(-1,)"), b"1234"), "not read"),
        (npy(F4.replace(b"(1,)", b"(" + b"9" * 30 + b",)")), "impossible shape"),
        (npy(F4.replace(b"(1,)", b"(" + b"1, " * 65 + b")")), "impossible shape"),
        (npy(F4.replace(b"(1,)", b"(99999, 99999)")), "at most"),
        (npy(F4.replace(b"(1,)", b"__import__('os').system('x')")), "not read"),
        (npy(F4.replace(b"<f4", b"|O")), "objects of Python"),
        (npy(F4.replace(b"<f4", b"<c8")), "dtype 'c8'"),
        (npy(F4.replace(b"'shape'", b"'descr'")), "not read"),
        (npy(F4.replace(b"<f4", b"<f4', 'descr': '<f8")), "not read"),
        (npy(b"{" * 70000, version=2), "at most"),
        (npy(F4, b"1234", version=7), "no array"),
        (b"hello", "no array"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(zip_bytes({"a.npy": data}))


def test_objects_are_refused_and_not_unpickled() -> None:
    with pytest.raises(FormatError, match="objects of Python, which are pickles"):
        read(saved(a=np.array([{}, None], dtype=object)))


def test_weights_of_a_model(tmp_path: Path) -> None:
    one, other = (pw.Sequential([pw.layers.Dense(3, input_shape=(4,), name="a")]) for _ in range(2))
    path = tmp_path / "line.npz"
    one.save_weights(path)
    with np.load(path) as theirs:
        np.testing.assert_array_equal(theirs["a/kernel"], one.get_weights()[0])
    other.load_weights(path)
    np.testing.assert_array_equal(other.get_weights()[0], one.get_weights()[0])
    assert pw.inspect(path).format == "npz"
    small = quantised(Weight.of(one.get_weights()[0]), "uint8")
    with pytest.raises(ValueError, match="no place for its scale"):
        npz.write(Stored(None, {"a/kernel": small}, {}))
