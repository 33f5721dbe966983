"""What `compile` was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import losses, optimizers
from .metrics import Metric, resolve


@dataclass
class Compiled:
    """What `compile` was told."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss
    metrics: list[Any]  # names and functions, as given
    output: Any  # symbolic shape of the model's output, None until it is built

    def resolved_metrics(self, labels: tuple[int, ...]) -> list[Metric]:
        return [resolve(m, self.loss, labels, self.output) for m in self.metrics]

    @property
    def names(self) -> list[str]:
        """The keys of logs: 'loss' and the metrics."""
        return ["loss", *(_name(m) for m in self.metrics)]


def _name(metric: Any) -> str:
    return (
        metric
        if isinstance(metric, str)
        else str(getattr(metric, "name", None) or getattr(metric, "__name__", "metric"))
    )


def compile_model(optimizer: Any, loss: Any, wanted: Any) -> Compiled:
    if wanted is not None and not isinstance(wanted, (list, tuple)):
        raise TypeError(f"metrics must be a list, for example metrics=['accuracy'], got {wanted!r}")
    if loss is None:
        raise ValueError("compile needs a loss, for example loss='categorical_crossentropy'")
    made = Compiled(optimizers.get(optimizer), losses.get(loss), list(wanted or ()), None)
    for metric in made.metrics:  # unknown names are refused here, not in the middle of fit
        resolve(metric, made.loss, (1, 1), (None, 1))
    return made
