"""The pictures as the network sees them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pywebml as pw
from pywebml import data
from pywebml.vis.png import png
from pywebml.vis.screens import Recorder, shown_on

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png(channels: int) -> None:
    pixels = RNG.integers(0, 256, (5, 7, channels), dtype=np.uint8)
    image = np.asarray(Image.open(io.BytesIO(png(pixels.tobytes(), 5, 7, channels))))
    np.testing.assert_array_equal(image.reshape(5, 7, channels), pixels)


def shown(*args: Any, **options: Any) -> Any:
    with shown_on(Recorder()) as screen:
        data.preview(*args, **options)
    (kind, picture), *more = screen.shown
    assert kind == "picture"
    assert not more
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width, 4)
    return pixels, picture.words


@pytest.mark.parametrize(
    ("low", "high", "want"), [(0, 255, 1), (0, 1, 255), (-1, 1, 127.5), (-3, 7, 25.5)]
)
def test_values_of_any_range_are_made_visible(low: float, high: float, want: float) -> None:
    x = RNG.uniform(low, high, (1, 6, 5, 3))
    x[0, 0, 0], x[0, 0, 1] = low, high
    pixels, words = shown(x)
    np.testing.assert_allclose(pixels[..., :3], (x[0] - low) * want, atol=0.51)
    assert words == f"1 picture of 6 x 5 x 3, float64, values {low} ... {high}"


def test_a_data_set_with_labels() -> None:
    x, y = RNG.uniform(0, 1, (10, 4, 4, 1)).astype(np.float32), np.arange(10) % 3
    batches = data.Dataset.from_tensor_slices((x, y)).batch(3)
    pixels, words = shown(batches, 5)
    assert pixels.shape == (10, 16, 4)  # two rows of three, with gaps of 2
    np.testing.assert_allclose(pixels[:4, 6:10, 0], x[1, ..., 0] * 255, atol=0.51)
    assert words.endswith("; 0, 1, 2, 0, 1")
    batches.class_names = ["up", "down", "left"]
    assert shown(batches, 2)[1].endswith("; up, down")
    one_hot = batches.map(lambda x, y: (x, np.eye(3)[y]))
    assert shown(one_hot, 2, ["a", "b", "c"])[1].endswith("; a, b")
    assert shown((x, y), 2)[1].endswith("; 0, 1")
    single = data.Dataset.from_tensor_slices((x, y))
    np.testing.assert_array_equal(shown(single, 5)[0], pixels)


def test_what_stands_before_the_network_is_seen(host: str) -> None:
    x = np.full((4, 6, 6, 3), 0.5, np.float32)
    brighter = pw.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))
    assert shown(x, through=brighter)[0][..., :3].min() == 255
    assert shown(x, through=lambda x: x * 0)[1].endswith("values 0 ... 0")
    assert "3 x 2 x 3" in shown(pw.tensor(x), through=pw.layers.Resizing(3, 2))[1]


def test_a_folder_becomes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pw.utils.image_dataset_from_directory(
        data.sample_folder(), image_size=(32, 24), shuffle=False, verbose=False
    )
    data.preview(folder, 3, file=str(tmp_path / "look.svg"))
    text = (tmp_path / "look.svg").read_text(encoding="utf-8")
    assert "look.svg" in capsys.readouterr().out
    assert text.count(">down</text>") == 3
    images = re.findall(r'base64,([^"]+)"', text)
    assert len(images) == 3
    first = np.asarray(Image.open(io.BytesIO(base64.b64decode(images[0]))))
    np.testing.assert_allclose(first, next(iter(folder))[0][0], atol=0.51)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: data.preview(np.zeros((3, 4))), "1, 3 or 4"),
    (lambda: data.preview(np.zeros((1, 4, 4, 2))), "1, 3 or 4"),
    (lambda: data.preview(np.full((1, 4, 4, 3), np.nan)), "no numbers"),
    (lambda: data.preview(np.zeros((1, 4, 4, 3)), 0), "at least 1"),
    (lambda: data.preview(data.Dataset(lambda: iter(()))), "no pictures"),
    (lambda: data.preview([np.zeros((4, 4, 3)), np.zeros((5, 4, 3))]), "different shapes"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
