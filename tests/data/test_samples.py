"""The sample sets: what ships is what draw_samples.py and draw_gestures.py draw, it is
small, and its classes differ as promised.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pywebml.data import draw_gestures, draw_samples
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder

SETS = {
    "up_down_left_right": (draw_samples, ["down", "left", "right", "up"], 1_000_000),
    "rock_paper_scissors": (draw_gestures, ["paper", "rock", "scissors"], 300_000),
}


@pytest.mark.parametrize("name", SETS)
def test_the_classes_and_what_they_weigh(name):
    script, classes, most = SETS[name]
    folder = find_pictures(sample_folder(name))
    assert sorted(folder.classes) == classes
    assert folder.counts() == [script.PER_CLASS] * len(classes)
    assert folder.skipped == ()
    assert sum(f.stat().st_size for f in sample_folder(name).rglob("*.jpg")) <= most
    for picture in folder.pictures:
        with Image.open(picture.path) as image:
            assert image.size == (draw_samples.SIZE, draw_samples.SIZE)


SHIPPED = [("up", 0), ("down", 9), ("left", 17), ("right", 35)]
GESTURES = [("rock", 0), ("paper", 7), ("scissors", 19)]


@pytest.mark.parametrize(("label", "index"), [*SHIPPED, *GESTURES])
def test_the_script_draws_what_ships(label, index):
    """JPEG and the drawing differ a little between Pillow's versions; another picture
    would differ by 30 and more.
    """
    name = "rock_paper_scissors" if (label, index) in GESTURES else "up_down_left_right"
    draw = SETS[name][0].draw
    drawn = np.asarray(draw(label, index), np.float64)
    with Image.open(sample_folder(name) / label / f"{index:02d}.jpg") as image:
        shipped = np.asarray(image, np.float64)
    assert np.abs(drawn - shipped).mean() < 6
    other = np.asarray(draw(label, index - 1 if index else 1), np.float64)
    assert np.abs(other - shipped).mean() > 12


@pytest.mark.parametrize("name", SETS)
def test_no_two_pictures_are_alike(name):
    small = []
    for picture in find_pictures(sample_folder(name)).pictures:
        with Image.open(picture.path) as image:
            small.append(np.asarray(image.reduce(4), np.float64).ravel())
    pixels = np.stack(small)
    distance = np.abs(pixels[:, None, ::7] - pixels[None, :, ::7]).mean(-1)
    np.fill_diagonal(distance, np.inf)
    assert distance.min() > 3
