"""Clients that are all in this process: the ServerApp's rounds, Flower's strategy and
each client's ClientApp as over a network, without one. Flower's own simulation needs a
Ray of a version that is not the extra's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from flwr.app import Context, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

from ..lesson import Lesson
from ..standing import Plan, Standing, Watch
from .client import Course
from .server import Stopped, rounds


def lead_here(lessons: Sequence[Lesson], plan: Plan, standing: Standing, watch: Watch) -> Standing:
    """The rounds that are left, with a client for each lesson. Stops early where
    `watch.stop()` says so, after the last whole round.
    """
    TaskIdentity.task_id = TaskIdentity.run_id = TaskIdentity.node_id = 1  # of messages' senders
    apps = [Course(lesson, lambda words: None).app() for lesson in lessons]
    with suppress(Stopped):
        rounds(_Here(apps, watch), plan, standing, watch)
    return standing


class _Here(Grid):
    """Node i + 1 is app i. A message is answered when it is sent, one after the other,
    as all of them work on one device.
    """

    def __init__(self, apps: Sequence[ClientApp], watch: Watch):
        nodes = range(1, len(apps) + 1)
        self._apps = dict(zip(nodes, apps, strict=True))
        self._contexts = {node: Context(0, node, {}, RecordDict(), {}) for node in nodes}
        self._watch = watch
        self._replies: dict[str, Message] = {}

    def get_node_ids(self) -> Iterable[int]:
        return list(self._apps)

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        ids = []
        for message in messages:
            if self._watch.stop():
                raise Stopped
            node = message.metadata.dst_node_id
            message.metadata.__dict__["_message_id"] = message.object_id  # as Flower's own do
            ids.append(message.metadata.message_id)
            self._replies[ids[-1]] = self._apps[node](message, self._contexts[node])
        return ids

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        return [self._replies.pop(each) for each in message_ids]

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        return self.pull_messages(self.push_messages(messages))

    # of no use without a SuperLink

    def set_run(self, run: Any) -> None:
        raise NotImplementedError("no run: all clients are in this process")

    @property
    def run(self) -> Any:
        raise NotImplementedError("no run: all clients are in this process")

    def create_message(self, *words: Any, **more: Any) -> Message:
        raise NotImplementedError("make a Message instead")
