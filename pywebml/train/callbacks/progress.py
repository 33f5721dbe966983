"""What `fit` and `evaluate` print."""

from __future__ import annotations

import sys
import time
from typing import Any

from ..arguments import flag
from ..metrics import Figure
from .base import Callback, Logs


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
        self._live, self._task = flag("ProgressBar: live", live), None
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
            label = f"Epoch {epoch + 1}/{self.params['epochs']}"
            self._task = self._bar.add_task(label, total=self.params["steps"], figures="")
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


class ProgbarLogger(ProgressBar):
    """Keras's name of it. `fit` brings one itself unless `verbose` is 0, and none
    beside one that is given.

    Example:
        >>> pw.callbacks.ProgbarLogger() is not None
        True
    """

    def __init__(self) -> None:
        super().__init__(live=sys.stdout.isatty())
