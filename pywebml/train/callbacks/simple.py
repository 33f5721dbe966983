"""Callbacks of a few lines: functions as hooks, a table of the figures, the end where
the loss is no number, averages of weights.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ...host.files import checked_place, said_in_words
from ..arguments import flag, text
from .base import Callback, Logs


class LambdaCallback(Callback):
    """Functions as hooks, given by the hooks' names.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> say = pw.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=2, callbacks=[say], verbose=0)
        0
        1
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **hooks: Any,
    ):
        hooks |= {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in hooks.items():
            if function is None:
                continue
            if name.startswith("on_") and not callable(function):
                raise TypeError(f"LambdaCallback: {name} must be a function, got {function!r:.100}")
            setattr(self, name, function)


class CSVLogger(Callback):
    """Writes the figures of each epoch into a table, as the training goes on.

    Args:
        filename: the file, written anew, or with `append` added to; then a last row
            that has no end goes, as a full disk leaves it.
        separator: what stands between columns.

    Example:
        >>> import tempfile
        >>> model = pw.Sequential([layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile(pw.train.SGD(0.0), "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = pw.callbacks.CSVLogger(f"{folder}/log.csv")
        ...     history = model.fit_sync([[1.0]], [[2.0]], epochs=2, callbacks=[table], verbose=0)
        ...     open(f"{folder}/log.csv").read().split()
        ['epoch,loss', '0,4.0', '1,4.0']
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ):
        if not isinstance(filename, (str, os.PathLike)):
            raise TypeError(f"CSVLogger: filename must be a path, got {filename!r:.100}")
        self.filename = text("CSVLogger: filename", os.fspath(filename))
        self.separator = text("CSVLogger: separator", separator)
        if len(self.separator) != 1:
            raise ValueError(f"CSVLogger: separator must be one letter, got {separator!r:.100}")
        self.append = flag("CSVLogger: append", append)
        self._file: Any = None
        self._keys: list[str] = []
        self._writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        path = checked_place(self.filename)
        with self._said():
            if self.append and path.is_file():
                _cut_half_a_row(path)
            self._file = path.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._headed = self.append and path.is_file() and path.stat().st_size > 0
        self._writer = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        if self._writer is None:
            self._keys = sorted(logs)
            validates = getattr(self, "params", {}).get("validates", False)
            if validates and not any(key.startswith("val_") for key in self._keys):
                self._keys += [f"val_{key}" for key in self._keys]  # it will, later
            self._writer = csv.writer(self._file, delimiter=self.separator, lineterminator="\n")
            if not self._headed:
                self._writer.writerow(["epoch", *self._keys])
        values = [logs.get(key, "NA") for key in self._keys]
        self._writer.writerow([epoch, *values])
        with self._said():
            self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def on_train_interrupt(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            with self._said():
                self._file.close()

    def _said(self) -> AbstractContextManager[None]:
        return said_in_words(
            f"CSVLogger: {self.filename} cannot be written", "make room, or name another file"
        )


def _cut_half_a_row(path: Path) -> None:
    """Takes away what a process that was killed, or a full disk, has left of a row."""
    with path.open("rb+") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)


class TerminateOnNaN(Callback):
    """Ends the training after the first step whose loss is no number, or raises
    RuntimeError there. It reads the loss after every step, which costs time.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile(pw.train.SGD(1e30), "mse")
        >>> end = pw.callbacks.TerminateOnNaN()
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=9, callbacks=[end], verbose=0)
        The training ends after batch 0: the loss is inf
        >>> len(history.epoch)
        2
    """

    def __init__(self, raise_error: bool = False):
        self.raise_error = flag("TerminateOnNaN: raise_error", raise_error)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"the loss is {loss} after batch {batch}")
        print(f"The training ends after batch {batch}: the loss is {loss}")
        self.model.stop_training = True


class SwapEMAWeights(Callback):
    """Evaluates and predicts with the moving averages of the weights, which an
    optimizer with use_ema=True keeps; with `swap_on_epoch` they also stand in the model
    between epochs, to be saved.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile(pw.train.SGD(0.1, use_ema=True), "mse")
        >>> swap = pw.callbacks.SwapEMAWeights()
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=3, callbacks=[swap], verbose=0,
        ...                          validation_data=([[1.0]], [[2.0]]))
        >>> history.history["val_loss"][-1] > history.history["loss"][-1]
        True
    """

    def __init__(self, swap_on_epoch: bool = False):
        self.swap_on_epoch = flag("SwapEMAWeights: swap_on_epoch", swap_on_epoch)
        self._swapped = False

    def _swap(self, to_averages: bool) -> None:
        if self._swapped == to_averages:
            return
        pairs = self.model.optimizer.averages()
        if not pairs:
            raise ValueError(
                "SwapEMAWeights needs moving averages of the weights: give the optimizer"
                " use_ema=True"
            )
        for weight, average in pairs:
            now = weight.value
            weight.assign(average)
            average.assign(now)
        self._swapped = to_averages

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._swap(to_averages=False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not self.swap_on_epoch:
            return
        self._swap(to_averages=True)
        if epoch == self.params["epochs"] - 1:
            for weight, average in self.model.optimizer.averages():
                average.assign(weight)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._swap(to_averages=True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._swap(to_averages=False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._swap(to_averages=True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._swap(to_averages=False)
