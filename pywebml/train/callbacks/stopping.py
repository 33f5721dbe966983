"""Stopping early, and the best weights."""

from __future__ import annotations

from ... import ops
from ...core.tensor import Tensor
from ..arguments import flag, number, whole
from .base import Logs
from .monitoring import Monitor


class EarlyStopping(Monitor):
    """Stops when `monitor` has not improved for `patience` epochs.

    Args:
        monitor: a key of the logs.
        min_delta: how much better counts as better.
        patience: epochs without improvement that are waited for.
        mode: "min" (smaller is better), "max", or "auto": min for losses, for metrics
            what they say themselves. ValueError for one that does not, such as a
            function of your own (but for "acc" or "accuracy" in its name).
        baseline: a value that must be beaten to count as improvement at all.
        restore_best_weights: put the weights of the best epoch back when training ends,
            early or not, by Ctrl-C or an error too. They are kept on the device.
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
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = whole("EarlyStopping: patience", patience, 0)
        self.verbose = flag("EarlyStopping: verbose", verbose)
        self.baseline = None
        if baseline is not None:
            self.baseline = number("EarlyStopping: baseline", baseline)
        self.restore_best_weights = flag(
            "EarlyStopping: restore_best_weights", restore_best_weights
        )
        self.start_from_epoch = whole("EarlyStopping: start_from_epoch", start_from_epoch, 0)
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.stopped_epoch: int | None = None
        self._wait, self._missed = 0, False
        self._best_weights: list[Tensor] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._reset()
        self._check_validates("it will not stop")
        self._choose_direction()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self._figure(logs or {}, "it will not stop")
        if value is None or epoch < self.start_from_epoch:
            return
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
        self._restore()

    def on_train_interrupt(self) -> None:
        self._restore()

    def _restore(self) -> None:
        best, self._best_weights = self._best_weights, []
        for weight, value in zip(self.model.weights, best, strict=False):
            weight.assign(value)
