"""Whatever a button does to itself, the focus is somewhere afterwards: every button of
every page is pressed from the keyboard, those too that come up meanwhile.
"""

from __future__ import annotations

from typing import Any

import pytest
from app_pages import APPS, PAGES, PART
from browser import START, profile
from teach_page import card, drop, pictures

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

MOST = 130  # buttons of a page
STATE = "document.documentElement.dataset.state"
# the next button of a kind (numbers aside); in an open dialog only its own are in reach,
# and a question is answered with yes
NEXT = """(pressed) => {
  const dialog = document.querySelector("dialog[open]");
  const named = (b) =>
    (b.getAttribute("aria-label") ?? b.textContent).trim().replace(/[0-9]+/g, "#");
  const all = [...(dialog ?? document).querySelectorAll("button")];
  const button = dialog?.matches(".question")
    ? dialog.querySelector("[value=yes]")
    : all.find((b) => b.checkVisibility() && !b.disabled && !pressed.includes(named(b)));
  button?.focus();
  return button ? named(button) : null;
}"""
LOST = "() => document.activeElement === null || document.activeElement === document.body"


def press_all(page: Any, but: list[str]) -> list[str]:
    """Presses one button after the other, `but` some; the names of all."""
    pressed = list(but)
    while len(pressed) < MOST:
        name = page.evaluate(NEXT, pressed)
        if name is None and page.locator("dialog[open]").count() == 0:
            break
        pressed.append(name or "Escape")
        page.keyboard.press("Enter" if name else "Escape")
        for _ in range(5):
            page.wait_for_timeout(40)
            assert not page.evaluate(LOST), f"after {pressed[-4:]}"
    return pressed


@pytest.mark.parametrize("name", APPS)
def test_no_button_loses_the_focus(tab: Any, page_url: str, name: str) -> None:
    tab.on("filechooser", lambda chooser: None)  # it would wait for an answer
    tab.goto(f"{page_url}{PAGES[name]}?device=cpu&{PART.get(name, '')}")
    until(tab, f"{STATE} === 'ready'")
    if name == "teach":
        for label, hand in (("up", "rock"), ("down", "paper")):
            drop(tab, card(tab, label), pictures(hand)[:3])
        for label in ("left", "right"):
            tab.get_by_role("button", name=f"Remove class {label}").click()
        tab.locator("#train-button:enabled").wait_for()
    # one class keeps its pictures, for the buttons of those
    pressed = press_all(tab, ["Empty: class left"] if name == "teach" else [])
    print(name, pressed)
    until(tab, f"{STATE} !== 'working'")
    tab.wait_for_timeout(100)
    assert not tab.evaluate(LOST)
    expected = {"teach": {"Start over", "Bring back", "Undo", "Play", "Delete this picture"}}
    assert expected.get(name, set()) <= set(pressed)
    assert len(pressed) < MOST, "some were not pressed"


def test_training_keeps_it_from_start_to_stop(browser: Any, page_url: str) -> None:
    with profile(browser, page_url) as context:
        page = context.new_page()
        page.goto(f"{page_url}teach.html?device=cpu")
        card(page, "up").wait_for()
        for label in ("left", "right"):
            page.get_by_role("button", name=f"Remove class {label}").click()
        for label, hand in (("up", "rock"), ("down", "paper")):
            drop(page, card(page, label), pictures(hand)[:3])
        page.locator("summary", has_text="Settings").click()
        page.get_by_label("Epochs").select_option(index=2)
        page.locator("#train-button:enabled").press("Enter")
        page.locator("#stop-button").press("Enter", timeout=START)
        for _ in range(20):
            assert not page.evaluate(LOST)
            page.wait_for_timeout(40)
        page.locator("#stop-button").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.id") == "train-button"
