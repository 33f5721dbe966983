"""The Teach page in a browser: pictures in, a head out, kept across reloads, exported,
imported; a camera that steers the maze.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import (
    READY,
    START,
    accessibility_faults,
    desk_tab,
    eventually,
    overflow,
    pictured,
)
from shares import ALL, share
from teach_page import CLASSES, card, count, drop, in_store, look_at, pictures, start_over

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

LOOKED_AT = 300_000  # milliseconds for all pictures to go through the network, on SwiftShader
DEVICE = "gpu" if ALL else "cpu"
"""A picture takes a second of the processor where that is WebGPU, too. There are
lessons on WebGPU in test_lesser.py, and in tests/tab/test_worker.py.
"""


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    """The page, taught rock, paper and scissors with 20 pictures each; the others are for
    questions.
    """
    from playwright.sync_api import expect

    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}teach.html?device={DEVICE}")
        names = page.locator("input.name")
        page.get_by_role("button", name="Remove class right").click()
        for i, name in enumerate(CLASSES):
            names.nth(i).fill(name)
            names.nth(i).press("Enter")
        for name in CLASSES:  # while Python is still starting
            drop(page, card(page, name), pictures(name)[:20])
            expect(card(page, name).locator(".count")).to_have_text("20")
        page.locator(READY).wait_for(timeout=START)
        page.locator("#train-button").click()
        page.locator("#result").wait_for(timeout=LOOKED_AT)
        yield page


def test_pictures_teach_it(page: Any) -> None:
    """At least 0.9 of the held-out pictures, and of 15 that were never dropped."""
    assert [count(page, name) for name in CLASSES] == [20, 20, 20]
    percent = int(str(page.locator("#score").text_content()).split()[0])
    assert percent >= 90
    cells = page.locator(".confusion tbody td").all_text_contents()
    assert len(cells) == 9
    assert sum(map(int, cells)) == 12
    asked = [(name, picture) for name in CLASSES for picture in pictures(name)[20:]]
    right = sum(look_at(page, picture) == name for name, picture in asked)
    assert right >= 0.9 * len(asked), f"{right} of {len(asked)}"


def test_the_plots_say_what_they_show(page: Any) -> None:
    loss = page.locator("#plots svg").first.get_attribute("aria-label")
    assert "after epoch 20" in loss
    first, last = (float(part.split()[0]) for part in loss.removeprefix("Loss: ").split(", ")[:2])
    assert last < first / 2
    assert page.locator("#plots figure").nth(1).locator("polyline").count() == 2


def test_a_reload_keeps_pictures_head_and_settings(page: Any) -> None:
    page.locator("summary", has_text="Settings").click()
    page.get_by_label("Epochs").select_option("10")
    epochs = "async (part, get) => (await get('project', 'project')).settings.epochs"
    eventually(page, lambda: in_store(page, epochs), 10)
    score = page.locator("#score").text_content()
    page.reload()
    page.locator(READY).wait_for(timeout=START)
    assert [count(page, name) for name in CLASSES] == [20, 20, 20]
    assert page.locator(".thumbs img").count() == 60
    assert page.locator("#score").text_content() == score
    assert page.get_by_label("Epochs").input_value() == "10"
    # none had to be looked at again
    page.locator("#train-hint").filter(has_text="Ready to train on 60 pictures").wait_for()
    assert look_at(page, pictures("paper")[22]) == "paper"


def test_what_was_taught_lies_on_a_map(page: Any, page_url: str) -> None:
    """The embedding map reads the lesson that this browser keeps."""
    from playwright.sync_api import expect

    tab = page.context.new_page()
    tab.goto(f"{page_url}embedding_map.html?device=cpu&iterations=600&perplexity=8")
    expect(tab.locator("#what option[value=lesson]")).to_have_text("What I taught: 60 pictures")
    tab.locator("#what").select_option("lesson")
    tab.locator("[data-do=start]").click()
    until(tab, "document.documentElement.dataset.state === 'done'")
    outcome = tab.evaluate("pywebml.outcome")
    assert outcome["classes"] == list(CLASSES)
    assert outcome["same_class"] > 0.8
    assert tab.locator("#legend li").all_inner_texts() == list(CLASSES)
    tab.locator(".map").press("ArrowRight")
    expect(tab.locator("#near-text")).to_have_text(
        re.compile("A picture of “(rock|paper|scissors)”")
    )
    assert not accessibility_faults(tab)
    pictured(tab, "taught-map")
    tab.close()


def test_export_start_over_import(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.locator("#export").click()
    path = tmp_path / "project.zip"
    download.value.save_as(path)
    with zipfile.ZipFile(path) as project:
        names = project.namelist()
        assert project.testzip() is None
    assert sum("samples/rock/" in name for name in names) == 20

    page.locator("#start-over").click()
    page.get_by_role("button", name="Cancel").click()
    assert count(page, "rock") == 20
    start_over(page)
    page.get_by_label("Name of class up", exact=True).wait_for()
    assert page.locator(".thumbs img").count() == 0
    assert page.locator("#result").is_hidden()

    page.locator("#import-file").set_input_files(str(path))
    page.get_by_label("Name of class scissors", exact=True).wait_for()
    assert [count(page, name) for name in CLASSES] == [20, 20, 20]
    assert page.locator(".thumbs img").count() == 60
    assert look_at(page, pictures("rock")[21]) == "rock"
    page.reload()  # what was imported is kept, too
    page.locator(READY).wait_for(timeout=START)
    assert [count(page, name) for name in CLASSES] == [20, 20, 20]


def test_a_file_that_is_no_project_changes_nothing(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(b"this is no zip")
    page.locator("#import-file").set_input_files(str(path))
    page.locator("dialog button[value=yes]").click()
    page.locator(".toast.bad").first.wait_for()
    assert [count(page, name) for name in CLASSES] == [20, 20, 20]


def test_pictures_can_be_deleted_and_brought_back_with_the_keyboard(page: Any) -> None:
    thumbs = card(page, "paper").locator(".thumbs button")
    thumbs.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    assert count(page, "paper") == 19
    assert page.evaluate("document.activeElement.closest('.thumbs') !== null"), (
        "the focus stays among the pictures"
    )
    page.get_by_role("button", name="Undo").click()
    assert count(page, "paper") == 20


def test_names_are_checked(page: Any) -> None:
    name = page.get_by_label("Name of class paper", exact=True)
    name.fill("Rock")
    name.press("Enter")
    page.locator(".toast.bad", has_text="already").first.wait_for()
    assert name.input_value() == "paper"


def test_a_second_tab_says_that_it_keeps_nothing(page: Any) -> None:
    second = page.context.new_page()
    second.goto(page.url)
    second.locator(".notices").get_by_text("open in another tab").wait_for()
    assert second.locator(".thumbs img").count() == 60
    second.close()


LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), share(LOOKS, 3))  # each width, each scheme
def test_it_fits_and_anyone_can_use_it(page: Any, width: int, scheme: str) -> None:
    """axe-core finds nothing serious, nothing is wider than the window; screenshots go
    to $PYWEBML_ARTIFACTS.
    """
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844 if width == 390 else 800})
    assert overflow(page) <= 0
    assert not accessibility_faults(page)
    pictured(page, f"teach-{width}-{scheme}")


def test_the_exported_pictures_teach_the_command_line_too(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(tmp_path / "project.zip")
    with zipfile.ZipFile(tmp_path / "project.zip") as project:
        (folder,) = {Path(name).parents[1] for name in project.namelist() if name.endswith(".jpg")}
        project.extractall(tmp_path)
    command = [
        sys.executable,
        "-m",
        "pywebml",
        "teach",
        str(tmp_path / folder),
        "--device",
        "cpu",
        "--epochs",
        "10",
    ]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "head.zip")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in CLASSES)
