"""data/zipped: zips of class folders."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from real_data import real_data

from pywebml.cli import main
from pywebml.data import zipped
from pywebml.data.folders import find_pictures
from pywebml.data.zipped import picture_folder
from pywebml.host.files import FormatError


def png(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 30), colour).save(file, "PNG")
    return file.getvalue()


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


PICTURES = {
    f"{name}/{i}.png": png((red, 40 * i, 0))
    for name, red in (("red", 220), ("green", 10))
    for i in range(3)
}


def test_a_zip_is_as_its_folder(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {**PICTURES, "red/notes.txt": b"x", "__MACOSX/a/1.png": b""})
    with picture_folder(path) as folder:
        found = find_pictures(folder)
        assert (found.classes, found.counts()) == (("green", "red"), [3, 3])
        assert found.left_out == {".txt": 1}
        assert folder.parent != tmp_path
    assert not folder.exists()
    with picture_folder(tmp_path) as folder:
        assert folder == tmp_path


def test_teach_takes_one_and_leaves_it_alone(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    before = packed(tmp_path / "photos.zip", PICTURES).read_bytes()
    words = ["--device", "cpu", "--epochs", "1", "--units", "2"]
    assert main(["teach", "photos.zip", *words]) == 0
    assert (tmp_path / "photos-model.zip").is_file()
    for option in ("--out", "--json"):
        assert main(["teach", "photos.zip", option, "./photos.zip", *words]) == 2
        assert "photos.zip is what is read; give the result another name" in capsys.readouterr().err
    assert (tmp_path / "photos.zip").read_bytes() == before


def test_teachable_machines_own(tmp_path: Path) -> None:
    path = real_data("teachable_machine/image-samples.zip")
    if path is None:
        pytest.skip("needs the files of $PYWEBML_TEST_DATA")
    with picture_folder(path) as folder:
        found = find_pictures(folder)
    assert (found.classes, found.counts()) == (("Class 1", "Class 2"), [11, 11])


def test_the_pages_own(tmp_path: Path) -> None:
    files = {f"extra/samples/{name}": data for name, data in PICTURES.items()}
    names = {"extra/samples/classes.json": b'{"red": "r?"}', "extra/teach.json": b"{}"}
    about = {"project.json": b"{}", "features.bin": b"", "head.zip": b""}
    path = packed(tmp_path / "lesson.zip", {**about, **files, **names})
    with picture_folder(path) as folder:
        found = find_pictures(folder)
    assert (found.classes, found.counts()) == (("green", "r?"), [3, 3])


def test_an_empty_class_is_told_as_in_a_folder(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {**PICTURES, "blue/": b""})
    with picture_folder(path) as folder, pytest.raises(ValueError, match="class 'blue' needs"):
        find_pictures(folder)


@pytest.mark.parametrize("name", ["../x.png", "/tmp/x.png", "red/../../x.png", "C:/x.png"])
def test_nothing_leaves_its_folder(name: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {**PICTURES, name: b"x"})
    with pytest.raises(FormatError, match="leads out of its folder"), picture_folder(path):
        pass


def test_broken_ones_end_in_a_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    path = packed(tmp_path / "x.zip", PICTURES)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FormatError, match="not a zip file"), picture_folder(path):
        pass
    path.write_bytes(data)
    monkeypatch.setattr(zipped, "MAX_UNPACKED", 100)
    with pytest.raises(FormatError, match="give the unpacked folder"), picture_folder(path):
        pass
    monkeypatch.undo()
    packed(path, {"a/b": b"", "a/b/1.png": b""})
    with pytest.raises(FormatError, match="cannot be unpacked"), picture_folder(path):
        pass
