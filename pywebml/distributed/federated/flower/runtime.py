"""Flower's Runtime API, as the process that runs an app uses it: it takes tasks of a
SuperLink or a SuperNode, pulls what they are about, and pushes what came of them.
Usually `flower-superexec` takes them, and starts a process for each with the program
that the server sent. Here the program is ours, and stays: no client runs code of a
server's, and a message costs milliseconds instead of a process's start.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from flwr.app import Message
from flwr.common.constant import SubStatus
from flwr.proto.runtime_pb2 import AcquireTaskRequest, SendTaskHeartbeatRequest
from flwr.supercore.interceptors import (
    RuntimeTokenHttpInterceptor,
    RuntimeVersionHttpInterceptor,
    SuperExecAuthHttpInterceptor,
)
from flwr.supercore.retry import make_simple_http_retry_invoker
from flwr.supercore.runtime import RuntimeHttpClient
from flwr.supernode.runtime.run_clientapp import pull_task_input, push_message, push_task_output

from .processes import Program

BEAT = 20.0
"""Seconds between signs of life: Flower gives a task up after some 60 without any."""


class Runtime:
    """The API of a program, over HTTP on this machine, or over HTTPS where the
    SuperLink has a certificate; `authority` are the bytes of what it is checked by.
    """

    def __init__(self, program: Program, address: str, authority: bytes | None = None):
        self._address, self._authority = address, authority
        auth = SuperExecAuthHttpInterceptor(
            master_secret=program.secret,
            protected_methods=["/flwr.proto.Runtime/AcquireTask"],
        )
        self._client = self._of("SuperExec", auth)

    def _of(self, component: str, *more: Any) -> RuntimeHttpClient:
        return RuntimeHttpClient.from_server_address(
            self._address,
            self._authority is None,
            self._authority,
            [RuntimeVersionHttpInterceptor(component_name=component), *more],
            retry_invoker=make_simple_http_retry_invoker(),
        )

    def task(self, kind: str) -> tuple[Any, str] | None:
        """(the oldest task of this kind, its token), or None."""
        answer = self._client.AcquireTask(AcquireTaskRequest(supported_task_types=[kind]))
        return (answer.task, answer.token) if answer.HasField("task") else None

    @contextlib.contextmanager
    def taken(self, component: str, token: str) -> Iterator[RuntimeHttpClient]:
        """A client for one task, which gets signs of life meanwhile."""
        client = self._of(component, RuntimeTokenHttpInterceptor(token))
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT):
                with contextlib.suppress(Exception):  # the next one may get through
                    client.SendTaskHeartbeat(SendTaskHeartbeatRequest())

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield client
        finally:
            over.set()
            client.close()

    def close(self) -> None:
        self._client.close()


def answer(client: RuntimeHttpClient, app: Any) -> Message:
    """Has the app answer the task's message, and pushes what it says."""
    message, context, _, _ = pull_task_input(client)
    reply = app(message, context)
    push_message(client, reply, context)
    failed = reply.has_error()
    status = SubStatus.FAILED if failed else SubStatus.COMPLETED
    push_task_output(client, context, status, reply.error.reason if failed else "")
    return message
