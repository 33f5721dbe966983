"""A program on the Python page asks for the camera (Chromium's fake one)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser import READY, START, accessibility_faults, opened
from playwright.sync_api import expect
from python_page import LONG, begin, output

pytestmark = pytest.mark.browser

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PROGRAM = """
import pywebml as pw
camera = pw.data.webcam(resize_width=32, resize_height=24)
seen = []
async for picture in camera:
    seen.append(picture)
    if len(seen) == 3:
        camera.stop()
print([picture.shape for picture in seen], seen[0].dtype, float(seen[0].std()) > 1)
"""


@pytest.fixture(scope="module")
def page(browser_type: Any, page_url: str) -> Iterator[Any]:
    with opened(browser_type, page_url, CAMERA, permissions=["camera"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}python.html?device=cpu")
        page.locator(READY).wait_for(timeout=START)
        yield page


def ended(page: Any) -> str:
    expect(page.locator("#run")).to_have_text("Run", timeout=LONG)
    return output(page)


def test_a_program_sees_what_the_visitor_allows(page: Any) -> None:
    begin(page, PROGRAM)
    page.get_by_role("button", name="Turn on camera").click()
    said = ended(page)
    assert "[(24, 32, 3), (24, 32, 3), (24, 32, 3)] uint8 True" in said
    assert "The camera is off." in said
    assert page.get_by_role("button", name="Turn off camera").count() == 0
    assert not accessibility_faults(page)


def test_it_is_asked_in_each_run_and_may_be_refused(page: Any) -> None:
    begin(page, PROGRAM)
    page.get_by_role("button", name="Not now").click()
    said = ended(page)
    assert "The program was not given the camera." in said
    assert "RuntimeError: the camera was not allowed" in said
    begin(page, PROGRAM)
    page.get_by_role("button", name="Turn on camera").wait_for()
    page.locator("#stop").click()
    assert "Stopped." in ended(page)
    assert page.get_by_role("button", name="Turn on camera").count() == 0, "nobody asks any more"
