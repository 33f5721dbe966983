"""A node that takes part in Flower's rounds (formats/wire/flower.py has the messages).

It knows neither the net nor keys: whoever runs it hands in a way to post, which signs.
So the page of a tab does both, and the Python in its worker has no network.
"""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ...formats.wire import flower
from ...formats.wire.protobuf import Reader, Table, written
from ...formats.wire.stored import Weight
from ...host.files import FormatError, refused
from ...host.json_data import json_object
from ...host.shown import shown
from ...host.stores.retrying import Passing, Tries
from ..federated.lesson import ARRAYS

HEARTBEAT = 30.0
"""Seconds within which the server hears of us; it waits for twice as long."""
GRACE = 5.0
"""Seconds after an answer before we leave: a server drops what it has not read of a
node that is gone, and reads every three seconds.
"""
POLL = 1.0
"""Seconds between two questions for work."""
ABSENT = (404, 405, 501)
"""What servers answer that know no such calls."""
MAX_LATE = 60
"""How often an object that the server does not have yet is asked for."""


class Answer(NamedTuple):
    """Of a server: an HTTP status (0: it was not reached, `body` says why) and bytes."""

    status: int
    body: bytes


Post = Callable[[str, bytes], Awaitable[Answer]]
"""(call, body) -> the server's answer."""


class Lesson(Protocol):
    """What is done in a round: `federated/lesson.py`. Weights are the values of
    `ARRAYS`, in their order; ValueError for what does not fit.
    """

    async def train(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[list[Any], int, dict[str, float]]:
        """(weights, how many pictures, measures)."""

    async def evaluate(
        self, weights: Sequence[Any], config: Mapping[str, Any]
    ) -> tuple[int, dict[str, float]]:
        """(how many pictures, measures)."""


@dataclass
class Progress:
    """How far a node is: rounds trained and evaluated, on how many pictures, how often
    the server's head was right on them, bytes both ways, and what went wrong with the
    last message.
    """

    trained: int = 0
    evaluated: int = 0
    sent: int = 0
    received: int = 0
    doing: str = "joining"
    pictures: int = 0
    accuracy: float | None = None
    trouble: str = ""


class Node:
    """Takes part until `leave` is called.

    lesson       what it does in a round
    post         carries its calls
    public_key   PEM, of the key that `post` signs with
    listener     is told of each step
    """

    def __init__(
        self,
        lesson: Lesson,
        post: Post,
        public_key: bytes,
        listener: Callable[[Progress], object] = lambda progress: None,
    ):
        self._lesson, self._post, self._key = lesson, post, public_key
        self._listener, self.progress = listener, Progress()
        self._id = 0
        self._over = asyncio.Event()
        self._silent = False
        self._stay = 0.0  # until then a server may not have read the last answer

    def leave(self, last: bool = False) -> None:
        """Ends `take_part`, once the round that runs is done. After the `last` one the
        server ends, too, and nothing is left to say to it.
        """
        self._silent = last
        self._over.set()

    async def take_part(self) -> None:
        """Joins, does what the server asks for, and leaves. ConnectionError where the
        server is not there or refuses; a message that cannot be used is answered with
        what is wrong with it.
        """
        await self._ask("register-node", {"public_key": self._key}, flower.KEY)
        me = {"public_key": self._key, "heartbeat_interval": HEARTBEAT}
        answer = await self._ask("activate-node", me, flower.KEY, flower.NODE)
        self._id = answer.get("node_id", 0)
        beating = asyncio.ensure_future(self._beat())
        try:
            while not self._over.is_set():
                self._tell("waiting")
                pulled = await self._ask("pull-messages", self._node, flower.PUSH, flower.PULLED)
                if not pulled.get("messages"):
                    await self._pause(POLL)
                    continue
                await self._work(pulled)
            self._tell("leaving")
            if not self._silent:
                await asyncio.sleep(max(0.0, self._stay - time.monotonic()))
        finally:
            beating.cancel()
            for call in () if self._silent else ("deactivate-node", "unregister-node"):
                with suppress(ConnectionError, Passing):  # it may be gone by now
                    await self._once(call, written({"node_id": self._id}, flower.NODE))

    @property
    def _node(self) -> dict[str, Any]:
        return {"node": {"node_id": self._id}}

    async def _work(self, pulled: Mapping[str, Any]) -> None:
        """One message: what it holds is fetched, used and answered."""
        metadata = pulled["messages"][0].get("metadata", {})
        run = {**self._node, "run_id": metadata.get("run_id", 0)}
        begun = time.monotonic()
        answer: dict[str, Any] | str
        try:
            records = await self._fetched(pulled, run)
            answer = await self._answered(metadata, records)
            self.progress.trouble = ""
        except ValueError as error:
            answer = self.progress.trouble = shown(str(error))
        self._tell("sending")
        await self._send(metadata, run, answer, time.monotonic() - begun)

    async def _fetched(self, pulled: Mapping[str, Any], run: dict[str, Any]) -> dict[str, Any]:
        """The records of the message, once all their objects are there."""
        self._tell("fetching")
        with refused("the server's message"):
            tree = pulled["trees"][0]
            top, below = tree["object_id"], tree["children"][0]
        contents: dict[str, bytes | memoryview] = {}
        left = flower.MAX_UPDATE
        for name in flower.tree_ids(below):
            contents[name] = await self._object({**run, "object_id": name})
            left -= len(contents[name])
            if left < 0:
                raise FormatError(
                    f"the server's message has more than {flower.MAX_UPDATE >> 20} MiB"
                )
        await self._ask("confirm-message-received", {**run, "object_id": top}, flower.OBJECT_ASKED)
        return flower.read_records(contents, below["object_id"])

    async def _object(self, asked: dict[str, Any]) -> bytes | memoryview:
        for _ in range(MAX_LATE):
            answer = await self._ask("pull-object", asked, flower.OBJECT_ASKED, flower.OBJECT)
            if not answer.get("known"):
                break
            if answer.get("there"):
                return answer.get("content", b"")
            await self._pause(POLL)
        raise FormatError(f"the server has lost object {asked['object_id'][:12]} of its message")

    async def _answered(
        self, metadata: Mapping[str, Any], records: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The records of the reply."""
        with refused("the server's message"):
            config = records["config"]
            weights = [records["arrays"][name].decoded() for name in ARRAYS]
            kind = metadata["message_type"].partition(".")[0]
            if kind not in (flower.TRAINS, flower.EVALUATES):
                raise FormatError(f"it asks to {kind!r:.40}; expected 'train' or 'evaluate'")
        if kind == flower.TRAINS:
            self._tell("training")
            values, count, measures = await self._lesson.train(weights, config)
            self.progress.trained += 1
            arrays = {name: Weight.of(each) for name, each in zip(ARRAYS, values, strict=True)}
            return {"arrays": arrays, "metrics": self._measured(count, measures)}
        self._tell("evaluating")
        count, measures = await self._lesson.evaluate(weights, config)
        self.progress.evaluated += 1
        self.progress.accuracy = measures.get("accuracy")
        return {"metrics": self._measured(count, measures)}

    def _measured(self, count: int, measures: Mapping[str, float]) -> dict[str, float]:
        self.progress.pictures = count
        return {"num-examples": count, **measures}

    async def _send(
        self,
        asked: Mapping[str, Any],
        run: dict[str, Any],
        answer: dict[str, Any] | str,
        seconds: float,
    ) -> None:
        now = time.time()
        metadata = {
            "run_id": asked.get("run_id"),
            "src_node_id": self._id,
            "dst_node_id": asked.get("src_node_id"),
            "reply_to_message_id": asked.get("message_id"),
            "group_id": asked.get("group_id"),
            "ttl": asked.get("created_at", now) + asked.get("ttl", 0.0) - now,
            "message_type": asked.get("message_type"),
            "created_at": now,
            "src_task_id": asked.get("dst_task_id"),
            "dst_task_id": asked.get("src_task_id"),
        }
        out = flower.Written()
        tree = out.message(metadata, answer)
        metadata["message_id"] = tree["object_id"]
        message: dict[str, Any] = {"metadata": metadata}
        if isinstance(answer, str):
            message["error"] = {"code": flower.FAILED, "reason": answer}
        else:
            message["content"] = {}
        push = {
            **self._node,
            "messages": [message],
            "trees": [tree],
            "seconds": struct.pack("<d", seconds),
        }
        pushed = await self._ask("push-messages", push, flower.PUSH, flower.PUSHED)
        for name in pushed.get("objects", ()):
            with refused("the server's answer"):
                content = out.contents[name]
            session = pushed.get("session_id")
            part = {**run, "object_id": name, "content": content, "session_id": session}
            await self._ask("push-object", part, flower.PUSH_OBJECT)
        self._stay = time.monotonic() + GRACE

    async def _beat(self) -> None:
        """Tells the server now and then that we are there, while it may take long."""
        alive = written({**self._node, "heartbeat_interval": HEARTBEAT}, flower.HEARTBEAT)
        with suppress(asyncio.CancelledError):  # a tab's loop complains of those that end so
            while True:
                await asyncio.sleep(HEARTBEAT * random.uniform(0.5, 0.8))
                with suppress(Passing):  # the next one may arrive
                    await self._once("send-node-heartbeat", alive)

    async def _ask(
        self, call: str, values: dict[str, Any], table: Table, answers: Table | None = None
    ) -> dict[str, Any]:
        """What the server says to that; asked again where that may help."""
        body, tries = written(values, table), Tries()
        while True:
            try:
                data = await self._once(call, body)
                break
            except Passing as failure:
                pause = tries.pause(failure)
                if pause is None:
                    raise ConnectionError(
                        f"the server of the federation: {tries.said(failure)}"
                    ) from None
            await asyncio.sleep(pause)
        with refused(f"the server's answer to {call}"):
            return Reader(data).message(answers or {})

    async def _once(self, call: str, body: bytes) -> bytes:
        """The answer of one try. `Passing` where another may help."""
        self.progress.sent += len(body)
        status, data = await self._post(call, body)
        self.progress.received += len(data)
        if status == 200:
            return data
        if not status:
            raise Passing(data.decode(errors="replace")[:200])
        if status in ABSENT:
            raise ConnectionError(
                f"no federation is at this address (it answers {status}); `page serve --federation"
                " ADDRESS` leads a page to one"
            )
        if status == 429 or status >= 500:
            raise Passing(f"it answers {status}")
        raise ConnectionError(
            f"the server of the federation refuses {call}: {_reason(status, data)}"
        )

    async def _pause(self, seconds: float) -> None:
        """So long, or until somebody leaves."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def _tell(self, doing: str) -> None:
        self.progress.doing = doing
        self._listener(self.progress)


def _reason(status: int, data: bytes) -> str:
    """What a refusal says of itself."""
    try:
        said = json_object(data[:4096], "the answer").get("detail")
    except FormatError:
        said = None
    return shown(f"{said} ({status})"[:300]) if said else f"it answers {status}"
