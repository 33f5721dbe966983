"""Functions of ours that are awaited, as Keras's that wait."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from ..host.waiting import can_wait, run_sync


def waits(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which gives its result instead of something to await.

    In a browser tab that cannot wait inside Python (it lacks JSPI) what comes back is
    still to be awaited, and says so where it is taken for the result.
    """

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        begun = function(*args, **options)
        return run_sync(begun) if can_wait() else begun

    return call


def is_awaited(function: Any) -> bool:
    """Whether it is an `async def`, below whatever wraps it."""
    return callable(function) and inspect.iscoroutinefunction(inspect.unwrap(function))
