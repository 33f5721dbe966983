"""Faults of the disk: whatever is written, the old thing or the new one is there, whole.

`python tools/faults.py --count 1000` tries many more; docs/robustness.md has what came
of it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

if os.name != "posix":
    pytest.skip("faults are played on systems with fork", allow_module_level=True)

from faults import KINDS, Disk, Fault, Kind, Stopped, Survey
from hosts import ROOT, shared_device

from pywebml.device import set_device
from pywebml.host import files
from pywebml.host.files import MOVING, scratch, sweep, write_whole
from pywebml.host.stores import STORES, Blocking, open_store

COUNT = 10


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_old_one_or_the_new_one_is_there(kind: Kind) -> None:
    set_device(shared_device("cpu"))
    survey = Survey(kind).run(range(COUNT))
    assert not survey.failures, survey.failures
    assert survey.old + survey.new == COUNT and (survey.old or kind.grows)


def test_every_store_that_is_written_natively_is_tried() -> None:
    native = {store.name for store in STORES if store.writes and not store.tab}
    assert native <= {kind.name.removesuffix(" store") for kind in KINDS}


RAW = re.compile(
    r"write_bytes\(|write_text\(|os\.(?:replace|rename)\(|open\([^)\n]*[\"'][wax]b?[\"']|sqlite3\.connect"
)
THEIRS = {
    "host/files.py", "host/keeping.py", "host/stores/exchanging.py",  # how all others write
    "zoo/fetch.py", "utils/get_file.py",  # into a folder of scratch, and then at once
    "zoo/kept_features.py", "train/callbacks/simple.py",  # SQLite's; row by row
    # into folders that go, or change places whole
    "data/zipped.py", "apps/bench", "site", "distributed/federated/flower/processes.py",
    "apps/sound/session.py", "apps/rock_paper_scissors/session.py",  # a tab's own memory
}  # fmt: skip


def test_nothing_else_is_written_past_what_is_tried() -> None:
    """Who writes does it through `write_whole` and its like, or stands in the table."""
    package = ROOT / "pywebml"
    raw = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(RAW.search(line) for line in path.read_text().splitlines() if ">>>" not in line
               and "... " not in line)
    }  # fmt: skip
    others = {name for name in raw if not any(name.startswith(each) for each in THEIRS)}
    assert not others, "these write on their own; use host.files, or add a kind to faults/kinds.py"


# --- the shim itself


def written(root: Path, fault: Fault, carelessly: bool = False) -> Disk:
    disk = Disk(root, fault)
    with disk.playing():
        try:
            if carelessly:
                (root / "a").write_bytes(b"new" * 100)
                os.replace(root / "a", root / "b")
            else:
                write_whole(root / "b", b"new" * 100)
        except (OSError, Stopped):
            pass
    return disk


def test_the_faults_are_real(tmp_path: Path) -> None:
    """Who writes without care is seen to: half a file, and none after a power cut."""
    (tmp_path / "b").write_bytes(b"old")
    assert written(tmp_path, Fault("EIO", 99)).steps == [
        "open", "write", "fsync", "chmod", "replace", "fsync",
    ]  # fmt: skip
    written(tmp_path, Fault("half", 1), carelessly=True)
    assert (tmp_path / "a").read_bytes() == b"new" * 50
    torn = set()
    for seed in range(20):
        (tmp_path / "b").write_bytes(b"old")
        disk = Disk(tmp_path, Fault("power cut", 9), seed)
        with disk.playing():
            (tmp_path / "a").write_bytes(b"new" * 100)
            os.replace(tmp_path / "a", tmp_path / "b")
        disk.cut_power()
        torn.add((tmp_path / "b").read_bytes())
    assert {b"", b"old", b"new" * 50} <= torn


# --- what was left behind


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    left = tmp_path / f"{files.UNDONE}left"
    left.mkdir()
    with scratch(tmp_path) as place:
        for path in (left, place):
            os.utime(path, (0, 0))
        sweep(tmp_path)
        assert place.is_dir() and not left.exists()


def test_what_was_on_its_way_when_a_process_ended_counts(tmp_path: Path) -> None:
    store = Blocking(open_store(tmp_path / "m"))
    store.write({"a": b"old", "b/c": b"old", "d": b"stays"})
    new = {"a": b"new", "b/c": b"new"}
    for name, data in new.items():
        write_whole(tmp_path / "m" / MOVING / name, data)
    os.replace(tmp_path / "m" / MOVING / "a", tmp_path / "m" / "a")
    assert {name: store.read(name) for name in store.list()} == {**new, "d": b"stays"}
    store.write({"a": b"newer", "e": b"newer"})
    assert not (tmp_path / "m" / MOVING).exists()
    assert {name: store.read(name) for name in store.list()} == {
        "a": b"newer", "b/c": b"new", "d": b"stays", "e": b"newer",
    }  # fmt: skip
