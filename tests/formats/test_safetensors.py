"""formats/wire/safetensors: its own reader reads what we write, we read what it writes,
and what the format forbids is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.formats.wire import safetensors
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store
from pywebml.host.waiting import at_once

RNG = np.random.default_rng(0)
EVERY = {
    "a/wide": RNG.normal(size=(2, 3)),
    "a/kernel": RNG.normal(size=(3, 2)).astype(np.float32),
    "a/half": RNG.normal(size=5).astype(np.float16),
    "count": np.array(-(2**40)),
    "i32": np.array([[1], [-(2**31)]], np.int32),
    "i16": np.array([-3], np.int16),
    "i8": np.array([-128, 127], np.int8),
    "u32": np.array([2**32 - 1], np.uint32),
    "u16": np.array([65535, 0], np.uint16),
    "ü": np.arange(7, dtype=np.uint8),
    "flags": np.array([True, False, True]),
    "none": np.zeros((0, 3), np.float32),
}


def read(data: Any) -> Stored:
    return at_once(safetensors.read(open_store(data)))


def file(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(begin: int, end: int, dtype: str = "F32", shape: Any = None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape or [(end - begin) // 4], "data_offsets": [begin, end]}


def test_every_dtype_there_and_back() -> None:
    stored = Stored(None, {n: Weight.of(a) for n, a in EVERY.items()}, {"made by": "us"})
    (data,) = safetensors.write(stored).values()
    again = read(data)
    assert list(again.weights) == list(EVERY) and again.metadata == {"made by": "us"}
    for name, array in EVERY.items():
        assert again.weights[name].dtype == array.dtype.name
        assert bytes(again.weights[name].data) == array.tobytes()
        assert again.weights[name].shape == array.shape
    assert safetensors.write(again) == {"model.safetensors": data}
    bits = Weight((2,), "bfloat16", b"\xc0\x3f\x00\xc0")
    (data,) = safetensors.write(Stored(None, {"b": bits}, {})).values()
    assert bytes(read(data).weights["b"].data) == bits.data
    assert read(data).weights["b"].array().tolist() == [1.5, -2.0]


def test_its_own_reader_and_writer() -> None:
    theirs = pytest.importorskip("safetensors.numpy", reason="the format's own library")
    (data,) = safetensors.write(
        Stored(None, {n: Weight.of(a) for n, a in EVERY.items()}, {})
    ).values()
    for name, array in theirs.load(data).items():
        np.testing.assert_array_equal(array, EVERY[name])
        assert array.dtype == EVERY[name].dtype
    again = read(theirs.save(EVERY, metadata={"format": "np"}))
    assert again.metadata == {"format": "np"} and set(again.weights) == set(EVERY)
    for name, weight in again.weights.items():
        assert bytes(weight.data) == EVERY[name].tobytes()
    small = quantised(Weight.of(EVERY["a/kernel"]), "uint8", axis=1)
    (data,) = safetensors.write(Stored(None, {"k": small}, {})).values()
    assert theirs.load(data)["k"].tobytes() == bytes(small.data)


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16"])
def test_quantised_weights_come_back(kind: str, axis: int | None) -> None:
    small = quantised(Weight.of(EVERY["a/kernel"]), kind, axis)
    (data,) = safetensors.write(Stored(None, {"k": small}, {})).values()
    again = read(data).weights["k"]
    np.testing.assert_array_equal(again.array(), small.array())
    assert again.stored_as == kind and (kind == "float16" or again == small)
    step = np.ptp(EVERY["a/kernel"]) / {"uint8": 255, "uint16": 65535, "float16": 1024}[kind]
    np.testing.assert_allclose(again.array(), EVERY["a/kernel"], atol=0.501 * step)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (file({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12)), "'b' .* overlaps"),
        (file({"a": entry(0, 4), "b": entry(8, 12)}, bytes(12)), "'b' .* leaves a hole"),
        (file({"a": entry(0, 4)}, bytes(8)), "take 4 bytes, but there are 8"),
        (file({"a": entry(0, 8)}, bytes(4)), "take 8 bytes, but there are 4"),
        (file({"a": entry(0, 8, shape=[3])}, bytes(8)), "takes 12 bytes"),
        (file({"a": entry(0, 8, "F7")}, bytes(8)), "dtype 'F7'; expected one of F64"),
        (file({"a": entry(0, 8, shape=[-2])}, bytes(8)), "non-negative"),
        (file({"a": entry(0, 8, shape=[2**40, 2**40])}, bytes(8)), "at most"),
        (file({"a": {**entry(0, 4), "data_offsets": [0.0, 4]}}, bytes(4)), "data_offsets"),
        (file({"a": {**entry(0, 4), "data_offsets": [0]}}, bytes(4)), "data_offsets"),
        (file({"a": 3}), "needs 'dtype'"),
        (file(b'{"a": 1, "a": 2}'), "'a' twice"),
        (file({"__metadata__": {"a": 1}}), "must be texts"),
        (file({}, length=1 << 40), "at most"),
        (file({}, length=100), "is it whole"),
        (file(b"{not json}"), "not JSON"),
        (file({"__metadata__": {"pywebml.quantization": '{"a": {}}'}}), "no tensor"),
        (
            file(
                {
                    "__metadata__": {
                        "pywebml.quantization": json.dumps(
                            {"a": {"dtype": "float32", "scale": [1, 1], "min": [0], "axis": 0}}
                        )
                    },
                    "a": entry(0, 2, "U8", [2]),
                },
                bytes(2),
            ),
            "without a 'scale'",
        ),
    ],
)
def test_what_is_wrong_is_said(data: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(data)


def test_weights_of_a_model(tmp_path: Path) -> None:
    def model() -> pw.Model:
        net = [pw.layers.Dense(3, input_shape=(4,), name="a"), pw.layers.Dense(2, name="b")]
        return pw.Sequential(net)

    one, other = model(), model()
    path = tmp_path / "line.safetensors"
    for save in (one.save_weights, lambda where: pw.save_model(one, where)):
        save(path)
        other.set_weights([np.zeros(w.shape, np.float32) for w in other.weights])
        other.load_weights(path)
        for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert [row.name for row in pw.inspect(path).weights][:2] == ["a/kernel", "a/bias"]
    with pytest.raises(FormatError, match=r"line\.safetensors holds weights alone; build the"):
        pw.load_model(path)
    with pytest.raises(FileExistsError):
        one.save_weights(path, overwrite=False)
    wider = pw.Sequential(
        [pw.layers.Dense(3, input_shape=(4,), name="a"), pw.layers.Dense(5, name="b")]
    )
    with pytest.raises(FormatError, match=r"'b/kernel' has shape \(3, 2\), its layer expects"):
        wider.load_weights(path)
    with pytest.warns(UserWarning, match="left 2 of 4 weights as they are: b/kernel"):
        wider.load_weights(path, skip_mismatch=True)
    np.testing.assert_array_equal(wider.get_weights()[0], one.get_weights()[0])


def test_whole_numbers_for_floats_are_refused(tmp_path: Path) -> None:
    """What another program has quantised would be taken for the values themselves."""
    net = pw.Sequential([pw.layers.Dense(2, input_shape=(2,), use_bias=False, name="a")])
    weights = {"a/kernel": Weight.of(np.ones((2, 2), np.int8))}
    (data,) = safetensors.write(Stored(None, weights, {})).values()
    with pytest.raises(FormatError, match="'a/kernel' is int8 there"):
        net.load_weights(data)


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None
from array import array
from pywebml.formats.wire import npz, safetensors
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.stores import open_store
from pywebml.host.waiting import at_once

weight = Weight.of(memoryview(array("f", [-1, 0, 2, 4])))._replace(shape=(2, 2))
for form, written in (
    (safetensors, weight), (npz, weight), (safetensors, quantised(weight, "uint8"))
):
    (data,) = form.write(Stored(None, {"a/kernel": written}, {})).values()
    again = at_once(form.read(open_store(data))).weights["a/kernel"]
    assert again.plain().tolist() == [[-1, 0], [2, 4]], again.plain().tolist()
"""


def test_floats_need_no_numpy() -> None:
    """Which a browser tab may not have loaded."""
    subprocess.run([sys.executable, "-c", WITHOUT_NUMPY], check=True)
