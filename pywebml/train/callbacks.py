"""Callbacks: hooks that `fit` calls. Each hook may be `async def`."""

from __future__ import annotations

import inspect
import sys
import time
import warnings
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from .metrics import Figure
from .trainee import Trainee

Logs = dict[str, Any]
"""Figures by key: numbers, and lists of them for a metric of several."""


class Callback:
    """Base of all callbacks, with Keras's hooks. `self.model` is the model,
    `self.params` has 'epochs', 'steps', 'verbose'.

    `logs` of the batch hooks hold the figures of the epoch so far as they were last
    read from the device, a few times a second; those of `on_epoch_end` are exact.

    Example:
        >>> class Say(pw.train.Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, sorted(logs))
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=2, callbacks=[Say()], verbose=0)
        0 ['loss', 'mae']
        1 ['loss', 'mae']
    """

    model: Trainee
    params: dict[str, Any]

    def set_model(self, model: Trainee) -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> Any:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> Any:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> Any:
        """Before an epoch; they count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> Any:
        """After an epoch and its validation: `logs` has 'loss', metrics and their
        'val_' twins.
        """

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """Before a step."""
        return self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """After a step was handed to the device."""
        return self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """An older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """An older name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs | None = None) -> Any:
        """Before validation, and before `evaluate`."""

    def on_test_end(self, logs: Logs | None = None) -> Any:
        """After it."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """Before a batch of it."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """After a batch of it was handed to the device."""

    def on_predict_begin(self, logs: Logs | None = None) -> Any:
        """Before `predict`, whose hooks cannot be `async def`: it awaits nothing."""

    def on_predict_end(self, logs: Logs | None = None) -> Any:
        """After it."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> Any:
        """Before a batch of it."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> Any:
        """After a batch of it; `logs` has 'outputs', on the device."""


TRAIN_BATCH = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
TEST_BATCH = ("on_test_batch_begin", "on_test_batch_end")
"""The hooks of single batches."""


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

    def append(self, callback: Callback) -> None:
        callback.set_model(self._model)
        callback.set_params(self._params)
        self._callbacks.append(callback)

    def wants(self, *hooks: str) -> bool:
        """Whether anybody overrides one of these hooks: otherwise a step costs no calls
        at all.
        """
        return any(
            getattr(type(c), hook) is not getattr(Callback, hook)
            for c in self._callbacks
            for hook in hooks
        )

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

    async def call(self, hook: str, *args: Any) -> None:
        for callback in self._callbacks:
            outcome = getattr(callback, hook)(*args)
            if inspect.isawaitable(outcome):
                await outcome

    async def progress(self, step: int, logs: Logs) -> None:
        """Tells the progress bar, a few times a second."""
        for callback in self._callbacks:
            if isinstance(callback, ProgressBar):
                callback.progress(step, logs)


class History(Callback):
    """What `fit` returns: `epoch`, the numbers of the epochs, and `history`, one list
    per key of the logs with one figure per epoch.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit_sync([[0.0]], [[2.0]], epochs=2, validation_data=([[0.0]], [[0.0]]),
        ...                          verbose=0)
        >>> history.epoch, list(history.history), history.history["loss"][0]
        ([0, 1], ['loss', 'val_loss'], 4.0)
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def set_model(self, model: Trainee) -> None:
        """Keeps no model: the model keeps its history, and a circle of the two would
        hold GPU memory until gc runs.
        """

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for key, value in (logs or {}).items():
            self.history.setdefault(key, []).append(value)


class EarlyStopping(Callback):
    """Stops when `monitor` has not improved for `patience` epochs.

    Args:
        monitor: a key of the logs.
        min_delta: how much better counts as better.
        patience: epochs without improvement that are waited for.
        mode: "min" (smaller is better), "max", or "auto": what the metric itself says,
            max for functions with "acc" in their name, else min.
        baseline: a value that must be beaten to count as improvement at all.
        restore_best_weights: put the weights of the best epoch back when training ends,
            early or not. They are kept on the device.
        start_from_epoch: epochs to let pass first.
        verbose: 1 prints why it stopped.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile(pw.train.SGD(0.0), "mse")
        >>> stop = pw.train.EarlyStopping("loss", patience=2)
        >>> history = model.fit_sync([[1.0]], [[3.0]], epochs=50, callbacks=[stop], verbose=0)
        >>> history.epoch, stop.best_epoch
        ([0, 1, 2], 0)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"EarlyStopping: mode must be 'auto', 'min' or 'max', got {mode!r}")
        if patience < 0:
            raise ValueError(f"EarlyStopping: patience must not be negative, got {patience}")
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.stopped_epoch: int | None = None
        self._wait = 0
        self._best_weights: list[Tensor] = []
        self._sign = -1.0 if self.mode == "max" else 1.0

    def _larger_is_better(self) -> bool:
        """What the monitored metric says of itself; else accuracies are known by name."""
        compiled, key = self.model.compiled, self.monitor.removeprefix("val_")
        says = None if compiled is None else compiled.larger_is_better(key)
        return "acc" in self.monitor if says is None else says

    def _better(self, value: float, than: float | None) -> bool:
        return value == value and (
            than is None or self._sign * value < self._sign * than - self.min_delta
        )

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()
        if self.mode == "auto" and self._larger_is_better():
            self._sign = -1.0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self.monitor not in logs:
            warnings.warn(
                f"EarlyStopping: there is no {self.monitor!r} to monitor, only {', '.join(logs)};"
                " validation data given?",
                stacklevel=2,
            )
            return
        if epoch < self.start_from_epoch:
            return
        value = logs[self.monitor]
        if isinstance(value, list):
            raise ValueError(
                f"EarlyStopping: {self.monitor!r} has {len(value)} figures; monitor a metric of"
                " one, such as F1Score(average='macro')"
            )
        self._wait += 1
        if self._better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._best_weights = [ops.identity(w) for w in self.model.weights]
            if self.baseline is None or self._better(value, self.baseline):
                self._wait = 0
        if self._wait >= max(self.patience, 1):
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch is not None and self.verbose:
            print(
                f"Stopped after epoch {self.stopped_epoch + 1}: {self.monitor} was best in epoch"
                f" {self.best_epoch + 1} ({self.best})"
            )
        for weight, best in zip(self.model.weights, self._best_weights, strict=False):
            weight.assign(best)
        self._best_weights = []


def shown(logs: Logs) -> str:
    """'loss: 0.1234 - accuracy: 0.9000', a metric of several figures in brackets."""
    return " - ".join(f"{key}: {_rounded(value)}" for key, value in logs.items())


def _rounded(value: Figure) -> str:
    if isinstance(value, list):
        return f"[{', '.join(f'{figure:.4f}' for figure in value)}]"
    return f"{value:.4f}"


class ProgressBar(Callback):
    """A line per epoch; in a terminal a bar of `rich` (where installed) while it runs.
    `fit` brings it for `verbose=1`.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit_sync([[0.0]], [[2.0]], verbose=2)
        Epoch 1/1 - ... s - loss: 4.0000
    """

    def __init__(self, live: bool = True):
        self._live, self._task = live, None
        self._bar: Any = None

    @classmethod
    def make(cls, verbose: str | int) -> ProgressBar | None:
        """The bar of fit's `verbose`: None for 0, no live bar for 2 or where there is
        no terminal.
        """
        return cls(live=verbose != 2 and sys.stdout.isatty()) if verbose else None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self._live:
            try:  # optional, and slow to import
                from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
            except ImportError:
                return
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[figures]}"),
            )
            self._bar = Progress(*columns, transient=True, auto_refresh=False)
            self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._start = time.monotonic()
        if self._bar is not None:
            self._task = self._bar.add_task(
                f"Epoch {epoch + 1}/{self.params['epochs']}", total=self.params["steps"], figures=""
            )
            self._bar.refresh()

    def progress(self, step: int, logs: Logs) -> None:
        """Moves the bar to `step`."""
        if self._bar is not None:
            self._bar.update(self._task, completed=step, figures=shown(logs), refresh=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        line = (
            f"Epoch {epoch + 1}/{self.params['epochs']} - {time.monotonic() - self._start:.2f} s -"
            f" {shown(logs or {})}"
        )
        if self._bar is None:
            print(line, flush=True)
        else:
            self._bar.remove_task(self._task)
            self._bar.refresh()
            self._bar.console.print(line, highlight=False)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bar off the screen, also after an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
