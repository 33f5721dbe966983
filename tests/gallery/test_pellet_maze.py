"""Pellet Maze in a browser: keys, swipes and buttons. Its rules: tests/js."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import READY, START, desk_tab

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(known_profile: Any, page_url: str) -> Iterator[Any]:
    with desk_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}teach.html?device=gpu")
        page.locator(READY).wait_for(timeout=START)
        yield page


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
    expect(score).not_to_have_text("0")
    page.keyboard.press("KeyP")
    expect(banner).to_have_text("Paused")
    before = score.text_content()
    page.wait_for_timeout(600)
    assert score.text_content() == before
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Pause").click()


def test_arrow_keys_elsewhere_do_not_steer(page: Any) -> None:
    compass = page.locator(".compass")
    page.locator(".maze").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_label("Pace").focus()
    page.keyboard.press("ArrowRight")
    assert compass.text_content() == "←"


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
