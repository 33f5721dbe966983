"""Files from the net, served from this machine."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pywebml.utils import get_file


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """(a folder, the address it is at)."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_it_is_downloaded_once(served: tuple[Path, str], tmp_path: Path) -> None:
    (folder, url), cache = served, tmp_path / "cache"
    (folder / "words.txt").write_bytes(b"hello")
    sum_ = sha(b"hello")
    path = Path(get_file(origin=f"{url}/words.txt", file_hash=sum_, cache_dir=cache))
    assert path == cache / "datasets" / "words.txt"
    assert path.read_bytes() == b"hello"
    (folder / "words.txt").unlink()
    assert get_file(origin=f"{url}/words.txt", file_hash=sum_, cache_dir=cache) == str(path)
    with pytest.raises(ConnectionError, match=r"words\.txt"):
        get_file(None, f"{url}/words.txt", file_hash=sum_, cache_dir=cache, force_download=True)
    (folder / "words.txt").write_bytes(b"hello")
    path.write_bytes(b"changed")  # and so it is no longer the one
    md5 = hashlib.md5(b"hello").hexdigest()
    get_file("words.txt", f"{url}/words.txt", md5_hash=md5, cache_dir=cache)
    assert path.read_bytes() == b"hello"


def test_another_file_leaves_nothing(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    (folder / "a.bin").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"has sha256 .* expected"):
        get_file(origin=f"{url}/a.bin", file_hash="0" * 64, cache_dir=tmp_path / "cache")
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "content")
    return out.getvalue()


def tarred(name: str, link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 7
        archive.addfile(entry, io.BytesIO(b"content"))
        if link:
            entry = tarfile.TarInfo("link")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
    return out.getvalue()


@pytest.mark.parametrize(
    ("fname", "archive", "folder"),
    [
        ("a.zip", zipped("x/y.txt"), "a_extracted"),
        ("a.tgz", tarred("x/y.txt", "/etc/passwd"), "a_extracted"),
        ("all", tarred("x/y.txt"), "all"),
    ],
)
def test_archives(
    served: tuple[Path, str], tmp_path: Path, fname: str, archive: bytes, folder: str
) -> None:
    at, url = served
    (at / "file").write_bytes(archive)
    for _ in range(2):
        path = Path(
            get_file(fname, f"{url}/file", file_hash=sha(archive), extract=True, cache_dir=tmp_path)
        )
        assert path == tmp_path / "datasets" / folder
        assert (path / "x" / "y.txt").read_bytes() == b"content"
        assert not (path / "link").exists()


@pytest.mark.parametrize(
    "archive",
    [zipped("../out"), tarred("../out"), tarred("/out"), b"none"],
    ids=["zip", "tar", "rooted", "none"],  # their bytes have a date
)
def test_archives_that_lead_out_or_are_none(
    served: tuple[Path, str], tmp_path: Path, archive: bytes
) -> None:
    at, url = served
    (at / "f").write_bytes(archive)
    with pytest.raises(ValueError, match=r"leads out|no archive"):
        get_file("a.x", f"{url}/f", file_hash=sha(archive), extract=True, cache_dir=tmp_path / "c")
    assert not (tmp_path / "c" / "datasets" / "a_extracted").exists()
    assert not (tmp_path / "c" / "datasets" / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "origin"),
        ({"origin": "http://a/b"}, "file_hash"),
        ({"origin": "http://a/b", "file_hash": "xyz"}, "64 hexadecimal"),
        ({"origin": "http://a/b", "file_hash": "0" * 32, "hash_algorithm": "sha256"}, "64"),
        ({"origin": "http://a/b", "file_hash": "0" * 64, "hash_algorithm": "crc"}, "'crc'"),
        ({"origin": "http://a/", "file_hash": "0" * 64}, "file's name"),
        ({"origin": "http://a/b", "fname": "../b", "file_hash": "0" * 64}, "file's name"),
    ],
)
def test_refusals(options: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        get_file(**options)  # type: ignore[arg-type]
