"""The captured pieces of training: one step as one plan, and the evaluation of one
batch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import ops
from ..core.autodiff import variable_grads
from ..core.capture import capture
from ..core.tensor import Tensor, Variable
from ..layers import activations
from .batches import Batch
from .trainee import Trainee, compiled_of


class Forward(NamedTuple):
    """A forward pass: each example's loss, unweighted, and the outputs: as logits too
    where the loss took those.
    """

    losses: Tensor
    logits: Tensor | None
    output: Callable[[], Tensor]


def forward(model: Trainee, batch: Batch, training: bool) -> Forward:
    """Runs the model and the loss on a batch. Before a final softmax or sigmoid that
    fits, the loss takes the logits.
    """
    loss = compiled_of(model).loss
    inputs: Any = batch.inputs[0] if len(batch.inputs) == 1 else list(batch.inputs)
    ending = model.split_activation()
    if ending is not None and ending == loss.activation and not loss.from_logits:
        logits = model.call_logits(inputs, training=training)
        losses = loss.examples(batch.labels, logits, from_logits=True)
        return Forward(losses, logits, lambda: activations.get(ending)(logits))
    predicted = model.call(inputs, training=training)
    predicted = predicted[0] if isinstance(predicted, list) else predicted
    return Forward(loss.examples(batch.labels, predicted), None, lambda: predicted)


def figures(model: Trainee, batch: Batch, passed: Forward) -> list[Tensor]:
    """What logs are made of, one value an example: the weighted losses, then each
    metric.
    """
    losses = passed.losses if batch.weights is None else passed.losses * batch.weights
    metrics = compiled_of(model).resolved_metrics(batch.labels.shape)
    y: Any = passed.output() if metrics else None
    return [losses, *(metric.examples(batch.labels, y, passed.logits) for metric in metrics)]


def train(model: Trainee, batch: Batch) -> list[Tensor]:
    """One step: forward, gradients, updates. Returns the `figures` of the batch before
    the step.

    The loss minimised is the sum of the weighted losses over the number of examples, as
    in Keras. It is never computed: its gradient at each example's loss is known, weight
    / n, and that is where the walk back starts.
    """
    passed: list[Forward] = []

    def losses() -> Tensor:
        passed.append(forward(model, batch, training=True))
        return passed[0].losses

    n = batch.n
    seed = ops.fill((n,), 1.0 / n) if batch.weights is None else batch.weights * (1.0 / n)
    variables = model.trainable_weights
    _, gradients = variable_grads(losses, variables, seed)
    found = figures(model, batch, passed[0])
    compiled_of(model).optimizer.apply(gradients, variables)
    return found


def evaluate(model: Trainee, batch: Batch) -> list[Tensor]:
    """The `figures` of a batch, with layers as in prediction."""
    return figures(model, batch, forward(model, batch, training=False))


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
        work: Callable[[Trainee, Batch], list[Tensor]],
        generator: Any = None,
    ):
        self._model, self._data, self._work, self._generator = model, data, work, generator
        self._order = (
            None
            if generator is None
            else Variable(ops.arange(data.n), trainable=False, name="order")
        )
        self._offset = Variable(ops.zeros((1,), "int32"), trainable=False, name="offset")
        self._sums = Variable(
            ops.zeros((len(compiled_of(model).names),)), trainable=False, name="sums"
        )
        self._start = capture(self._record_start)
        self._steps: dict[int, Any] = {}

    def begin(self) -> None:
        """Back to the first row with empty sums, in a new order where a generator was
        given.
        """
        self._start()

    def step(self, size: int) -> None:
        """Works on the next `size` rows."""
        if size not in self._steps:
            self._steps[size] = capture(lambda: self._record(size))
        self._steps[size]()

    async def totals(self) -> list[float]:
        """The sums so far: waits for the steps played until now."""
        return list(await self._sums.data())

    def snapshot(self) -> Tensor:
        """A copy of the sums so far, left on the device."""
        return ops.identity(self._sums)

    def close(self) -> None:
        """Drops the plans, and with them the circle of plan and pass, so that the data
        set's memory is free at once.
        """
        self._steps.clear()
        self._start = None

    def _record_start(self) -> None:
        if self._order is not None:
            self._order.assign(self._generator.permutation(self._data.n))
        self._offset.assign(ops.zeros((1,), "int32"))
        self._sums.assign(ops.zeros(self._sums.shape))

    def _record(self, size: int) -> None:
        rows = None if self._order is None else ops.dynamic_slice(self._order, self._offset, size)

        def take(t: Tensor) -> Tensor:
            return ops.dynamic_slice(t, self._offset, size) if rows is None else ops.gather(t, rows)

        weights = None if self._data.weights is None else take(self._data.weights)
        batch = Batch(tuple(take(t) for t in self._data.inputs), take(self._data.labels), weights)
        found = self._work(self._model, batch)
        for first in range(0, len(found), 4):  # the kernel takes four at a time
            ops.Tally(first, 0 if first else size)(
                self._sums, self._offset, *found[first : first + 4]
            )


def plan(model: Trainee, kind: str, make: Callable[[Trainee], Callable[..., Any]]) -> Any:
    """A captured function kept on the model, per kind and frozen layers; `compile`
    drops it.

    The function sees the model through a weak reference: model and plan would otherwise
    hold each other, and their memory, until the garbage collector comes by.
    """
    key = (kind, tuple(id(w) for w in model.trainable_weights))
    if key not in model.plans:
        model.plans[key] = capture(make(weakref.proxy(model)))  # type: ignore[arg-type]
    return model.plans[key]


def _batch(tensors: tuple[Tensor, ...], inputs: int) -> Batch:
    return Batch(
        tensors[:inputs],
        tensors[inputs],
        tensors[inputs + 1] if len(tensors) > inputs + 1 else None,
    )


def flat(batch: Batch) -> tuple[Tensor, ...]:
    """A batch as the arguments of the captured functions below."""
    return (*batch.inputs, batch.labels, *(() if batch.weights is None else (batch.weights,)))


def _sums(found: list[Tensor]) -> Tensor:
    return ops.stack([ops.sum(values) for values in found])


def make_train(model: Trainee) -> Callable[..., Tensor]:
    return lambda *tensors: _sums(train(model, _batch(tensors, len(model.inputs))))


def make_evaluate(model: Trainee) -> Callable[..., Tensor]:
    return lambda *tensors: _sums(evaluate(model, _batch(tensors, len(model.inputs))))


def make_predict(model: Trainee) -> Callable[..., Any]:
    return lambda *tensors: model.call(
        tensors[0] if len(tensors) == 1 else list(tensors), training=False
    )
