"""Steps that a model's class says itself: `train_step`, `test_step`, `predict_step`,
recorded and replayed as those of `steps.py` are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, as_numbers, as_tensor
from ..layers.support.context import collected_losses
from ..layers.support.structures import leaves
from .batches import Batch
from .compiled import Compiled
from .forward import Figures
from .metrics import Figure, MeanMetricWrapper, Metric
from .metrics.base import Result, Standing, within_step
from .overrides import overridden
from .steps import Step
from .trainee import Trainee


class MetricSums(NamedTuple):
    """What a step of the base hands on of a metric that is more than a mean: its sums
    over the batch, for `fit` to add up. To be returned as it is.
    """

    metric: Metric
    sums: Tensor


class OwnStep(Step):
    """A model's `train_step` or `test_step`. Its figures are means over the examples of
    each batch, over an epoch those of all its examples; and what metrics say that it
    keeps by hand, of which the last counts.
    """

    def __init__(self, method: str):
        self._method = method
        self._figures: dict[str, Callable[[Any], Figure] | None] = {}
        """What makes a figure of the numbers that were read; None for a mean."""
        self._latest: set[int] = set()

    def latest(self, compiled: Compiled) -> set[int]:
        return self._latest

    def begin(self, model: Trainee) -> None:
        model.reset_metrics()

    def __call__(self, model: Trainee, batch: Batch) -> Figures:
        weights = len(model.weights)
        with collected_losses(), within_step():
            figures = getattr(model, self._method)(packed(model, batch))
        if len(model.weights) > weights:
            raise RuntimeError(
                f"{model.name}: layers made their weights in the first {self._method}, too late to"
                " be trained by it: call or build them before"
            )
        where = f"{model.__class__.__name__}.{self._method}"
        figures = _flat(figures) if isinstance(figures, dict) else figures
        if not isinstance(figures, dict) or not figures:
            raise TypeError(
                f"{where} must return a dict of figures, such as {{'loss': loss}}, got"
                f" {figures!r:.80}"
            )
        means, others = [], []
        self._figures, self._latest = {}, set()
        for key, value in figures.items():
            self._figures[key] = _reader(value)
            if self._figures[key] is None:
                means.append(_mean(f"{where}: {key!r}", value) * float(batch.n))
                continue
            numbers = value if isinstance(value, Result) else value[1]
            others.append(ops.reshape(ops.cast(numbers, "float32"), (numbers.size,)))
            if not isinstance(value, MetricSums) or value.metric.has_own_state:
                self._latest.add(1 + len(others))
        return Figures([ops.ones((batch.n,))], [ops.stack(means or [ops.ones(())]), *others])

    def width(self, compiled: Compiled) -> int:
        return 1

    def logs(
        self, compiled: Compiled, sums: Sequence[Sequence[float]], n: int
    ) -> dict[str, Figure]:
        totals, others = iter(sums[1]), iter(sums[2:])
        return {
            key: next(totals) / n if read is None else read(next(others))
            for key, read in self._figures.items()
        }


def _flat(figures: dict[str, Any]) -> dict[str, Any]:
    """Figures without dicts among them, as Keras shows them."""
    flat: dict[str, Any] = {}
    for key, value in figures.items():
        flat |= value if isinstance(value, dict) else {key: value}
    return flat


def _reader(value: Any) -> Callable[[Any], Figure] | None:
    """What makes a figure of the numbers of one that a step returned; None for a mean."""
    if isinstance(value, MetricSums):
        return value.metric.figure
    if isinstance(value, Standing):
        return value.metric.value
    if not isinstance(value, Result):
        return None
    return list if value.shape else lambda numbers: numbers[0]


def _mean(what: str, value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{what} must be a tensor, got {value!r:.80}: a step is recorded once, and a number"
            " would stay what it was in the first step"
        )
    return ops.mean(ops.cast(value, "float32"))


def step_of(model: Trainee, method: str, usual: Step) -> Step:
    """The model's own step, where its class has one; kept with the recordings of it,
    whose figures' names it knows.
    """
    if not overridden(model, method):
        return usual
    step: Step = model.plans.setdefault(("own", method), OwnStep(method))
    return step


def means(figures: Figures, compiled: Compiled, n: int) -> dict[str, Any]:
    """The figures of a usual step, as a step of the model's own hands them on: tensors,
    and the sums of metrics that are more than a mean.
    """
    sums: Any = [ops.sum(vector) for vector in figures.vectors]
    return compiled.logs([sums, *figures.sums], n, _handed_on)


def _handed_on(metric: Metric, sums: Any) -> Any:
    if isinstance(sums, Tensor):
        return MetricSums(metric, sums)
    total, count = sums
    if isinstance(count, float) and type(metric).value is MeanMetricWrapper.value:
        return total / count
    return MetricSums(metric, ops.stack([total, as_tensor(count, "float32")]))


def packed(model: Trainee, batch: Batch) -> Any:
    """A batch as Keras hands it to a step: x, (x, y) or (x, y, sample_weight), lists
    where there are several inputs or outputs.
    """
    x = model.as_called(batch.inputs)
    if not batch.labels:
        return x if isinstance(x, Tensor) else (x,)
    if all(weights is None for weights in batch.weights):
        return x, _one_or_list(batch.labels)
    return x, _one_or_list(batch.labels), _one_or_list(batch.weights)


def unpacked(data: Any) -> Batch:
    """And back: what a step that calls its base's hands on."""
    x, y, weights = (*data, None, None)[:3] if isinstance(data, tuple) else (data, None, None)
    labels = _tensors(y)
    many = isinstance(weights, (list, tuple))
    return Batch(_tensors(x), labels, tuple(weights) if many else (weights,) * len(labels))


def _one_or_list(items: Sequence[Any]) -> Any:
    return items[0] if len(items) == 1 else list(items)


def _tensors(value: Any) -> tuple[Tensor, ...]:
    if value is None:
        return ()
    if isinstance(value, Mapping):
        value = list(leaves(value))
    many = isinstance(value, (list, tuple))
    return tuple(as_numbers(item) for item in (value if many else [value]))
