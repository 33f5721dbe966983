"""The hooks that `fit`, `evaluate` and `predict` call. Each may be `async def`."""

from __future__ import annotations

from typing import Any

from ...host import markup
from ...vis.show import curves
from ..trainee import Trainee

Logs = dict[str, Any]
"""Figures by key: numbers, and lists of them for a metric of several."""


class Callback:
    """Base of all callbacks, with Keras's hooks. `self.model` is the model,
    `self.params` has 'epochs', 'steps', 'verbose', 'validates'.

    `logs` of `on_train_batch_end` and `on_test_batch_end` hold the figures of the epoch
    so far: they are read from the device after every step, so a callback that has such
    a hook costs time.

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

    def wants(self, hook: str) -> bool:
        """Whether it has something to do in a hook: whether it overrides it."""
        own = getattr(self, hook)
        return getattr(own, "__func__", own) is not getattr(Callback, hook)

    async def after_all(self, hook: str, callbacks: list[Callback]) -> None:
        """After all callbacks, these, had their `on_train_begin` or `on_epoch_end`."""

    def on_train_begin(self, logs: Logs | None = None) -> Any:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> Any:
        """After the last epoch, not after an error."""

    def on_train_interrupt(self) -> Any:
        """Instead of `on_train_end` after Ctrl-C, an error or a cancelled task. Keras
        has no such hook.
        """

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

    def _repr_html_(self) -> str:
        """A curve per metric, for notebooks."""
        drawings = (chart._repr_svg_() for chart in curves(self.history))
        return markup.side_by_side(filter(None, drawings))
