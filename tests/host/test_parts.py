"""host/stores/parts: bytes that are read when somebody looks into them."""

from __future__ import annotations

import os
import random
import zipfile
from pathlib import Path

import pytest

from pywebml.host.files import FormatError
from pywebml.host.stores import Zip, open_store
from pywebml.host.stores.files import part_of
from pywebml.host.stores.folders import SAMPLE, zip_bytes
from pywebml.host.stores.parts import BLOCK, LARGE, Part, Stream, joined, sha256_of_data
from pywebml.host.waiting import at_once

DATA = random.Random(0).randbytes(3 * LARGE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "large.bin").write_bytes(DATA)
    return tmp_path / "large.bin"


def test_slices_are_those_of_the_bytes(path: Path) -> None:
    part, rng = Part.of_file(path), random.Random(1)
    pieces = Part.joined([DATA[:10], part[10:500_000], memoryview(DATA)[500_000:]])
    for _ in range(300):
        begin, end = rng.randrange(-9, len(DATA) + 9), rng.randrange(-9, len(DATA) + 9)
        size = rng.choice([3, BLOCK // 4, BLOCK, end])
        for place in (slice(begin, begin + size), slice(begin, end), slice(None, end)):
            for each in (part, pieces):
                assert len(each[place]) == len(DATA[place])
                assert bytes(each[place][5:-5]) == DATA[place][5:-5]
    assert bytes(part[7:7]) == b"" and part.startswith((b"no", DATA[:4]))


def test_a_large_file_is_read_later_and_a_small_one_now(path: Path) -> None:
    path.with_name("small.bin").write_bytes(b"small")
    files = open_store(path.parent)
    assert at_once(part_of(files, "small.bin")) == b"small"
    part = at_once(part_of(files, "large.bin"))
    assert isinstance(part, Part) and sha256_of_data(part) == sha256_of_data(DATA)
    with pytest.raises(FormatError, match="more than the 99"):
        at_once(part_of(files, "large.bin", 99))
    path.unlink()
    assert bytes(part[-4:]) == DATA[-4:]


def test_a_file_that_becomes_shorter_is_refused(path: Path) -> None:
    part = Part.of_file(path)
    os.truncate(path, 100_000)
    assert bytes(part[99_990:100_000]) == DATA[99_990:100_000]
    for begin, end in ((99_990, 100_010), (0, len(DATA)), (2 * LARGE, 3 * LARGE)):
        with pytest.raises(FormatError, match=r"large\.bin became shorter while it was read"):
            part[begin:end].read()


def zipped(path: Path, method: int) -> Path:
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr("first.txt", "first")
        file.writestr("large.bin", DATA)
    return archive


def test_what_lies_in_a_zip_as_it_is_is_read_where_it_lies(path: Path) -> None:
    archive = zipped(path, zipfile.ZIP_STORED)
    for source in (archive, archive.read_bytes(), Part.of_file(archive)):
        part = Zip(source).part("large.bin")
        assert isinstance(part, Part) and bytes(part) == DATA
        assert Zip(source).read("large.bin") == DATA and Zip(source).part("first.txt") == b"first"
    packed = zipped(path, zipfile.ZIP_DEFLATED)
    assert Zip(packed).part("large.bin") == DATA


def test_what_hardly_shrinks_lies_in_a_zip_as_it_is() -> None:
    weights = random.Random(1).randbytes(SAMPLE)
    files = {"weights.bin": weights, "zeros.bin": bytes(SAMPLE), "short.bin": weights[:-1]}
    packed = Zip(zip_bytes(files))
    assert {name: entry.compress_type for name, entry in packed.entries.items()} == {
        "weights.bin": zipfile.ZIP_STORED,
        "zeros.bin": zipfile.ZIP_DEFLATED,
        "short.bin": zipfile.ZIP_DEFLATED,
    }
    assert {name: packed.read(name) for name in files} == files


@pytest.mark.parametrize("place", ["the data", "the head"])
def test_a_damaged_zip_is_refused_as_when_it_is_read_at_once(path: Path, place: str) -> None:
    archive = zipped(path, zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    at = data.index(DATA[:50])
    data[at + 2_000_000 if place == "the data" else at - 12] ^= 1
    archive.write_bytes(data)
    for look in (Zip(archive).read, Zip(archive).part, Zip(bytes(data)).part):
        with pytest.raises(FormatError, match=r"'large\.bin' in .* cannot be read"):
            look("large.bin")


def test_a_stream_is_as_a_file(path: Path) -> None:
    stream = Stream(Part.of_file(path))
    stream.seek(-10, os.SEEK_END)
    assert stream.read() == DATA[-10:] and stream.read(5) == b""
    stream.seek(5)
    stream.seek(1, os.SEEK_CUR)
    assert (stream.read(4), stream.tell()) == (DATA[6:10], 10)
    with pytest.raises(ValueError, match="negative seek"):
        stream.seek(-1)


def test_pieces_in_memory_are_joined_there() -> None:
    assert joined([b"ab", b"c"]) == b"abc" and joined([b"ab"]) == b"ab"
    part = joined([b"ab", Part.joined([b"c"])])
    assert isinstance(part, Part) and bytes(part) == b"abc"
