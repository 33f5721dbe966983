"""Lines, pictures, cameras and sound as data sets, awaited or not."""

from __future__ import annotations

import asyncio
import io
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pywebml as pw
from pywebml.host.asking import asking
from pywebml.site.serve import Server
from pywebml.tab.console import Console


def texts(data: Any) -> list[str]:
    return [str(line) for line in data]


def test_lines_of_a_file_and_of_an_address_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufefföne\r\ntwo\n\nfour".encode())
    (tmp_path / "sw.js").write_text("//")
    lines = ["öne", "two", "", "four"]
    assert texts(pw.data.text_lines(file)) == lines
    data = pw.data.text_lines(str(file))
    assert texts(data) == texts(data) == lines
    with Server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        assert texts(pw.data.text_lines(f"{server.url}a.txt")) == lines
        rows = pw.data.csv(f"{server.url}a.txt", has_header=False, column_names=["a"])
        assert [str(row["a"]) for row in rows] == ["öne", "two", "four"]
        with pytest.raises(ConnectionError, match=r"missing\.txt"):
            texts(pw.data.text_lines(f"{server.url}missing.txt"))
        server.shutdown()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name, shade in (("a", 10), ("b", 200)):
        (tmp_path / name).mkdir()
        Image.new("RGB", (40, 20), (shade,) * 3).save(tmp_path / name / "1.png")
    return tmp_path


def test_pictures_come_with_their_classes(pictures: Path) -> None:
    data = pw.data.images(pictures, (8, 8))
    assert data.class_names == ["a", "b"] and len(data) == 2
    (x, y), (other, _) = data
    assert x.shape == (8, 8, 3) and x.dtype == np.uint8 and int(y) == 0
    assert (x == 10).all() and (other == 200).all()
    files = sorted(pictures.glob("*/*.png"))
    assert [each.shape for each in pw.data.images(files)] == [(20, 40, 3)] * 2


def test_a_camera_of_files_is_awaited_stopped_and_begun_anew(pictures: Path) -> None:
    camera = pw.data.webcam(pictures, resize_width=8, resize_height=4, center_crop=True)

    async def work() -> list[Any]:
        first = await camera.capture()
        return [first, *[picture async for picture in camera]]

    assert [picture.shape for picture in asyncio.run(work())] == [(4, 8, 3)] * 2
    with pytest.raises(RuntimeError, match="nothing more"):
        camera.capture_sync()
    camera.start()
    assert len(list(camera.dataset().take(1).batch(1))) == 1
    camera.stop()
    assert list(camera) == []
    with pytest.raises(ValueError, match="resize_height"):
        pw.data.webcam(pictures, resize_width=8)


def test_a_camera_of_the_page_is_asked_for_each_picture() -> None:
    """By the tab's console; who sits there may refuse, and what comes is fitted."""
    rgba = np.zeros((4, 8, 4), np.uint8)
    rgba[:, 2:6] = 200  # the middle square
    pixels = {"pixels": rgba.tobytes(), "height": 4, "width": 8}
    answers = [(pixels, ""), (pixels, ""), (None, "the camera was not allowed")]
    heard: list[Any] = []

    def hear(message: Any) -> None:
        heard.append(message["sense"])
        if "over" not in message["sense"]:
            asyncio.get_running_loop().call_soon(lambda: console.answer(*answers.pop(0)))

    console = Console(hear)

    async def work() -> None:
        with asking(console):
            camera = pw.data.webcam()
            whole = await camera.capture()
            assert whole.shape == (4, 8, 3) and whole.dtype == np.uint8
            np.testing.assert_array_equal(whole, rgba[..., :3])
            camera = pw.data.webcam(resize_width=2, resize_height=2, center_crop=True)
            async for picture in camera:
                np.testing.assert_array_equal(picture, np.full((2, 2, 3), 200))
                camera.stop()
            with pytest.raises(RuntimeError, match=r"stopped; start\(\) begins anew"):
                await camera.capture()
            camera.start()
            with pytest.raises(RuntimeError, match="the camera was not allowed"):
                await camera.capture()

    asyncio.run(work())
    seen = {"name": "camera"}
    assert heard == [seen, seen, seen | {"over": True}, seen]
    assert not console.answer("late"), "nobody asks any more"


def test_a_microphone_of_the_page_is_asked_for_each_piece() -> None:
    """At its own rate, or at one that is asked for; a bit more than a piece may come."""
    tone = np.sin(np.arange(2048) * 2 * np.pi * 1000 / 48000).astype(np.float32)
    heard: list[Any] = []

    def hear(message: Any) -> None:
        heard.append(message["sense"])
        sound = {"samples": tone.tobytes(), "rate": 48000}
        asyncio.get_running_loop().call_soon(lambda: console.answer(sound))

    console = Console(hear)

    async def work() -> None:
        sizes: Any = {"fft_size": 128, "num_frames_per_spectrogram": 4}
        with asking(console):
            own = await pw.data.microphone(**sizes, include_waveform=True).capture()
            np.testing.assert_array_equal(own["waveform"][:, 0], tone[:512])
            assert own["spectrogram"].shape == (4, 64, 1)
            other = await pw.data.microphone(**sizes, sample_rate_hz=16000).capture()
        assert own["spectrogram"][1, :, 0].argmax() == 3  # 1000 * 128 / 48000 = 2.7
        assert other["spectrogram"][1, :, 0].argmax() == 8  # 1000 * 128 / 16000

    asyncio.run(work())
    piece = {"name": "microphone", "samples": 512}
    assert heard == [piece | {"rate": None}, piece | {"rate": 16000}]
    with pytest.raises(RuntimeError, match="given none here; name wav files"):
        pw.data.microphone()


def wav(samples: np.ndarray, rate: int = 8000, width: int = 2) -> io.BytesIO:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(samples.astype({1: "u1", 2: "<i2"}[width]).tobytes())
    return file


def test_a_tone_stands_in_its_column() -> None:
    """Of 8,000 samples a second, 1,000 Hz is column 1000 / (8000 / 256) = 32."""
    tone = 16000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    stereo = np.stack([2 * tone, 0 * tone], 1).clip(-32768, 32767)
    for samples in (tone, stereo):
        sound = pw.data.microphone(
            wav(samples), fft_size=256, num_frames_per_spectrogram=10,
            column_truncate_length=100, include_waveform=True,
        )  # fmt: skip
        pieces = list(sound)
        assert len(pieces) == 8000 // 2560
        for piece in pieces:
            assert piece["spectrogram"].shape == (10, 100, 1)
            assert piece["waveform"].shape == (2560, 1)
            assert (piece["spectrogram"][:, :, 0].argmax(axis=1) == 32).all()
    assert np.allclose(pieces[0]["waveform"].max(), 0.5, atol=0.02)


@pytest.mark.parametrize(
    ("given", "settings", "words"),
    [
        (io.BytesIO(b"RIFF"), {}, "no wav"),
        (wav(np.zeros(0)), {}, "empty"),
        (wav(np.zeros(9)), {"sample_rate_hz": 0}, "from 1000"),
        (wav(np.zeros(9)), {"fft_size": 100}, "power of 2"),
        (wav(np.zeros(9)), {"column_truncate_length": 513}, "512"),
        (wav(np.zeros(9)), {"num_frames_per_spectrogram": 0}, "got 0"),
        (wav(np.zeros(9)), {"include_spectrogram": False}, "waveform"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(given: Any, settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pw.data.microphone(given, **settings).capture_sync()


def test_every_data_set_is_awaited_too() -> None:
    """With the same elements, and other tasks between them."""
    turns: list[str] = []

    async def other() -> None:
        for _ in range(3):
            turns.append("other")
            await asyncio.sleep(0)

    async def shout(text: Any) -> str:
        await asyncio.sleep(0)
        return str(text).upper()

    async def work(data: Any) -> list[str]:
        task = asyncio.ensure_future(other())
        elements = []
        async for element in data:
            turns.append("ours")
            elements.append(str(element))
        await task
        return elements

    lines = pw.data.text_lines(["a", "b", "c"])
    assert asyncio.run(work(lines.skip(1).concatenate(lines.take(1)))) == ["b", "c", "a"]
    assert turns[:4] == ["other", "ours", "other", "ours"]
    assert texts(lines.map_async(shout)) == ["A", "B", "C"]
    assert asyncio.run(work(lines.map_async(shout).repeat(2))) == ["A", "B", "C"] * 2
