"""The learning rate, changed while a training goes on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..arguments import flag, is_number, number, whole
from .base import Callback, Logs
from .monitoring import Monitor


def _rate(callback: Callback, optimizer: Any) -> float:
    """ValueError where a schedule says it."""
    rate = optimizer.learning_rate
    if not is_number(rate):
        raise ValueError(
            f"{type(callback).__name__} changes the learning rate, and this optimizer's is that of"
            f" {rate}: give the optimizer a number"
        )
    return float(rate)


def _log_rates(callback: Callback, logs: Logs) -> None:
    """'learning_rate'; of a MultiOptimizer one for each, with the optimizer's name."""
    several = callback.model.optimizer.stepping
    for one in several:
        key = "learning_rate" if len(several) == 1 else f"learning_rate_{one.name}"
        logs[key] = _rate(callback, one)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when `monitor` has not improved for `patience` epochs.
    The logs of each epoch get the rate as 'learning_rate'.

    Args:
        monitor: a key of the logs.
        factor: what the rate is multiplied by, below 1.
        patience: epochs without improvement that are waited for.
        verbose: 1 prints each change.
        mode: "min", "max", or "auto", as for `EarlyStopping`.
        min_delta: how much better counts as better.
        cooldown: epochs after a change in which nothing is counted.
        min_lr: the rate goes no lower.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile(pw.train.SGD(0.0), "mse")
        >>> model.optimizer.learning_rate = 1e-12
        >>> slower = pw.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2)
        >>> history = model.fit_sync([[1.0]], [[3.0]], epochs=4, callbacks=[slower], verbose=0)
        >>> history.history["learning_rate"]
        [1e-12, 1e-12, 1e-12, 5e-13]
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.factor = number("ReduceLROnPlateau: factor", factor, above=0, below=1)
        self.patience = whole("ReduceLROnPlateau: patience", patience, 0)
        self.verbose = flag("ReduceLROnPlateau: verbose", verbose)
        self.cooldown = whole("ReduceLROnPlateau: cooldown", cooldown, 0)
        self.min_lr = number("ReduceLROnPlateau: min_lr", min_lr, least=0)
        self._cooling = self._wait = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best, self._cooling, self._wait, self._missed = None, 0, 0, False
        for one in self.model.optimizer.stepping:
            _rate(self, one)
        self._check_validates("the rate stays as it is")
        self._choose_direction()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        value = self._figure(logs, "the rate stays as it is")
        _log_rates(self, logs)
        if value is None:
            return
        if self._cooling:
            self._cooling, self._wait = self._cooling - 1, 0
        if self._better(value, self.best):
            self.best, self._wait = value, 0
            return
        if self._cooling:
            return
        self._wait += 1
        if self._wait < self.patience:
            return
        for one in self.model.optimizer.stepping:
            rate = _rate(self, one)
            if rate > self.min_lr:
                one.learning_rate = max(rate * self.factor, self.min_lr)
                self._cooling, self._wait = self.cooldown, 0
                if self.verbose:
                    print(
                        f"Epoch {epoch + 1}: the learning rate goes down to {one.learning_rate:g}"
                    )


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch to what `schedule(epoch, rate)` says, or
    `schedule(epoch)`. The logs of each epoch get it as 'learning_rate'.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> halves = pw.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=2, callbacks=[halves], verbose=0)
        >>> history.history["learning_rate"]
        [0.005, 0.0025]
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        if not callable(schedule) or isinstance(schedule, type):
            raise TypeError(
                "LearningRateScheduler: schedule must be a function (epoch, rate) -> rate, got"
                f" {schedule!r:.100}"
            )
        self.schedule = schedule
        self.verbose = flag("LearningRateScheduler: verbose", verbose)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for one in self.model.optimizer.stepping:
            one.learning_rate = self._next(epoch, _rate(self, one))
            if self.verbose:
                print(f"Epoch {epoch + 1}: the learning rate is {one.learning_rate:g}")

    def _next(self, epoch: int, now: float) -> float:
        arguments: tuple[Any, ...] = (epoch, now)
        try:
            inspect.signature(self.schedule).bind(*arguments)
        except TypeError:
            arguments = (epoch,)
        except ValueError:  # some built in ones do not tell
            pass
        try:
            rate = self.schedule(*arguments)
        except TypeError as error:
            raise TypeError(
                f"LearningRateScheduler: schedule {self.schedule!r:.100} fails for"
                f" {arguments}: {error}"
            ) from error
        return number("what the schedule of LearningRateScheduler gives", rate, least=0)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            _log_rates(self, logs)
