"""Results are not lost: what can be known is asked before the work, and what fails
afterwards goes beside.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pywebml.apps import APPS
from pywebml.apps.app import Outcome
from pywebml.cli import main
from pywebml.host import files
from pywebml.host.files import checked_place, write_or_beside, write_whole

LONG = "x" * 245


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for i in range(3):
            Image.new("RGB", (40, 40), (colour[0], 40 * i, colour[2])).save(folder / f"{i}.png")
    return tmp_path / "photos"


def taught(words: list[str], capsys: Any) -> tuple[int, str]:
    code = main(["teach", *words, "--device", "cpu", "--epochs", "2", "--units", "4"])
    said = capsys.readouterr()
    return code, said.out + said.err


PLACES = {
    "a folder": "folder",
    "no such folder": "nowhere/model",
    "a file as folder": "file/model",
    "too long": LONG + LONG,
}


@pytest.mark.parametrize("option", ["--out", "--json"])
@pytest.mark.parametrize("place", PLACES)
def test_teach_hears_before_it_looks_at_a_picture(
    place: str, option: str, photos: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    code, said = taught([str(photos), option, PLACES[place]], capsys)
    assert code == 2
    assert "Traceback" not in said
    assert "extractor:" not in said  # no work has begun
    words = {"a folder": "is a folder", "too long": "File name too long"}
    assert words.get(place, "there is no folder") in said


def test_one_place_for_two_results_is_refused(photos: Path, tmp_path: Path, capsys: Any) -> None:
    place = str(tmp_path / "a")
    code, said = taught([str(photos), "--out", place, "--json", place], capsys)
    assert (code, "is given for two results" in said) == (2, True)


def test_a_result_does_not_take_the_place_of_what_is_read(tmp_path: Path, capsys: Any) -> None:
    picture, link = tmp_path / "a.png", tmp_path / "b.json"
    Image.new("RGB", (30, 30)).save(picture)
    link.symlink_to(picture)
    before = picture.read_bytes()
    for place in (picture, link):
        assert main(["classify", str(picture), "--json", str(place)]) == 2
        assert "is what is read; give the result another name" in capsys.readouterr().err
    folder = tmp_path / "photos" / "a"
    folder.mkdir(parents=True)
    inside = folder / "1.png"
    inside.write_bytes(before)
    assert main(["teach", str(folder.parent), "--out", str(inside)]) == 2
    assert "is what is read" in capsys.readouterr().err
    words = ["--extractor", "efficientnet_lite0", "--out"]
    assert main(["features", "no.png", str(picture), *words, str(picture)]) == 2
    assert picture.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_place_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OSError, match="cannot be written into"):
        checked_place(tmp_path / "x")


def test_no_room_is_known_before(tmp_path: Path, monkeypatch: Any) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("a full device is Linux's")
    full = lambda **options: Path("/dev/full").open("wb")  # noqa: E731, SIM115
    monkeypatch.setattr(files.tempfile, "NamedTemporaryFile", full)
    with pytest.raises(OSError, match="No space left on device; give another place"):
        checked_place(tmp_path / "x")


def test_folders_with_long_names_are_taught(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """The model is called as the folder, and its temporary file was called longer."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b" * 245):
        folder = tmp_path / LONG / name
        folder.mkdir(parents=True)
        for i in range(2):
            Image.new("RGB", (30, 30), (200 * (name == "a"), 50 * i, 0)).save(folder / f"{i}.png")
    code, said = taught([LONG], capsys)
    assert code == 0, said
    (model,) = tmp_path.glob("x*.zip")
    assert len(model.name) == 204


def test_a_name_as_long_as_names_may_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("y" * 255)
    assert checked_place(path) == path
    assert write_whole(path, b"kept").read_bytes() == b"kept"


def test_what_fails_at_the_end_goes_beside(
    photos: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    """The place turns into a folder while the head is trained."""
    from pywebml.apps import teach as app

    out, report = tmp_path / "model.zip", tmp_path / "t.json"
    save = app.save

    def spoiled(taught: Any, path: Path) -> Path:
        path.mkdir()
        report.mkdir()
        return save(taught, path)

    monkeypatch.setattr(app, "save", spoiled)
    code, said = taught([str(photos), "--out", str(out), "--json", str(report)], capsys)
    assert code == 0, said
    beside = tmp_path / "model-2.zip"
    assert beside.is_file()
    assert "can no longer be written; the model went elsewhere" in said
    assert "t.json can no longer be written; the results went elsewhere" in said
    assert json.loads((tmp_path / "t-2.json").read_text())["model"] == str(beside)


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "file"
    link.symlink_to(target)
    for data in (b"new", b"newer"):
        assert write_whole(checked_place(link), data) == link
        assert link.is_symlink() and target.read_bytes() == data
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are Unix's")
def test_pipes_and_devices_stay_what_they_are(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert checked_place(pipe) == pipe
    assert write_or_beside(pipe, b"kept") == Path("pipe-2")  # nobody reads: no waiting
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert write_or_beside(pipe, b"read") == pipe
    assert os.read(reader, 9) == b"read"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    if Path("/dev/full").exists():
        before = sorted(os.listdir("/dev"))
        assert write_or_beside(checked_place("/dev/full"), b"kept") == Path("full-2")
        assert write_whole(checked_place("/dev/null"), b"gone") == Path("/dev/null")
        assert sorted(os.listdir("/dev")) == before
        assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_where_all_of_a_folder_is_gone_home_will_do(tmp_path: Path, monkeypatch: Any) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "file").touch()
    assert write_or_beside(tmp_path / "file" / "a.bin", b"kept") == home / "a-2.bin"
    assert (home / "a-2.bin").read_bytes() == b"kept"


@pytest.mark.parametrize("app", [app for app in APPS if app.run], ids=lambda app: app.name)
def test_every_command_asks_before_it_works(app: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Whatever it writes: a folder in the place of a file ends in a sentence, and the job
    has not begun.
    """
    began: list[str] = []

    def run(given: Any) -> Outcome:
        began.append(app.name)
        return Outcome()

    monkeypatch.setitem(app.__dict__, "run", run)
    written = [f"--{o.word.replace('_', '-')}" for o in app.options.declared() if o.writes]
    for option in [*written, *(["--json"] if app.json else [])]:
        words = [
            app.name,
            *((takes.choices or ("x",))[0] for takes in app.takes),
            option,
            str(tmp_path),
        ]
        needed = [o for o in app.options.declared() if o.required and o.word != option[2:]]
        for other in needed:
            words += [f"--{other.word}", "efficientnet_lite0"]
        assert main(words) == 2
    assert began == []
