"""The page's network goes on to its classes: a file of its own, in 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.data.folders import find_pictures
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.zoo import Extractor, load_extractor
from pywebml.zoo.compact import class_files, compact_files, load_compact, with_classes


@pytest.fixture(scope="module")
def networks() -> tuple[Extractor, Extractor, dict[str, bytes]]:
    """(as it comes, the page's with its classes, their files)."""
    set_device(shared_device("cpu"))
    whole = load_extractor()
    files = class_files(whole)
    return whole, with_classes(load_compact(compact_files(whole)), files), files


def test_it_sees_drawn_things_as_the_whole_one_does(networks: Any) -> None:
    whole, page, files = networks
    assert page.classes == whole.classes
    assert page.weights_sha256 == whole.weights_sha256
    assert sum(map(len, files.values())) < 1_400_000
    for picture in find_pictures(sample_folder("things")).pictures:
        pixels = whole.pixels(load_picture(picture.path, whole.input_size, fit="crop"))
        want, got = (e.classify(pixels).numpy()[0] for e in (whole, page))
        assert got.argmax() == want.argmax()
        assert abs(got.max() - want.max()) < 0.15  # mostly the 8 bits before the classes
        # the classes' own: from the same features, with kernels of 32 bits
        exact = whole.classifier.layers[-1](page(pixels)).numpy()[0]
        np.testing.assert_allclose(got, exact, atol=0.01)


def test_without_its_classes_it_has_none(networks: Any) -> None:
    whole, _, files = networks
    bare = load_compact(compact_files(whole))
    with pytest.raises(ValueError, match="has features but no classes"):
        bare.classify(np.zeros((1, 224, 224, 3), np.float32))
    bare.weights_sha256 = "0" * 64
    with pytest.raises(ValueError, match="classes are not those of efficientnet_lite0"):
        with_classes(bare, files)
    with pytest.raises(ValueError, match="not a compact list of classes"):
        with_classes(bare, compact_files(whole))


def test_a_network_that_ends_otherwise(networks: Any) -> None:
    _, page, _ = networks
    cut = Extractor("cut", page.model, page.layer, page.preprocess, 1e-3, "")
    with pytest.raises(ValueError, match="cut ends in GlobalAveragePooling2D"):
        class_files(cut)
