"""host/stores: the same cases for every store; whole or not at all on a full disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from store_cases import CASES, MODEL, OTHER, OUTSIDE, contents, refused

from pywebml.host.files import FormatError
from pywebml.host.stores import (
    STORES,
    AtHand,
    Blocking,
    Files,
    Memory,
    Zip,
    open_store,
    staged,
    zip_bytes,
)
from pywebml.host.stores.files import copy
from pywebml.host.stores.http import fetch
from pywebml.host.waiting import at_once, run_sync


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, appauthor: tmp_path / name)


OPENERS: dict[str, Callable[[Path], Callable[[str], Any]]] = {
    "folder": lambda scratch: lambda name: open_store(scratch / name),
    "zip": lambda scratch: lambda name: open_store(str(scratch / f"{name}.zip")),
    "file": lambda scratch: lambda name: open_store((scratch / name).as_uri()),
    "cache": lambda scratch: lambda name: open_store(f"cache://{name}"),
}
IN_A_PAGE = {"indexeddb", "localstorage", "opfs", "downloads"}  # tests/tab/test_stores.py
READ_ONLY = {"http", "https"}  # below


def test_every_store_has_its_cases() -> None:
    assert {store.name for store in STORES} == {*OPENERS, *IN_A_PAGE, *READ_ONLY} & {
        store.name for store in STORES
    }
    for store in STORES:
        assert (store.name in OPENERS) == (store.writes and store.tab is not True)
        assert (store.name in IN_A_PAGE) == (store.tab is True)
        assert (store.name in READ_ONLY) == (not store.writes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
@pytest.mark.parametrize("store", OPENERS)
def test_stores(store: str, case: Any, tmp_path: Path) -> None:
    asyncio.run(case(OPENERS[store](tmp_path)))


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size`: the system answers like a full disk."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


@pytest.mark.parametrize("store", OPENERS)
def test_on_a_full_disk_all_is_as_it_was(store: str, tmp_path: Path) -> None:
    files = OPENERS[store](tmp_path)("m")
    noise = b"".join(hashlib.sha256(bytes([i % 256, i // 256])).digest() for i in range(4096))

    async def job() -> None:
        with full_disk(1 << 16):
            await refused(OSError, files.write({"small": b"1", "big": noise}))
            await refused(FileNotFoundError, files.list())
            await files.write(MODEL)
            await refused(OSError, files.write({**OTHER, "big": noise}))
            assert await contents(files) == MODEL
        await files.write({**OTHER, "big": noise})
        assert await contents(files) == {**OTHER, "big": noise}

    asyncio.run(job())
    assert not list(tmp_path.rglob(".*")), "something was left over"


def test_a_folder_changes_back_where_one_file_cannot_take_its_place(tmp_path: Path) -> None:
    files = open_store(tmp_path / "m")
    run_sync(files.write({"a": b"old", "b/c": b"old"}))
    with pytest.raises(OSError):
        run_sync(files.write({"a": b"new", "z": b"new", "b": b"a folder of this name is there"}))
    assert run_sync(contents(files)) == {"a": b"old", "b/c": b"old"}


def test_files_come_one_by_one_and_nobody_sees_half_of_them(tmp_path: Path) -> None:
    files = open_store(tmp_path / "data")

    async def job() -> None:
        stage = await staged(files)
        await stage.add("a", b"1")
        await refused(FileNotFoundError, files.list())
        await refused(FormatError, stage.add("../b", b"2"), "leads out")
        await stage.drop()
        await refused(FileNotFoundError, files.list())
        stage = await staged(files)
        for path, data in MODEL.items():
            await stage.add(path, data)
        await stage.finish()
        assert await contents(files) == MODEL
        await refused(OSError, staged(open_store(tmp_path / "m.zip")), "give a folder")

    asyncio.run(job())
    assert not list(tmp_path.rglob(".*")), "something was left over"


def test_a_path_as_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_sync(open_store((tmp_path / "50 % Größe").as_uri()).write(MODEL))
    assert run_sync(contents(open_store(tmp_path / "50 % Größe"))) == MODEL
    monkeypatch.chdir(tmp_path)
    run_sync(open_store("file://./here").write(MODEL))  # as TensorFlow.js has it in Node
    assert sorted(os.listdir("here")) == sorted(MODEL)
    assert at_once(open_store("file://here/model.json").list()) == ["model.json"]


def test_what_is_opened(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.json").write_bytes(b"{}")
    (tmp_path / "m" / "weights.bin").write_bytes(b"1234")
    (tmp_path / "m.zip").write_bytes(zip_bytes({"in/a": b"1", "__MACOSX/in/._a": b"2"}))
    for where, names in (
        (tmp_path / "m", ["model.json", "weights.bin"]),
        (tmp_path / "m" / "model.json", ["model.json"]),
        (str(tmp_path / "m.zip"), ["in/a"]),
        ((tmp_path / "m.zip").read_bytes(), ["in/a"]),
        (b"some bytes", ["file"]),
        ({"a": b"1"}, ["a"]),
    ):
        files = open_store(where)
        assert isinstance(files, Files)
        assert at_once(files.list()) == names
        assert open_store(files) is files
    beside = open_store(tmp_path / "m" / "model.json")
    assert at_once(beside.read("weights.bin")) == b"1234"
    with pytest.raises(ValueError, match=r"'gopher://'; expected a path, or one of file://"):
        open_store("gopher://x")
    with pytest.raises(OSError, match="can only be read"):
        at_once(open_store(b"some bytes").write({"a": b"1"}))


def test_the_blocking_twin(tmp_path: Path) -> None:
    files = Blocking(open_store(tmp_path / "m"))
    files.write(MODEL)
    assert files.list() == sorted(MODEL)
    assert files.read("weights.bin", 8) == MODEL["weights.bin"]
    files.remove()
    assert not (tmp_path / "m").exists()


def test_only_what_has_nothing_to_wait_for_runs_at_once() -> None:
    with pytest.raises(RuntimeError, match="has to wait"):
        at_once(asyncio.sleep(0))


# ---- from the net ----


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "web" / "Füße").mkdir(parents=True)
    for name, data in {**OTHER, "Füße/空.txt": b"1", "m.zip": zip_bytes({"in/a": b"1"})}.items():
        (tmp_path / "web" / name).write_bytes(data)
    handler = partial(Handler, directory=tmp_path / "web")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_an_address_has_one_file_and_those_beside_it(served: str, tmp_path: Path) -> None:
    files = open_store(f"{served}model.json")

    async def job() -> None:
        assert await files.list() == ["model.json"]
        assert await files.read("model.json") == MODEL["model.json"]
        assert await files.read("weights.bin", 8) == OTHER["weights.bin"]
        assert await files.read("Füße/空.txt") == b"1"
        await refused(FormatError, files.read("weights.bin", 7), "more than the 7")
        await refused(ConnectionError, files.read("gone.bin"), "gone.bin")
        for name in OUTSIDE:
            await refused(FormatError, files.read(name), "leads out")
        await refused(OSError, files.write(MODEL), "can only be read")
        await refused(OSError, files.remove(), "can only be read")
        await copy(files, open_store(tmp_path / "copied"))
        assert await open_store(f"{served}m.zip").read("in/a") == b"1"
        assert await open_store(f"{served}m.zip").list() == ["in/a"]

    asyncio.run(job())
    assert (tmp_path / "copied" / "model.json").read_bytes() == MODEL["model.json"]


def test_what_is_fetched_is_bounded_checked_and_told(served: str) -> None:
    told: list[tuple[int, int | None]] = []
    data, url = MODEL["model.json"], f"{served}model.json"
    sum_of_it = hashlib.sha256(data).hexdigest()
    assert fetch(url, sha256=sum_of_it, progress=lambda *done: told.append(done)) == data
    assert told[-1] == (len(data), len(data))
    with pytest.raises(FormatError, match="not the file that was expected"):
        fetch(url, sha256="0" * 64)
    with pytest.raises(FormatError, match="more than the 10 that are read"):
        fetch(url, 10)
    with pytest.raises(ConnectionError, match="gone: it answers 404 File not found"):
        fetch(f"{served}gone")
    with pytest.raises(ValueError, match=r"expected an http\(s\) URL"):
        fetch("file:///etc/passwd")


def test_memory_and_zips_are_files_too() -> None:
    for inner in (Memory(OTHER), Zip(zip_bytes(OTHER))):
        assert at_once(contents(AtHand(inner))) == OTHER
