"""What `compile` was told: a loss and metrics per output, and the keys of the logs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.tensor import Tensor
from . import losses, metrics, optimizers
from .arguments import is_number
from .metrics import MeanMetricWrapper, Metric


@dataclass(frozen=True)
class Score:
    """A metric of one output, under its key in the logs."""

    key: str
    metric: Metric
    weighted: bool = False
    """Whether the examples' weights count in it."""

    @property
    def is_mean(self) -> bool:
        """Whether the sum of one value per example is enough: the step adds it up
        beside the losses, and the number of examples is known.
        """
        return (
            not self.weighted
            and isinstance(self.metric, MeanMetricWrapper)
            and not self.metric.has_own_state
            and type(self.metric).sums is MeanMetricWrapper.sums
        )


class NoLoss(losses.Loss):
    """Of an output whose model says itself what is minimised."""

    name = "no loss"

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        raise RuntimeError("an output without a loss has no value of it")

    def check(self, labels: tuple[int, ...], output: tuple[int | None, ...]) -> None:
        """The model knows which labels it takes."""


@dataclass(frozen=True)
class Target:
    """What one output of the model is trained for."""

    index: int
    """Which of the model's outputs."""
    name: str
    loss: losses.Loss
    weight: float = 1.0
    """How much the loss counts in the sum of all."""
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """What `compile` was told. Outputs without a loss have no target."""

    optimizer: optimizers.Optimizer
    targets: tuple[Target, ...]
    outputs: tuple[str, ...]
    """The names of all outputs of the model."""
    run_eagerly: bool = False
    """Whether steps run as they are, without being recorded."""

    @property
    def scores(self) -> list[Score]:
        """All metrics, output by output."""
        return [score for target in self.targets for score in target.scores]

    @property
    def latest(self) -> set[int]:
        """Which of a step's figures, 0 being those of the vectors, are not sums but
        stand for all steps until now: those of metrics that keep a state of their own.
        """
        others = [score for score in self.scores if not score.is_mean]
        return {i for i, score in enumerate(others, 1) if score.metric.has_own_state}

    @property
    def is_without_loss(self) -> bool:
        """Whether the model's class says what is minimised."""
        return all(isinstance(target.loss, NoLoss) for target in self.targets)

    @property
    def directions(self) -> dict[str, bool | None]:
        """Whether the figure under each key of the logs should grow; None for a metric
        that does not say.
        """
        directions: dict[str, bool | None] = {"loss": False}
        if len(self.targets) > 1:
            directions |= {f"{target.name}_loss": False for target in self.targets}
        return directions | {score.key: score.metric.larger_is_better for score in self.scores}

    def logs(
        self,
        sums: Sequence[Any],
        n: int,
        value: Callable[[Metric, Any], Any] = lambda metric, sums: metric.figure(sums),
    ) -> dict[str, Any]:
        """The figures of n examples: {"loss", the loss of each output where there are
        several, the metrics}, those being the `value` of their sums.

        `sums` begins with those of the vectors of one value per example, losses and
        means in the order of `scores`, and how many values count in the means of each
        output where outputs are masked; one list for each other metric follows, and one
        of the loss where it is not the weighted sum of the first.
        """
        totals = iter(sums[0])
        others = iter(sums[1:])
        vectors = len(self.targets) + sum(score.is_mean for score in self.scores)
        counts = [  # 0 where nothing is masked
            float(n) if isinstance(count, float) and not count else count
            for count in sums[0][vectors:] or [0.0] * len(self.targets)
        ]
        of_outputs = [next(totals) / n for _ in self.targets]
        weights = [target.weight for target in self.targets]
        logs: dict[str, Any] = {
            "loss": sum(w * loss for w, loss in zip(weights, of_outputs, strict=True))
        }
        if len(self.targets) > 1:
            for target, loss in zip(self.targets, of_outputs, strict=True):
                if not isinstance(target.loss, NoLoss):
                    logs[f"{target.name}_loss"] = loss
        for target, count in zip(self.targets, counts, strict=True):
            for score in target.scores:
                values = [next(totals), count] if score.is_mean else next(others)
                figure = value(score.metric, values)
                if isinstance(figure, dict):  # a metric of several, each under its own key
                    logs |= figure
                else:
                    logs[score.key] = figure
        for total in others:  # the loss itself, where it is more than the sum above
            logs["loss"] = total[0] / n
        return logs


def compile_model(
    optimizer: Any,
    loss: Any,
    metrics: Any = None,
    loss_weights: Any = None,
    weighted_metrics: Any = None,
    outputs: Sequence[str] = ("output",),
    run_eagerly: bool = False,
) -> Compiled:
    """Losses, weights and metrics, each one for all outputs, a list or a dict by name,
    sorted by output. What can't be is refused here, not in the middle of `fit`. Without
    a loss the model's class, or its layers by `add_loss`, say what is minimised.
    """
    loss = NoLoss() if loss is None else loss
    of_losses = _by_output("loss", loss, outputs)
    of_weights = _weights(loss_weights, outputs)
    plain = _metrics("metrics", metrics, outputs)
    weighted = _metrics("weighted_metrics", weighted_metrics, outputs)
    targets, used = [], {"loss", *(f"{name}_loss" for name in outputs)}
    for index, name in enumerate(outputs):
        if of_losses[index] is None:
            if plain[index] or weighted[index]:
                raise ValueError(f"output {name!r} has metrics but no loss; give it one, too")
            continue
        own = losses.get(of_losses[index])
        if own.reduction == "none":
            raise ValueError(
                f"the loss {own.name!r} has reduction='none', and training needs one number: use"
                " 'sum_over_batch_size' or 'sum'"
            )
        prefix = f"{name}_" if len(outputs) > 1 else ""
        scores = [
            *(_score(metric, own, prefix, False, used) for metric in plain[index]),
            *(_score(metric, own, prefix, True, used) for metric in weighted[index]),
        ]
        targets.append(Target(index, name, own, of_weights[index], tuple(scores)))
    if not targets:
        raise ValueError(f"compile needs a loss for one of the outputs {', '.join(outputs)}")
    return Compiled(optimizers.get(optimizer), tuple(targets), tuple(outputs), run_eagerly)


def _score(
    identifier: Any, loss: losses.Loss, prefix: str, weighted: bool, used: set[str]
) -> Score:
    """Under a key that no other has: a second 'accuracy' is 'weighted_accuracy' or
    'accuracy_1', as in Keras.
    """
    metric = metrics.usable(metrics.get(identifier, loss))
    key = prefix + metric.name
    if weighted and key in used:
        key = f"{prefix}weighted_{metric.name}"
    plain, number = key, 0
    while key in used:
        number += 1
        key = f"{plain}_{number}"
    used.add(key)
    return Score(key, metric, weighted)


def by_name(what: str, values: Mapping[str, Any], outputs: Sequence[str]) -> list[Any]:
    """A dict by output name as a list, None where it has nothing. ValueError for names
    of no output.
    """
    unknown = [name for name in values if name not in outputs]
    if unknown:
        raise ValueError(
            f"{what} names an output {unknown[0]!r} that the model does not have; its outputs"
            f" are {', '.join(outputs)}"
        )
    return [values.get(name) for name in outputs]


def _by_output(what: str, value: Any, outputs: Sequence[str]) -> list[Any]:
    """One value per output: of a list, of a dict by name (None where it has none), or
    the same for all.
    """
    if isinstance(value, Mapping) and "class_name" not in value:  # that one is a config
        return by_name(what, value, outputs)
    if isinstance(value, (list, tuple)):
        if len(value) != len(outputs):
            raise ValueError(
                f"{what} must have one entry for each of the {len(outputs)} outputs"
                f" {', '.join(outputs)}, got {len(value)}"
            )
        return list(value)
    return [value] * len(outputs)


def _weights(loss_weights: Any, outputs: Sequence[str]) -> list[float]:
    by_output = loss_weights is None or isinstance(loss_weights, (list, tuple, Mapping))
    if len(outputs) > 1 and not by_output:
        raise TypeError(
            f"loss_weights must be a list or a dict by output, for {', '.join(outputs)}, got"
            f" {loss_weights!r}"
        )
    weights = []
    for weight in _by_output("loss_weights", loss_weights, outputs):
        if weight is None:
            weight = 1.0
        if not is_number(weight) or not math.isfinite(weight):
            raise TypeError(f"loss_weights are numbers, such as 0.5, got {weight!r:.100}")
        weights.append(float(weight))
    return weights


def _metrics(what: str, value: Any, outputs: Sequence[str]) -> list[list[Any]]:
    """The metrics of each output. A model of one output takes a plain list of them."""
    if value is None or (isinstance(value, (list, tuple)) and not value):
        return [[] for _ in outputs]
    if not isinstance(value, (list, tuple, Mapping)):
        raise TypeError(f"{what} must be a list, for example {what}=['accuracy'], got {value!r}")
    if len(outputs) == 1 and not isinstance(value, Mapping):
        return [list(value[0]) if len(value) == 1 and isinstance(value[0], list) else list(value)]
    return [_listed(entry) for entry in _by_output(what, value, outputs)]


def _listed(entry: Any) -> list[Any]:
    if entry is None:
        return []
    return list(entry) if isinstance(entry, (list, tuple)) else [entry]
