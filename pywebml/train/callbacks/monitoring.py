"""What callbacks share that watch one figure: whether larger is better, and whether a
value is an improvement.
"""

from __future__ import annotations

from ...host.warned import warn
from ..arguments import number, one_of, text
from ..overrides import overridden
from .base import Callback, Logs


class Monitor(Callback):
    """Base of callbacks that watch the figure `monitor` of the logs."""

    def __init__(
        self, monitor: str, mode: str = "auto", best: float | None = None, min_delta: float = 0.0
    ):
        kind = type(self).__name__
        self.monitor = text(f"{kind}: monitor", monitor)
        self.mode = one_of(f"{kind}: mode", mode, ("auto", "min", "max"))
        self.min_delta = abs(number(f"{kind}: min_delta", min_delta))
        self.best = best
        self._missed = False
        self._sign: float | None = None

    def _larger_is_better(self) -> bool:
        """What the monitored figure says of itself; else accuracies are known by name."""
        compiled, key = self.model.compiled, self.monitor.removeprefix("val_")
        directions = {"loss": False} if compiled is None else compiled.directions
        own = any(overridden(self.model, step) for step in ("train_step", "test_step"))
        if own:  # whose figures are known after the first step
            directions = {key: False if key.endswith("loss") else None} | directions
        says = directions.get(key)
        is_accuracy = bool({"acc", "accuracy"} & set(key.lower().split("_")))
        if says is None and is_accuracy and (own or compiled is None or key in directions):
            return True
        if says is None:
            unknown = f"there is no {self.monitor!r} to monitor, only {', '.join(directions)}"
            if key in directions:
                unknown = f"nothing says whether a larger {self.monitor!r} is better"
            raise ValueError(
                f"{type(self).__name__}: {unknown}; give mode='max' or mode='min' where that is"
                " right"
            )
        return says

    def _choose_direction(self) -> None:
        """Before the first comparison. ValueError where nothing says it."""
        up = self.mode == "max" or (self.mode == "auto" and self._larger_is_better())
        self._sign = -1.0 if up else 1.0

    def _better(self, value: float, than: float | None) -> bool:
        sign = self._sign or 1.0
        return value == value and (than is None or sign * value < sign * than - self.min_delta)

    def _check_validates(self, so: str) -> None:
        """Warns at once of a figure of validation, where there is none."""
        validates = getattr(self, "params", {}).get("validates", True)
        compiled = self.model.compiled
        own = compiled is not None and self.monitor in compiled.directions
        if self.monitor.startswith("val_") and not validates and not own:
            self._missed = True
            warn(
                f"{type(self).__name__}: there is no {self.monitor!r} to monitor without"
                f" validation_data or a validation_split, so {so}"
            )

    def _figure(self, logs: Logs, so: str) -> float | None:
        """The figure; None where there is none, which is told once. ValueError for one
        of several values.
        """
        if self.monitor not in logs:
            if not self._missed:
                self._missed = True
                warn(
                    f"{type(self).__name__}: there is no {self.monitor!r} to monitor, only"
                    f" {', '.join(logs)}, so {so}"
                )
            return None
        value = logs[self.monitor]
        if isinstance(value, list) and len(value) == 1:  # F1Score of one output
            value = value[0]
        if isinstance(value, list):
            raise ValueError(
                f"{type(self).__name__}: {self.monitor!r} has {len(value)} figures; monitor a"
                " metric of one, such as F1Score(average='macro')"
            )
        return float(value)
