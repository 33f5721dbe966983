"""host/keeping: small texts outlive a run, in the cache folder or the page's store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from damages import DAMAGES

from pywebml.host import files
from pywebml.host.keeping import Texts, cache_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name, appauthor: tmp_path / name)
    return tmp_path


def test_a_text_is_kept_until_it_is_forgotten(cache: Path) -> None:
    texts = Texts("notes")
    assert texts.read("a") == ""
    assert not texts.forget("a")
    texts.keep("a", "Füße")
    assert Texts("notes").read("a") == "Füße"
    assert Texts("other").read("a") == texts.read("b") == ""
    assert texts.where("a") == str(cache / "pywebml" / "notes" / "a.json")
    assert cache_folder("notes") == cache / "pywebml" / "notes"
    assert texts.forget("a")
    assert texts.read("a") == ""


def test_a_text_that_cannot_be_written_leaves_the_old_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = Texts("notes")
    texts.keep("a", "old")

    def fails(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        texts.keep("a", "new")
    assert texts.read("a") == "old"
    assert [path.name for path in (cache / "pywebml" / "notes").iterdir()] == ["a.json"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_became_of_a_text_it_is_kept_anew(cache: Path, damage: str) -> None:
    texts = Texts("notes")
    texts.keep("a", "old text")
    DAMAGES[damage](Path(texts.where("a")))
    if damage in ("folder", "pipe", "not utf-8") or "link" in damage:
        assert texts.read("a") == ""
    texts.ready("a")
    texts.change("a", lambda before: "new")
    assert texts.read("a") == "new"
    DAMAGES[damage](Path(texts.where("a")))
    texts.forget("a")
    assert texts.read("a") == ""
    assert [path.name for path in (cache / "pywebml" / "notes").iterdir()] == []


ADD = """
import sys
from pywebml.host.keeping import Texts
for i in range(20):
    Texts("notes").change("a", lambda before: f"{before}{sys.argv[1]}")
"""


def test_processes_that_change_a_text_at_once_lose_nothing(tmp_path: Path) -> None:
    env = {**os.environ, "PYWEBML_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", ADD]
    workers = [subprocess.Popen([*command, letter], env=env) for letter in "abcd"]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    assert sorted((tmp_path / "notes" / "a.json").read_text()) == sorted("abcd" * 20)


def test_what_cannot_be_kept_is_said_before_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYWEBML_CACHE", "/proc/nowhere")
    for attempt in (Texts("notes").ready, lambda name: Texts("notes").keep(name, "")):
        with pytest.raises(OSError, match=r"a\.json cannot be written: .*PYWEBML_CACHE=FOLDER"):
            attempt("a")
