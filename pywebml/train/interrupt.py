"""Ctrl-C during fit: the step at hand is finished first, so that the model is left
after a whole step.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class WholeSteps:
    """While open, the first Ctrl-C only sets a flag, which `check` turns into
    KeyboardInterrupt; a second one interrupts at once.

    Signals reach the main thread only; in other threads, and where the program handles
    SIGINT itself, nothing is changed.
    """

    def __init__(self) -> None:
        self._pressed = False
        self._before: Any = None

    def __enter__(self) -> WholeSteps:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            of_asyncio = (
                getattr(getattr(before, "func", None), "__module__", "") == "asyncio.runners"
            )
            if before is signal.default_int_handler or of_asyncio:
                self._before = before
                signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if kind is None:
            self.check()

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self._pressed:
            raise KeyboardInterrupt
        self._pressed = True

    def check(self) -> None:
        """Raises KeyboardInterrupt if Ctrl-C was pressed."""
        if self._pressed:
            raise KeyboardInterrupt
