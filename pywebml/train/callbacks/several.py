"""All callbacks of a training, called as one."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from ...host.warned import warn
from ..trainee import Trainee
from .base import Callback, Logs
from .progress import ProgressBar


class CallbackList:
    """Calls a hook of all callbacks, awaiting those that are async.

    Example:
        >>> from pywebml.train.callbacks import CallbackList
        >>> history = pw.callbacks.History()
        >>> hooks = CallbackList([history], pw.Sequential(), {})
        >>> pw.run_sync(hooks.call("on_train_begin", {}))
        >>> pw.run_sync(hooks.call("on_epoch_end", 0, {"loss": 0.5}))
        >>> history.history
        {'loss': [0.5]}
    """

    def __init__(self, callbacks: Sequence[Callback], model: Trainee, params: dict[str, Any]):
        self._model, self._params = model, params
        self._callbacks: list[Callback] = []
        for callback in callbacks:
            self.append(callback)

    def know_steps(self, steps: int | None) -> None:
        """Tells everybody how long an epoch is: of data that do not say so, that is
        known after the first.
        """
        self._params["steps"] = steps

    def append(self, callback: Callback) -> None:
        callback.set_model(self._model)
        callback.set_params(self._params)
        self._callbacks.append(callback)

    def wants(self, *hooks: str) -> bool:
        """Whether anybody has something to do in one of these hooks: otherwise a step
        costs no calls at all, and nothing is read for it.
        """
        return any(c.wants(hook) for c in self._callbacks for hook in hooks)

    def call_now(self, hook: str, *args: Any) -> None:
        """`call` for who cannot await. TypeError for a hook that is `async def`."""
        for callback in self._callbacks:
            outcome = getattr(callback, hook)(*args)
            if inspect.isawaitable(outcome):
                if inspect.iscoroutine(outcome):
                    outcome.close()
                raise TypeError(
                    f"{type(callback).__name__}.{hook} is async, and predict awaits nothing: write"
                    " it with def"
                )

    async def interrupt(self) -> None:
        """Tells everybody, whatever one of them makes of it: the error that ended the
        training is the one to be seen.
        """
        for callback in self._callbacks:
            try:
                outcome = callback.on_train_interrupt()
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception as error:
                warn(f"{type(callback).__name__}: {error}")

    async def call(self, hook: str, *args: Any) -> None:
        for callback in self._callbacks:
            outcome = getattr(callback, hook)(*args)
            if inspect.isawaitable(outcome):
                await outcome
        if hook in ("on_train_begin", "on_epoch_end"):
            for callback in self._callbacks:
                await callback.after_all(hook, self._callbacks)

    async def progress(self, step: int, logs: Logs) -> None:
        """Tells the progress bar, a few times a second."""
        for callback in self._callbacks:
            if isinstance(callback, ProgressBar):
                callback.progress(step, logs)
