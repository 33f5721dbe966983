"""A client: a SuperNode, which fetches a server's messages, and a ClientApp in this
process, which answers them from a `Lesson`. Only what the app returns leaves: four
arrays, and three numbers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flwr.app import (
    Array,
    ArrayRecord,
    ConfigRecord,
    Context,
    Error,
    Message,
    MetricRecord,
    RecordDict,
)
from flwr.clientapp import ClientApp
from flwr.common.constant import ErrorCode

from ....host.lazy import np
from ....host.waiting import run_sync
from ..lesson import ARRAYS, Agreement, Lesson, is_last
from .processes import SUPERNODE, Address, Program, free_port
from .runtime import Runtime, answer

LOOK = 0.3
PATIENCE = 60.0
"""Seconds after which a server that is not reached any more is gone."""
LINGER = 10.0
"""Seconds after the last answer, which the SuperNode sends on within one or two."""


class Course:
    """A client's part in a lesson: how many rounds it trained in, what the server's
    head is by now, and why it was refused.
    """

    def __init__(self, lesson: Lesson, told: Callable[[str], None]):
        self.lesson, self.told = lesson, told
        self.rounds, self.of = 0, 0
        self.agreed: Agreement | None = None
        self.weights: list[Any] | None = None
        self.accuracy: float | None = None
        self.over = False
        self.refused = ""

    def app(self) -> ClientApp:
        """Flower's ClientApp, of which messages are answered."""
        app = ClientApp()
        app.train()(self._guarded(self._train))
        app.evaluate()(self._guarded(self._evaluate))
        return app

    def _guarded(self, answer: Callable[..., RecordDict]) -> Callable[..., Message]:
        """What the lesson refuses is said to the server, in its words."""

        def call(message: Message, context: Context) -> Message:
            try:
                config = dict(message.content.config_records.get("config", ConfigRecord()))
                arrays = message.content.array_records.get("arrays", ArrayRecord())
                if tuple(arrays) != ARRAYS:
                    raise ValueError("the server's arrays are not a head's four")
                return Message(answer(_values(arrays), config), reply_to=message)
            except ValueError as error:
                self.refused = str(error)
                code = ErrorCode.CLIENT_APP_RAISED_EXCEPTION
                return Message(Error(code, self.refused), reply_to=message)

        return call

    def _train(self, weights: list[Any], config: dict[str, Any]) -> RecordDict:
        values, examples, metrics = run_sync(self.lesson.train(weights, config))
        arrays = (Array(np.asarray(value, np.float32)) for value in values)
        self.rounds += 1
        number, self.of = int(config.get("server-round", 0)), int(config.get("rounds", 0))
        of = f" of {self.of}" if self.of else ""
        self.told(f"round {number}{of}: trained on {examples} pictures, loss {metrics['loss']:.4f}")
        return RecordDict(
            {
                "arrays": ArrayRecord(dict(zip(ARRAYS, arrays, strict=True))),
                "metrics": MetricRecord({"num-examples": examples, **metrics}),
            }
        )

    def _evaluate(self, weights: list[Any], config: dict[str, Any]) -> RecordDict:
        examples, metrics = run_sync(self.lesson.evaluate(weights, config))
        self.weights, self.accuracy = weights, metrics["accuracy"]
        self.agreed = Agreement.of(config)
        number = int(config.get("server-round", 0))
        self.over = is_last(config)
        self.told(f"round {number}: {self.accuracy:.3f} right of {examples} that were kept aside")
        return RecordDict({"metrics": MetricRecord({"num-examples": examples, **metrics})})


def _values(arrays: ArrayRecord) -> list[Any]:
    """The arrays as they came, looked at: a server's bytes are data of a stranger."""
    values = [array.numpy() for array in arrays.values()]
    for value in values:
        if value.dtype != np.float32 or not np.isfinite(value).all():
            raise ValueError("the server's arrays are not float32, or have numbers that are none")
    return values


def attend(
    server: Address,
    course: Course,
    stop: Callable[[], bool] = lambda: False,
    authority: Path | None = None,
) -> Course:
    """Takes part until the lesson is over, it is refused, the server is gone for a
    minute, or `stop()`. A server that comes back is joined again.
    """
    gone = time.monotonic() + PATIENCE
    while not stop() and not course.over and not course.refused and time.monotonic() < gone:
        if server.answers(authority):
            time.sleep(LOOK)
            continue
        _stay(server, course, stop, authority)
        gone = time.monotonic() + PATIENCE
    return course


def _stay(
    server: Address, course: Course, stop: Callable[[], bool], authority: Path | None
) -> None:
    """As long as the SuperNode lives, and there is something to answer."""
    here = Address("127.0.0.1", free_port())
    words = ["--superlink", str(server), "--max-wait-time", "20"]
    words += ["--root-certificates", str(authority)] if authority else ["--insecure"]
    with Program(SUPERNODE, words, here) as node:
        node.wait()
        runtime, app = Runtime(node, str(here)), course.app()
        lost = _watched(server)
        try:
            while node.alive and not lost.is_set() and not stop():
                task = runtime.task("flwr-clientapp")
                if task is None:
                    time.sleep(LOOK)
                    continue
                with runtime.taken("flwr-clientapp", task[1]) as client:
                    answer(client, app)
                if course.over or course.refused:
                    _let_go(server, node)
                    return
        finally:
            lost.set()
            runtime.close()


def _watched(server: Address) -> threading.Event:
    """Set once the server is not reached any more, and ends the watch where it is set.
    A server that starts anew does not know a SuperNode of before.
    """
    lost = threading.Event()

    def watch() -> None:
        while not lost.wait(1):
            if server.reached() and not lost.wait(1) and server.reached():
                lost.set()

    threading.Thread(target=watch, daemon=True).start()
    return lost


def _let_go(server: Address, node: Program) -> None:
    """Until the last answer has arrived: the server then ends, or goes on without us."""
    end = time.monotonic() + LINGER
    while node.alive and not server.reached() and time.monotonic() < end:
        time.sleep(LOOK)
