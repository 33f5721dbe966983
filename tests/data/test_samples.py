"""The sample set: what ships is what draw_samples.py draws, it is small, and its
classes differ as promised.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pywebml.data import draw_samples
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder


def test_four_classes_within_a_megabyte():
    found = find_pictures(sample_folder())
    assert sorted(found.classes) == ["down", "left", "right", "up"]
    assert found.counts() == [draw_samples.PER_CLASS] * 4
    assert found.skipped == ()
    assert sum(f.stat().st_size for f in sample_folder().rglob("*")) <= 1_000_000
    for picture in found.pictures:
        with Image.open(picture.path) as image:
            assert image.size == (draw_samples.SIZE, draw_samples.SIZE)


@pytest.mark.parametrize(("label", "index"), [("up", 0), ("down", 9), ("left", 17), ("right", 35)])
def test_the_script_draws_what_ships(label, index):
    """JPEG and the drawing differ a little between Pillow's versions; another picture
    would differ by 30 and more.
    """
    drawn = np.asarray(draw_samples.draw(label, index), np.float64)
    with Image.open(sample_folder() / label / f"{index:02d}.jpg") as image:
        shipped = np.asarray(image, np.float64)
    assert np.abs(drawn - shipped).mean() < 6
    other = np.asarray(draw_samples.draw(label, index - 1 if index else 1), np.float64)
    assert np.abs(other - shipped).mean() > 12


def test_no_two_pictures_are_alike():
    small = []
    for picture in find_pictures(sample_folder()).pictures:
        with Image.open(picture.path) as image:
            small.append(np.asarray(image.reduce(4), np.float64).ravel())
    pixels = np.stack(small)
    distance = np.abs(pixels[:, None, ::7] - pixels[None, :, ::7]).mean(-1)
    np.fill_diagonal(distance, np.inf)
    assert distance.min() > 3
