"""The metrics that a model's own steps keep by hand."""

from __future__ import annotations

from ..train.compiled import Compiled
from ..train.metrics import Mean, Metric
from ..train.metrics.base import metrics_in


class Metered:
    """The half of training that a model's metrics are."""

    compiled: Compiled | None

    @property
    def metrics(self) -> list[Metric]:
        """Metrics to keep by hand in a `train_step`: "loss", a mean; those in the
        model's attributes; and those given to `compile`. They are reset before each
        epoch.
        """
        if "_loss_tracker" not in vars(self):
            self._loss_tracker = Mean(name="loss")
        rest = [metric for metric in metrics_in(self) if metric is not self._loss_tracker]
        scores = [] if self.compiled is None else self.compiled.scores
        return [self._loss_tracker, *rest, *(score.metric for score in scores)]

    def reset_metrics(self) -> None:
        """Has `metrics` forget what they know."""
        for metric in self.metrics:
            metric.reset_state()
