"""Running a coroutine to its end from ordinary code, on every host."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

from . import IN_TAB

T = TypeVar("T")


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of `coroutine`. Works inside a running event loop too (a notebook):
    the coroutine then runs in a thread.

    In a browser tab this needs JSPI; without it the error says to use the async form.

    Example:
        >>> pw.run_sync(pw.tensor([1.0, 2.0]).data()).tolist()
        [1.0, 2.0]
    """
    if IN_TAB:
        from pyodide.ffi import can_run_sync  # type: ignore[import-not-found]
        from pyodide.ffi import run_sync as suspend

        if can_run_sync():
            return suspend(coroutine)  # type: ignore[no-any-return]
        coroutine.close()
        raise RuntimeError(
            "this browser cannot wait inside Python; use the async form: `await model.fit(...)`,"
            " `await model.save_async(...)`, `await t.data()`"
        )
    if not _in_a_loop():  # asked apart, so that errors don't come in the context of "no loop"
        return asyncio.run(coroutine)
    return _in_a_thread(coroutine)


def _in_a_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of `coroutine`, run in another thread. Ctrl-C reaches this one only,
    as KeyboardInterrupt or as the cancelling of its task, and is handed on.
    """
    loops: list[asyncio.AbstractEventLoop] = []

    def work() -> T:
        with asyncio.Runner() as runner:
            loops.append(runner.get_loop())
            return runner.run(coroutine)

    def cancel() -> None:
        for task in asyncio.all_tasks(loops[0]):
            task.cancel()

    task = asyncio.current_task()
    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(work)
        try:
            while not wait([outcome], timeout=0.2).done:
                if task is not None and task.cancelling():
                    raise asyncio.CancelledError
        except (KeyboardInterrupt, asyncio.CancelledError):
            for loop in loops:
                loop.call_soon_threadsafe(cancel)
            raise
        return outcome.result()


def can_wait() -> bool:
    """Whether `run_sync` works here: everywhere but in a browser tab without JSPI."""
    if not IN_TAB:
        return True
    from pyodide.ffi import can_run_sync

    return bool(can_run_sync())


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for, such as one that reads
    files at hand. Works on every host and inside a running event loop; RuntimeError for
    one that waits.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("this has to wait for something; use run_sync, or await it")


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
