"""What a program in the tab prints and asks: stdout, stderr and stdin as messages to
the page.

A program may print faster than a page can show. Then its text is collected, and only
the end of it is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..host.waiting import can_wait, run_sync

Progress = Callable[[Any], None]

AT_ONCE = 2000  # messages that may be sent in a row, and those that are earned per second
TOGETHER = 0.1  # seconds for which text is collected beyond that
MOST = 100_000  # characters of one message; of more the end is sent

CANNOT_ASK = (
    "this browser cannot wait for input() inside Python: open the page in a recent Chrome or"
    " Edge, or write the value into the program, such as name = 'Ada'"
)


class Console:
    """The three streams of one program; `talking()` puts them in the place of
    sys.stdout, sys.stderr and sys.stdin.
    """

    def __init__(self, progress: Progress):
        self._progress = progress
        self._credit, self._counted = float(AT_ONCE), time.monotonic()
        self._sent = 0.0
        self._pending: list[tuple[str, str]] = []
        self._size = 0
        self._lost = 0  # lines that were printed before what is pending, and are not sent
        self._later: asyncio.TimerHandle | None = None
        self._answer: asyncio.Future[Any] | None = None

    @contextlib.contextmanager
    def talking(self) -> Iterator[None]:
        before = sys.stdin, sys.stdout, sys.stderr
        sys.stdin = _Keyboard(self._ask)
        sys.stdout = _Stream("stdout", self._print)
        sys.stderr = _Stream("stderr", self._print)
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
            self.flush()

    def send(self, message: Any) -> None:
        """Another message, after what was printed before it."""
        self.flush()
        self._progress(message)

    async def ask(self, question: Mapping[str, Any]) -> Any:
        """The page's answer to `question`, a message. RuntimeError where it refuses."""
        if self._answer is not None:
            raise RuntimeError("the page is asked for something else already; await that first")
        self._answer = asyncio.get_running_loop().create_future()
        self.send(question)
        try:
            return await self._answer
        finally:
            self._answer = None

    def answer(self, value: Any, refused: str = "") -> bool:
        """Hands an answer to the program that asks; whether one did."""
        if self._answer is None or self._answer.done():
            return False
        if refused:
            self._answer.set_exception(RuntimeError(refused))
        else:
            self._answer.set_result(value)
        return True

    def flush(self) -> None:
        """Sends what is pending, in order; of neighbours one message is made."""
        pending, self._pending, self._size = self._pending, [], 0
        self._sent = time.monotonic()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        while pending:
            name = pending[0][0]
            length = next((i for i, (other, _) in enumerate(pending) if other != name), None)
            text = "".join(part for _, part in pending[:length])
            pending = [] if length is None else pending[length:]
            message: dict[str, Any] = {"stream": name, "text": text}
            if self._lost:
                message["lost"], self._lost = self._lost, 0
            self._progress(message)

    def _print(self, name: str, text: str) -> None:
        if len(text) > MOST:
            cut = text[-MOST:]
            self._lost += sum(part.count("\n") for _, part in self._pending)
            self._lost += text.count("\n") - cut.count("\n")
            self._pending, self._size, text = [], 0, cut
        self._pending.append((name, text))
        self._size += len(text)
        if self._size > 2 * MOST:
            self._shorten()
        now = time.monotonic()
        self._credit = min(AT_ONCE, self._credit + AT_ONCE * (now - self._counted))
        self._counted = now
        if self._credit >= 1 or now - self._sent > TOGETHER:
            self._credit = max(0.0, self._credit - 1)
            self.flush()
        elif self._later is None:  # for a program that awaits something next
            self._later = asyncio.get_running_loop().call_later(TOGETHER, self.flush)

    def _shorten(self) -> None:
        """Forgets the first of what is pending, until the rest fits."""
        first = 0
        while self._size > MOST:
            text = self._pending[first][1]
            self._lost += text.count("\n")
            self._size -= len(text)
            first += 1
        del self._pending[:first]

    def _ask(self) -> str:
        """A line from the visitor, without its end. EOFError where Python cannot wait."""
        if not can_wait():
            raise EOFError(CANNOT_ASK)
        return str(run_sync(self.ask({"ask": True})))


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, name: str, take: Callable[[str, str], None]):
        self._name, self._take = name, take

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() takes str, not {type(text).__name__}")
        if text:
            self._take(self._name, text)
        return len(text)


class _Keyboard(io.TextIOBase):
    """What `input()` and `sys.stdin.readline()` read."""

    encoding = "utf-8"

    def __init__(self, ask: Callable[[], str]):
        self._ask = ask

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        return self._ask() + "\n"

    def read(self, size: int | None = -1) -> str:
        return self.readline()
