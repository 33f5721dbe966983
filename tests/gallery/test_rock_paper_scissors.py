"""The page of rock, paper, scissors, as a visitor uses it: the drawn hands, rounds with
cards, what it has learned out of a file, settings, and a camera (Chromium's fake one).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import READY, START, accessibility_faults, opened, overflow

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
STATE = "document.documentElement.dataset.state"
OVER = "!document.querySelector('.counting')"
COUNTS = "[...document.querySelectorAll('.count')].map((c) => Number(c.textContent)).join()"
ROUNDS = "document.querySelectorAll('.rounds li').length"


def test_a_visit(browser_type: Any, page_url: str, tmp_path: Path) -> None:
    with opened(browser_type, page_url, CAMERA, permissions=["camera"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}rock_paper_scissors.html?device=cpu")
        page.locator(READY).wait_for(timeout=START)
        assert page.locator("#go").is_disabled()
        learn_drawn_hands(page)
        play_cards(page)
        out_and_in(page, tmp_path)
        with_a_camera(page)
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        page.locator(".how summary").click()
        assert overflow(page) <= 0
        assert not accessibility_faults(page)


def learn_drawn_hands(page: Any) -> None:
    page.locator("[data-do=start]").click()
    until(page, f"{STATE} === 'done'")
    assert page.evaluate(COUNTS) == "12,12,12"
    assert page.evaluate("pywebml.outcome.tested") == 24
    assert "of 24 drawn hands" in page.locator("#hint").inner_text()
    # once more would forget what is there, and so it asks
    page.locator("[data-do=start]").click()
    page.keyboard.press("Escape")
    assert page.evaluate(COUNTS) == "12,12,12"


def play_cards(page: Any) -> None:
    """A card is a round. What the computer shows is drawn before the count."""
    page.evaluate("window.chance = Math.random; Math.random = () => 0.5")
    page.locator("#cards button").first.click()
    until(page, "document.querySelector('.counting')")
    page.evaluate("Math.random = () => 0")
    until(page, f"{OVER} && {ROUNDS} === 1")
    assert page.evaluate("pywebml.outcome.rounds[0].computers") == "paper"
    page.evaluate("Math.random = window.chance")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    until(page, f"{OVER} && {ROUNDS} === 2")
    assert page.evaluate("document.activeElement.id") == "go"
    page.locator("summary", has_text="Settings").click()
    page.locator("select[name=best_of]").select_option("1")
    assert page.evaluate(ROUNDS) == 0
    assert "first to 1" in page.locator(".scores").inner_text()


def out_and_in(page: Any, folder: Path) -> None:
    with page.expect_download() as download:
        page.locator("#export").click()
    download.value.save_as(folder / "hands.zip")
    page.locator("#start-over").click()
    page.locator("dialog[open]").get_by_role("button", name="Forget them").click()
    until(page, f"{COUNTS} === '0,0,0'")
    assert page.locator("#export").is_disabled()
    (folder / "no.zip").write_bytes(b"no zip")
    page.locator("#import-file").set_input_files(folder / "no.zip")
    page.locator(".toast.bad").wait_for()
    page.locator("#import-file").set_input_files(folder / "hands.zip")
    until(page, f"{COUNTS} === '12,12,12'")
    page.get_by_role("button", name="Forget paper").click()
    until(page, f"{COUNTS} === '12,0,12'")
    assert page.locator("#go-hint").inner_text() == "Show it paper first."


def with_a_camera(page: Any) -> None:
    """Learns while a button is held, by pointer or key, and tells at the same time."""
    page.locator("#camera-toggle").click()
    page.locator("#camera-toggle", has_text="Turn off camera").wait_for()
    button = page.get_by_role("button", name="Hold to teach paper")
    button.hover()
    page.mouse.down()
    until(page, "Number(document.querySelectorAll('.count')[1].textContent) >= 3")
    until(page, "document.querySelectorAll('.bar')[1].matches('.best')")
    page.mouse.up()
    page.wait_for_timeout(500)  # for the frame that was under way
    count = page.evaluate(COUNTS)
    page.wait_for_timeout(500)
    assert page.evaluate(COUNTS) == count
    button.focus()
    page.keyboard.down(" ")
    until(page, f"{COUNTS} !== '{count}'")
    page.keyboard.up(" ")
    page.locator("#go").click()
    until(page, f"{OVER} && {ROUNDS} >= 1")
    assert page.evaluate("pywebml.outcome.rounds[0].yours") == "paper"
    page.locator("#camera-toggle").click()
    page.locator("#camera-toggle", has_text="Turn on camera").wait_for()
