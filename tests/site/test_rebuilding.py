"""`page build` over what is there: an older page, half of one, what is no page; killed,
and several at once.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from damages import DAMAGES
from shares import share

from pywebml.host import packages
from pywebml.host.files import UNDONE, discard
from pywebml.site import build as building
from pywebml.site import compression

BUILD = """import sys
from pywebml.site import compression
compression.codings = list  # none: that takes most of a build's time
from pywebml.site.build import build
build(sys.argv[1])"""


def site_of(folder: Path, app: str) -> Path:
    """A folder in a built page's form, whose files all say which."""
    for name in (f"app-{app}/a.js", "samples/index.json", "index.html", "sw.js", ".made-of"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(app)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_stamp_is_no_current_page(tmp_path: Path, damage: str) -> None:
    stamp = tmp_path / building.MADE_OF
    stamp.write_text(building._stamp())
    assert building.is_current(tmp_path)
    DAMAGES[damage](stamp)
    assert not building.is_current(tmp_path)
    fresh = site_of(tmp_path / f"{UNDONE}new" / "page", "b")
    building._replace(fresh, tmp_path)
    assert stamp.read_text() == "b"


def test_a_page_takes_an_older_one_s_place(tmp_path: Path) -> None:
    place = site_of(tmp_path / "page", "a")
    inode = place.stat().st_ino
    building._replace(site_of(tmp_path / "work" / "page", "b"), place)
    assert names(place) == {"app-b", "samples", "index.html", "sw.js", ".made-of"}
    assert {p.read_text() for p in place.rglob("*") if p.is_file()} == {"b"}
    assert place.stat().st_ino == inode  # whoever stands in it still does


def _killed_after(moves: int, work: Callable[[], None]) -> NoReturn:
    """Ends this process, with 0 if it comes to the end of the work before."""
    code = 1

    def counted(real: Callable[..., None], *args: Any, **options: Any) -> None:
        nonlocal moves
        if not moves:
            os._exit(9)
        moves -= 1
        real(*args, **options)

    try:
        for name in ("replace", "link", "unlink", "rename", "rmdir"):
            setattr(os, name, partial(counted, getattr(os, name)))
        work()
        code = 0
    finally:
        os._exit(code)


def test_wherever_a_build_is_killed_what_is_there_is_a_page_to_be_built_anew(
    tmp_path: Path,
) -> None:
    """Each move of a file may be the last one."""
    moves = 0
    while True:
        place = site_of(tmp_path / f"{moves}" / "page", "a")
        site = site_of(tmp_path / f"{moves}" / "work" / "page", "b")
        if (child := os.fork()) == 0:
            _killed_after(moves, lambda: building._replace(site, place))  # noqa: B023
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 9)
        building._expect_page(place)
        stamp = place / building.MADE_OF
        texts = {p.read_text() for p in place.rglob("*") if p.is_file()}
        if stamp.is_file() and stamp.read_text() == "a":
            assert texts == {"a"}
        if stamp.is_file() and stamp.read_text() == "b":
            assert {"app-b", "samples", "index.html", "sw.js"} <= names(place)
        building._replace(site_of(tmp_path / f"{moves}" / "again" / "page", "c"), place)
        assert {p.read_text() for p in place.rglob("*") if p.is_file()} == {"c"}
        if status == 0:
            break
        moves += 1
    assert moves > 5


def test_where_no_page_can_go(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ValueError, match="file is a file; name a folder for the page"):
        building.build(tmp_path / "file")
    for place in (tmp_path / "file" / "page", Path("/proc/page")):
        with pytest.raises(OSError, match=r"cannot be written: .*; name another folder"):
            building.build(place)
    assert names(tmp_path) == {"file"}


@pytest.mark.parametrize("before", share(["half a page", "nothing"], 2))
def test_processes_that_build_one_page_at_once(tmp_path: Path, before: str) -> None:
    """And one of an earlier time that was killed. Where a link leads, too."""
    place = tmp_path / "real"
    (tmp_path / "page").symlink_to(place)
    if before == "half a page":
        site_of(place, "a")
        (place / "sw.js").unlink()
    command = [sys.executable, "-c", BUILD, str(tmp_path / "page")]
    victim = subprocess.Popen(command)
    while not list(tmp_path.rglob(f"{UNDONE}*/page/*")) and victim.poll() is None:
        time.sleep(0.01)
    victim.send_signal(signal.SIGKILL)
    victim.wait(60)
    (left,) = (p for folder in (tmp_path, place) for p in folder.glob(f"{UNDONE}*"))
    os.utime(left, (0, 0))
    builders = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [builder.communicate(timeout=240)[1] for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0], said
    assert building.is_current(place)
    assert len(list(place.glob("app-*"))) == 1 and (place / "sw.js").is_file()
    assert not list(tmp_path.rglob(f"{UNDONE}*"))


def test_compressed_forms_need_no_cache_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made for this build alone then."""
    file = tmp_path / "a.js"
    file.write_bytes(b"export {}" * 10_000)

    def unwritable(path: Path, data: bytes) -> None:
        raise OSError(f"{path} cannot be written")

    monkeypatch.setattr(compression, "keep_file", unwritable)
    compression.compress_for_good([file], tmp_path / "cache")
    for coding in compression.codings():
        assert coding.unpack((tmp_path / f"a.js{coding.suffix}").read_bytes()) == file.read_bytes()


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_became_of_a_package_s_file_it_is_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path))
    monkeypatch.setattr(packages, "npm_pack", lambda package: {"dist/a.js": b"export {}"})
    digest = hashlib.sha256(b"export {}").hexdigest()
    package = packages.Package("@some/a", "1.0.0", {"dist/a.js": digest})
    file = packages.files_of(package) / "dist" / "a.js"
    for place in (file, file.parent):
        if place.is_dir():
            discard(place)
        DAMAGES[damage](place)
        assert (packages.files_of(package) / "dist" / "a.js").read_bytes() == b"export {}"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'npm error code E404' >&2; exit 1", "`npm pack` failed: npm error code E404"),
        ("exit 1", "`npm pack` failed: no reason"),
        ("exit 0", r"`npm pack` brought no \*.tgz"),
        ("echo '<html>' > a.tgz", "`npm pack` brought what cannot be read: "),
        ("head -c 2000 /dev/zero > a.tgz", "`npm pack` brought what cannot be read: |there is no"),
    ],
)
def test_an_npm_that_fails_is_asked_once_and_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    asked = tmp_path / "asked"
    (tmp_path / "npm").write_text(f"#!/bin/sh\necho x >> {asked}\n{script}\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path / "cache"))
    package = packages.Package("some", "1.0.0", {"a.js": "0" * 64, "b.js": "1" * 64})
    with pytest.raises(ConnectionError, match=f"a.js of some@1.0.0 .*{said}"):
        packages.files_of(package)
    assert asked.read_text() == "x\n"
