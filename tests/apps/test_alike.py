"""Pictures that are nearly one picture stay on one side of the split."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image, ImageEnhance

from pywebml import set_device, tensor
from pywebml.apps.alike import ROWS, alike
from pywebml.apps.frame import Picture
from pywebml.apps.session import TeachSession
from pywebml.apps.teaching import TeachOptions, teach
from pywebml.data.folders import PictureFile, find_pictures
from pywebml.data.samples import sample_folder
from pywebml.data.split import split
from pywebml.host.waiting import run_sync
from pywebml.zoo import load_extractor
from pywebml.zoo.compact import compact_files, load_compact
from pywebml.zoo.extraction import extract_features


@pytest.fixture(autouse=True, params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> Iterator[None]:
    set_device(shared_device(request.param))
    yield
    set_device(shared_device("cpu"))


# what these look at comes after the network, which the others run on both
on_cpu = pytest.mark.parametrize("device", ["cpu"], indirect=True)


def variants(path: Path) -> list[io.BytesIO]:
    """The picture saved anew, well and badly, brighter, darker, paler, with more contrast,
    smaller, and shifted by two pixels: `VARIANTS` of them.
    """
    image = Image.open(path).convert("RGB")
    files = []
    for variant, quality in (
        (image, 92),
        (image, 30),
        (ImageEnhance.Brightness(image).enhance(1.04), 92),
        (ImageEnhance.Brightness(image).enhance(0.8), 92),
        (ImageEnhance.Color(image).enhance(0.5), 92),
        (ImageEnhance.Contrast(image).enhance(1.2), 92),
        (image.resize((image.width // 2, image.height // 2)), 92),
        (image.crop((2, 1, *image.size)).resize(image.size), 92),
    ):
        files.append(io.BytesIO())
        variant.save(files[-1], "JPEG", quality=quality)
    return files


VARIANTS = 8


@on_cpu
def test_one_picture_saved_anew_is_one_and_others_are_not() -> None:
    folder = find_pictures(sample_folder())
    originals = [p for p in folder.pictures if p.label < 2][::8]
    files = [*(p.path for p in originals), *(v for p in originals for v in variants(p.path))]
    labels = [p.label for p in originals]
    labels += [p.label for p in originals for _ in range(VARIANTS)]
    features = extract_features(load_extractor(), files, fit="crop", with_thumbnails=True)
    n = len(originals)
    rows = features.values.reshape(len(files), -1)
    first = run_sync(alike(rows, labels, features.thumbnails))
    assert first[:n] == list(range(n))  # different pictures are
    assert first[n:] == [i for i in range(n) for _ in range(VARIANTS)]  # and their variants theirs


def test_a_chain_is_one_group_within_its_class() -> None:
    """Frames that each are like the one before, though the last is not like the first."""
    angles = np.linspace(0, 1.5, 11)
    chain = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    others = np.array([[0.0, 0, 1], [0, 0, -1], [-1, 0, 0], [0, -1, 0]])
    rows = np.concatenate([chain, others, chain[:1]]).astype(np.float32)
    labels = [0] * 11 + [1, 1, 1, 1] + [1]
    first = run_sync(alike(tensor(rows), labels))
    assert first[:11] == [0] * 11
    assert first[11:] == [11, 12, 13, 14, 15]  # another class's frame is its own


def test_more_rows_than_are_compared_at_once() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(ROWS + 40, 24)).astype(np.float32)
    rows[ROWS + 7] = rows[3]
    rows[ROWS + 9] = 2 * rows[ROWS + 8]
    first = run_sync(alike(tensor(rows), [0] * len(rows)))
    expected = list(range(len(rows)))
    expected[ROWS + 7], expected[ROWS + 9] = 3, ROWS + 8
    assert first == expected


def test_equal_pictures_only() -> None:
    assert run_sync(alike(tensor(np.ones((4, 3), np.float32)), [0, 0, 1, 1])) == [0, 0, 2, 2]


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_never_divided(seed: int) -> None:
    rng = random.Random(seed)
    labels = [rng.randrange(3) for _ in range(rng.randrange(3, 60))]
    first = list(range(len(labels)))
    for i, label in enumerate(labels):
        before = [j for j in range(i) if labels[j] == label]
        if before and rng.random() < 0.5:
            first[i] = first[rng.choice(before)]
    training, validation = split(labels, 0.3, seed, first)
    assert sorted(training + validation) == list(range(len(labels)))
    assert not {first[i] for i in training} & {first[i] for i in validation}
    for label in set(labels):
        mine = {i for i, other in enumerate(labels) if other == label}
        assert mine & set(training)
        groups = [sum(first[i] == g for i in mine) for g in {first[i] for i in mine}]
        if 2 * min(groups) <= len(mine) and len(mine) > 1:
            assert mine & set(validation)
    singles = list(range(len(labels)))
    assert split(labels, 0.3, seed, singles) == split(labels, 0.3, seed)


@on_cpu
def test_photos_given_three_times_are_not_tested_on_what_was_learnt() -> None:
    folder = find_pictures(sample_folder())
    few = tuple(p for p in folder.pictures if int(p.path.stem) < 6)
    thrice = few * 3
    once = run_sync(teach(replace(folder, pictures=few), TeachOptions(epochs=3)))
    taught = run_sync(teach(replace(folder, pictures=thrice), TeachOptions(epochs=3)))
    assert (once.duplicates, taught.duplicates) == (0, 2 * len(few))
    assert sum(map(sum, taught.confusion)) == 3 * sum(map(sum, once.confusion))
    assert taught.summary()["duplicates"] == 2 * len(few)


def test_a_class_that_is_one_picture_is_taught_and_not_tested_on() -> None:
    folder = find_pictures(sample_folder())
    two = [next(p for p in folder.pictures if p.label == label) for label in (0, 1)]
    again = [PictureFile(p.path, p.label) for p in two for _ in range(5)]
    same = replace(folder, classes=folder.classes[:2], pictures=tuple(again))
    taught = run_sync(teach(same, TeachOptions(epochs=3)))
    assert taught.val_accuracy is None
    assert taught.duplicates == 8


@on_cpu
def test_the_session_says_how_many() -> None:
    session = TeachSession(load_compact(compact_files(load_extractor())))
    session.set_classes([{"key": k, "name": k} for k in "ab"])
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(8, session.extractor.features)).astype(np.float32)
    samples = [
        {"id": f"{k}{i}", "key": k, "features": rows[4 * (k == "b") + i % 4]}
        for k in "ab"
        for i in range(8)
    ]
    session.add_features(samples)
    said = run_sync(session.train({"epochs": 2, "validation": 0.25}))
    assert said["duplicates"] == 8
    assert sum(map(sum, said["confusion"])) == 4  # one picture of four, twice, per class


@on_cpu
def test_the_session_knows_copies_by_their_thumbnails() -> None:
    """Smaller copies of drawn hands, also after they have been exported and read."""
    session = TeachSession(load_compact(compact_files(load_extractor())))
    session.set_classes([{"key": k, "name": k} for k in "ab"])
    pictures = find_pictures(sample_folder()).pictures
    for key, label in (("a", 0), ("b", 1)):
        for picture in [p for p in pictures if p.label == label][:3]:
            whole = Image.open(picture.path).convert("RGBA")
            for image in (whole, whole.resize((whole.width // 2, whole.height // 2))):
                pixels = memoryview(image.tobytes())
                run_sync(session.add_sample(key, Picture(pixels, image.height, image.width)))
    zipped = session.export()
    options = {"epochs": 2, "validation": 0.3}
    assert run_sync(session.train(options))["duplicates"] == 6
    session.restore(zipped)
    assert run_sync(session.train(options))["duplicates"] == 6
    for sample in (samples := session.read(zipped)["samples"]):
        del sample["thumbnail"]  # as those of before there were any
    session.lesson(session.read(zipped)["classes"], samples)
    assert run_sync(session.train(options))["duplicates"] < 6
