"""The tables page in one visit: irises are told apart, sliders are answered at once, a
table of one's own is dropped and learnt, its model saved and loaded.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from browser import accessibility_faults, eventually, overflow

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
DROP = """([name, text]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name));
  const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  document.querySelector("h1").dispatchEvent(event);
}"""
# 60 and 160 at the middle of the slider, 120 and 220 at its end: no answer to what was
# chosen before is taken for the one that is waited for.
PRICES = "place;size;price\n" + "".join(
    f"{'north' if i % 2 else 'south'};{i % 13},5;{i % 13 * 10 + i % 2 * 100}\n" for i in range(130)
)


def trained(tab: Any) -> Any:
    tab.evaluate("() => { pywebml.outcome = null; }")
    tab.locator("[data-do=start]").click()
    until(tab, f"pywebml.outcome || {STATE} === 'failed'")
    assert tab.evaluate(STATE) == "done"
    return tab.evaluate("pywebml.outcome")


def number(place: Any) -> float | None:
    """What stands there, if it is a number."""
    try:
        return float(place.inner_text())
    except ValueError:
        return None


def test_it_learns_tables_and_answers(tab: Any, page_url: str, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{page_url}tables.html?device=cpu&epochs=40&units=none")
    until(tab, f"{STATE} === 'ready'")
    expect(tab.locator(".column")).to_have_count(5)
    expect(tab.locator(".column.foretold")).to_contain_text("species")
    tab.get_by_role("checkbox", name="sepal_width").uncheck()
    outcome = trained(tab)
    assert outcome["accuracy"] > 0.9 and outcome["epochs"] == 40
    assert outcome["columns"] == ["sepal_length", "petal_length", "petal_width"]
    expect(tab.locator("#score")).to_have_text(f"{100 * outcome['accuracy']:.1f}\u00a0%")
    expect(tab.locator(".confusion tbody tr")).to_have_count(3)
    said = tab.locator("#said")
    for key, flower in (("Home", "setosa"), ("End", "virginica")):
        for name in ("sepal_length", "petal_length", "petal_width"):
            tab.get_by_role("slider", name=name).press(key)
        expect(said).to_have_text(flower)
    tab.get_by_role("button", name="Take a row of the table").click()
    expect(tab.locator("#truth")).to_contain_text("In the table its species is")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download answers").click()
    rows = list(
        csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8")))
    )
    right = sum(row["species"] == row["predicted species"] for row in rows)
    assert len(rows) == 150 and right > 135

    tab.evaluate(DROP, ["prices.csv", PRICES])
    expect(tab.locator("#name")).to_have_text("prices.csv")
    expect(tab.locator("#kind")).to_have_value("number")
    expect(said).to_have_text("–")
    outcome = trained(tab)
    assert outcome["r2"] > 0.9 and outcome["missing"] == 0
    expect(tab.locator("#errs canvas")).to_have_count(1)
    expect(tab.locator("#notes")).to_contain_text("commas are decimal signs")
    tab.get_by_role("slider", name="size").press("End")
    place = tab.get_by_role("combobox", name="place")
    place.select_option("south")
    eventually(tab, lambda: number(said), pytest.approx(120, abs=25))
    south = said.inner_text()
    place.select_option("north")
    expect(said).not_to_have_text(south)
    eventually(tab, lambda: number(said), pytest.approx(220, abs=25))
    north = number(said)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save the model").click()
    saved = tmp_path / "price.keras"
    download.value.save_as(saved)
    assert download.value.suggested_filename == "price.keras"

    tab.get_by_role("button", name="Irises").click()
    expect(tab.locator("#name")).to_have_text("iris.csv")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Load a model").click()
    chooser.value.set_files(saved)
    expect(tab.locator(".toast").last).to_contain_text("cannot be tested here")
    place.select_option("north")
    tab.get_by_role("slider", name="size").press("End")
    eventually(tab, lambda: number(said), pytest.approx(north, rel=1e-3))
    for name, text in (("one.csv", "size\n1\n2\n"), ("no.keras", "hello")):
        tab.evaluate(DROP, [name, text])
        expect(tab.locator(".toast.bad").last).to_contain_text(name)
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)
