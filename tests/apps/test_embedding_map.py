"""`embedding_map`: its map of the drawn hands, and pictures that are too few."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pywebml.apps.app import Given, Outcome
from pywebml.apps.embedding_map import APP, MapCommand, MapSession, taught_points
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


def test_taught_pictures_in_place_of_digits() -> None:
    """As the page hands them over: bytes, row by row."""
    rows = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    labels = bytes([0] * 15 + [1] * 15)
    rows[:15, 0] += 20
    session = MapSession()
    lesson = {"values": rows.tobytes(), "labels": labels, "classes": ["cup", "spoon"]}
    begun = asyncio.run(session.begin({"perplexity": 5, "iterations": 300}, lesson))
    assert begun == {"points": 30, "labels": labels, "pixels": b"", "iterations": 300}
    asyncio.run(session.step(300))
    outcome = asyncio.run(session.outcome())
    assert outcome["same_class"] == 1 and outcome["classes"] == ["cup", "spoon"]


@pytest.mark.parametrize(
    ("values", "labels", "words"),
    [
        (bytes(4 * 6), bytes(6), "6 pictures, expected 7 to 10000"),
        (bytes(4 * 8 - 1), bytes(8), "31 bytes of features, 8 labels and 1 classes do not"),
        (b"", bytes(8), "0 bytes of features"),
        (bytes(4 * 8), bytes([0] * 7 + [1]), "expected a row of float32 and a class"),
    ],
)
def test_what_was_taught_must_go_together(values: bytes, labels: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        taught_points(values, labels, ["cup"])
