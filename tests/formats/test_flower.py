"""Flower's objects: as Flower's own package writes and reads them, and within bounds."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from pywebml.formats.wire import flower
from pywebml.formats.wire.protobuf import Reader, written
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError

ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.zeros(3, np.float32),
    np.array(2.5, np.float32),
]
CONFIG = {
    "lr": 0.5, "round": -3, "large": 2**62, "on": True, "name": "a b", "raw": b"\0\1",
    "rates": [0.5, -1.0], "steps": [1, -2], "flags": [True, False], "words": ["x", ""],
}  # fmt: skip


def weights() -> dict[str, Weight]:
    return {str(i): Weight.of(array) for i, array in enumerate(ARRAYS)}


def test_flowers_own_records_are_read() -> None:
    app = pytest.importorskip("flwr.app", reason="Flower's own objects")
    objects = pytest.importorskip("flwr.supercore.inflatable.inflatable_object")
    arrays = app.ArrayRecord(ARRAYS)
    records = app.RecordDict({"arrays": arrays, "config": app.ConfigRecord(CONFIG)})
    contents = {
        name: each.deflate() for name, each in objects.get_all_nested_objects(records).items()
    }
    read = flower.read_records(contents, records.object_id)
    assert read["config"] == CONFIG
    for ours, array in zip(read["arrays"].values(), ARRAYS, strict=True):
        np.testing.assert_array_equal(ours.array(), array)
    tree = objects.get_object_tree(records)
    assert flower.tree_ids(Reader(tree.SerializeToString()).message(flower.TREE)) == list(contents)


def test_the_same_records_are_the_same_objects_as_flowers() -> None:
    app = pytest.importorskip("flwr.app", reason="Flower's own objects")
    metrics = {"num-examples": 12, "accuracy": 0.75, "delta": -4}
    theirs = app.RecordDict(
        {"arrays": app.ArrayRecord(ARRAYS), "metrics": app.MetricRecord(metrics)}
    )
    ours = flower.Written().records({"arrays": weights(), "metrics": metrics})
    assert ours["object_id"] == theirs.object_id


def test_large_arrays_travel_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flower, "CHUNK", 64)
    array = np.repeat(np.arange(40, dtype=np.float32), 16)  # 40 chunks of 64 bytes, and a header
    out = flower.Written()
    tree = out.records({"arrays": {"0": Weight.of(array)}})
    read = flower.read_records(out.contents, tree["object_id"])
    np.testing.assert_array_equal(read["arrays"]["0"].array(), array)
    same = flower.Written()
    zeros = same.records({"arrays": {"0": Weight.of(np.zeros(4096, np.float32))}})
    assert len(same.contents) < 8  # equal chunks are one object
    read = flower.read_records(same.contents, zeros["object_id"])
    assert read["arrays"]["0"].shape == (4096,)


def content(kind: str, children: list[str], body: bytes) -> tuple[str, bytes]:
    data = f"{kind} {','.join(children)} {len(body)}\0".encode() + body
    return hashlib.sha256(data).hexdigest(), data


def refusal(*objects: tuple[str, bytes]) -> str:
    with pytest.raises(FormatError) as error:
        flower.read_records(dict(objects), objects[-1][0])
    return str(error.value)


def test_what_is_no_record_is_refused_in_words() -> None:
    chunk = content("ArrayChunk", [], b"x")
    assert "came with other bytes" in refusal((chunk[0], b"ArrayChunk  1\0y"))
    assert "is a ArrayChunk; expected a RecordDict" in refusal(chunk)
    assert "names others" in refusal(content("RecordDict", [], b'{"arrays": "0"}'))
    lost = content("RecordDict", ["0" * 64], ('{"arrays": "' + "0" * 64 + '"}').encode())
    assert "object 000000000000 is missing" in refusal(lost)
    assert "is no head" in refusal((hashlib.sha256(b"abc").hexdigest(), b"abc"))


def test_one_chunk_named_again_and_again_takes_no_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(flower, "MAX_UPDATE", 1000)
    chunk = content("ArrayChunk", [], bytes(100))
    array = content("Array", [chunk[0]], b'{"arraychunk_ids": [%s0]}' % (b"0," * 999))
    arrays = content("ArrayRecord", [array[0]], f'{{"0": "{array[0]}"}}'.encode())
    top = content("RecordDict", [arrays[0]], f'{{"arrays": "{arrays[0]}"}}'.encode())
    assert "more than 1,000 bytes" in refusal(chunk, array, arrays, top)


def test_trees_are_bounded() -> None:
    leaf: dict[str, Any] = {"object_id": "0" * 64}
    assert flower.tree_ids({**leaf, "children": [leaf, leaf]}) == ["0" * 64]
    with pytest.raises(FormatError, match="more than 1,000 objects"):
        flower.tree_ids({**leaf, "children": [leaf] * 1000})
    with pytest.raises(FormatError, match=r"an object called '\.\./x'"):
        flower.tree_ids({"object_id": "../x"})
    deep = leaf
    for _ in range(200):
        deep = {"object_id": "0" * 64, "children": [deep]}
    with pytest.raises(FormatError, match="100 deep"):
        Reader(written(deep, flower.TREE)).message(flower.TREE)
