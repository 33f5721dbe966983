"""The Face points page in one visit: it learns, stops and goes on, finds the points of a
face that is drawn by sliders, is shown and saved in 8 bits, and is there again after a
reload.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.apps.face_points.files import read_saved
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
ADDRESS = "face_points.html?device=cpu&epochs=6&faces=400&blocks=2&filters=4"
STEPS = 6 * 13
BEGUN = "document.querySelector('#hint').textContent.includes('Step')"
STOP = "document.querySelector('#stop:not([hidden])').click()"
SEEN = "[...document.querySelectorAll('#drawn .seen')].map((dot) => dot.getAttribute('cy'))"


def test_it_learns_finds_points_shrinks_and_is_kept(
    tab: Any, page_url: str, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(page_url + ADDRESS)
    until(tab, f"{STATE} === 'ready'")
    start, hint = tab.locator("[data-do=start]"), tab.locator("#hint")
    faces, dots = tab.locator("#faces .face"), tab.locator("#faces .seen")
    expect(faces).to_have_count(12)
    expect(tab.locator("#faces .known")).to_have_count(12 * 11)
    expect(tab.locator("#verdict")).to_contain_text("cannot find points yet")
    expect(dots).to_have_count(0)

    start.click()
    until(tab, f"{BEGUN} && ({STOP}, true)")  # in one go: the training is short
    until(tab, f"{STATE} === 'done'")
    first = tab.evaluate("pywebml.outcome")
    assert first["stopped"] and 0 < first["steps"] < STEPS
    expect(start).to_have_text("Go on")
    start.click()
    until(tab, f"{STATE} === 'done' && pywebml.outcome.steps === {STEPS}")
    outcome = tab.evaluate("pywebml.outcome")
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['error']:.1f} %")
    expect(tab.locator("#tried-on")).to_have_text(f"{100 * outcome['error']:.1f} %")
    expect(tab.locator("#plots canvas")).to_have_count(2)
    expect(dots).to_have_count(12 * 11)

    expect(tab.locator("#verdict")).to_contain_text("of the width, most at")
    before = tab.evaluate(SEEN)
    tab.get_by_label("Smile").fill("1")
    until(tab, f"String({SEEN}) !== '{','.join(before)}'")
    tab.get_by_role("checkbox", name="Brows").uncheck()
    expect(dots).to_have_count(12 * 7)
    tab.get_by_role("switch").check()
    expect(tab.locator("#faces .small")).to_have_count(12 * 7)
    expect(tab.locator("#moved")).to_contain_text("In 8 bits its points lie")
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)

    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "face_points_8_bits.zip"
    download.value.save_as(tmp_path / "small.zip")
    assert read_saved((tmp_path / "small.zip").read_bytes()).steps == STEPS

    tab.goto(page_url + "face_points.html?device=cpu")
    until(tab, f"{STATE} === 'ready'")
    expect(hint).to_contain_text(f"Here is your network again, after {STEPS} steps")
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['error']:.1f} %")
    expect(start).to_have_text("Train more")
    tab.get_by_role("radio", name="Without").check()
    expect(start).to_have_text("Train another")
    tab.locator("#file").set_input_files(tmp_path / "small.zip")
    tab.get_by_role("button", name="Forget it").click()
    expect(hint).to_contain_text(f"small.zip: a network after {STEPS} steps")
    expect(start).to_have_text("Train more")
