"""data/teachable_projects: projects that Teachable Machine saves, and files that only
look like one.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pywebml.apps.predictors import open_predictor
from pywebml.data import teachable_projects
from pywebml.data.folders import find_pictures
from pywebml.data.teachable_projects import pictures_of
from pywebml.data.zipped import picture_folder
from pywebml.host.files import FormatError
from pywebml.host.stores.folders import Zip


def picture(level: int, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 24), (level, 0, 255 - level)).save(file, kind)
    return file.getvalue()


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


MANIFEST = {"manifest.json": b'{"type":"image"}'}
SAMPLES = {
    **{f"Class 1-!-{i}.jpg": picture(20 * i) for i in (10, 0, 2)},
    **{f"b/or not?-!-{i}": picture(100 + i, "PNG") for i in range(2)},
    "a -!- b-!-0.webp": picture(7, "WEBP"),
}


def test_its_samples_are_class_folders(tmp_path: Path) -> None:
    """Names that no folder can have, numbers that sort as numbers, endings by content."""
    with picture_folder(packed(tmp_path / "project.tm", {**SAMPLES, **MANIFEST})) as folder:
        found = find_pictures(folder)
        levels = [np.asarray(Image.open(p.path))[0, 0, 0] for p in found.pictures[:3]]
    assert found.classes == ("Class 1", "b/or not?", "a -!- b")
    assert found.counts() == [3, 2, 1]
    assert np.all(np.diff([int(level) for level in levels]) > 20)  # 0, 2, 10


def test_other_samples_are_passed_over(tmp_path: Path) -> None:
    files = {**SAMPLES, **MANIFEST, "Class 1-!-x.jpg": b"no picture", "notes.txt": b"-!-"}
    classes = pictures_of(Zip(packed(tmp_path / "a.tm", files)))
    assert {name: len(some) for name, some in classes.items()} == {
        "Class 1": 3, "b/or not?": 2, "a -!- b": 1,
    }  # fmt: skip


def test_names_from_anybody_are_one_line_that_can_be_seen(tmp_path: Path) -> None:
    names = {f"{label}-!-0": picture(9) for label in ("\x1b[31m\nred", "x" * 5000, " ")}
    classes = list(pictures_of(Zip(packed(tmp_path / "a.tm", {**names, **MANIFEST}))))
    assert classes[0] == "\\x1b[31m\\nred"
    assert classes[1:] == ["x" * 100, "Class"]
    with picture_folder(tmp_path / "a.tm") as folder:
        assert find_pictures(folder).counts() == [1, 1, 1]


def test_a_project_of_sounds_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tm", {"Noise-!-0.webm": b"\x1aE\xdf\xa3", **MANIFEST})
    with pytest.raises(FormatError, match=r"a\.tm is a project .* without a picture"):
        list(pictures_of(Zip(path)))
    with pytest.raises(FormatError, match=r"without a picture"), picture_folder(path):
        pass


@pytest.mark.parametrize(
    ("limit", "value"), [("MAX_CLASSES", 2), ("MAX_NAMES", 5), ("MAX_IN_PAGE", 1000)]
)
def test_more_than_is_read_is_refused(
    limit: str, value: int, tmp_path: Path, monkeypatch: Any
) -> None:
    path = packed(tmp_path / "a.tm", {**SAMPLES, **MANIFEST})
    monkeypatch.setattr(teachable_projects, limit, value)
    with pytest.raises(FormatError, match=r"3 classes with 6 samples of \d+ bytes; at most"):
        pictures_of(Zip(path))


@pytest.mark.parametrize("name", ["../x-!-0.jpg", "/tmp/x-!-0.jpg", "C:/x-!-0.jpg"])
def test_nothing_leaves_its_folder(name: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tm", {**SAMPLES, **MANIFEST, name: picture(1)})
    with pytest.raises(FormatError, match="leads out of its folder"), picture_folder(path):
        pass


def test_what_is_no_project_or_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no project of Teachable Machine"):
        pictures_of(Zip(packed(tmp_path / "x.zip", {"a/1.jpg": b""})))
    path = packed(tmp_path / "project.tm", {**SAMPLES, **MANIFEST})
    with pytest.raises(FormatError, match=r"has pictures and no model; give it to `teach`"):
        open_predictor(path)
