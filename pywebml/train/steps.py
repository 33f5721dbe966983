"""The captured pieces of training: one step as one plan, and the evaluation of one
batch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.autodiff import variable_grads
from ..core.capture import capture
from ..core.tensor import Tensor, Variable
from ..core.trace import eager
from ..layers.support.context import collected_losses
from .batches import Batch
from .compiled import Compiled
from .forward import Figures, Forward, called, examples, figures, forward, seed
from .metrics import Figure
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

    def weights(value: Tensor) -> Tensor:
        return ops.ones(()) if value.ndim == 0 else seed(model, batch)

    variables = model.trainable_weights
    _, gradients = variable_grads(losses, variables, weights)
    result = figures(model, batch, passed[0])
    compiled_of(model).optimizer.apply(gradients, variables)
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


class Pass:
    """Passes over a data set that stays on the device, to train on it or to evaluate
    it.

    `step(size)` works on the next rows and is one replay without arguments: where it
    stands, and what the losses and metrics add up to, are variables on the device.
    """

    def __init__(
        self,
        model: Trainee,
        data: Batch,
        work: Step,
        generator: Any = None,
    ):
        self._model, self._data, self._work, self._generator = model, data, work, generator
        self.n, self.seen = data.n, 0
        vectors = work.width(compiled_of(model))
        self._order = (
            None
            if generator is None
            else Variable(ops.arange(data.n), trainable=False, name="order")
        )
        self._offset = Variable(ops.zeros((1,), "int32"), trainable=False, name="offset")
        self._sums = [Variable(ops.zeros((vectors,)), trainable=False, name="sums")]
        self._start = capture(self._record_start)
        self._steps: dict[int, Any] = {}
        self._compiled, self._state = compiled_of(model), State(model)

    def begin(self) -> None:
        """Back to the first row with empty sums, in a new order where a generator was
        given. What a callback froze, thawed or replaced meanwhile is so from now on;
        RuntimeError where it compiled the model again.
        """
        if compiled_of(self._model) is not self._compiled:
            raise RuntimeError(
                f"model {self._model.name!r} was compiled again while it was trained: end the"
                " training first (stop_training = True), and call fit again"
            )
        if not (state := State(self._model)).is_as(self._state):
            self._state = state
            self._steps.clear()
            self._compiled.optimizer.claim(self._model)
        self.seen = 0
        # metrics of sums get their variables in the first step: then it is recorded
        # again
        self._start(len(self._sums))

    def step(self, size: int) -> None:
        """Works on the next `size` rows."""
        if size not in self._steps:
            self._steps[size] = capture(lambda: self._record(size))
        self._steps[size]()
        self.seen += size

    async def logs(self) -> dict[str, Figure]:
        """The figures so far: waits for the steps played until now."""
        return self._work.logs(self._compiled, await read(self._sums), self.seen)

    @property
    def sums(self) -> Sequence[Tensor]:
        """The sums so far, on the device, where the next step adds to them."""
        return self._sums

    def logs_of(self, values: list[float], seen: int) -> dict[str, Figure]:
        """The figures of sums that were read, of `seen` examples."""
        sums = divided(values, [s.shape[0] for s in self._sums])
        return self._work.logs(self._compiled, sums, seen)

    def close(self) -> None:
        """Drops the plans, and with them the circle of plan and pass, so that the data
        set's memory is free at once.
        """
        self._steps.clear()
        self._start = None

    def _record_start(self, sums: int) -> None:
        if self._order is not None:
            self._order.assign(self._generator.permutation(self._data.n))
        self._offset.assign(ops.zeros((1,), "int32"))
        for variable in self._sums[:sums]:
            variable.assign(ops.zeros(variable.shape))

    def _record(self, size: int) -> None:
        rows = None if self._order is None else ops.dynamic_slice(self._order, self._offset, size)

        def take(t: Tensor) -> Tensor:
            return ops.dynamic_slice(t, self._offset, size) if rows is None else ops.gather(t, rows)

        vectors, sums = self._work(self._model, self._data.map(take))
        for first in range(0, len(vectors), 4):  # the kernel takes four at a time
            ops.Tally(first, 0 if first else size)(
                self._sums[0], self._offset, *vectors[first : first + 4]
            )
        for i, values in enumerate(sums, 1):
            if i == len(self._sums):  # how many sums a metric has is known now
                with eager():
                    zeros = ops.zeros(values.shape)
                    self._sums.append(Variable(zeros, trainable=False, name="sums"))
            self._sums[i].assign(self._sums[i] + values)


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


def plan(model: Trainee, kind: Any, make: Callable[[Trainee], Callable[..., Any]]) -> Any:
    """A captured function kept on the model, per kind, weights and frozen layers;
    `compile` drops it.

    The function sees the model through a weak reference: model and plan would otherwise
    hold each other, and their memory, until the garbage collector comes by.
    """
    state = State(model)
    before, replay = model.plans.get((kind, state.trains), (None, None))
    if before is None or not state.is_as(before):
        replay = capture(make(weakref.proxy(model)))  # type: ignore[arg-type]
        model.plans[kind, state.trains] = state, replay
    return replay


def totals(model: Trainee, kind: str, work: Step, batch: Batch) -> list[Tensor]:
    """The sums of a batch's figures after `work` on it, by one replay: those of the
    vectors, then those of each other metric.
    """
    weighted = tuple(weights is not None for weights in batch.weights)

    def make(model: Trainee) -> Callable[..., list[Tensor]]:
        def run(*tensors: Tensor) -> list[Tensor]:
            left = iter(tensors)
            inputs = tuple(next(left) for _ in model.inputs)
            labels = tuple(next(left) for _ in weighted)
            weights = tuple(next(left) if given else None for given in weighted)
            vectors, sums = work(model, Batch(inputs, labels, weights))
            return [ops.stack([ops.sum(values) for values in vectors]), *sums]

        return run

    present = [weights for weights in batch.weights if weights is not None]
    replay = plan(model, (kind, weighted), make)
    result: list[Tensor] = replay(*batch.inputs, *batch.labels, *present)
    return result


def make_predict(model: Trainee) -> Callable[..., Any]:
    own = overridden(model, "predict_step")

    def run(*tensors: Tensor) -> Any:
        x = tensors[0] if len(tensors) == 1 else list(tensors)
        if own:  # as Keras hands the inputs on
            return model.predict_step((x,) if isinstance(x, list) else x)
        with collected_losses():
            return called(model, x)[0]

    return run
