"""Tuning in a tab: what won is kept in the browser, used by pages that are opened
afterwards, and can be forgotten.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import ready, value

pytestmark = pytest.mark.browser

FEW = """
from pywebml.core.choices import CHOICES
CHOICES["matmul"].candidates = lambda adapter, shape: ("registers", "narrow")
"""
KEPT = """
from pywebml.core import choices
from pywebml.device import get_device
choices._table(get_device().adapter).get("matmul", {})
"""
SUMMARY = """
import pywebml as pw
double = pw.capture(lambda x: x + x)
double(pw.tensor([1.0, 2.0]))
double.summary()
"""


@pytest.fixture
def tab(new_tab: Any) -> Any:
    """Of a fresh profile: what is asked here is what a visit fetches and keeps."""
    return new_tab


def test_tuning_is_kept_for_later_pages(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}check.html?device=gpu")
    ready(tab)
    assert value(tab, KEPT) == {}
    value(tab, FEW)
    found = tab.evaluate("() => pywebml.call('tune', { only: ['matmul'] })")
    forms = {row["shape"]: row["best"] for row in found["rows"] if row["choice"] == "matmul"}
    assert list(forms) == [f"batches=1 m={n} n={n} k={n} words" for n in (64, 256)]
    assert all(row["best_ms"] == row["all_ms"][row["best"]] > 0 for row in found["rows"])
    assert value(tab, KEPT) == forms
    assert (
        found["floor"].keys() == {"bandwidth", "flops", "launch"}
        and min(found["floor"].values()) > 0
    )

    tab.goto(f"{page_url}check.html?device=gpu")
    ready(tab)
    assert value(tab, KEPT) == forms
    assert "as measured here" in value(tab, SUMMARY)

    tab.goto(f"{page_url}bench.html?device=gpu&only=speed")
    state = tab.locator("#state")
    tab.get_by_role("button", name="Tune for this GPU").click()
    state.get_by_text("no work called 'speed'; there are matmul").wait_for()
    tab.get_by_role("button", name="Forget the tuning").click()
    state.get_by_text("Forgotten.").wait_for()
    tab.get_by_role("button", name="Forget the tuning").click()
    state.get_by_text("Nothing was kept for this adapter.").wait_for()

    tab.goto(f"{page_url}check.html?device=gpu")
    ready(tab)
    assert value(tab, KEPT) == {}
