"""The page "Balance a pole": a policy learns, is kept over a reload, saved and loaded; and
one plays by hand. One visit does all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, desk_tab

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
ITERATION = "Number(document.getElementById('iteration').textContent)"
CLOCK = "Number(document.getElementById('clock').textContent)"
HINT = "document.getElementById('hint').textContent"
CAPTION = "document.getElementById('caption').textContent"


def test_a_policy_learns_is_kept_and_shared(
    known_profile: Any, page_url: str, tmp_path: Path
) -> None:
    with desk_tab(known_profile, page_url) as page:
        page.emulate_media(reduced_motion="no-preference")
        page.goto(f"{page_url}cart_pole.html?device=cpu&games=8&hidden=8&iterations=100&seed=x")
        until(page, f"{STATE} === 'ready' && {HINT}.startsWith('Ready')")

        # by hand, from the keyboard: pushed to the right only, it falls within a moment
        page.get_by_label("Slow motion").uncheck()
        page.get_by_role("button", name="Play yourself").press("Enter")
        assert page.evaluate("document.activeElement.id") == "stage"
        page.keyboard.down("ArrowRight")
        until(page, f"{CAPTION}.includes('It fell after')")
        page.keyboard.up("ArrowRight")
        assert 5 < page.evaluate(CLOCK) < 40
        page.keyboard.press("Space")
        until(page, f"{CAPTION}.startsWith('Keep the pole up')")
        until(page, f"{CAPTION}.includes('Your best')")

        # a few iterations, paused; typical games are on the stage
        page.locator("#train").press("Enter")
        until(page, f"{ITERATION} >= 3 && {CAPTION}.includes('typical game of iteration')")
        page.locator("#train").press("Enter")
        until(page, f"{STATE} === 'done'")
        outcome = page.evaluate("pywebml.outcome")
        assert outcome["tested"] == 100 and outcome["hidden"] == 8
        assert 8 < outcome["mean_steps"] <= 500
        assert not accessibility_faults(page)

        # goes on where it was, and starts over when asked
        before = page.evaluate(ITERATION)
        page.locator("#train").press("Enter")
        until(page, f"{ITERATION} > {before}")
        page.get_by_role("button", name="Start over").press("Enter")
        until(page, f"{ITERATION} === 0 && {STATE} === 'done'")

        # a file of it, and a reload
        with page.expect_download() as download:
            page.get_by_role("button", name="Save policy").click()
        file = tmp_path / "cart_pole.zip"
        download.value.save_as(file)
        page.reload()
        until(page, f"{STATE} === 'ready' && {HINT}.includes('is back')")
        page.locator("#file").set_input_files(file)
        until(page, f"{HINT}.startsWith('Loaded: cart_pole.zip')")
        other = tmp_path / "other.zip"
        other.write_bytes(b"PK\x03\x04")
        page.locator("#file").set_input_files(other)
        page.locator(".toast.bad").wait_for()
        assert page.evaluate(ITERATION) == 0
