"""Our node beside a server that speaks with Flower's own classes, and one that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pywebml.distributed.federated.lesson import ARRAYS
from pywebml.distributed.fleet import node as nodes
from pywebml.distributed.fleet.desk import Desk, Key
from pywebml.distributed.fleet.node import Answer, Node

pytest.importorskip("flwr", reason="Flower's own messages")

from fleet_server import Server


class Doubling:
    """Doubles weights."""

    async def train(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[list[Any], int, dict[str, float]]:
        assert config["server-round"] == 2 and config["classes"] == ["a", "b"]
        return [np.asarray(weight) * 2 for weight in weights], 12, {"loss": 0.5}

    async def evaluate(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[int, dict[str, float]]:
        return 12, {"accuracy": 0.75}


class Failing(Doubling):
    async def evaluate(self, *_: Any) -> tuple[int, dict[str, float]]:
        raise ValueError("expected 3 classes, got 4")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "POLL", 0.01)
    monkeypatch.setattr(nodes, "GRACE", 0.1)


def taken_part(server: Any, replies: int, lesson: Any = None) -> Node:
    """A node that has answered so often."""
    node = Node(lesson or Doubling(), server.post, b"PEM")
    node._listener = lambda progress: len(server.replies) >= replies and node.leave()
    asyncio.run(asyncio.wait_for(node.take_part(), 20))
    return node


def test_a_node_trains_and_evaluates() -> None:
    server = Server("train", "evaluate")
    node = taken_part(server, 2)
    train, evaluate = server.replies
    arrays = train.content["arrays"]
    assert list(arrays) == list(ARRAYS)
    np.testing.assert_array_equal(arrays["output/bias"].numpy(), np.full((2, 2), 6, np.float32))
    assert dict(train.content["metrics"]) == {"num-examples": 12, "loss": 0.5}
    assert dict(evaluate.content["metrics"]) == {"num-examples": 12, "accuracy": 0.75}
    assert (node.progress.trained, node.progress.evaluated) == (1, 1)
    assert 1000 < node.progress.sent < 10_000
    assert server.asked[:3] == ["register-node", "activate-node", "pull-messages"]
    assert server.asked[-2:] == ["deactivate-node", "unregister-node"]


def test_what_cannot_be_used_is_answered_with_the_reason() -> None:
    server = Server("evaluate", "query", "train")
    node = taken_part(server, 3, Failing())
    failed, query, train = server.replies
    assert failed.error.code == 2 and failed.error.reason == "expected 3 classes, got 4"
    assert "it asks to 'query'" in query.error.reason
    assert train.has_content() and node.progress.trouble == ""


def test_a_server_that_fails_now_and_then_is_asked_again() -> None:
    server, failures = Server("train"), [503, 0, 500]

    async def post(call: str, body: bytes) -> Answer:
        if call == "push-messages" and failures:
            return Answer(failures.pop(), b"connection refused")
        return await Server.post(server, call, body)

    server.post = post  # type: ignore[method-assign]
    taken_part(server, 1)
    assert not failures and len(server.replies) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, b'{"detail": "Invalid SuperNode authentication"}'),
         r"refuses register-node: Invalid SuperNode authentication \(401\)"),
        (Answer(403, b"<html>"), "refuses register-node: it answers 403"),
        (Answer(501, b""), r"no federation is at this address \(it answers 501\)"),
        (Answer(0, b"connection refused"), r"connection refused \(tried 4 times\)"),
        (Answer(503, b""), r"it answers 503 \(tried 4 times\)"),
    ],
)  # fmt: skip
def test_a_server_that_refuses_is_named_with_its_reason(
    answer: Answer, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywebml.host.stores.retrying.FIRST", 0.01)

    async def post(call: str, body: bytes) -> Answer:
        return answer

    with pytest.raises(ConnectionError, match=said):
        asyncio.run(Node(Doubling(), post, b"PEM").take_part())


def test_a_desks_calls_are_signed_as_flower_asks() -> None:
    from base64 import b64decode

    from flwr.supercore.primitives.asymmetric import bytes_to_public_key, verify_signature

    headers = Key().headers()
    public = bytes_to_public_key(b64decode(headers["flwr-public-key"]))
    signature = b64decode(headers["flwr-signature"])
    assert public.curve.name == "secp384r1"
    assert verify_signature(public, headers["flwr-timestamp"].encode(), signature)


def test_a_desk_says_where_nobody_is() -> None:
    answer = asyncio.run(Desk("http://127.0.0.1:9", Key()).post("pull-messages", b""))
    assert answer.status == 0 and b"127.0.0.1:9 cannot be reached" in answer.body
    with pytest.raises(ValueError, match="expected an http"):
        Desk("127.0.0.1:9092", Key())
