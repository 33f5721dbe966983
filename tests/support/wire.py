"""What travels between two programs: a listener that passes bytes on, and keeps them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Wire:
    """`sent` to the place behind it, and `received` from there: a buffer for each
    connection.
    """

    def __init__(self, behind: tuple[str, int]):
        self.behind = behind
        self.sent: list[bytearray] = []
        self.received: list[bytearray] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(self.behind)
                except OSError:
                    near.close()
                    continue
                self._pass(near, far, self.sent)
                self._pass(far, near, self.received)

    def _pass(self, source: socket.socket, to: socket.socket, kept: list[bytearray]) -> None:
        data = bytearray()
        kept.append(data)

        def run() -> None:
            with contextlib.suppress(OSError):
                while part := source.recv(1 << 16):
                    data.extend(part)
                    to.sendall(part)
            with contextlib.suppress(OSError):
                to.shutdown(socket.SHUT_WR)

        threading.Thread(target=run, daemon=True).start()

    def close(self) -> None:
        self._listener.close()


@contextlib.contextmanager
def wire(behind: tuple[str, int]) -> Iterator[Wire]:
    """A wire to a place, open meanwhile."""
    line = Wire(behind)
    try:
        yield line
    finally:
        line.close()
