"""Pictures on a map: where they lie, and what is said of them."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest

from pywebml.vis.picture_map import Pinned, picture_map

SVG = "{http://www.w3.org/2000/svg}"


def pinned(x: float, y: float, of: int = 0, words: str = "") -> Pinned:
    return Pinned((x, y), bytes(12), 2, 2, 3, of, words)


def test_places_are_kept_in_proportion_and_words_are_escaped() -> None:
    tree = ET.fromstring(
        picture_map(
            [pinned(0, 0, words="<a> & b"), pinned(10, 0, 1), pinned(0, 5)], ["cats", "dogs"]
        )
    )
    images = tree.findall(f".//{SVG}image")
    (ax, ay), (bx, by), (cx, cy) = (
        (float(image.attrib["x"]), float(image.attrib["y"])) for image in images
    )
    assert ay == by > cy  # up is up
    assert ax == cx
    assert (bx - ax) == pytest.approx(2 * (ay - cy), rel=1e-2)
    width, height = (float(tree.attrib[name]) for name in ("width", "height"))
    for image in images:
        side = float(image.attrib["width"])
        assert 0 <= float(image.attrib["x"]) <= width - side
        assert 0 <= float(image.attrib["y"]) <= height - side
    assert tree.find(f".//{SVG}title").text == "<a> & b"  # type: ignore[union-attr]
    assert {"cats", "dogs"} <= {text.text for text in tree.findall(f".//{SVG}text")}


def test_pictures_in_one_place_can_be_drawn() -> None:
    ET.fromstring(picture_map([pinned(1, 1), pinned(1, 1)], ["one"]))


@pytest.mark.parametrize("pictures", [[], [pinned(math.nan, 0)]])
def test_without_places_it_is_refused(pictures: list[Pinned]) -> None:
    with pytest.raises(ValueError, match="all at finite places"):
        picture_map(pictures, [])
