"""Models in stores that list them: copied, moved, removed; and what is not theirs to
remove stays.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pywebml as pw
from pywebml.formats import saved_models
from pywebml.host.files import FormatError
from pywebml.host.stores import open_store


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model() -> pw.Model:
    return pw.Sequential([pw.layers.Dense(2, input_shape=(3,))])


def test_models_are_listed_with_size_and_date(model: pw.Model, cache: Path) -> None:
    assert pw.list_models() == {}
    model.save("cache://mine")
    pw.run_sync(open_store("cache://settings").write({"a.json": b"{}"}))
    ((address, about),) = pw.list_models().items()
    assert address == "cache://mine"
    assert about.nbytes == sum(path.stat().st_size for path in (cache / "mine").iterdir()) > 32
    assert about.saved is not None
    assert abs(datetime.now(UTC) - about.saved) < timedelta(minutes=1)


def test_copied_moved_and_removed(model: pw.Model, tmp_path: Path) -> None:
    model.save("cache://a")
    pw.copy_model("cache://a", tmp_path / "b")
    pw.copy_model((tmp_path / "b" / "model.json").as_uri(), "cache://c")  # its shards, too
    pw.move_model("cache://c", "cache://d")
    assert sorted(pw.list_models()) == ["cache://a", "cache://d"]
    for where in (tmp_path / "b", "cache://d"):
        for one, other in zip(pw.load_model(where).weights, model.weights, strict=True):
            assert one.numpy().tobytes() == other.numpy().tobytes()
    pw.remove_model("cache://a")
    asyncio.run(saved_models.remove_model_async("cache://d"))
    assert pw.list_models() == {}


def test_what_is_no_model_or_elsewhere_is_not_removed(model: pw.Model, tmp_path: Path) -> None:
    model.save(tmp_path / "b")
    for job in (pw.remove_model, lambda where: pw.move_model(where, "cache://x")):
        with pytest.raises(ValueError, match="no store that lists its models"):
            job(str(tmp_path / "b"))
        with pytest.raises(FileNotFoundError):
            job("cache://nothing")
    pw.run_sync(open_store("cache://notes").write({"a.txt": b"1"}))
    with pytest.raises(FormatError, match=r"holds no model, but a\.txt"):
        pw.remove_model("cache://notes")
    with pytest.raises(ValueError, match="already"):
        pw.copy_model("cache://b", "cache://b")
    assert pw.load_model(tmp_path / "b").count_params() == 8


def test_a_store_is_looked_at_before_it_is_written_over(model: pw.Model, tmp_path: Path) -> None:
    for where in ("cache://mine", (tmp_path / "mine").as_uri()):
        model.save(where, overwrite=False)
        with pytest.raises(FileExistsError, match="is there already"):
            model.save(where, overwrite=False)
