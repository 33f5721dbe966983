"""`federate simulate`: Flower's rounds with clients in this process."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.apps import app_of
from pywebml.apps.app import Given
from pywebml.apps.federate.simulate import shared_out
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.distributed.federated.lesson import Lesson
from pywebml.formats.heads import read_archive
from pywebml.vis.screens import Recorder

pytest.importorskip("flwr", reason="Flower leads the rounds")

APP = app_of("federate")


def simulated(out: Path, stop: Any = lambda: False, folder: Any = None, **options: Any) -> Any:
    """(the outcome, what was shown)."""
    set_device(shared_device("cpu"))
    screen, words = Recorder(), APP.options(out=str(out), **options)
    folder = str(sample_folder("rock_paper_scissors")) if folder is None else folder
    given = Given({"action": "simulate", "folder": folder}, words, screen, stop, device="cpu")
    assert APP.run is not None
    return APP.run(given), screen


def test_clients_with_some_of_each_class_teach_one_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a connection, to this machine or another."""

    def refused(*words: Any) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refused)
    outcome, screen = simulated(tmp_path / "m.zip", clients=4, rounds=3)
    assert outcome.code == 0 and outcome.data["accuracy"] > 0.9
    assert [each["clients"] for each in outcome.data["rounds"]] == [4, 4, 4]
    assert read_archive(tmp_path / "m.zip")[1]["labels"] == ["paper", "rock", "scissors"]
    said = [what for kind, what in screen.shown if kind == "line"]
    assert sum("5 paper, 5 rock, 5 scissors; 3 of them kept aside" in str(s) for s in said) == 4
    assert list(tmp_path.iterdir()) == [tmp_path / "m.zip"]


def test_ctrl_c_ends_it_after_the_last_whole_round(tmp_path: Path) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 20

    outcome, _ = simulated(tmp_path / "m.zip", stop, clients=2, rounds=1000)
    assert outcome.code == 130 and 0 < len(outcome.data["rounds"]) < 20
    assert read_archive(tmp_path / "m.zip")[1]["training"]["rounds"] < 20


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="federate simulate DIR, a folder per class"):
        simulated(tmp_path / "m.zip", folder="")
    with pytest.raises(ValueError, match="3 classes cannot be shared out among 4 clients"):
        simulated(tmp_path / "m.zip", clients=4, shares="class")


def test_a_client_that_goes_astray_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = Lesson.train

    async def astray(self: Lesson, weights: Any, config: Any) -> Any:
        values, *rest = await train(self, weights, config)
        return [np.asarray(value) * np.nan for value in values], *rest

    monkeypatch.setattr(Lesson, "train", astray)
    with pytest.raises(ValueError, match="came to no numbers; give a smaller --learning-rate"):
        simulated(tmp_path / "m.zip")


def test_every_picture_is_shared_out_once() -> None:
    labels, first = [0] * 7 + [1] * 5, [*range(7), 7, 7, 7, 10, 11]
    for how in ("mixed", "class"):
        shares = shared_out(labels, first, 2, how, seed=1)
        assert sorted(i for share in shares for i in share) == list(range(12))
        owners = [next(c for c, share in enumerate(shares) if i in share) for i in (7, 8, 9)]
        assert len(set(owners)) == 1  # three that show one picture
    counts = Counter(labels[i] for i in shared_out(labels, range(12), 3, "mixed", seed=0)[0])
    assert counts == {0: 3, 1: 1}
