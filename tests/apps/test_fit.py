"""How pictures that are not square are looked at: a head says it, and whoever uses the
head obeys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image

from pywebml import set_device
from pywebml.apps.frame import Picture
from pywebml.apps.predict import predict
from pywebml.apps.session import TeachSession
from pywebml.apps.teaching import TeachOptions, save, teach
from pywebml.data.folders import find_pictures
from pywebml.formats.heads import archive_bytes, read_archive
from pywebml.host.files import FormatError
from pywebml.host.waiting import run_sync
from pywebml.zoo import load_extractor
from pywebml.zoo.compact import compact_files, load_compact


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


@pytest.fixture(scope="module")
def session() -> TeachSession:
    set_device(shared_device("cpu"))
    return TeachSession(load_compact(compact_files(load_extractor())))


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of 3:1. What tells the classes apart lies at their sides, which the
    middle square does not show; in the middle all are alike.
    """
    root = tmp_path_factory.mktemp("discs")
    rng = np.random.default_rng(0)
    for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        (root / name).mkdir()
        for i in range(8):
            pixels = rng.integers(100, 156, (100, 300, 3), dtype=np.uint8)
            pixels[:, :90] = pixels[:, -90:] = colour
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    return root


def whole(path: Path) -> Picture:
    pixels = np.asarray(Image.open(path).convert("RGBA"))
    return Picture(memoryview(pixels.tobytes()), *pixels.shape[:2])


def taught(folder: Path, fit: str, out: Path) -> Path:
    options = TeachOptions(fit=fit, epochs=10, units=20)
    return save(run_sync(teach(find_pictures(folder), options)), out)


@pytest.mark.parametrize("fit", ["crop", "squash"])
def test_a_head_is_used_as_it_was_taught(
    fit: str, discs: Path, session: TeachSession, tmp_path: Path
) -> None:
    """By the command and by the session, which is given whole frames."""
    head = taught(discs, fit, tmp_path / "head.zip")
    assert read_archive(head).metadata["fit"] == fit
    pictures = sorted(discs.glob("*/*.png"))
    by_command, _ = predict(head, pictures)
    session.load_head(head.read_bytes(), ["blue", "red"])
    for path, answer in zip(pictures, by_command, strict=True):
        there: Any = run_sync(session.predict(whole(path)))
        # the session's network has 8 bits per weight
        np.testing.assert_allclose(
            there["probabilities"], list(answer["probabilities"].values()), atol=0.12
        )
    right = sum(a["class"] == Path(a["picture"]).parent.name for a in by_command)
    # the sides are seen in one case, and not in the other
    assert (right == len(pictures)) == (fit == "squash")


def test_a_head_from_the_page_answers_the_same_in_predict(
    session: TeachSession, data_folder: Path, tmp_path: Path
) -> None:
    """Taught on half of the real photos, which are 3:2; asked about the other half."""
    folder = find_pictures(data_folder / "rock_paper_scissors")
    session.set_classes([{"key": name, "name": name} for name in folder.classes])

    async def work() -> None:
        for i, picture in enumerate(folder.pictures):
            if i % 2:
                key = folder.classes[picture.label]
                await session.add_sample(key, whole(picture.path))
        await session.train({"validation": 0})

    run_sync(work())
    head = tmp_path / "head.zip"
    head.write_bytes(session.head_file() or b"")
    new = folder.pictures[::2]
    answers, _ = predict(head, [p.path for p in new])
    there = [run_sync(session.predict(whole(p.path)))["best"] for p in new]
    differ = sum(a["class"] != b for a, b in zip(answers, there, strict=True))
    wrong = sum(a["class"] != folder.classes[p.label] for a, p in zip(answers, new, strict=True))
    assert differ <= 1  # 8 bits per weight against 32
    assert wrong <= 3


def test_heads_that_do_not_say_it_answer_as_they_did(
    discs: Path, session: TeachSession, tmp_path: Path
) -> None:
    """`predict` squashed pictures; the page, which had no other heads than its own, gave
    the session their middle squares.
    """
    head = taught(discs, "squash", tmp_path / "head.zip")
    model, metadata = read_archive(head)
    without = {name: value for name, value in metadata.items() if name != "fit"}
    head.write_bytes(archive_bytes(model, without))
    one = sorted(discs.glob("red/*.png"))[0]
    assert predict(head, [one])[0][0]["class"] == "red"
    session.load_head(head.read_bytes(), ["blue", "red"])
    side = 100
    pixels = np.asarray(Image.open(one).convert("RGBA"))[:, side : 2 * side]
    middle = Picture(memoryview(np.ascontiguousarray(pixels).tobytes()), side, side)
    frames = [run_sync(session.predict(p))["probabilities"] for p in (whole(one), middle)]
    np.testing.assert_allclose(frames[0], frames[1], atol=1e-5)


def test_a_head_that_says_another_fit_is_refused(discs: Path, tmp_path: Path) -> None:
    model, metadata = read_archive(taught(discs, "crop", tmp_path / "head.zip"))
    with pytest.raises(FormatError, match="'fit' must be 'crop' or 'squash', got 'letterbox'"):
        archive_bytes(model, {**metadata, "fit": "letterbox"})
