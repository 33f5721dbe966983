"""Pellet Maze: its rules in Node, its keys, swipes and buttons in a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from browser import START
from hosts import ROOT
from page_browser import READY, opened


def test_rules_of_the_maze_and_of_a_lesson() -> None:
    node = shutil.which("node")
    assert node, "node is missing (Debian: apt install nodejs)"
    files = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass [1-9]", done.stdout, re.M) or re.search(
        r"pass [1-9]", done.stdout
    ), done.stdout


@pytest.fixture(scope="module")
def page(browser_type: Any, page_url: str) -> Iterator[Any]:
    # Canvas in software: SwiftShader, which draws and computes for the tests, is the
    # busier one.
    with opened(browser_type, page_url, ["--disable-accelerated-2d-canvas"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}?device=gpu")
        page.locator(READY).wait_for(timeout=START)
        yield page


@pytest.mark.browser
def test_play_pause_and_the_keys(page: Any) -> None:
    from playwright.sync_api import expect

    compass, score, banner = (
        page.locator(".compass"),
        page.locator(".scores dd").first,
        page.locator(".banner"),
    )
    page.get_by_role("button", name="Play", exact=True).click()
    for key, arrow in (("ArrowUp", "↑"), ("KeyA", "←"), ("KeyS", "↓"), ("ArrowRight", "→")):
        page.keyboard.press(key)  # the maze has the focus once the game starts
        expect(compass).to_have_text(arrow)
    expect(score).not_to_have_text("0", timeout=15_000)
    page.keyboard.press("KeyP")
    expect(banner).to_have_text("Paused")
    before = score.text_content()
    page.wait_for_timeout(600)
    assert score.text_content() == before
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Pause").click()


@pytest.mark.browser
def test_arrow_keys_elsewhere_do_not_steer(page: Any) -> None:
    compass = page.locator(".compass")
    page.locator(".maze").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_label("Pace").focus()
    page.keyboard.press("ArrowRight")
    assert compass.text_content() == "←"


@pytest.mark.browser
def test_swipes(page: Any) -> None:
    from playwright.sync_api import expect

    maze = page.locator(".maze")
    maze.scroll_into_view_if_needed()
    box = maze.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 60
    for (dx, dy), arrow in (((60, 5), "→"), ((-60, 3), "←"), ((4, 40), "↓"), ((2, -40), "↑")):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx, y + dy, steps=3)
        page.mouse.up()
        expect(page.locator(".compass")).to_have_text(arrow)


@pytest.mark.browser
def test_python_at_work_does_not_stop_the_game(page: Any) -> None:
    """The worker counts without a pause; frames come all the same."""
    page.get_by_role("button", name="New game").click()
    page.evaluate("void (window.counted = pywebml.run('sum(i * i for i in range(20_000_000))'))")
    frames = page.evaluate("""() => new Promise((resolve) => {
        let n = 0;
        const end = performance.now() + 1000;
        const frame = (now) => now < end ? (n += 1, requestAnimationFrame(frame)) : resolve(n);
        requestAnimationFrame(frame);
    })""")
    busy = page.evaluate(
        "Promise.race([counted.then(() => false), new Promise((resolve) => setTimeout(resolve, 0,"
        " true))])"
    )
    assert busy, "the worker was done before the second was over: nothing was measured"
    assert frames >= 5, f"{frames} frames in a second"
    page.get_by_role("button", name="Pause").click()
