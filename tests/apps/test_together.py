"""A session's part in a federation, its calls carried as the page carries them."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.apps.session import TeachSession
from pywebml.device import set_device
from pywebml.distributed.federated.lesson import Agreement
from pywebml.distributed.fleet import node as nodes
from pywebml.distributed.fleet.node import Answer
from pywebml.formats.heads import read_archive
from pywebml.zoo import load_extractor

pytest.importorskip("flwr", reason="Flower's own messages")
from fleet_server import PUBLIC, Server

CLASSES = ("rock", "paper", "scissors")
FEATURES = 1280


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> TeachSession:
    monkeypatch.setattr(nodes, "POLL", 0.01)
    monkeypatch.setattr(nodes, "GRACE", 0.1)
    set_device(shared_device("cpu"))
    session = TeachSession(load_extractor("efficientnet_lite0"))
    session.set_classes([{"key": "a", "name": "rock"}, {"key": "b", "name": "paper"}])
    draw = np.random.default_rng(0)
    centres = {key: draw.normal(size=FEATURES) for key in "ab"}
    session.add_features(
        {"id": f"{key}{i}", "key": key,
         "features": (centres[key] + draw.normal(size=FEATURES)).astype(np.float32)}
        for key in "ab" for i in range(10)
    )  # fmt: skip
    return session


def server_of(session: TeachSession, *types: str, classes: tuple[str, ...] = CLASSES) -> Server:
    about = session.extractor.describe()
    agreed = Agreement(classes, about["name"], about["layer"], about["weights_sha256"], FEATURES)
    draw = np.random.default_rng(1)
    arrays = [(draw.normal(size=shape) / 30).astype(np.float32) for shape in agreed.shapes()]
    return Server(*types, arrays=arrays, config={**agreed.config(), "epochs": 5})


def taken_part(session: TeachSession, server: Any, replies: int) -> tuple[Any, list[Any]]:
    """(what comes of it, all progress); leaves after so many replies."""
    told: list[Any] = []
    jobs: list[Any] = []

    async def carry(number: int, name: str, body: bytes) -> None:
        status, data = await server.post(name, bytes(body))
        session.answered(number, status, data)

    def hear(progress: dict[str, Any]) -> None:
        told.append(progress)
        if call := progress.get("call"):
            jobs.append(asyncio.ensure_future(carry(**call)))
        elif len(server.replies) >= replies:
            session.leave()

    async def together() -> Any:
        return await asyncio.wait_for(session.together(memoryview(PUBLIC), hear), 30)

    return asyncio.run(together()), told


def test_a_session_trains_with_others_and_has_the_head_then(session: TeachSession) -> None:
    server = server_of(session, "train", "evaluate")
    said, told = taken_part(session, server, 2)
    train, evaluate = server.replies
    metrics = dict(train.content["metrics"])
    assert metrics["num-examples"] == 16 and metrics["accuracy"] == 1.0
    assert dict(evaluate.content["metrics"])["num-examples"] == 4  # kept aside
    head, metadata = read_archive(said["head"])
    for ours, theirs in zip(head.weights, server.arrays, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs)
    assert metadata["labels"] == said["names"] == list(CLASSES) and said["rounds"] == 1
    assert session.load_head(said["head"])["head"]["keys"] == ["a", "b", "scissors"]
    last = [each for each in told if "call" not in each][-1]
    assert last["doing"] == "leaving" and last["trained"] == last["evaluated"] == 1


def test_after_the_last_round_it_is_over(session: TeachSession) -> None:
    server = server_of(session, "train", "evaluate")
    server.config = {**server.config, "rounds": 2}  # the server says that this is the second
    said, _ = taken_part(session, server, 3)  # nobody leaves
    assert said["rounds"] == 1 and not said["trouble"] and len(server.replies) == 2
    assert "deactivate-node" not in server.asked  # it has ended by now


def test_whoever_leaves_a_server_that_is_gone_has_left(session: TeachSession) -> None:
    class Gone(Server):
        def deactivate_node(self, body: bytes) -> Any:
            return Answer(0, b"it is gone")

    whole = server_of(session, "train", "evaluate")
    server = Gone("train", "evaluate", arrays=whole.arrays, config=whole.config)
    assert taken_part(session, server, 2)[0]["rounds"] == 1


def test_a_server_that_is_lost_leaves_what_was_learnt(session: TeachSession) -> None:
    class Gone(Server):
        def pull_messages(self, body: bytes) -> Any:
            if len(self.replies) == 2:
                return Answer(403, b"")
            return super().pull_messages(body)

    whole = server_of(session, "train", "evaluate")
    server = Gone("train", "evaluate", arrays=whole.arrays, config=whole.config)
    said, _ = taken_part(session, server, 3)
    assert "refuses pull-messages" in said["trouble"]
    assert read_archive(said["head"])[1]["labels"] == list(CLASSES)


def test_who_leaves_before_a_test_has_no_head(session: TeachSession) -> None:
    assert taken_part(session, server_of(session, "train"), 1)[0] is None


def test_classes_that_the_server_does_not_know_are_said(session: TeachSession) -> None:
    server = server_of(session, "train", classes=("rock", "scissors"))
    _, told = taken_part(session, server, 1)
    assert "does not know the class 'paper'" in server.replies[0].error.reason
    assert any("'paper'" in each.get("trouble", "") for each in told)


def test_nothing_is_joined_without_pictures_or_twice(session: TeachSession) -> None:
    session.samples = {}
    with pytest.raises(ValueError, match="no pictures to take part with"):
        asyncio.run(session.together(PUBLIC, print))
    session.leave()  # is nothing
    session.answered(7, 200, b"")
