"""The page "Fit a curve" as a visitor drives it, by mouse and by keyboard; one visit does
all.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import accessibility_faults

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
DOTS = "document.querySelectorAll('.paper circle').length"
STEPS = "Number(document.getElementById('steps').textContent.replaceAll(',', ''))"
LOSS = "Number(document.getElementById('loss').textContent)"
LINE = "document.querySelector('.paper .curve').getAttribute('points')"


def test_points_are_put_on_the_plane_and_a_curve_follows(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}curve.html?device=cpu#data=line&noise=0&degree=3&count=10&warp=1")
    tab.locator(".toast", has_text="warp=1").wait_for()
    until(tab, f"{STATE} === 'ready' && {DOTS} === 10")
    assert tab.get_by_role("radio", name="Line").is_checked()

    # a step, and then many; the curve goes through the points of a line
    before = tab.evaluate(LINE)
    tab.get_by_role("button", name="One step").press("Enter")
    until(tab, f"{STEPS} === 1 && {LINE} !== {before!r}")
    tab.get_by_label("Pause after").select_option("100")
    tab.get_by_label("Speed").select_option("most")
    tab.locator("#play").press("Space")
    until(tab, f"{STATE} === 'done'")
    assert tab.evaluate("pywebml.outcome.loss") < 1e-3
    assert "x3" in tab.locator("#formula").inner_text().replace("\n", "")

    # by mouse: a click adds a point, a drag moves it, a click takes it away
    box = tab.locator(".paper").bounding_box()
    x, y = box["x"] + 0.3 * box["width"], box["y"] + 0.15 * box["height"]
    tab.mouse.click(x, y)
    until(tab, f"{DOTS} === 11")
    assert tab.get_by_role("radio", name="Yours").is_checked()
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 40, y + 10, steps=4)
    tab.mouse.up()
    until(tab, "location.hash.includes('points=')")
    assert tab.evaluate(DOTS) == 11
    tab.mouse.click(x + 40, y + 10)
    until(tab, f"{DOTS} === 10")

    # by keyboard alone
    tab.get_by_role("button", name="Clear").press("Enter")
    until(tab, f"{DOTS} === 0")
    tab.locator("#play").press("Enter")
    tab.locator(".toast", has_text="no points yet").wait_for()
    tab.locator(".paper").focus()
    for keys in (["ArrowUp"] * 4, ["ArrowRight"] * 8, ["ArrowLeft"] * 16):
        for key in keys:
            tab.keyboard.press(key)
        tab.keyboard.press("Enter")
    until(tab, f"{DOTS} === 3")
    tab.keyboard.press("Enter")  # on the last one
    until(tab, f"{DOTS} === 2")
    until(tab, "location.hash.includes('points=0,200,400,200')")
    assert not accessibility_faults(tab)

    # a rate that is too large is said, and no curve is lost
    tab.get_by_label("Optimizer").select_option("sgd")
    tab.get_by_label("Learning rate").select_option("3")
    tab.locator("#play").press("Space")
    tab.locator(".toast", has_text="left all bounds").wait_for()
    until(tab, f"{STATE} === 'done'")
    assert "NaN" not in tab.evaluate(LINE)
    tab.get_by_label("Learning rate").select_option("0.1")
    tab.locator("#play").press("Space")
    until(tab, f"{STATE} === 'working'")
    until(tab, f"{STATE} === 'done'")
    assert tab.evaluate("pywebml.outcome.loss") < 0.01

    # a network; and whoever opens the address sees the same
    tab.locator("select[name=model]").select_option("network")
    until(tab, f"{STEPS} === 0")
    assert "321 weights" in tab.locator("#formula").inner_text()
    assert not tab.get_by_label("Degree").is_visible()
    until(tab, "location.hash.includes('model=network')")
    address = tab.evaluate("location.href")
    tab.get_by_role("radio", name="Wave").check()
    until(tab, f"{DOTS} === 10")
    tab.get_by_role("radio", name="Yours").check()
    until(tab, f"{DOTS} === 2")
    tab.goto("about:blank")
    tab.goto(address)
    until(tab, f"{STATE} === 'ready' && {DOTS} === 2")
    assert tab.get_by_label("Neurons").is_visible()
