"""The Playground as a visitor drives it, by keyboard alone; one visit does all."""

from __future__ import annotations

from typing import Any

import pytest
from browser import accessibility_faults

from pywebml.site.browser import until

pytestmark = pytest.mark.browser

STATE = "document.documentElement.dataset.state"
SCORE = "document.getElementById('score').textContent"
EPOCH = "Number(document.getElementById('epoch').textContent)"
RATE = "Number(document.getElementById('rate').textContent.replaceAll(',', ''))"
PIXELS = """document.querySelector('#surface canvas:not([hidden])').getContext('2d')
    .getImageData(0, 0, 20, 20).data.join()"""


def test_a_network_is_built_trained_and_shared(tab: Any, page_url: str) -> None:
    def fragment() -> str:
        return str(tab.evaluate("location.hash"))

    def press(label: str) -> None:
        button = tab.get_by_role("button", name=label, exact=True)
        button.focus()
        tab.keyboard.press("Enter")
        assert button.evaluate("(button) => document.activeElement === button")

    tab.goto(f"{page_url}playground.html?device=cpu#data=xor&noise=9&hidden=3&features=%&epochs=50")
    notice = tab.locator(".notices p")
    notice.wait_for()
    assert "noise=9, features=%" in notice.inner_text()
    until(tab, f"{STATE} === 'ready'")
    assert tab.get_by_role("radio", name="Quarters").is_checked()
    neurons = tab.locator("[aria-label^='Layer'] .node")
    assert neurons.count() == 3

    # built by hand: the focus stays where it is
    press("Add a neuron to layer 1")
    press("Add a layer")
    press("x₁x₂")
    assert neurons.count() == 8
    assert "hidden=4,4" in fragment()
    assert "features=x1,x2,x1x2,sinx1,sinx2" in fragment()

    # a step, and then many; they can be paused
    until(tab, f"{SCORE} !== ''")
    before = tab.evaluate(SCORE)
    press("One step")
    until(tab, f"{SCORE} !== {before!r}")
    tab.get_by_label("Epochs before a pause").select_option("100000")
    tab.locator("#play").focus()
    tab.keyboard.press("Space")
    until(tab, f"{EPOCH} >= 20 && {RATE} > 0")
    tab.get_by_label("Noise").select_option("0.1")  # goes on with its weights
    until(tab, f"{EPOCH} >= 25")
    assert tab.evaluate(STATE) == "working"
    tab.get_by_role("button", name="Pause").press("Space")
    until(tab, f"{STATE} === 'done'")
    outcome = tab.evaluate("pywebml.outcome")
    assert outcome["test_accuracy"] > 0.9
    assert outcome["options"] | {"hidden": "4,4", "noise": 0.1, "data": "xor"} == outcome["options"]

    # what is seen: the plane, one neuron of it, two colours
    plane = tab.evaluate(PIXELS)
    press("Layer 2, neuron 1")
    assert tab.evaluate(PIXELS) != plane
    assert "Layer 2, neuron 1: bias" in tab.locator("#about").inner_text()
    press("Layer 2, neuron 1")
    tab.get_by_role("button", name="One step").focus()
    assert tab.evaluate(PIXELS) == plane
    tab.get_by_label("Two colours only").check()
    assert tab.evaluate(f"new Set({PIXELS}.match(/\\d+,\\d+,\\d+,255/g)).size") <= 3
    tab.get_by_label("Show the points that test it").check()
    assert not accessibility_faults(tab)

    # whoever opens the address sees the same
    address = tab.evaluate("location.href")
    press("Begin anew")
    until(tab, f"{EPOCH} === 0")
    tab.goto(address.split("#")[0] + "#hidden=none&data=hills")
    until(tab, f"{SCORE}.startsWith('A loss')")
    assert neurons.count() == 0
    assert not tab.get_by_label("Two colours only").is_checked()
    press("One step")
    until(tab, f"{SCORE}.startsWith('A loss')")
