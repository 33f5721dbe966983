"""Leads the rounds: a SuperLink that passes messages on, and Flower's FedAvgM over what
clients answer. The ServerApp runs in this process.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.cli.build import build_fab_from_files
from flwr.common.constant import ErrorCode, SubStatus
from flwr.common.serde import context_from_proto, fab_to_proto, run_from_proto
from flwr.proto.control_pb2 import StartRunRequest
from flwr.proto.runtime_pb2 import PullTaskInputRequest, PushTaskOutputRequest
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvgM
from flwr.supercore.control import ControlHttpClient
from flwr.supercore.fab import Fab
from flwr.supercore.interceptors import RuntimeVersionHttpInterceptor
from flwr.supercore.task_identity import TaskIdentity
from flwr.superlink.grid import HttpGrid

from ....host.lazy import np
from ..lesson import ARRAYS
from ..standing import Plan, Round, Standing, Watch
from .processes import SUPERLINK, Address, Keys, Program
from .runtime import Runtime

LOOK = 0.3
"""Seconds between two looks for answers, and for clients."""
# what nodes are sent as "the app". It has no program: clients bring their own
APP = b"""
[project]
name = "lesson"
version = "1.0.0"
[tool.flwr.app]
publisher = "pywebml"
[tool.flwr.app.components]
serverapp = "lesson:app"
clientapp = "lesson:app"
"""
NOTHING = b"app = None  # `python -m pywebml federate client` is the app\n"


class Stopped(Exception):
    """Somebody asked for the end."""


@contextmanager
def superlink(address: Address, keys: Keys | None = None) -> Iterator[Program]:
    """Flower's SuperLink, listening. RuntimeError where it does not start."""
    words = keys.words() if keys else ["--insecure"]
    with Program(SUPERLINK, words, address) as link:
        link.wait()
        yield link


def lead(
    link: Program, plan: Plan, standing: Standing, watch: Watch, keys: Keys | None = None
) -> Standing:
    """The rounds that are left, over a SuperLink that runs. Stops early where
    `watch.stop()` says so, after the last whole round.
    """
    host = "127.0.0.1" if link.runtime.host in ("0.0.0.0", "::") else link.runtime.host
    address = str(link.runtime._replace(host=host))
    authority = keys.authority.read_bytes() if keys else None
    run_id = _started(address, authority)
    runtime = Runtime(link, address, authority)
    try:
        token = _token(runtime, run_id)
        app = ServerApp()

        @app.main()
        def main(grid: Grid, context: Context) -> None:
            rounds(grid, plan, standing, watch)

        with runtime.taken("flwr-serverapp", token) as client:
            task = client.PullTaskInput(PullTaskInputRequest())
            TaskIdentity.task_id, TaskIdentity.run_id = task.task_id, task.run.run_id
            TaskIdentity.node_id = task.context.node_id
            grid = HttpGrid(address, authority is None, authority, token=token)
            grid.set_run(run_from_proto(task.run))
            status = SubStatus.STOPPED
            try:
                app(grid, context_from_proto(task.context))
                status = SubStatus.COMPLETED
            except Stopped:
                pass
            finally:
                client.PushTaskOutput(PushTaskOutputRequest(sub_status=status, details=""))
                grid.close()
    finally:
        runtime.close()
    return standing


def rounds(grid: Grid, plan: Plan, standing: Standing, watch: Watch) -> None:
    """Those that are left, with the clients of a grid. Stopped where `watch.stop()`."""
    for number in range(len(standing.rounds) + 1, plan.rounds + 1):
        _round(grid, plan, standing, number, watch)


def _started(address: str, authority: bytes | None) -> int:
    """A run of ours, asked of the SuperLink."""
    content, _ = build_fab_from_files({"pyproject.toml": APP, "lesson.py": NOTHING})
    fab = Fab(hashlib.sha256(content).hexdigest(), content, {})
    client = ControlHttpClient.from_server_address(
        address,
        authority is None,
        authority,
        [RuntimeVersionHttpInterceptor(component_name="flwr-cli")],
    )
    try:
        run = client.StartRun(StartRunRequest(fab=fab_to_proto(fab))).run_id
    finally:
        client.close()
    return int(run)


def _token(runtime: Runtime, run_id: int) -> str:
    """Of our run's task. Runs that others ask for are never run."""
    while True:
        task = runtime.task("flwr-serverapp")
        if task is not None and task[0].run_id == run_id:
            return task[1]
        time.sleep(LOOK)


class _Asked:
    """Answers to one kind of message, of all clients that are there."""

    def __init__(self, grid: Grid, plan: Plan, watch: Watch, refused: dict[int, str]):
        self.grid, self.plan, self.watch, self.refused = grid, plan, watch, refused
        self.failed: list[str] = []

    def clients(self) -> list[int]:
        return [node for node in self.grid.get_node_ids() if node not in self.refused]

    def wait_for_clients(self) -> None:
        """Until enough are there."""
        while len(here := self.clients()) < self.plan.clients:
            self.watch.waiting(len(here), self.plan.clients)
            self.pause()

    def pause(self) -> None:
        if self.watch.stop():
            raise Stopped
        time.sleep(LOOK)

    def answers(self, messages: Sequence[Message], number: int, whole: bool) -> list[Message]:
        """The sound ones. A client that leaves is answered for by the SuperLink, once
        it is missed; one that says nothing at all, for as long as a round may take.
        """
        messages = [m for m in messages if m.metadata.dst_node_id not in self.refused]
        ids, end = self.grid.push_messages(messages), time.monotonic() + self.plan.timeout
        nodes = (message.metadata.dst_node_id for message in messages)
        pending = dict(zip(ids, nodes, strict=True))
        sound: list[Message] = []
        while pending and time.monotonic() < end:
            for reply in self.grid.pull_messages(list(pending)):
                # the SuperLink answers for one that left, so it is not the reply that
                # says who
                node = pending.pop(reply.metadata.reply_to_message_id)
                wrong = self._wrong(reply, node, whole)
                if wrong:
                    self.failed.append(wrong)
                else:
                    sound.append(reply)
            if whole:
                self.watch.trained(number, len(messages) - len(pending), len(messages))
            if pending:
                self.pause()
        if pending:
            self.failed.append(f"{len(pending)} did not answer in {self.plan.timeout:g} s")
        return sound

    def _wrong(self, reply: Message, node: int, whole: bool) -> str:
        """What is wrong with an answer, or ""."""
        if reply.has_error():
            reason = " ".join((reply.error.reason or "").split())[:500]
            if reply.error.code in (ErrorCode.NODE_UNAVAILABLE, ErrorCode.MESSAGE_UNAVAILABLE):
                return f"client {node:x} left"
            self.refused[node] = reason
            return f"client {node:x}: {reason}"
        wrong = _unsound(reply.content, self.plan, whole)
        if wrong:
            self.refused[node] = wrong
            return f"client {node:x} answered with {wrong}; it is not asked again"
        return ""


def _unsound(content: RecordDict, plan: Plan, whole: bool) -> str:
    """What is wrong with what a client sent, or "": no client may break the head."""
    metrics: dict[str, Any] = dict(content.metric_records.get("metrics") or {})
    if set(metrics) != {"num-examples", "loss", "accuracy"}:
        return "other metrics than num-examples, loss and accuracy"
    if not all(isinstance(v, (int, float)) and np.isfinite(v) for v in metrics.values()):
        return "metrics that are no numbers"
    if not 0 < metrics["num-examples"] <= 10**9:
        return "no examples"
    if not whole:
        return ""
    arrays: dict[str, Array] = dict(content.array_records.get("arrays") or {})
    if tuple(arrays) != ARRAYS:
        return "other arrays than the head's"
    for array, shape in zip(arrays.values(), plan.agreed.shapes(), strict=True):
        if len(array.data) > 4 * int(np.prod(shape)) + 1024:
            return "larger arrays than the head's"
        try:
            values = array.numpy()
        except (TypeError, ValueError, EOFError):
            return "arrays that are no .npy"
        if values.shape != shape or values.dtype != np.float32 or not np.isfinite(values).all():
            return "arrays of other shapes, or with numbers that are none"
    return ""


def _round(grid: Grid, plan: Plan, standing: Standing, number: int, watch: Watch) -> None:
    """One round: trained, averaged, tested. Clients that are refused stay so for good."""
    start = time.monotonic()
    refused = grid.__dict__.setdefault("refused_clients", {})
    asked = _Asked(grid, plan, watch, refused)
    strategy = _strategy(plan, standing)
    config = ConfigRecord(plan.config(number))
    while True:
        asked.wait_for_clients()
        messages = strategy.configure_train(number, _record(standing.weights), config, grid)
        replies = asked.answers(list(messages), number, whole=True)
        if replies:
            break
    averaged, _ = strategy.aggregate_train(number, replies)
    assert averaged is not None
    standing.weights = [a.astype(np.float32) for a in averaged.to_numpy_ndarrays()]
    moved = strategy.momentum_vector  # None without momentum
    standing.velocity = None if moved is None else [np.asarray(v, np.float32) for v in moved]
    messages = strategy.configure_evaluate(number, _record(standing.weights), config, grid)
    tested = strategy.aggregate_evaluate(number, asked.answers(list(messages), number, whole=False))
    figures: dict[str, Any] = dict(tested or {})
    counts: list[Any] = [r.content.metric_records["metrics"]["num-examples"] for r in replies]
    standing.rounds.append(
        Round(
            number,
            len(replies),
            int(sum(counts)),
            figures.get("accuracy"),
            figures.get("loss"),
            round(time.monotonic() - start, 2),
            tuple(dict.fromkeys(asked.failed)),
        )
    )
    watch.done(standing)


def _strategy(plan: Plan, standing: Standing) -> FedAvgM:
    """Flower's, with the momentum of the rounds before."""
    strategy = FedAvgM(
        min_train_nodes=1,
        min_evaluate_nodes=1,
        min_available_nodes=1,
        server_learning_rate=plan.pace,
        server_momentum=plan.momentum,
    )
    strategy.momentum_vector = standing.velocity
    return strategy


def _record(weights: Sequence[Any]) -> ArrayRecord:
    arrays = (Array(np.ascontiguousarray(w, np.float32)) for w in weights)
    return ArrayRecord(dict(zip(ARRAYS, arrays, strict=True)))
