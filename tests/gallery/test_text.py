"""The Text page in one visit: a text of one's own is learned, stopped and gone on with;
it writes meanwhile, and afterwards; what it has learned goes out and in, and outlives a
reload.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, overflow

from pywebml.apps.text.files import read_saved
from pywebml.device import run_sync
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
RHYME = "the cat sat on the mat, the dog lay on the log.\n" * 40
STEP = "Number(/Step (\\d+)/.exec(document.getElementById('hint').textContent)?.[1] ?? 0)"
SMALL = "?device=cpu&units=24&length=12&batch=8&steps=5000&seed=3"


def test_it_learns_a_text_and_writes(tab: Any, page_url: str, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    start, hint = tab.locator("[data-do=start]"), tab.locator("#hint")
    latest = tab.get_by_label("What it writes now")
    written = tab.get_by_label("What it has written on")
    temperature = tab.get_by_label("Temperature")

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{page_url}text.html{SMALL}")
    until(tab, f"{STATE} === 'ready'")
    expect(tab.locator("#count")).to_contain_text("Alice in Wonderland: 34,794 characters")
    expect(tab.locator("#write")).to_have_attribute("aria-disabled", "true")

    # files that are none; then a text of one's own
    (tmp_path / "no.txt").write_bytes(b"caf\xe9 " * 50)
    tab.locator("#file").set_input_files(tmp_path / "no.txt")
    expect(tab.locator(".toast.bad").last).to_contain_text("save it as UTF-8")
    tab.locator("#load-file").set_input_files(tmp_path / "no.txt")
    expect(tab.locator(".toast.bad").last).to_contain_text("is no model")
    (tmp_path / "rhyme.txt").write_bytes(RHYME.encode("utf-16"))
    tab.locator("#file").set_input_files(tmp_path / "rhyme.txt")
    expect(tab.locator("#count")).to_contain_text("rhyme.txt: 1,920 characters")
    expect(tab.get_by_label("You begin")).to_have_value("the cat sat on the mat,")

    # it learns, and writes at the temperature that is moved meanwhile
    start.click()
    until(tab, f"{STEP} >= 20")
    expect(latest).not_to_be_empty()
    temperature.fill("0.05")
    expect(tab.locator("#mood")).to_have_text("0.05, careful")
    tab.get_by_label("You begin").fill("the dog ")
    tab.get_by_role("button", name="Write on").click()
    expect(written).to_contain_text("the dog ")
    until(tab, f"{STEP} >= 200")
    tab.get_by_role("button", name="Stop").click()
    until(tab, f"{STATE} === 'done'")
    first = tab.evaluate("pywebml.outcome")
    assert first["stopped"] and 200 <= first["steps"] < 5000 and first["val_loss"] < 1.5
    expect(hint).to_contain_text(f"Stopped after {first['steps']} steps")
    assert any(word in latest.inner_text() for word in ("the", "cat", "dog", "mat"))
    assert tab.locator("#diary li").count() >= 2
    expect(tab.locator(".uplot-place canvas")).to_have_count(1)

    # what it wavered between; a sample as soon as the temperature is moved
    tab.get_by_role("button", name="Write on").click()
    expect(tab.get_by_role("button", name="Write on")).not_to_have_attribute("aria-busy", "true")
    assert len(written.locator("span").all()) == 401
    written.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#letter")).to_contain_text("It wrote")
    expect(tab.locator("#likeliest, .wavering .bar")).to_have_count(6)
    before = latest.inner_text()
    temperature.fill("2")
    expect(tab.locator("#when")).to_contain_text("Just now")
    expect(latest).not_to_have_text(before)
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)

    # out into a file; forgotten; and in again
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save", exact=True).click()
    download.value.save_as(tmp_path / "writer.zip")
    saved = run_sync(read_saved((tmp_path / "writer.zip").read_bytes()))
    assert (saved.steps, set(saved.letters)) == (first["steps"], set(RHYME))
    tab.get_by_role("button", name="Begin anew").click()
    tab.get_by_role("button", name="Forget it").click()
    expect(start).to_have_text("Start")
    expect(tab.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    tab.locator("#load-file").set_input_files(tmp_path / "writer.zip")
    expect(hint).to_contain_text(f"writer.zip: {first['steps']} steps")
    expect(start).to_have_text("Go on")

    # it goes on where it stopped, and is there after a reload
    start.click()
    until(tab, f"{STEP} >= 20")
    tab.get_by_role("button", name="Stop").click()
    until(tab, f"{STATE} === 'done'")
    second = tab.evaluate("pywebml.outcome")
    assert second["steps"] >= first["steps"] + 20 and second["val_loss"] < first["val_loss"] + 0.2
    until(tab, "document.getElementById('start').textContent === 'Go on'")
    tab.reload()
    until(tab, f"{STATE} === 'ready'")
    expect(tab.locator("#count")).to_contain_text("rhyme.txt: 1,920 characters")
    expect(start).to_have_text("Go on")
    expect(tab.locator("#when")).to_have_text(f"After {second['steps']} steps")
    tab.get_by_role("button", name="Write on").click()
    expect(written.locator("span")).to_have_count(401)
    tab.get_by_role("textbox", name="Give it a text").fill("Another text.")
    expect(start).to_have_text("Start with this text")
    start.click()
    tab.get_by_role("button", name="Forget it").click()
    expect(tab.locator(".toast.bad").last).to_contain_text("give at least 100")
    expect(tab.locator("#when")).to_have_text(f"After {second['steps']} steps")
