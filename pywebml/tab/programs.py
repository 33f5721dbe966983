"""The programs of a visitor, run one after the other in the names they share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ..apps.run import evaluate, own_traceback
from ..host.asking import asking
from ..vis.screens import shown_on
from .console import Console
from .screen import TabScreen
from .values import plain, shown

NOT_HERE = {
    "can't start new thread": (
        "There are no threads in a browser tab: call the function, or make it async and use"
        " asyncio.create_task."
    ),
    "[Errno 52] Function not implemented": "A browser tab has no further processes.",
    "does not support processes": "A browser tab has no further processes.",
    "No module named 'multiprocessing": "A browser tab has no further processes.",
    "No module named": (
        "Here are NumPy, pywebml and Python's standard library, but for what needs processes or"
        " sockets; other packages cannot be installed."
    ),
}
"""What errors of Python's library mean in a tab, by words in them."""

_program: ContextVar[object] = ContextVar("program")


class Programs:
    """What was run so far."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self._runs = 0
        self._console: Console | None = None

    async def run(self, source: str, progress: Callable[[Any], None]) -> dict[str, Any]:
        """See `Host.run`."""
        self._runs += 1
        start = time.perf_counter()
        console = self._console = Console(progress)
        with console.talking(), asking(console), shown_on(TabScreen(console.send)):
            _program.set(console)
            try:
                # functions of earlier programs keep their lines in tracebacks
                value = await evaluate(source, self.names, f"<page {self._runs}>")
            except SystemExit as end:
                if end.code not in (None, 0):
                    raise
                value = None
            await _background(console)
            return {
                "value": await plain(value),
                "repr": await shown(value),
                "seconds": time.perf_counter() - start,
            }

    def answer(self, value: Any, refused: str = "") -> bool:
        """See `Host.answer`."""
        return self._console is not None and self._console.answer(value, refused)

    def explained(self, error: BaseException) -> str:
        """The traceback for whoever wrote the program: its own lines (those of the
        newest are in "<page>"), and what is different in a tab.
        """
        words = str(error)
        error.__notes__ = [
            *getattr(error, "__notes__", ()),
            *(said for part, said in NOT_HERE.items() if part in words),
        ]
        text = own_traceback(error).replace(f'"<page {self._runs}>"', '"<page>"')
        return text.replace('File "<page ', 'File "<earlier program ')


async def _background(console: Console) -> None:
    """Waits for the tasks that the program has left running: it is not over before."""
    while tasks := [
        task
        for task in asyncio.all_tasks() - {asyncio.current_task()}
        if task.get_context().get(_program) is console  # type: ignore[attr-defined]
    ]:
        await asyncio.wait(tasks)
