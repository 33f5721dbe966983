"""Names of classes that no folder can have."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from pywebml.data.class_names import class_names
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder


def test_a_folder_is_called_as_the_file_beside_it_says(tmp_path: Path) -> None:
    picture = next((sample_folder() / "up").glob("*.jpg")).read_bytes()
    decomposed = unicodedata.normalize("NFD", "é")  # as macOS may unpack it
    for folder in ("x_", "_con", "\N{THUMBS UP SIGN}", decomposed):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(picture)
    names = {"x_": "x?", "_con": "con", "é": "é!", "not there": "y"}
    (tmp_path / "classes.json").write_text(json.dumps(names), encoding="utf-8")
    assert set(find_pictures(tmp_path).classes) == {"x?", "con", "\N{THUMBS UP SIGN}", "é!"}


def test_names_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "classes.json").write_text('{"a": "b", "b": "c", "d": "x", "e": "x", "f": " "}')
    assert class_names(tmp_path, ["a", "b", "d", "e", "f"]) == ["a", "c", "x", "e", "f"]


@pytest.mark.parametrize("text", ["", "[", "[" * 200_000, "[1]", "3", '{"a": 1}', "\xff"])
def test_a_broken_file_ends_in_one_sentence(tmp_path: Path, text: Any) -> None:
    (tmp_path / "classes.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="mend or remove it"):
        class_names(tmp_path, ["a"])
