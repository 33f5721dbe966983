"""The Sound page: a microphone teaches it, and it says what it hears; what it knows is
kept, and travels in a zip. Chromium plays a wav file as its microphone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import READY, START, accessibility_faults, opened, overflow

from pywebml.apps.sound.files import find_sounds, read_model
from pywebml.data.wav import read_wav, wav_bytes
from pywebml.site.browser import until

pytestmark = pytest.mark.browser

RATE, SECONDS = 44_100, 7  # of quiet, then of a tone, over and over
TONE = 1000  # hertz
STATE = "document.documentElement.dataset.state"


def write_sound(path: Path) -> None:
    random = np.random.default_rng(0)
    t = np.arange(SECONDS * RATE) / RATE
    quiet = 0.01 * random.normal(size=len(t))
    both = np.concatenate([quiet, 0.4 * np.sin(2 * np.pi * TONE * t) + quiet])
    path.write_bytes(wav_bytes(np.round(both * 32767).astype("<i2"), RATE))


@pytest.fixture(scope="module")
def page(
    browser_type: Any, page_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    sound = tmp_path_factory.mktemp("microphone") / "tone.wav"
    write_sound(sound)
    microphone = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}",
    )
    with opened(browser_type, page_url, microphone, permissions=["microphone"]) as context:
        page = context.new_page()
        page.goto(f"{page_url}sound.html?device=cpu&epochs=15&batch_size=8")
        page.locator(READY).wait_for(timeout=START)
        yield page


def on_air(page: Any) -> str:
    """ "tone" where the last second on the screen has it all along, "quiet" where it has
    none, "" in between and before anything is heard.
    """
    light = page.evaluate("""() => {
        const canvas = document.querySelector('.hearing canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, 61, 64);
        const moments = [...Array(61).keys()];
        const rows = [...Array(64).keys()];
        const light = (x, y) => data[4 * (y * 61 + x)];
        return moments.map((x) => Math.max(...rows.map((y) => light(x, y))));
    }""")
    if max(light) <= 12:
        return ""
    if min(light) > 225:
        return "tone"
    return "quiet" if max(light) < 210 else ""


def wait_for(page: Any, wanted: str) -> None:
    for _ in range(400):
        if on_air(page) == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"no {wanted} was heard")


def count(page: Any, i: int) -> int:
    return int(page.locator("li.sound-class .count").nth(i).text_content())


def test_a_microphone_teaches_it_and_is_heard(page: Any) -> None:
    from playwright.sync_api import expect

    page.get_by_role("button", name="Remove the class Sound 2").click()
    page.get_by_label("Name of class Sound 1").fill("whistle")
    page.get_by_label("Name of class Sound 1").press("Enter")
    expect(page.locator("#train")).to_be_disabled()

    page.get_by_role("button", name="Turn on microphone").click()
    expect(page.locator("#microphone")).to_have_text("Turn off microphone")
    wait_for(page, "tone")
    record = page.get_by_role("button", name="Hold to record whistle")
    record.hover()
    page.mouse.down()
    expect(record).to_contain_text("Recording 3.")
    page.mouse.up()
    expect(page.locator("li.sound-class .count").nth(1)).not_to_have_text("0")
    held = count(page, 1)
    assert 2 <= held <= 4
    record.press(" ")  # however short, that is a second
    expect(page.locator("li.sound-class .count").nth(1)).to_have_text(str(held + 1))
    wait_for(page, "quiet")
    page.get_by_role("button", name="Record 5 seconds of Background noise").click()
    expect(page.locator("li.sound-class .count").nth(0)).to_have_text("5")
    assert page.locator("li.sound-class .clip").count() == 5 + count(page, 1)

    page.locator("#train").click()
    until(page, f"{STATE} === 'done'")
    outcome = page.evaluate("pywebml.outcome")
    assert outcome["clips"] == [5, count(page, 1)]
    assert outcome["classes"] == ["Background noise", "whistle"]
    for sound, name in (("tone", "whistle"), ("quiet", "Background noise")):
        wait_for(page, sound)
        expect(page.locator("#said")).to_have_text(name)
    expect(page.locator("#heard li").first).to_have_text("whistle")
    page.locator("#microphone").click()
    expect(page.locator("#microphone")).to_have_text("Turn on microphone")


def test_it_is_kept_and_travels_in_a_zip(page: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    before = [count(page, 0), count(page, 1)]
    page.reload()
    page.locator(READY).wait_for(timeout=START)
    expect(page.locator("#train")).to_have_text("Train again")
    assert [count(page, 0), count(page, 1)] == before
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    path = tmp_path / "sounds.zip"
    download.value.save_as(path)
    assert read_model(path.read_bytes()).names == ("Background noise", "whistle")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "sounds")
    folder = find_sounds(tmp_path / "sounds" / "samples")
    assert folder.names == ("Background noise", "whistle")
    assert len(folder.files) == sum(before)
    whistle = read_wav(folder.files[-1].path)
    assert whistle.rate == 16000 and len(whistle.samples) == 16000
    loudest = np.abs(np.fft.rfft(whistle.samples)).argmax()  # of a second: in hertz
    assert abs(loudest - TONE) <= 2

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Replace them").click()
    expect(page.locator("li.sound-class")).to_have_count(3)
    expect(page.locator("#train")).to_have_text("Train")
    page.locator("#import-file").set_input_files(path)
    expect(page.locator("li.sound-class")).to_have_count(2)
    assert [count(page, 0), count(page, 1)] == before
    page.locator("#listen-file").set_input_files(folder.files[-1].path)
    expect(page.locator("#said")).to_have_text("whistle")


def test_a_deleted_clip_comes_back_and_files_are_cut(page: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    before = count(page, 1)
    page.get_by_role("button", name="Delete clip 1 of whistle").focus()
    page.keyboard.press("Enter")
    assert count(page, 1) == before - 1
    page.get_by_role("button", name="Undo").click()
    assert count(page, 1) == before
    page.get_by_role("button", name="Play clip 1 of whistle").click()

    t = np.arange(3 * 48000) / 48000
    path = tmp_path / "long.wav"
    path.write_bytes(wav_bytes((9000 * np.sin(2 * np.pi * TONE * t)).astype("<i2"), 48000))
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    page.get_by_label("Sound files of whistle").set_input_files([path, tmp_path / "broken.wav"])
    expect(page.locator("li.sound-class .count").nth(1)).to_have_text(str(before + 3))
    page.locator(".toast.bad", has_text="broken.wav").wait_for()
    expect(page.locator("#train-hint")).to_contain_text("train it again")


def test_anyone_can_use_it_with_clips(page: Any) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert overflow(page) <= 0
        assert not accessibility_faults(page)


def test_a_new_sound_is_heard_without_a_microphone(tab: Any, page_url: str) -> None:
    from playwright.sync_api import expect

    tab.goto(f"{page_url}sound.html?device=cpu")
    until(tab, f"{STATE} === 'ready'")
    tab.locator("[data-do=start]").click()
    until(tab, f"{STATE} === 'done'")
    assert tab.evaluate("pywebml.outcome")["clips"] == [25] * 4
    expect(tab.locator("li.sound-class .clip")).to_have_count(100)
    tab.get_by_role("button", name="Play it a new sound").click()
    expect(tab.locator(".bar.best .bar-name")).to_have_text("clap")
