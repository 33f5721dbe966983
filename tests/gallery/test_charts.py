"""The charts of pw.vis on the Python page: live plots by uPlot, tables, drawings, in a
panel with tabs; in one visit.
"""

from __future__ import annotations

from typing import Any

import pytest
from browser import READY, START, accessibility_faults, overflow
from python_page import run

pytestmark = pytest.mark.browser

PROGRAM = """
import pywebml as pw
model = pw.Sequential([pw.layers.Dense(1)])
model.compile("sgd", "mse")
live = pw.vis.show.fit_callbacks({"name": "T", "tab": "Training"})
await model.fit(pw.ones((8, 1)), pw.ones((8, 1)), epochs=3, verbose=0, callbacks=live)
model_tab = lambda name: {"name": name, "tab": "Model"}
pw.vis.show.model_summary(model_tab("Layers"), model)
pw.vis.render.confusion_matrix(model_tab("Mixed up"), [[3, 1], [0, 4]])
pw.vis.render.barchart(model_tab("Bars"), {"a": 1, "b": 2})
pw.vis.render.scatterplot(model_tab("Points"), {"a": [(0, 1), (1, 2)], "b": [(1, 1)]})
pw.plot([1, 2, 3], title="a plot")
"""


def test_charts_stand_in_a_panel(tab: Any, page_url: str) -> None:
    from playwright.sync_api import expect

    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{page_url}python.html?device=cpu")
    tab.locator(READY).wait_for(timeout=START)
    said = run(tab, PROGRAM)
    assert "Traceback" not in said, said
    panel = tab.locator(".panel")
    expect(panel.get_by_role("tab")).to_have_text(["Training", "Model"])
    training = panel.get_by_role("tabpanel", name="Training")
    expect(training.locator(".surface")).to_have_count(1)  # redrawn, not added to
    expect(training.locator("canvas")).to_be_visible()
    expect(training.get_by_role("group")).to_have_attribute("aria-label", "T: loss")
    over = training.locator(".u-over")
    over.hover()
    expect(training.locator(".u-value").nth(1)).not_to_have_text("–")
    assert overflow(tab) <= 0
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.emulate_media(color_scheme="dark")  # drawn anew in other colours, and fits
    tab.set_viewport_size({"width": 800, "height": 844})
    expect(training.locator("canvas")).to_have_count(1)
    tab.set_viewport_size({"width": 390, "height": 844})
    panel.get_by_role("tab", name="Training").press("ArrowRight")
    model = panel.get_by_role("tabpanel", name="Model")
    expect(model.locator("td", has_text="Dense").first).to_be_visible()
    expect(model.locator(".confusion td.hit").first).to_have_text("3")
    expect(model.get_by_alt_text("Bars: a 1, b 2")).to_be_visible()
    expect(model.locator("canvas")).to_be_visible()
    expect(tab.get_by_alt_text("a plot")).to_be_visible()
    assert overflow(tab) <= 0
    assert not accessibility_faults(tab)
    assert not errors
