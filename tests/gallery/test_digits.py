"""The digits page in one visit: it trains by what its address says, reads what is drawn
and what it is given, and says what it mixes up.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"


def test_it_learns_to_read_what_one_writes(tab: Any, page_url: str) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{page_url}digits.html?device=cpu&network=dense&epochs=3&batch_size=nonsense")
    until(tab, f"{STATE} === 'ready'")
    expect(tab.get_by_label("Epochs")).to_have_value("3")
    expect(tab.locator("#samples canvas")).to_have_count(24)
    tab.locator("[data-do=start]").click()
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    until(tab, f"{STATE} === 'done'")
    outcome = tab.evaluate("pywebml.outcome")
    assert outcome["test_accuracy"] > 0.9 and outcome["epochs"] == 3
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['test_accuracy']:.1f} %")
    expect(tab.locator("#plots canvas")).to_have_count(2)
    expect(tab.locator(".confusion tbody tr")).to_have_count(10)
    expect(tab.locator("#wrong li").first).to_contain_text("read as")
    said = tab.locator("#said")
    tab.locator(".pad").scroll_into_view_if_needed()
    box = tab.locator(".pad").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    tab.mouse.move(x, y + 40)
    tab.mouse.down()
    tab.mouse.move(x - 5, y + box["height"] - 40, steps=12)
    tab.mouse.up()
    expect(said).to_have_text("1")
    expect(tab.get_by_role("meter", name="1", exact=True)).not_to_have_attribute(
        "aria-valuenow", "0"
    )
    tab.get_by_role("button", name="Clear").click()
    expect(said).to_have_text("–")
    tab.get_by_role("button", name="Write one for me").press("Enter")
    expect(said).not_to_have_text("–")
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)
