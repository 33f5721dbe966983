"""A camera teaches the page and then steers Pellet Maze: Chromium plays a video of the
drawn hands as its camera.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import READY, START, opened
from shares import ALL

from pywebml.data.samples import sample_folder

pytestmark = pytest.mark.browser

DEVICE = "gpu" if ALL else "cpu"
"""WebGPU in software sees a frame in a second of the processor (test_lesser.py)."""

CLASSES = ("up", "down", "left", "right")
WIDTH, HEIGHT, RATE = 320, 240, 10  # of the video
SECONDS = 4  # that each class is shown, before the next one; then over again
PATIENCE = 240  # seconds for all four: a machine that does much else sees few frames a round
ARROWS = {"↑", "↓", "←", "→"}
SHOWN = 6  # different drawings of each class
# a bar at the left edge tells the test who is on
MARKS = ((200, 40, 40), (40, 160, 40), (40, 60, 210), (210, 190, 40))


def write_video(path: Path) -> None:
    """The drawn hands as an uncompressed YUV4MPEG2 video: the middle square shows the
    hand, the edge the class's colour.
    """
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for name, mark in zip(CLASSES, MARKS, strict=True):
            frames = [
                _yuv(_frame(picture, mark))
                for picture in sorted((sample_folder() / name).glob("*.jpg"))[:SHOWN]
            ]
            for i in range(SECONDS * RATE):
                file.write(b"FRAME\n" + frames[i * SHOWN // (SECONDS * RATE)])


def _frame(picture: Path, mark: tuple[int, int, int]) -> Any:
    from PIL import Image

    image = Image.new("RGB", (WIDTH, HEIGHT), mark)
    hand = Image.open(picture).convert("RGB").resize((HEIGHT, HEIGHT))
    image.paste(hand, ((WIDTH - HEIGHT) // 2, 0))
    return image


def _yuv(image: Any) -> bytes:
    """Planes Y, Cb, Cr (JFIF range), the colours at half the size."""
    y, cb, cr = np.asarray(image.convert("YCbCr")).transpose(2, 0, 1)
    return b"".join((y.tobytes(), cb[::2, ::2].tobytes(), cr[::2, ::2].tobytes()))


def on_camera(page: Any) -> str | None:
    """The class whose colour is at the edge of the camera's picture, or None while it
    changes.
    """
    colour = page.evaluate("""() => {
        const video = document.querySelector('#collect-screen video');
        const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 24 });
        const pen = canvas.getContext('2d', { willReadFrequently: true });
        pen.drawImage(video, 0, 0, 32, 24);
        return [...pen.getImageData(1, 12, 1, 1).data].slice(0, 3);
    }""")
    far = [sum(abs(a - b) for a, b in zip(colour, mark, strict=True)) for mark in MARKS]
    return CLASSES[far.index(min(far))] if min(far) < 90 else None


def wait_for_class(page: Any, name: str) -> None:
    """Until the class has just come on."""
    for wanted in (False, True):
        for _ in range(400):
            if (on_camera(page) == name) is wanted:
                break
            page.wait_for_timeout(100)
        else:
            raise AssertionError(f"{name} did not come on the camera")
    page.wait_for_timeout(300)


@pytest.fixture(scope="module")
def page(
    browser_type: Any, page_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    video = tmp_path_factory.mktemp("camera") / "hands.y4m"
    write_video(video)
    camera = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )
    with opened(browser_type, page_url, camera, permissions=["camera"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}teach.html?device={DEVICE}")
        page.locator(READY).wait_for(timeout=START)
        yield page


def test_a_camera_teaches_and_steers(page: Any) -> None:
    from playwright.sync_api import expect

    page.locator("#mirror").uncheck()
    page.locator("#camera-toggle").click()
    expect(page.locator("#camera-toggle")).to_have_text("Turn off camera")
    for name in CLASSES:
        record = page.get_by_role("button", name=f"Hold to record {name}")
        taken = (
            page.locator("li.class")
            .filter(has=page.get_by_label(f"Name of class {name}", exact=True))
            .locator(".count")
        )
        # rounds of the video: a machine that does much else takes few pictures in one
        for _ in range(4):
            wait_for_class(page, name)
            record.hover()
            page.mouse.down()
            for _ in range(SECONDS * 6):
                page.wait_for_timeout(100)
                if int(taken.text_content()) >= 8:
                    break
            page.mouse.up()
            if int(taken.text_content()) >= 6:
                break
        assert int(taken.text_content()) >= 6
    page.locator("#train-button").click()
    page.locator("#result").wait_for(timeout=400_000)
    # few drawings were on, each in several frames: those of one drawing stay together, so
    # that the score is of drawings that were not learnt, or says that there were none
    assert 0 <= int(page.locator("#score").text_content().split()[0]) <= 100
    assert "copies were kept together" in page.locator("#score-text").text_content()

    page.get_by_role("button", name="Play", exact=True).click()
    page.locator("#watch-toggle").click()
    page.locator("#rate", has_text="frames per second").wait_for(timeout=60_000)
    steered: set[str] = set()
    end = time.monotonic() + PATIENCE
    while not steered >= ARROWS and time.monotonic() < end:
        steered.add(page.locator(".compass").text_content())
        page.wait_for_timeout(100)
    assert steered >= ARROWS, steered
    page.locator("#watch-toggle").click()
    expect(page.locator("#watch-toggle")).to_have_text("Start")


def test_one_key_press_records_and_the_camera_goes_off(page: Any) -> None:
    from playwright.sync_api import expect

    counted = page.locator("li.class .count").first
    before = int(counted.text_content())
    page.get_by_role("button", name="Hold to record up").focus()
    page.keyboard.down(" ")
    page.wait_for_timeout(700)
    page.keyboard.up(" ")
    expect(counted).not_to_have_text(str(before))
    page.locator("#camera-toggle").click()
    expect(page.locator("#camera-toggle")).to_have_text("Turn on camera")
    assert page.evaluate("document.querySelector('#collect-screen video').srcObject") is None
