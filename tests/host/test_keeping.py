"""host/keeping: small texts outlive a run, in the cache folder or the page's store."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_bytes_that_are_no_text_read_as_nothing(cache: Path) -> None:
    (cache / "pywebml" / "notes").mkdir(parents=True)
    (cache / "pywebml" / "notes" / "a.json").write_bytes(b"\xff\xfe")
    assert Texts("notes").read("a") == ""
