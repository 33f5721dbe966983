"""How a Ray cluster is shared out, and which graphics card a worker takes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from real_data import drawn_weights

from pywebml import Model, layers
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.distributed import cluster, extract_features
from pywebml.distributed.cluster import Shares, own_card, shared
from pywebml.formats.layers_models import save_layers_model
from pywebml.zoo import extract_features as alone
from pywebml.zoo import load_extractor

ray = pytest.importorskip("ray", reason="Ray shares work out among machines")

LAVAPIPE = sorted(Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json"))
CARDS = "0, GPU-8932f937-d72c\n1, GPU-8932abcd-0000\n"


@pytest.mark.parametrize(
    ("workers", "resources", "shares"),
    [
        (None, {"CPU": 16.0, "GPU": 2.0}, Shares(2, 8, 1.0)),
        (4, {"CPU": 16.0, "GPU": 2.0}, Shares(4, 4, 0.5)),
        (3, {"CPU": 16.0, "GPU": 2.0}, Shares(3, 5, 0.5)),  # thirds of two cards fit nowhere
        (1, {"CPU": 16.0, "GPU": 2.0}, Shares(1, 16, 1.0)),
        # a card that Ray does not know
        (None, {"CPU": 9.0, "node:10.0.0.1": 1.0, "node:__internal_head__": 1.0}, Shares(1, 9, 0)),
        (None, {"CPU": 16.0, "node:10.0.0.1": 1.0, "node:10.0.0.2": 1.0}, Shares(2, 8, 0)),
    ],
)
@pytest.mark.gpu
def test_cards_are_shared_out(workers: Any, resources: dict[str, float], shares: Shares) -> None:
    set_device(shared_device("gpu"))
    assert shared(workers, resources) == shares


class Given:
    """What Ray says to a worker."""

    def __init__(self, *cards: str):
        self.cards = cards

    def get_runtime_context(self) -> Given:
        return self

    def get_accelerator_ids(self) -> dict[str, list[str]]:
        return {"GPU": list(self.cards)}


@pytest.mark.skipif(os.name == "nt", reason="the program that stands in is a shell's")
def test_a_card_that_is_given_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\ncat <<END\n{CARDS}END\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for said, card in (("GPU-8932abcd", "gpu:1"), ("GPU-8932f937-d72c", "gpu:0"), ("3", "gpu:3")):
        monkeypatch.setattr(cluster, "ray", lambda said=said: Given(said))
        assert own_card() == card
    monkeypatch.setattr(cluster, "ray", Given)
    assert own_card() == "gpu"
    monkeypatch.setattr(cluster, "ray", lambda: Given("MIG-12"))
    with pytest.raises(RuntimeError, match="names the card MIG-12, which nvidia-smi does not list"):
        own_card()
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(RuntimeError, match="name cards by their numbers there"):
        own_card()


@pytest.mark.gpu
@pytest.mark.skipif(not LAVAPIPE, reason="Mesa's lavapipe is the card that is there twice")
def test_workers_hold_a_card_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray is told of two, and they make the features that one makes."""
    again = shutil.copy(LAVAPIPE[0], tmp_path / "again.json")
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        monkeypatch.setenv(name, f"{LAVAPIPE[0]}{os.pathsep}{again}")
    set_device(shared_device("gpu"))
    picture = layers.Input((64, 64, 3))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(16, 3, 2, activation="relu")(picture))
    network = drawn_weights(Model(picture, layers.Dense(3, activation="softmax")(pooled)))
    save_layers_model(network, tmp_path / "net")  # small: compiled on three cards
    extractor = load_extractor(tmp_path / "net")
    paths = [picture.path for picture in find_pictures(sample_folder()).pictures][::20]
    ray.init(num_cpus=2, num_gpus=2, include_dashboard=False, log_to_driver=False)
    try:

        class Holds:
            def card(self) -> str:
                return own_card()

        holds = ray.remote(num_gpus=1)(Holds)
        actors = [holds.remote() for _ in range(2)]
        assert sorted(ray.get([each.card.remote() for each in actors])) == ["gpu:0", "gpu:1"]
        del actors
        assert shared().gpus == 1.0
        ours, theirs = extract_features(extractor, paths), alone(extractor, paths)
        assert np.ptp(theirs.values.numpy(), axis=0).max() > 0.1  # pictures are told apart
        np.testing.assert_allclose(ours.values.numpy(), theirs.values.numpy(), atol=1e-4)
    finally:
        ray.shutdown()


def test_as_many_cores_as_asked_for_unless_there_is_a_cluster() -> None:
    assert not ray.is_initialized()
    with cluster.of_cores(3):
        assert ray.cluster_resources()["CPU"] == 3
        with cluster.of_cores(1):
            assert ray.cluster_resources()["CPU"] == 3
        assert ray.is_initialized()
    assert not ray.is_initialized()
