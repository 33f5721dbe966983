"""What is done to a batch: a step of training or of evaluation, recorded once and
replayed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.autodiff import variable_grads
from ..core.capture import capture
from ..core.tensor import Tensor
from ..layers.support.context import collected_losses
from .batches import Batch
from .compiled import Compiled
from .forward import Figures, Forward, called, examples, figures, forward, seed
from .metrics import Figure
from .metrics.base import metrics_in
from .overrides import overridden
from .trainee import Trainee, compiled_of


class Step:
    """What is done to a batch, and what its sums come to."""

    def __init__(self, work: Callable[[Trainee, Batch], Figures]):
        self._work = work

    def __call__(self, model: Trainee, batch: Batch) -> Figures:
        return self._work(model, batch)

    def width(self, compiled: Compiled) -> int:
        """How many vectors of one value per example it gives at most: losses, means,
        and how many values count in them where outputs are masked.
        """
        return 2 * len(compiled.targets) + sum(score.is_mean for score in compiled.scores)

    def latest(self, compiled: Compiled) -> set[int]:
        """Which of its figures are not added up: see `Compiled.latest`."""
        return compiled.latest

    def begin(self, model: Trainee) -> None:
        """Metrics that are kept by hand forget what they know."""
        if overridden(model, "metrics") or overridden(model, "reset_metrics"):
            model.reset_metrics()
            return
        scores = [score.metric for score in compiled_of(model).scores]
        for metric in [*metrics_in(model), *(m for m in scores if m.has_own_state)]:
            metric.reset_state()

    def added(
        self, compiled: Compiled, before: Sequence[Tensor], now: Sequence[Tensor]
    ) -> list[Tensor]:
        """The figures of two batches together."""
        latest = self.latest(compiled)
        pairs = enumerate(zip(before, now, strict=True))
        return [b if i in latest else a + b for i, (a, b) in pairs]

    def logs(
        self, compiled: Compiled, sums: Sequence[Sequence[float]], n: int
    ) -> dict[str, Figure]:
        """The figures of n examples."""
        return compiled.logs(sums, n)


def train(model: Trainee, batch: Batch) -> Figures:
    """One step: forward, gradients, updates. Returns the `figures` of the batch before
    the step.

    The loss minimised is the sum of the weighted losses over the number of examples, as
    in Keras. It is never computed: its gradient at each example's loss is known, weight
    / n, and that is where the walk back starts. The losses of several outputs are added
    up example by example first.
    """
    passed: list[Forward] = []

    def losses() -> Tensor:
        passed.append(forward(model, batch, training=True))
        total = passed[0].total
        return examples(model, batch, passed[0]) if total is None else total

    optimizer = compiled_of(model).optimizer

    def weights(value: Tensor) -> Tensor:
        weights = ops.ones(()) if value.ndim == 0 else seed(model, batch)
        scaled: Tensor = optimizer.scale_loss(weights)
        return scaled

    variables = model.trainable_weights
    _, gradients = variable_grads(losses, variables, weights)
    result = figures(model, batch, passed[0])
    optimizer.apply(gradients, variables)
    return result


def evaluate(model: Trainee, batch: Batch) -> Figures:
    """The `figures` of a batch, with layers as in prediction."""
    return figures(model, batch, forward(model, batch, training=False))


TRAIN, EVALUATE = Step(train), Step(evaluate)


async def read(totals: Sequence[Tensor]) -> list[list[float]]:
    """Sums in several tensors, in one readback."""
    flat = totals[0] if len(totals) == 1 else ops.concat(list(totals), 0)
    return divided(list(await flat.data()), [t.shape[0] for t in totals])


def divided(values: list[float], sizes: Sequence[int]) -> list[list[float]]:
    """A flat list cut into lists of these sizes."""
    parts, start = [], 0
    for size in sizes:
        parts.append(values[start : start + size])
        start += size
    return parts


class State:
    """Which weights a model has, and which of them train: what recordings are of."""

    def __init__(self, model: Trainee):
        self._weights = list(model._states().values())

    @property
    def trains(self) -> tuple[bool, ...]:
        return tuple(trains for _, trains in self._weights)

    def is_as(self, other: State) -> bool:
        """Whether the weights are the very same."""
        return self.trains == other.trains and all(
            one is another
            for (one, _), (another, _) in zip(self._weights, other._weights, strict=True)
        )


def recorded(model: Trainee, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, recorded and replayed; as it is where the model `run_eagerly`."""
    eagerly = model.compiled is not None and model.compiled.run_eagerly
    captured: Callable[..., Any] = function if eagerly else capture(function)
    return captured


def plan(model: Trainee, kind: Any, make: Callable[[Trainee], Callable[..., Any]]) -> Any:
    """A captured function kept on the model, per kind, weights and frozen layers;
    `compile` drops it.

    The function sees the model through a weak reference: model and plan would otherwise
    hold each other, and their memory, until the garbage collector comes by.
    """
    state = State(model)
    before, replay = model.plans.get((kind, state.trains), (None, None))
    if before is None or not state.is_as(before):
        replay = recorded(model, make(weakref.proxy(model)))  # type: ignore[arg-type]
        model.plans[kind, state.trains] = state, replay
    return replay


def totals(model: Trainee, kind: str, work: Step, batch: Batch) -> list[Tensor]:
    """The sums of a batch's figures after `work` on it, by one replay: those of the
    vectors, then those of each other metric.
    """
    tensors, form = batch.flat()

    def make(model: Trainee) -> Callable[..., list[Tensor]]:
        def run(*parts: Tensor) -> list[Tensor]:
            vectors, sums = work(model, Batch.of(parts, form))
            return [ops.stack([ops.sum(values) for values in vectors]), *sums]

        return run

    result: list[Tensor] = plan(model, (kind, form), make)(*tensors)
    return result


def make_predict(model: Trainee) -> Callable[..., Any]:
    own = overridden(model, "predict_step")

    def run(*tensors: Tensor) -> Any:
        x = model.as_called(tensors)
        if own:  # as Keras hands the inputs on
            return model.predict_step((x,) if isinstance(x, list) else x)
        with collected_losses():
            return called(model, x)[0]

    return run
