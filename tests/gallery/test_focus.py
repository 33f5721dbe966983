"""Where a lesson is taught the focus is somewhere, whatever is pressed: test_pages.py
presses the buttons of all other pages.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import START
from pressing import LOST, press_all
from teach_page import card, drop, pictures

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"


def test_no_button_loses_the_focus(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}teach.html?device=cpu")
    until(tab, f"{STATE} === 'ready'")
    for label, hand in (("up", "rock"), ("down", "paper")):
        drop(tab, card(tab, label), pictures(hand)[:3])
    for label in ("left", "right"):
        tab.get_by_role("button", name=f"Remove class {label}").click()
    tab.locator("#train-button:enabled").wait_for()
    # one class keeps its pictures, for the buttons of those
    pressed = press_all(tab, but=["Empty: class left"])
    assert {"Start over", "Bring back", "Undo", "Play", "Delete this picture"} <= set(pressed)


def test_training_keeps_it_from_start_to_stop(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}teach.html?device=cpu")
    card(tab, "up").wait_for()
    for label in ("left", "right"):
        tab.get_by_role("button", name=f"Remove class {label}").click()
    for label, hand in (("up", "rock"), ("down", "paper")):
        drop(tab, card(tab, label), pictures(hand)[:3])
    tab.locator("summary", has_text="Settings").click()
    tab.get_by_label("Epochs").select_option(index=2)
    tab.locator("#train-button:enabled").press("Enter")
    tab.locator("#stop-button").press("Enter", timeout=START)
    for _ in range(20):
        assert not tab.evaluate(LOST)
        tab.wait_for_timeout(40)
    tab.locator("#stop-button").wait_for(state="hidden")
    assert tab.evaluate("document.activeElement.id") == "train-button"
