"""Data sets kept in files: the same elements, in shards, whole or not at all; and what
others may have made of the files.
"""

from __future__ import annotations

import json
import random
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.data import shards
from pywebml.host.files import FormatError


def same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = tuple(one.values()), tuple(other.values())
    if isinstance(one, tuple):
        assert isinstance(other, tuple)
        for a, b in zip(one, other, strict=True):
            same(a, b)
        return
    one = np.asarray(one.numpy() if isinstance(one, pw.Tensor) else one)
    other = np.asarray(other)
    assert (one.dtype, one.shape) == (other.dtype, other.shape)
    assert one.tobytes() == other.tobytes()


KINDS = {
    "numbers": [np.int64(3), np.int64(-7)],
    "pairs": [(np.full((2, 3), i, np.float32), np.uint8(i)) for i in range(5)],
    "dicts": [{"x": (np.float16(1.5), np.arange(3.0)), "y": np.bool_(True)}],
    "texts": [np.asarray("Größe"), np.asarray(["a", "空"]), np.asarray(b"bytes")],
    "of many shapes": [np.arange(i, dtype=np.int32) for i in (0, 3, 3, 1, 0)],
    "complex": [np.asarray([1 + 2j], np.complex64)],
    "tensors": [(pw.tensor([1.0, 2.0]), np.asarray(1))],
    "none": [],
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_elements_come_back(kind: str, tmp_path: Path) -> None:
    elements = KINDS[kind]
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        yield from elements

    data = pw.data.Dataset.from_generator(make).cache(tmp_path / "set")
    for _ in range(2):  # as they are made, and as they are read
        for one, other in zip(elements, data, strict=True):
            same(one, other)
    again = pw.data.Dataset.range(99).cache(str(tmp_path / "set"))  # as a later program has it
    assert len(list(again)) == len(elements)
    assert len(made) == 1


def test_nothing_is_there_before_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD", 1000)
    data = pw.data.Dataset.range(1000).cache(tmp_path / "set")
    for count, _ in enumerate(data):
        if count == 900:
            break
    assert not list(tmp_path.iterdir()), "half a data set was left"

    def fails() -> Any:
        yield from range(900)
        raise KeyError("broken")

    with pytest.raises(KeyError, match="broken"):
        list(pw.data.Dataset.from_generator(fails).cache(tmp_path / "set"))
    assert not list(tmp_path.iterdir())
    assert len(list(data)) == 1000
    assert len(list((tmp_path / "set").iterdir())) > 5, "it comes in shards"
    assert [int(n) for n in data] == list(range(1000))


def test_it_trains_as_what_it_was_made_of(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(64, 3)).astype(np.float32)
    y = x @ np.ones((3, 1), np.float32)
    losses = []
    for where in ("", str(tmp_path / "set")):
        pw.set_seed(1)
        model = pw.Sequential([pw.layers.Dense(1, input_shape=(3,))])
        model.compile("sgd", "mse")
        data = pw.data.Dataset.from_tensor_slices((x, y)).cache(where).shuffle(64, seed=1).batch(16)
        losses.append(model.fit_sync(data, epochs=3, verbose=0).history["loss"])
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    def cached(*elements: Any) -> Any:
        return list(pw.data.Dataset.from_generator(lambda: elements).cache(tmp_path / "set"))

    with pytest.raises(TypeError, match="arrays of object cannot be written"):
        cached(np.asarray([object()], object))
    with pytest.raises(TypeError, match="keys of elements are texts"):
        cached({1: np.ones(2)})
    with pytest.raises(ValueError, match="element 1 has another structure"):
        cached(np.ones(2), (np.ones(2),))
    with pytest.raises(OSError, match="give a folder, or in a browser opfs://NAME"):
        list(pw.data.Dataset.range(3).cache("https://host/set"))
    with pytest.raises(OSError, match="give a folder, or in a browser opfs://NAME"):
        list(pw.data.Dataset.range(3).cache(tmp_path / "set.zip"))
    assert not list(tmp_path.iterdir())


def test_forgotten_but_not_with_what_is_not_ours(tmp_path: Path) -> None:
    list(pw.data.Dataset.range(3).cache(tmp_path / "set.v1"))  # a folder, with a dot, too
    assert sorted(p.name for p in (tmp_path / "set.v1").iterdir())[0] == "dataset.json"
    pw.data.forget((tmp_path / "set.v1").as_uri())
    list(pw.data.Dataset.range(3).cache(tmp_path / "set"))
    (tmp_path / "set" / "letter.txt").write_text("mine")
    with pytest.raises(OSError, match="other files, too, such as 'letter"):
        pw.data.forget(tmp_path / "set")
    (tmp_path / "set" / "letter.txt").unlink()
    pw.data.forget(tmp_path / "set")
    assert not (tmp_path / "set").exists()
    with pytest.raises(FileNotFoundError, match="no data set is kept"):
        pw.data.forget(tmp_path / "set")


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """Bytes at random places of a shard whose sum is put right, and of the index."""
    elements = [(np.arange(i % 3, dtype=np.float32), np.uint8(i)) for i in range(9)]
    folder = tmp_path / "set"
    list(pw.data.Dataset.from_generator(lambda: elements).cache(folder))
    data = pw.data.Dataset.range(0).cache(folder)
    shard, index = folder / "shard-00000.bin", folder / "dataset.json"
    whole, said = shard.read_bytes(), json.loads(index.read_text())
    shard.write_bytes(whole[:-1] + b"!")
    with pytest.raises(FormatError, match="is damaged; remove the data set"):
        list(data)
    chance = random.Random(0)
    outcomes = {"read": 0, "refused": 0}
    for turn in range(150):
        broken = bytearray(whole if turn % 2 else json.dumps(said).encode())
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] = chance.choice(b'0179[]{}",:\x00\xff')
        if turn % 2:
            shard.write_bytes(broken)
            sums = [["shard-00000.bin", len(broken), zlib.crc32(broken)]]
            index.write_text(json.dumps({**said, "shards": sums}))
        else:
            shard.write_bytes(whole)
            index.write_bytes(broken)
        try:
            list(data)
            outcomes["read"] += 1
        except FormatError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 75, outcomes
