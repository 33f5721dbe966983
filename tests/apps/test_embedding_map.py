"""`embedding_map`: its map of the drawn hands, and pictures that are too few."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from pywebml.apps.app import Given, Outcome
from pywebml.apps.embedding_map import APP, MapCommand
from pywebml.data.samples import sample_folder
from pywebml.vis.screens import Recorder


def run(folder: Path, screen: Any = None, stop: Any = lambda: False, **options: Any) -> Outcome:
    given = Given(
        {"folder": str(folder)}, MapCommand(**options), screen or Recorder(), stop, device="cpu"
    )
    return asyncio.run(APP.run(given))  # type: ignore[misc,arg-type]


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Six pictures of two classes each."""
    for name in ("up", "left"):
        (tmp_path / "few" / name).mkdir(parents=True)
        for picture in sorted((sample_folder() / name).iterdir())[:6]:
            shutil.copy(picture, tmp_path / "few" / name)
    return tmp_path / "few"


def test_a_map_of_few_pictures(few: Path, tmp_path: Path) -> None:
    screen, out = Recorder(), tmp_path / "map.svg"
    outcome = run(few, screen, iterations=300, out=str(out))
    assert [kind for kind, _ in screen.shown if kind == "chart"] == ["chart"]
    assert len(outcome.data["points"]) == 12
    assert outcome.data["same_class"] > 0.6
    assert outcome.data["map"] == str(out)
    assert out.read_text().count("<image") == 12
    again = run(few, iterations=300)
    assert again.data["points"] == outcome.data["points"]


def test_it_ends_when_it_is_asked_to(few: Path) -> None:
    asked = iter([False, True])
    assert run(few, stop=lambda: next(asked)).data["iterations"] == 25


def test_too_few_pictures_are_refused(few: Path) -> None:
    for picture in few.rglob("*.jpg"):
        if picture.name > "02.jpg":
            picture.unlink()
    with pytest.raises(ValueError, match="6 pictures could be read, expected 7 at least"):
        run(few)
