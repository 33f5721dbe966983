"""A training drawn while it runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...vis import show
from ...vis.charts import Chart, Lines
from ...vis.screens import screen_in_use
from ...vis.surfaces import Surface, put
from .base import Callback, Logs

BATCH, EPOCH = "on_batch_end", "on_epoch_end"


class LivePlot(Callback):
    """What `pw.vis.show.fit_callbacks` makes: a chart per metric on its surface. In a
    page it grows with each epoch; in a terminal it does with `fit(verbose=0)`, and else
    stands there at the end. ValueError for hooks that it does not know.

    Example:
        >>> live = pw.vis.fit_callbacks("Training", ["loss"], callbacks=["on_batch_end"])
        >>> live.surface.name, live.callbacks
        ('Training', ['on_batch_end'])
    """

    def __init__(
        self, surface: Surface, metrics: Sequence[str] | None, callbacks: Sequence[str]
    ) -> None:
        strange = [name for name in callbacks if name not in (BATCH, EPOCH)]
        if strange or not callbacks:
            raise ValueError(
                f"fit_callbacks: callbacks are of {BATCH} and {EPOCH}, got {list(callbacks)}"
            )
        self.surface, self.metrics, self.callbacks = surface, metrics, list(callbacks)
        self._logs: dict[str, list[Logs]] = {}
        self._lines = 0

    def wants(self, hook: str) -> bool:
        if hook in (BATCH, "on_train_batch_end"):
            return BATCH in self.callbacks
        return super().wants(hook)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._logs, self._lines = {name: [] for name in self.callbacks}, 0

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._note(BATCH, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._note(EPOCH, logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if screen_in_use() is None and not self._in_place():
            self._draw()

    on_train_interrupt = on_train_end

    def _note(self, hook: str, logs: Logs | None) -> None:
        if hook not in self._logs:
            return
        numbers = {n: float(v) for n, v in (logs or {}).items() if isinstance(v, (int, float))}
        names = numbers if self.metrics is None else self.metrics
        self._logs[hook].append({name: numbers.get(name, math.nan) for name in names})
        if screen_in_use() is not None or self._in_place():
            self._draw()

    def _in_place(self) -> bool:
        from ...vis.desk import is_terminal

        return not self.params.get("verbose") and is_terminal()

    def _draw(self) -> None:
        charts = [put(surface, chart, quiet=True) for surface, chart in self._charts()]
        if screen_in_use() is None and charts:
            from ...vis.desk import show_again

            self._lines = show_again(charts, self._lines)

    def _charts(self) -> list[tuple[Surface, Chart]]:
        charts: list[tuple[Surface, Chart]] = []
        for hook, logs in self._logs.items():
            series = show.series_of(logs)
            steps = [float(i + 1) for i in range(len(logs))]
            for title, names in show.grouped(list(series)).items():
                finite = {n: series[n] for n in names if any(map(math.isfinite, series[n]))}
                if not finite:
                    continue  # accuracy of the first step, say, which nobody has logged yet
                over = "batch" if hook == BATCH else "epoch"
                said = f"{title} per {over}" if len(self.callbacks) > 1 else title
                surface = show.part_of(self.surface, said)
                charts.append((surface, Lines(finite, steps, surface.name, over)))
        return charts


show.live_plot[:] = [LivePlot]
