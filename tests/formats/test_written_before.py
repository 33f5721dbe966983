"""Heads and projects that an earlier pywebml saved load, and answer as they did. How the
files came to be: written_before/README.md.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts import shared_device

from pywebml.apps.session import Picture, TeachSession
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.formats.heads import read_archive
from pywebml.zoo import Extractor, extract_features, load_extractor

HERE = Path(__file__).parent / "written_before"
ANSWERS = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


def small_network(dtype: str = "float32") -> Extractor:
    return load_extractor(HERE / "small_network", dtype=dtype)


@pytest.mark.parametrize(
    ("file", "extractor", "atol"),
    [
        ("head_efficientnet.zip", load_extractor, 2e-4),
        # a pixel at the middle between two half floats goes either way: 5e-4 of it
        ("head_small_network_float16.zip", lambda: small_network("float16"), 1e-3),
    ],
)
def test_a_head_answers_as_it_did(file: str, extractor: Any, atol: float) -> None:
    head, metadata = read_archive(HERE / file)
    network = extractor()
    assert metadata["labels"] == ["left", "up"]
    assert metadata["extractor"]["weights_sha256"] == network.weights_sha256
    assert metadata["training"]["val_accuracy"] == 1.0
    features = extract_features(network, [sample_folder() / name for name in ANSWERS[file]])
    rows = head.predict(features.values.reshape(len(features.kept), -1)).numpy()
    for row, expected in zip(rows.tolist(), ANSWERS[file].values(), strict=True):
        assert dict(zip(metadata["labels"], row, strict=True)) == pytest.approx(expected, abs=atol)


def restored(file: str, extractor: Extractor) -> tuple[TeachSession, dict[str, Any]]:
    session = TeachSession(extractor)
    return session, session.restore((HERE / file).read_bytes())


def test_a_trained_project_answers_as_it_did() -> None:
    file = "project_trained.zip"
    session, whole = restored(file, load_extractor())
    state = session.state()
    assert {key: state[key] for key in ANSWERS[f"{file} state"]} == ANSWERS[f"{file} state"]
    assert bytes(whole["extra"]["words.json"]) == b'{"mirror": true}'
    for name, expected in ANSWERS[file].items():
        pixels = load_picture(sample_folder() / name, 224)
        picture = Picture(memoryview(pixels.tobytes()), *pixels.shape[:2])
        answer = asyncio.run(session.predict(picture))
        said = dict(zip(answer["keys"], answer["probabilities"], strict=True))
        assert said == pytest.approx(expected, abs=2e-4)


def test_an_untrained_project_has_its_samples_and_can_be_trained() -> None:
    file = "project_untrained.zip"
    session, whole = restored(file, small_network())
    state = session.state()
    assert {key: state[key] for key in ANSWERS[f"{file} state"]} == ANSWERS[f"{file} state"]
    features = [sample["features"][0] for sample in whole["samples"]]
    assert features == ANSWERS[f"{file} first feature"]
    trained = asyncio.run(session.train({"epochs": 2, "units": 4}))
    assert trained["names"] == ["up", "Füße links"]
