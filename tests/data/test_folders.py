"""data/folders: what people have in their folders."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pywebml.cli import main
from pywebml.data.folders import find_pictures
from pywebml.data.pictures import SUFFIXES, readable
from pywebml.host.shown import shown
from pywebml.host.waiting import run_sync


def picture(path: Path, colour: tuple[int, int, int] = (200, 30, 40)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), colour).save(path)
    return path


def names(root: Path) -> dict[str, list[str]]:
    found = find_pictures(root)
    return {
        name: [p.path.name for p in found.pictures if p.label == i]
        for i, name in enumerate(found.classes)
    }


def test_folders_in_a_class_belong_to_it(tmp_path: Path) -> None:
    for place in ("up/1.png", "up/monday/2.png", "up/monday/late/3.png", "down/4.png"):
        picture(tmp_path / place)
    (tmp_path / "up" / "x.jpg").mkdir()
    picture(tmp_path / "up" / "x.jpg" / "5.png")
    assert names(tmp_path) == {"down": ["4.png"], "up": ["1.png", "2.png", "3.png", "5.png"]}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    for place in ("up/1.png", "down/2.png"):
        picture(tmp_path / place)
    (tmp_path / "up" / "again").symlink_to(tmp_path / "up")
    (tmp_path / "up" / "all").symlink_to(tmp_path)
    assert set(names(tmp_path)["up"]) == {"1.png", "2.png"}


@pytest.mark.parametrize(("train", "val"), [("train", "val"), ("Training", "test")])
def test_training_and_validation_folders_are_taken_as_meant(
    train: str, val: str, tmp_path: Path
) -> None:
    for i in range(3):
        for name in ("cat", "dog"):
            picture(tmp_path / train / name / f"{i}.png")
    picture(tmp_path / val / "cat" / "9.png")
    found = find_pictures(tmp_path)
    assert found.classes == ("cat", "dog")
    assert [p.path.name for p in found.pictures if p.aside] == ["9.png"]
    picture(tmp_path / val / "mouse" / "1.png")
    with pytest.raises(ValueError, match=r"a class 'mouse' that .* does not have; it has cat, dog"):
        find_pictures(tmp_path)


LAYOUTS = {
    "one level too high": ("data/train/a/1", "data/train/b/2", "data/val/a/3"),
    "twice": (
        "seg_train/seg_train/a/1", "seg_train/seg_train/b/2", "seg_test/seg_test/a/3",
        "seg_test/seg_test/b/3",
    ),
    "words": ("Training Set/a/1", "Training Set/b/2", "test2017/a/3"),
    "a Mac's letters": ("train/\u00e9/1", "train/b/2", "val/e\u0301/3"),
    "three": ("train/a/1", "train/b/2", "valid/a/3", "test/b/4"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_training_folders_are_recognised_however_they_are_put(layout: str, tmp_path: Path) -> None:
    for place in LAYOUTS[layout]:
        picture(tmp_path / f"{place}.png")
    found = find_pictures(tmp_path)
    assert len(found.classes) == 2
    assert {p.path.stem for p in found.pictures if p.aside} == {"3", "4"} - (
        set() if layout == "three" else {"4"}
    )


def test_folders_beside_training_folders_are_no_classes(tmp_path: Path) -> None:
    for place in ("train/a/1", "train/b/2", "val/a/3", "test/4", "test/5", "more/c/6", "train/7"):
        picture(tmp_path / f"{place}.png")
    (tmp_path / "weights").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").touch()
    found = find_pictures(tmp_path)
    assert (found.classes, [p.path.stem for p in found.pictures]) == (("a", "b"), ["1", "3", "2"])
    assert found.left_out == {
        "picture in test/": 2, "picture in more/": 1, "picture in no class folder": 1, ".md": 1,
    }  # fmt: skip


def test_pictures_without_folders_are_told(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    with pytest.raises(ValueError, match=r"found none .left out: 1 picture in no class folder"):
        find_pictures(tmp_path)


def test_what_systems_leave_is_passed_over_and_other_names_are_not(tmp_path: Path) -> None:
    for name in ("__up__", "down", "__MACOSX", "@eaDir", "$RECYCLE.BIN", ".git"):
        picture(tmp_path / name / "1.png")
    assert find_pictures(tmp_path).classes == ("__up__", "down")


def test_folders_too_deep_are_counted(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path.joinpath("b", *["d"] * 200, "2.png"))
    picture(tmp_path / "b" / "3.png")
    found = find_pictures(tmp_path)
    assert found.counts() == [1, 1]
    assert found.left_out == {"folder more than 64 deep": 1}


def test_a_folder_that_cannot_be_opened_is_counted(tmp_path: Path, monkeypatch: Any) -> None:
    for place in ("a/1.png", "b/2.png", "b/secret/3.png"):
        picture(tmp_path / place)
    entries = os.scandir

    def refused(path: Path) -> Any:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied")
        return entries(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert find_pictures(tmp_path).left_out == {"folder that cannot be opened": 1}


NAMES = [
    b"a\nb", b"\x1b[31mred", b"\xff\xfe", "\u202ereversed".encode(), "\u200b".encode(), b"CON",
    b"[bold]", b"sp ", b"dots..", "\U0001f600".encode(), b"x" * 255, b"%s {0}", b"-rf",
]  # fmt: skip


def test_classes_of_any_name_are_taught_saved_and_shown(tmp_path: Path, capsys: Any) -> None:
    if os.name == "nt" or sys.platform == "darwin":
        pytest.skip("names that only Linux takes")
    for i, name in enumerate(NAMES):
        for j in range(3):
            picture(tmp_path / "odd" / os.fsdecode(name) / f"{j}.png", (20 * i, 80 * j, 99))
    strange = tmp_path / "odd" / "CON" / os.fsdecode(b"\xfd.png")
    picture(strange)
    out, report = str(tmp_path / "m.zip"), tmp_path / "t.json"
    words = ["--device", "cpu", "--epochs", "1", "--units", "2"]
    assert main(["teach", str(tmp_path / "odd"), "--out", out, "--json", str(report), *words]) == 0
    labels = json.loads(report.read_bytes())["classes"]
    assert len({*labels}) == len(NAMES)
    assert {"\\xff\\xfe", "\\u200b", "CON", "sp "} < {*labels}
    assert main(["predict", out, str(strange), "--json", str(report), "--device", "cpu"]) == 0
    assert json.loads(report.read_bytes())[0]["picture"] == str(strange)
    said = capsys.readouterr().out
    assert "\x1b[31mred" not in said and r"\x1b[31mred" in said
    assert all(shown(line) == line for line in said.split("\n"))


def test_classes_may_be_called_train_and_test(tmp_path: Path) -> None:
    for name in ("train", "test"):
        picture(tmp_path / name / "1.png")
    assert names(tmp_path) == {"test": ["1.png"], "train": ["1.png"]}


def test_the_folder_of_class_folders_may_be_alone_in_another(tmp_path: Path) -> None:
    """As an unzipped project of the page has it, beside its JSON files."""
    for place in ("samples/up/1.png", "samples/down/2.png"):
        picture(tmp_path / place)
    (tmp_path / "project.json").write_text("{}")
    found = find_pictures(tmp_path)
    assert found.classes == ("down", "up")
    assert found.left_out == {".json": 1}


def test_what_is_left_out_is_counted_by_kind(tmp_path: Path) -> None:
    for place in ("up/1.png", "down/2.png", "loose.png"):
        picture(tmp_path / place)
    for name in ("up/a.mp4", "up/b.mp4", "down/notes.TXT", "down/README", "list.csv"):
        (tmp_path / name).write_text("something")
    for name in ("up/.DS_Store", "up/Thumbs.db", "down/._2.png", "down/desktop.ini"):
        (tmp_path / name).write_text("left by a system")
    (tmp_path / "up" / "empty.jpg").touch()
    found = find_pictures(tmp_path)
    assert found.left_out == {
        "picture in no class folder": 1, ".csv": 1, ".txt": 1, "without a suffix": 1, ".mp4": 2,
    }  # fmt: skip
    assert "2 .mp4" in found.says_left_out()
    assert [s.reason for s in found.skipped] == [f"{tmp_path / 'up' / 'empty.jpg'} is empty"]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_suffix_is_looked_at(suffix: str, tmp_path: Path) -> None:
    """In capitals, as cameras write them; what is in the file counts, not its name."""
    for name in ("a", "b"):
        picture(tmp_path / name / "1.png").rename(tmp_path / name / f"1{suffix.upper()}")
    assert find_pictures(tmp_path).counts() == [1, 1]


def test_heif_says_what_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    path = tmp_path / "x.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(100))
    try:
        import pillow_heif  # noqa: F401
    except ImportError:
        assert "pip install pillow-heif" in readable(path)


def test_teach_says_what_it_left_out_and_tests_on_what_is_aside(tmp_path: Path) -> None:
    from pywebml.apps.teaching import TeachOptions, teach

    for i in range(4):
        for name, colour in (("red", (200, 10 * i, 0)), ("blue", (0, 10 * i, 200))):
            picture(tmp_path / "train" / name / f"{i}.png", colour)
    for i in range(3):
        picture(tmp_path / "val" / "red" / f"{i}.png", (180, 0, 0))
    (tmp_path / "train" / "red" / "notes.txt").write_text("none")
    taught = run_sync(teach(find_pictures(tmp_path), TeachOptions(epochs=5)))
    assert [sum(row) for row in taught.confusion] == [0, 3]
    said = json.loads(json.dumps(taught.summary()))
    assert said["left_out"] == {".txt": 1}
