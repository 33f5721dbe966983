"""data/folders: what people have in their folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from pywebml.data.folders import find_pictures
from pywebml.data.pictures import SUFFIXES, readable
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
