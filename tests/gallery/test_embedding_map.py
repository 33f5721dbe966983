"""The embedding map in one visit: it unfolds, waits when it is asked to, and shows the
digit that is pointed at, by mouse and by keyboard.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"


def test_digits_find_their_like(tab: Any, page_url: str) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{page_url}embedding_map.html?device=cpu&digits=200&iterations=300&perplexity=none")
    until(tab, f"{STATE} === 'ready'")
    expect(tab.locator("[name=digits]")).to_have_value("200")
    tab.locator("[data-do=start]").click()
    hint, pause = tab.locator("#hint"), tab.locator("#pause")
    expect(hint).to_contain_text("200 digits · iteration")
    pause.click()
    expect(pause).to_have_text("Go on")
    tab.wait_for_timeout(300)  # the step under way
    still = hint.text_content()
    tab.wait_for_timeout(500)
    assert hint.text_content() == still
    pause.click()
    until(tab, f"{STATE} === 'done'")
    outcome = tab.evaluate("pywebml.outcome")
    assert outcome["iterations"] == 300 and outcome["same_class"] > 0.6
    share = round(100 * outcome["same_class"])
    expect(tab.locator("#score")).to_have_text(f"{share}\u00a0%")
    large = tab.locator(".under canvas")
    drawing = tab.locator(".map")
    drawing.focus()
    drawing.press("ArrowRight")
    expect(large).to_have_accessible_name(re.compile(r"A \d, as somebody wrote it\."))
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    tab.mouse.move(box["x"] + 8, box["y"] + 8)
    expect(large).to_have_accessible_name("No digit here.")
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)
