"""Coroutines that say in words that nobody awaited them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Generator
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from .waiting import can_wait
from .warned import users_line

P = ParamSpec("P")
T = TypeVar("T")


class Awaited(Coroutine[Any, Any, T]):
    """A coroutine under way or not yet. Whoever takes it for its result is told what to
    write; where it is dropped before it began, a warning at the caller's line says so.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T], advice: str):
        self._coroutine, self._advice = coroutine, advice
        self._line = users_line() or (__file__, 1)  # the latter in a thread of ours
        self._began = False

    def send(self, value: Any) -> Any:
        self._began = True
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        self._began = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._began = True
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, T]:
        self._began = True
        return self._coroutine.__await__()

    def __del__(self) -> None:
        if not self._began:
            self._coroutine.close()  # Python's own warning names no remedy
            message = f"{self._advice}; as it stands, nothing was done"
            warnings.warn_explicit(message, RuntimeWarning, *self._line)

    def _refuse(self, *args: Any) -> NoReturn:
        raise TypeError(f"this is not yet the result: {self._advice}")

    __iter__ = __getitem__ = __len__ = __float__ = __int__ = __format__ = __bool__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"this has no {name!r} yet: {self._advice}")


def awaited(
    call: str, otherwise: str
) -> Callable[[Callable[P, Coroutine[Any, Any, T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Decorator of an `async def`: `call` is what one awaits, `otherwise` what does the
    same without, where Python can wait.

    Example:
        >>> from pywebml.host.awaited import awaited
        >>> @awaited("shop.open()", "shop.open_sync()")
        ... async def open():
        ...     return "open"
        >>> pw.run_sync(open())
        'open'
        >>> open().capitalize()
        Traceback (most recent call last):
        AttributeError: this has no 'capitalize' yet: write `await shop.open()`, or shop.open_sync()
    """

    def decorate(
        function: Callable[P, Coroutine[Any, Any, T]],
    ) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(function)
        def begin(*args: P.args, **options: P.kwargs) -> Coroutine[Any, Any, T]:
            advice = f"write `await {call}`"
            # those that wait by themselves cannot in every browser
            advice += f", or {otherwise}" if can_wait() else ""
            return Awaited(function(*args, **options), advice)

        return begin

    return decorate


__all__ = ["Awaited", "awaited"]
