"""The Dates page in one visit: it learns, stops and goes on, reads what is typed and shows
where it looked, and has its network again after a reload and from a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
ADDRESS = "dates.html?device=cpu&epochs=1&examples=2400&units=32"


def test_it_learns_reads_and_keeps_what_it_has_learnt(
    tab: Any, page_url: str, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(page_url + ADDRESS)
    until(tab, f"{STATE} === 'ready'")
    start, hint = tab.locator("[data-do=start]"), tab.locator("#hint")
    expect(tab.locator("#practice tbody tr")).to_have_count(8)
    expect(tab.locator(".verdict")).to_contain_text("It cannot read yet")

    start.click()
    expect(hint).to_contain_text("Step")
    tab.get_by_role("button", name="Stop").click()
    until(tab, f"{STATE} === 'done'")
    first = tab.evaluate("pywebml.outcome")
    assert first["stopped"] and 0 < first["steps"] < 50
    expect(start).to_have_text("Go on")
    start.click()
    until(tab, f"{STATE} === 'done' && pywebml.outcome.steps === 50")
    outcome = tab.evaluate("pywebml.outcome")
    assert not outcome["stopped"] and outcome["loss"] < first["loss"]
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['accuracy']:.1f} %")
    expect(tab.locator("#plots canvas")).to_have_count(2)
    expect(tab.locator("#unusual tbody tr").last).to_contain_text("%")

    tab.get_by_label("Any date").fill("7 May 1999")
    signs, looked = tab.locator(".signs button"), tab.locator(".looked tbody tr")
    expect(tab.locator(".looked thead th")).to_have_text([*"7␣May␣1999"])
    expect(looked).to_have_count(10)
    said = "".join(signs.all_inner_texts())
    assert said == "".join(looked.locator("th").all_inner_texts())
    shares = [int(cell.split()[0]) for cell in looked.first.locator("td").all_inner_texts()]
    assert 90 <= sum(shares) <= 110, "rounded"
    signs.first.focus()
    expect(tab.locator(".say")).to_contain_text(f"{said[0]}: it looked at")
    tab.keyboard.press("ArrowRight")
    expect(signs.nth(1)).to_be_focused()
    expect(looked.nth(1)).to_have_class("chosen")
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)

    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save").click()
    download.value.save_as(tmp_path / "dates.zip")
    tab.reload()
    until(tab, f"{STATE} === 'ready'")
    expect(hint).to_contain_text("Here is your network again, after 50 steps")
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['accuracy']:.1f} %")
    expect(start).to_have_text("Train more")
    tab.get_by_label("Any date").fill("7 May 1999")
    expect(signs).to_have_text([*said])

    (tmp_path / "other.zip").write_bytes(b"nothing")
    tab.locator("#file").set_input_files(tmp_path / "other.zip")
    tab.get_by_role("button", name="Forget it").click()
    tab.locator(".toast.bad").wait_for()
    expect(signs).to_have_text([*said])
    tab.locator("#file").set_input_files(tmp_path / "dates.zip")
    tab.get_by_role("button", name="Forget it").click()
    expect(hint).to_contain_text("dates.zip: a network after 50 steps")
    expect(signs).to_have_text([*said])
