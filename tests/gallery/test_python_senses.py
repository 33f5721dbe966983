"""A program on the Python page asks for the camera and the microphone (Chromium's fake
ones).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from browser import READY, START, accessibility_faults, opened
from playwright.sync_api import expect
from python_page import LONG, begin, output

from pywebml.data.wav import wav_bytes
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

FAKES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
RATE, TONE = 44_100, 1000  # hertz
LISTENING = """
import pywebml as pw
sound = pw.data.microphone(sample_rate_hz=16000, num_frames_per_spectrogram=8)
pieces = [(await sound.capture())["spectrogram"] for _ in range(2)]
sound.stop()
print([piece.shape for piece in pieces], [int(piece.mean(0).argmax()) for piece in pieces])
"""
LATE = """() => {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wishes) => {
    globalThis.opening = true;
    await new Promise((go) => (globalThis.comeOn = go));
    delete devices.getUserMedia;
    return (globalThis.opened = await open(wishes));
  };
}"""
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
def page(
    browser_type: Any, page_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Where the microphone hears a tone."""
    tone = 0.4 * np.sin(2 * np.pi * TONE * np.arange(4 * RATE) / RATE)
    file = tmp_path_factory.mktemp("microphone") / "tone.wav"
    file.write_bytes(wav_bytes(np.round(tone * 32767).astype("<i2"), RATE))
    fakes = (*FAKES, f"--use-file-for-fake-audio-capture={file}")
    with opened(browser_type, page_url, fakes, permissions=["camera", "microphone"]) as context:
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


def test_a_program_hears_what_the_visitor_allows(page: Any) -> None:
    begin(page, LISTENING)
    page.get_by_role("button", name="Turn on microphone").click()
    said = ended(page)
    # 1,000 hertz in steps of 16,000 / 1,024
    assert "[(8, 512, 1), (8, 512, 1)] [64, 64]" in said
    assert "The microphone is off." in said
    begin(page, LISTENING)
    page.get_by_role("button", name="Not now").click()
    assert "RuntimeError: the microphone was not allowed" in ended(page)


def test_a_microphone_that_comes_on_too_late_is_turned_off_again(page: Any) -> None:
    """Its program has ended by then, and the next one, which asks for it, hears nothing
    of that.
    """
    page.evaluate(LATE)
    begin(page, LISTENING)
    page.get_by_role("button", name="Turn on microphone").click()
    until(page, "globalThis.opening")
    page.locator("#stop").click()
    assert "Stopped." in ended(page)
    begin(page, LISTENING)
    page.get_by_role("button", name="Turn on microphone").wait_for()
    page.evaluate("comeOn()")
    until(page, "globalThis.opened?.getTracks().every((track) => track.readyState === 'ended')")
    page.get_by_role("button", name="Not now").click()
    assert "RuntimeError: the microphone was not allowed" in ended(page)
