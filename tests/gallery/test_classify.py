"""What is in a picture, as a visitor uses it: drawn pictures, files, another class, inner
layers, networks of the visitor's, and a camera (Chromium's fake one).
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from browser import READY, START, accessibility_faults, opened, overflow
from real_data import real_data

from pywebml.apps.classify.command import drawn_things
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
STATE = "document.documentElement.dataset.state"
FIRST = "document.querySelector('.bar-name').textContent"
BRIGHTEST = """(() => {
  const { data } = document.querySelector('.overlay').getContext('2d').getImageData(0, 0, 224, 224);
  let [best, at] = [-1, 0];
  for (let i = 3; i < data.length; i += 4) if (data[i] > best) [best, at] = [data[i], (i - 3) / 4];
  return { alpha: best, x: (at % 224) / 224, y: Math.floor(at / 224) / 224 };
})()"""
GREYS = """(() => {
  const canvas = document.querySelector('.sheet');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(data).size;
})()"""


def test_a_visit(browser_type: Any, page_url: str, tmp_path: Path) -> None:
    with opened(browser_type, page_url, CAMERA, permissions=["camera"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}classify.html?device=cpu")
        page.locator(READY).wait_for(timeout=START)
        the_drawn_things(page)
        another_class(page)
        inner_layers(page)
        pictures_of_ones_own(page, tmp_path)
        pictures_by_address(page)
        networks_of_ones_own(page, tmp_path)
        with_a_camera(page)
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        page.locator(".how summary").click()
        assert overflow(page) <= 0
        assert not accessibility_faults(page)


def the_drawn_things(page: Any) -> None:
    page.locator("[data-do=start]").click()
    until(page, f"{STATE} === 'done'")
    outcome = page.evaluate("pywebml.outcome")
    assert outcome["right"] == outcome["tested"] == len(drawn_things())
    assert outcome["network"] == "efficientnet_lite0"
    page.locator(".things button").nth(0).click()
    until(page, f"{FIRST} === 'analog clock'")


def another_class(page: Any) -> None:
    """In the picture of two things each has its own place."""
    page.get_by_role("button", name="Look at: jack-o'-lantern and analog clock").click()
    until(page, f"""{FIRST} === "jack-o'-lantern" """)
    lantern = page.evaluate(BRIGHTEST)
    page.get_by_role("radio", name="Show where it sees wall clock").check()
    clock = page.evaluate(BRIGHTEST)
    assert lantern["alpha"] > 100 and clock["alpha"] > 100
    assert clock["x"] < 0.4 and clock["y"] < 0.4, clock
    assert max(lantern["x"], lantern["y"]) > 0.4, lantern
    assert "wall clock" in page.locator("#hint").inner_text()
    page.locator("#heat").uncheck()
    assert page.locator(".overlay").is_hidden()
    page.locator("#heat").check()
    assert page.locator(".overlay").is_visible()


def inner_layers(page: Any) -> None:
    slider = page.get_by_role("slider", name="Layer")
    until(page, f"{GREYS} > 50")
    slider.focus()
    page.keyboard.press("Home")
    until(page, "document.querySelector('.sheet').ariaLabel.includes('stem_activation')")
    assert slider.get_attribute("aria-valuetext").startswith("stem_activation, 1 of ")
    page.keyboard.press("End")
    until(page, "document.querySelector('.sheet').ariaLabel.includes('top_activation')")
    assert "of 1280 channels" in page.locator(".layers .hint").inner_text()


def pictures_of_ones_own(page: Any, folder: Path) -> None:
    page.locator("#file").set_input_files(drawn_things()["umbrella"])
    until(page, f"{FIRST} === 'umbrella'")
    (folder / "no.png").write_bytes(b"no picture")
    page.locator("#file").set_input_files(folder / "no.png")
    page.locator(".toast.bad").get_by_text("no.png is no picture").wait_for()
    assert page.evaluate(FIRST) == "umbrella"


DRAG = """(data) => {
  const dataTransfer = new DataTransfer();
  for (const [type, text] of Object.entries(data)) dataTransfer.setData(type, text);
  for (const name of ["dragover", "drop"])
    document.querySelector("h1").dispatchEvent(
      new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
}"""


def pictures_by_address(page: Any) -> None:
    """The page's own, and those that a drag brings whole; of others it says why not."""
    beacon = page.locator(".things img").nth(1).get_attribute("src")
    field, refused = page.get_by_label("Address of a picture"), page.locator(".toast.bad")
    field.fill(beacon)
    field.press("Enter")
    until(page, f"{FIRST} === 'beacon'")
    field.fill("https://other.example/cat.jpg")
    page.get_by_role("button", name="Look", exact=True).click()
    refused.get_by_text("fetches nothing from other.example").wait_for()
    page.evaluate(DRAG, {"text/uri-list": "https://another.example/dog.jpg"})
    refused.get_by_text("fetches nothing from another.example").wait_for()
    jpeg = base64.b64encode(drawn_things()["umbrella"].read_bytes()).decode()
    html = f'<a href="https://other.example/"><img src="data:image/jpeg;base64,{jpeg}"></a>'
    page.evaluate(DRAG, {"text/html": html, "text/uri-list": "https://other.example/"})
    until(page, f"{FIRST} === 'umbrella'")


def networks_of_ones_own(page: Any, folder: Path) -> None:
    (folder / "no.zip").write_bytes(b"no zip")
    page.locator("#network-file").set_input_files(folder / "no.zip")
    page.locator(".toast.bad").get_by_text("not a zip").wait_for()
    assert page.locator("#network option").count() == 1
    export = real_data("teachable_machine/image-model.zip")
    if export is None:
        return
    page.locator("#network-file").set_input_files(export)
    until(page, "document.querySelector('#network').value === 'image-model'")
    until(page, f"{FIRST} !== 'umbrella' && {FIRST} !== '–'")
    assert page.locator(".bar-name", has_text="–").count() == 3, "it knows two classes"
    page.locator("#network").select_option(index=0)
    until(page, f"{FIRST} === 'umbrella'")


def with_a_camera(page: Any) -> None:
    page.locator("#camera-toggle").click()
    page.locator("#camera-toggle", has_text="Turn off camera").wait_for()
    until(page, f"{FIRST} !== 'umbrella' && {FIRST} !== '–'")
    until(page, "document.querySelector('.sheet').ariaLabel !== 'No picture yet'")
    assert page.evaluate(BRIGHTEST)["alpha"] > 100
    page.get_by_role("button", name="Look at: beacon").click()
    until(page, f"{FIRST} === 'beacon'")
    page.locator("#camera-toggle", has_text="Turn on camera").wait_for()
    page.wait_for_timeout(600)
    assert page.evaluate(FIRST) == "beacon", "the last frame comes too late"
