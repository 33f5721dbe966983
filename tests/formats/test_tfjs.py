"""formats/wire/tfjs: bytes to plain data and back, and the two ways of decoding. What
TensorFlow.js itself reads and writes: test_layers_models.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.formats.wire import tfjs
from pywebml.formats.wire.stored import Quantization, Stored, Topology, Weight
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store
from pywebml.host.waiting import at_once

HERE = Path(__file__).parent / "written_before"
TOPOLOGY = Topology("keras", {"class_name": "Sequential", "config": {"layers": []}})


def read(where: Any) -> Stored:
    return at_once(tfjs.read(open_store(where)))


def test_a_real_file() -> None:
    stored = read(HERE / "small_network")
    assert stored.topology is not None
    assert stored.topology.kind == "keras"
    assert stored.metadata["generatedBy"] == "pywebml 0.1.0"
    assert stored.weights["stem/kernel"].shape == (3, 3, 3, 8)
    assert len(stored.weights) == 11
    assert sum(len(w.data) for w in stored.weights.values()) == 6000
    assert read(HERE / "small_network" / "model.json") == stored


def test_what_is_written_is_read() -> None:
    rng = np.random.default_rng(0)
    weights = {
        "a/kernel": Weight.of(rng.normal(size=(3, 2)).astype(np.float32)),
        "a/quantised": Weight((5,), "float32", bytes(range(5)), Quantization("uint8", 0.1, -1.0)),
        "a/half": Weight((2,), "float32", np.ones(2, "<f2").tobytes(), Quantization("float16")),
        "a/count": Weight.of(np.array(7, np.int32)),
        "a/none": Weight.of(np.zeros((0, 3), np.float32)),
    }
    files = tfjs.write(Stored(TOPOLOGY, weights, {"userDefinedMetadata": {"labels": ["ü"]}}))
    again = read(files)
    assert again.metadata["userDefinedMetadata"] == {"labels": ["ü"]}
    for name, weight in weights.items():
        assert again.weights[name]._replace(data=b"") == weight._replace(data=b"")
        np.testing.assert_array_equal(again.weights[name].array(), weight.array())
    assert tfjs.write(again) == files
    with pytest.raises(ValueError, match="needs a topology"):
        tfjs.write(Stored(None, weights, {}))


def test_both_hands_decode_the_same() -> None:
    rng = np.random.default_rng(1)
    for scale, low in ((0.0123, -1.57), (1 / 127, -1.0), (3e-9, 1e5)):
        data = rng.integers(0, 256, 600, np.uint8).tobytes()
        weight = Weight((20, 30), "float32", data, Quantization("uint8", scale, low))
        assert weight.is_plain
        plain = weight.plain()
        assert (plain.shape, plain.format) == ((20, 30), "f")
        np.testing.assert_array_equal(np.asarray(plain), weight.array())
    values = rng.normal(size=(4, 5)).astype(np.float32)
    for weight in (Weight.of(values), Weight.of(memoryview(values))):
        np.testing.assert_array_equal(np.asarray(weight.plain()), values)
        np.testing.assert_array_equal(weight.array(), values)
    half = Weight.of(values, "float16")
    assert not half.is_plain
    assert half.decoded().dtype == np.float16
    with pytest.raises(FormatError, match="stored as float16; expected float32"):
        half.plain()


def test_bfloat16_and_scalars() -> None:
    bits = (np.array([1.5, -2.0], np.float32).view(np.uint32) >> 16).astype("<u2")
    weight = Weight((2,), "bfloat16", bits.tobytes())
    np.testing.assert_array_equal(weight.array(), np.array([1.5, -2.0], np.float32))
    assert Weight((), "float32", np.float32(3).tobytes()).plain().tolist() == [3.0]
    assert Weight((0, 2), "float32", b"").array().shape == (0, 2)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({"model.json"}, "model.json"),
        ({"a/model.json", "a/b.bin"}, "a/model.json"),
        ({"model.json", "old/model.json"}, "model.json"),
        ({"hands.json"}, "hands.json"),
        ({"a/model.json", "b/model.json"}, None),
        ({"a.json", "b.json"}, None),
        ({"weights.h5"}, None),
        (set(), None),
    ],
)
def test_which_file_is_the_document(names: set[str], found: str | None) -> None:
    files = open_store(dict.fromkeys(names, b"{}"))
    assert at_once(tfjs.knows(files)) == (found is not None)
    with pytest.raises(FormatError, match=f"^{found} in " if found else "expected one model"):
        at_once(tfjs.read(files))


def test_shards_lie_beside_the_document() -> None:
    weights = {"a": Weight.of(np.arange(4, dtype=np.float32))}
    files = tfjs.write(Stored(TOPOLOGY, weights, {}))
    document = json.loads(files["model.json"])
    document["weightsManifest"][0]["paths"] = ["one", "two"]
    data = files["weights.bin"]
    inside = {"m/model.json": json.dumps(document).encode(), "m/one": data[:5], "m/two": data[5:]}
    assert read(inside).weights["a"].plain().tolist() == [0, 1, 2, 3]
    for lie in ("../up", "/etc/passwd", "a\\b"):
        document["weightsManifest"][0]["paths"] = [lie]
        with pytest.raises(FormatError, match="leads out of its folder"):
            read({**inside, "m/model.json": json.dumps(document).encode()})


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    files = tfjs.write(Stored(TOPOLOGY, {"a": Weight.of(np.zeros(4, np.float32))}, {}))
    monkeypatch.setattr(tfjs, "MAX_WEIGHTS", 15)
    with pytest.raises(FormatError, match="more than the 15 that are read"):
        read(files)
    monkeypatch.undo()
    monkeypatch.setattr(tfjs, "MAX_JSON", 20)
    with pytest.raises(FormatError, match="more than the 20 that are read"):
        read(files)
    monkeypatch.undo()
    document = json.loads(files["model.json"])
    for shape in ([2**40] * 64, [1] * 65, [1.0], [True], "12", None, [-1]):
        document["weightsManifest"][0]["weights"][0]["shape"] = shape
        with pytest.raises(FormatError, match="needs"):
            read({**files, "model.json": json.dumps(document).encode()})
