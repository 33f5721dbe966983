"""What can be done with a lesson on the Teach page, once it is taught; and what its head
says of itself: how its pictures were fitted, and which of them were the same.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import desk_tab
from PIL import Image
from teach_page import (
    card,
    confirm,
    counts,
    drop,
    look_at,
    pictures,
    ready,
    start_over,
    teach,
    train,
)

from pywebml.apps.predict import predict

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    with desk_tab(known_profile, page_url) as page:
        teach(page, page_url, 5)
        yield page


def names(page: Any) -> list[str]:
    return list(counts(page))


def tool(page: Any, name: str, what: str) -> None:
    """One of the buttons behind "More" on a class's card."""
    more = page.get_by_role("button", name=f"More for class {name}")
    if more.get_attribute("aria-expanded") == "false":
        more.click()
    page.get_by_role("button", name=f"{what}: class {name}").click()


def remove(page: Any, name: str) -> None:
    """A class that has pictures."""
    page.get_by_role("button", name=f"Remove class {name}").click()
    confirm(page)
    card(page, name).wait_for(state="detached")


def undo(page: Any) -> None:
    page.locator("#bring-back").click()


def test_classes_are_moved_by_grip_keys_and_buttons(page: Any) -> None:
    page.get_by_role("button", name="Add a class").click()
    assert names(page) == ["up", "down", "class 3"]
    grip = page.get_by_role("button", name="Move class up", exact=True)
    grip.press("ArrowRight")
    assert names(page) == ["down", "up", "class 3"]
    assert page.evaluate("document.activeElement.ariaLabel") == "Move class up"
    grip.press("End")
    grip.press("ArrowLeft")
    grip.press("Home")
    assert names(page) == ["up", "down", "class 3"]
    tool(page, "down", "Move back")
    assert names(page) == ["down", "up", "class 3"]
    grip.drag_to(card(page, "class 3"), target_position={"x": 150, "y": 60})
    assert names(page) == ["down", "class 3", "up"]
    bars = page.locator("#use .bar-name").all_text_contents()
    assert bars == ["down", "class 3", "up"]
    for expected in (["down", "up", "class 3"], ["up", "down", "class 3"]):
        undo(page)
        assert names(page) == expected
    page.get_by_role("button", name="Remove class class 3").click()
    page.locator("#train-hint", has_text="Ready to train on 10").wait_for()


def dropped_from_disk(page: Any, target: Any, paths: list[Path]) -> None:
    """As a drag from the desktop: browsers walk through folders of such only."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    at = {"x": box["x"] + 20, "y": box["y"] + 20, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **at})


def test_folders_become_classes(page: Any, tmp_path: Path) -> None:
    """A folder of folders, beside a class; one on a class's card; one that is chosen."""
    for name, hand in (("thumb", "rock"), ("fist", "paper")):
        (tmp_path / "hands" / name / "more").mkdir(parents=True)
        for i, picture in enumerate(pictures(hand)[:3]):
            place = tmp_path / "hands" / name / ("more" if i else "")
            (place / f"{i}.jpg").write_bytes(picture.read_bytes())
    (tmp_path / "hands" / "fist" / "notes.txt").write_text("no picture")
    (tmp_path / "hands" / "fist" / "broken.png").write_bytes(b"no picture either")
    (tmp_path / "hands" / "fist" / ".hidden").write_text("passed over")
    dropped_from_disk(page, page.locator("#collect-title"), [tmp_path / "hands"])
    said = page.locator(".toast", has_text="6 pictures added to 2 classes. 2 files left out.")
    said.wait_for()
    assert counts(page) == {"up": 5, "down": 5, "fist": 3, "thumb": 3}
    said.get_by_role("button", name="Which?").click()
    listed = page.locator("dialog.report li").all_text_contents()
    assert sorted(text.split()[0] for text in listed) == ["broken.png", "hands/fist/notes.txt"]
    page.keyboard.press("Escape")
    dropped_from_disk(page, card(page, "thumb").locator(".count"), [tmp_path / "hands" / "fist"])
    card(page, "thumb").locator(".count", has_text="6").wait_for()
    page.locator("#folder").set_input_files(tmp_path / "hands" / "thumb")
    card(page, "thumb").locator(".count", has_text="9").wait_for()
    for name in ("fist", "thumb"):
        remove(page, name)
    assert names(page) == ["up", "down"]


def test_a_class_that_is_off_is_kept_but_not_trained_on(page: Any) -> None:
    page.get_by_role("button", name="Add a class").click()
    drop(page, card(page, "class 3"), pictures("scissors")[:4])
    card(page, "class 3").locator(".count", has_text="4").wait_for()
    tool(page, "class 3", "Switch off")
    page.locator("#train-hint", has_text="Ready to train on 10").wait_for(timeout=60_000)
    train(page)
    assert page.locator(".confusion tbody td").count() == 4
    page.reload()
    ready(page)
    assert counts(page) == {"up": 5, "down": 5, "class 3": 4}
    assert "off" in card(page, "class 3").get_attribute("class").split()
    tool(page, "class 3", "Switch on")
    page.locator("#train-hint", has_text="Classes have changed").wait_for()
    remove(page, "class 3")
    assert names(page) == ["up", "down"]


def test_a_class_is_emptied_and_saved(page: Any, tmp_path: Path) -> None:
    more = page.get_by_role("button", name="More for class up")
    more.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save pictures: class up").click()
    assert download.value.suggested_filename == "up.zip"
    download.value.save_as(tmp_path / "up.zip")
    with zipfile.ZipFile(tmp_path / "up.zip") as saved:
        assert saved.namelist() == [f"up/{n:03}.jpg" for n in range(1, 6)]
        assert Image.open(saved.open("up/003.jpg")).size == (224, 224)
    more.click()
    tool(page, "up", "Empty")
    assert counts(page) == {"up": 0, "down": 5}
    undo(page)
    assert counts(page) == {"up": 5, "down": 5}
    page.locator("#train-hint", has_text="Ready to train on 10").wait_for()


def test_a_title_names_what_is_exported_and_is_kept(page: Any, tmp_path: Path) -> None:
    page.locator("#title").fill("  Rock:  or paper? ")
    page.locator("#title").press("Enter")
    assert page.locator("#title").input_value() == "Rock: or paper?"
    for button, name in (
        ("#export", "Rock_ or paper_.zip"),
        ("#save-head", "Rock_ or paper_ head.zip"),
    ):
        with page.expect_download() as download:
            page.locator(button).click()
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
    (said,), _ = predict(tmp_path / "Rock_ or paper_ head.zip", [pictures("rock")[20]])
    assert said["class"] == "up"
    page.reload()
    ready(page)
    assert page.locator("#title").input_value() == "Rock: or paper?"
    start_over(page)
    assert page.locator("#title").input_value() == ""
    page.locator("#import-file").set_input_files(str(tmp_path / "Rock_ or paper_.zip"))
    page.locator(".toast", has_text="Imported").last.wait_for()
    assert page.locator("#title").input_value() == "Rock: or paper?"


def test_what_would_help_is_said(page: Any) -> None:
    assert page.locator("#advice").is_hidden()
    drop(page, card(page, "down"), pictures("paper")[5:16])
    page.locator("#advice", has_text="“down” has 16 pictures, “up” only 5").wait_for()
    tool(page, "down", "Empty")
    drop(page, card(page, "down"), pictures("paper")[:4])
    page.locator("#advice", has_text="Add pictures of “down”: 4 are few").wait_for()
    tool(page, "down", "Empty")
    drop(page, card(page, "down"), pictures("paper")[:5])
    card(page, "down").locator(".count", has_text="5").wait_for()
    assert page.locator("#advice").is_hidden()


def test_many_pictures_are_judged_in_a_table(page: Any, tmp_path: Path) -> None:
    """Those of a folder per class are counted; all of them go into a CSV."""
    for name, hand in (("up", "rock"), ("down", "paper")):
        (tmp_path / "test" / name).mkdir(parents=True)
        for picture in pictures(hand)[20:23]:
            (tmp_path / "test" / name / picture.name).write_bytes(picture.read_bytes())
    (tmp_path / "test" / "down" / "wrong.jpg").write_bytes(pictures("rock")[23].read_bytes())
    (tmp_path / "test" / "notes.txt").write_text("no picture")
    page.locator("#judge-folders").set_input_files(tmp_path / "test")
    page.locator("#judge-csv").wait_for(timeout=60_000)
    assert page.locator(".verdicts tbody tr").count() == 7
    assert page.locator(".verdicts tr.wrong").count() >= 1
    assert "wrong.jpg" in page.locator(".verdicts tr.wrong").all_text_contents()[0]
    cells = page.locator("#judged .confusion tbody td").all_text_contents()
    assert sum(map(int, cells)) == 7
    right = int(cells[0]) + int(cells[3])
    assert f"{right} of 7 pictures" in page.locator("#judged .score").text_content()
    with page.expect_download() as download:
        page.locator("#judge-csv").click()
    assert download.value.suggested_filename == "Rock_ or paper_ answers.csv"
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["right"] == "true" for row in rows) == right
    assert {row["truth"] for row in rows} == {"up", "down"}
    assert all(abs(float(row["P(up)"]) + float(row["P(down)"]) - 1) < 0.001 for row in rows)
    drop(page, page.locator("#judge"), pictures("rock")[20:22])
    page.locator("#judged .score", has_text="2 pictures; no folder says").wait_for(timeout=60_000)
    page.locator("#judge-csv").wait_for()
    assert page.locator("#judged .confusion").is_hidden()


def test_the_lesson_is_a_python_program(page: Any) -> None:
    page.locator("#as-program").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    assert download.value.suggested_filename == "Rock_ or paper_.py"
    program = Path(download.value.path()).read_text(encoding="utf-8")
    assert program == page.locator("dialog.as-program code").text_content()
    compile(program, "lesson.py", "exec")
    assert 'ZipFile("Rock_ or paper_.zip")' in program
    assert 'classes = ["up", "down"]' in program
    page.keyboard.press("Escape")


def with_fit(project: Path, out: Path, fit: str) -> Path:
    """The project with a head that was taught so; its head alone beside it."""
    head = io.BytesIO()
    with zipfile.ZipFile(project) as whole, zipfile.ZipFile(out, "w") as changed:
        with zipfile.ZipFile(whole.open("head.zip")) as old, zipfile.ZipFile(head, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if name == "metadata.json":
                    data = json.dumps({**json.loads(data), "fit": fit}).encode()
                new.writestr(name, data)
        for name in whole.namelist():
            changed.writestr(name, head.getvalue() if name == "head.zip" else whole.read(name))
    alone = out.with_name(f"{fit}-head.zip")
    alone.write_bytes(head.getvalue())
    return alone


def shares(page: Any, picture: Path) -> list[int]:
    look_at(page, picture)
    return [
        int(text)
        for text in page.locator("#use .track").evaluate_all(
            "(all) => all.map((one) => one.getAttribute('aria-valuenow'))"
        )
    ]


def test_a_head_sees_pictures_as_it_was_taught(page: Any, tmp_path: Path) -> None:
    """One hand in the middle, others at the sides: the middle square and all of it,
    squashed, are different pictures. The page says of each what `predict` says.
    """
    wide = Image.new("RGB", (672, 224))
    for i, name in enumerate(("paper", "rock", "paper")):
        wide.paste(Image.open(pictures(name)[22]).resize((224, 224)), (224 * i, 0))
    picture = tmp_path / "wide.png"
    wide.save(picture)
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(tmp_path / "project.zip")
    said = {}
    for fit in ("crop", "squash"):
        head = with_fit(tmp_path / "project.zip", tmp_path / f"{fit}.zip", fit)
        page.evaluate("document.querySelectorAll('.toast').forEach((said) => said.remove())")
        page.locator("#import-file").set_input_files(str(tmp_path / f"{fit}.zip"))
        page.locator("dialog button[value=yes]").click()
        page.locator(".toast", has_text="Imported").last.wait_for()
        said[fit] = shares(page, picture)
        (expected,), _ = predict(head, [picture])
        right = [100 * expected["probabilities"][name] for name in ("up", "down")]
        assert said[fit] == pytest.approx(right, abs=8), fit
    assert abs(said["crop"][0] - said["squash"][0]) > 10


def test_copies_are_said(page: Any) -> None:
    """The same photos three times are no proof of anything."""
    for _ in range(2):
        for name, drawn in (("up", "rock"), ("down", "paper")):
            drop(page, card(page, name), pictures(drawn)[:5])
    card(page, "down").locator(".count", has_text="15").wait_for()
    card(page, "up").locator(".count", has_text="15").wait_for()
    train(page)
    page.locator("#score-text", has_text="are the same as another one").wait_for(timeout=60_000)
    assert "had not seen" in page.locator("#score-text").text_content()
