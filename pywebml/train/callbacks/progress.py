"""What `fit` and `evaluate` print."""

from __future__ import annotations

import sys
import time
from typing import Any

from ...host import notebook
from ...vis.screens import Bar
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
    """A line per epoch; in a terminal a bar of `rich` (where installed) while it runs,
    in a notebook one bar for the whole training. `fit` brings it for `verbose=1`.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit_sync([[0.0]], [[2.0]], verbose=2)
        Epoch 1/1 - ... s - loss: 4.0000
    """

    def __init__(self, live: bool = True):
        self._live, self._task = flag("ProgressBar: live", live), None
        self._bar: Any = None
        self._place: notebook.Place | None = None

    @classmethod
    def make(cls, verbose: str | int) -> ProgressBar | None:
        """The bar of fit's `verbose`: None for 0, no live bar for 2 or where there is
        neither terminal nor notebook.
        """
        return cls(live=verbose != 2 and _can_draw()) if verbose else None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._begin = time.monotonic()
        if self._live and notebook.shell() is not None:
            self._place = notebook.Place()
        elif self._live:
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
        self._start, self._epoch = time.monotonic(), epoch
        if self._bar is not None:
            label = f"Epoch {epoch + 1}/{self.params['epochs']}"
            self._task = self._bar.add_task(label, total=self.params["steps"], figures="")
            self._bar.refresh()

    def progress(self, step: int, logs: Logs) -> None:
        """Moves the bar to `step`."""
        self._show(step, logs)
        if self._bar is not None:
            self._bar.update(self._task, completed=step, figures=shown(logs), refresh=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        line = (
            f"Epoch {epoch + 1}/{self.params['epochs']} - {time.monotonic() - self._start:.2f} s -"
            f" {shown(logs or {})}"
        )
        if self._place is not None:
            self._show(self.params["steps"] or 0, logs or {})
        elif self._bar is None:
            print(line, flush=True)
        else:
            self._bar.remove_task(self._task)
            self._bar.refresh()
            self._bar.console.print(line, highlight=False)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bar off the screen, also after an error; a notebook's stays."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if self._place is not None:
            self._place.flush()
            self._place = None

    def _show(self, step: int, logs: Logs) -> None:
        """The notebook's bar: epochs, and the steps of the one that runs."""
        if self._place is not None:
            epochs, each = self.params["epochs"], self.params["steps"] or 0
            seconds = f"{time.monotonic() - self._begin:.1f} s"
            figures = " - ".join(filter(None, (seconds, shown(logs))))
            label = f"Epoch {self._epoch + 1}/{epochs}"
            done = self._epoch * each + step
            self._place.show(notebook.bundle_of(Bar(label, done, epochs * each, figures)))


def _can_draw() -> bool:
    return sys.stdout.isatty() or notebook.shell() is not None


class ProgbarLogger(ProgressBar):
    """Keras's name of it. `fit` brings one itself unless `verbose` is 0, and none
    beside one that is given.

    Example:
        >>> pw.callbacks.ProgbarLogger() is not None
        True
    """

    def __init__(self) -> None:
        super().__init__(live=_can_draw())
