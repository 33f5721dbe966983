"""A bar of text for loops of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from ..host import notebook
from ..vis.screens import Bar


class Progbar:
    """A line that is written anew at each `update`: the step, a bar, how long it takes,
    and values; in a log file a line at the end, in a notebook a bar.

    Args:
        target: how many steps there will be, None where nobody knows.
        width: of the bar, in letters.
        verbose: 0 writes nothing, 1 as it goes, 2 once at the end.
        interval: seconds between two updates that are written.
        stateful_metrics: names of values that are shown as they are; others are
            averaged over the steps.
        stateless_metrics: the other way round, names of those that are averaged.
        unit_name: what one step is called.

    Raises:
        ValueError: both kinds of names.

    Example:
        >>> bar = pw.utils.Progbar(3, verbose=2)
        >>> for step in range(3):
        ...     bar.update(step + 1, [("loss", 1.0 - 0.25 * step)])
        3/3 - 0s - .../step - loss: 0.5000
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar: give stateful_metrics or stateless_metrics, the names of those shown as"
                " they are or of those averaged, not both"
            )
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.unit_name = unit_name
        self.stateful_metrics = None if stateful_metrics is None else set(stateful_metrics)
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        in_notebook = verbose == 1 and notebook.shell() is not None
        self._place = notebook.Place() if in_notebook else None
        at_desk = bool(getattr(sys.stdout, "isatty", lambda: False)())
        self._live = verbose == 1 and (in_notebook or at_desk)
        self._sums: dict[str, tuple[float, float]] = {}
        self._step = 0
        self._start = time.monotonic()
        self._written = 0.0

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Shows that `current` steps are done, with [(name, value)] of the last of
        them. `finalize` ends the line; by default where `target` is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        steps = max(current - self._step, 1)
        for name, value in values or ():
            number = float(value)
            total, count = self._sums.get(name, (0.0, 0.0))
            # at the end come the values of the whole epoch, as in Keras
            as_it_is = finalize or not self._averages(name)
            self._sums[name] = (
                (number, 1.0) if as_it_is else (total + number * steps, count + steps)
            )
        self._step = current
        now = time.monotonic()
        if not self.verbose or (not finalize and not self._is_due(now)):
            return
        self._written = now
        if self._place is not None:
            self._place.show(notebook.bundle_of(self._bar(now, finalize)))
            if finalize:
                self._place.flush()
            return
        line = self._line(now, finalize)
        end = "\n" if finalize else ""
        print(f"\r{line}\x1b[K" if self._live else line, end=end, flush=True)

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """`update` by `n` steps more."""
        self.update(self._step + n, values)

    def _averages(self, name: str) -> bool:
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in (self.stateful_metrics or ())

    def _is_due(self, now: float) -> bool:
        return self._live and now - self._written >= self.interval

    def _bar(self, now: float, finalize: bool) -> Bar:
        _, *figures = self._line(now, finalize).split(" - ")
        counted = f"{self._step}/{self.target or 'Unknown'}"
        return Bar(counted, self._step, self.target or 0, " - ".join(figures))

    def _line(self, now: float, finalize: bool) -> str:
        seconds = now - self._start
        each = seconds / max(self._step, 1)
        if self.target:
            share = min(self._step / self.target, 1.0)
            full = int(self.width * share)
            bar = f" {'━' * full}{'╌' * (self.width - full)}" if self._live else " -"
            head = f"{self._step:>{len(str(self.target))}}/{self.target}{bar}"
        else:
            head = f"{self._step:>7}/Unknown"
        left = seconds if finalize or not self.target else each * (self.target - self._step)
        parts = [f"{head} {_clock(left)}", f"{_short(each)}/{self.unit_name}"]
        for name, (total, count) in self._sums.items():
            mean = total / max(count, 1.0)
            shown = f"{mean:.4f}" if abs(mean) > 1e-3 or mean == 0 else f"{mean:.4e}"
            parts.append(f"{name}: {shown}")
        return " - ".join(parts)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole >= 60 else f"{whole}s"


def _short(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
