"""The captured pieces of training: one step as one plan, and the evaluation of one
batch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.autodiff import variable_grads
from ..core.capture import capture
from ..core.tensor import Tensor, Variable
from ..core.trace import eager
from ..layers import activations
from .batches import Batch
from .compiled import Score
from .losses import Loss
from .metrics import Figure, MeanMetricWrapper
from .trainee import Trainee, compiled_of


class Forward(NamedTuple):
    """A forward pass: each example's losses by target, unweighted; the outputs, as
    logits too where the loss took those; and the masks of the targets' outputs.
    """

    losses: list[Tensor]
    logits: Tensor | None
    outputs: Callable[[], list[Tensor]]
    masks: list[Tensor | None]


class Figures(NamedTuple):
    """What a batch gives to the logs: vectors of one value per example, whose sums
    count, and the sums of metrics that are more than a mean.
    """

    vectors: list[Tensor]
    sums: list[Tensor]


def forward(model: Trainee, batch: Batch, training: bool) -> Forward:
    """Runs the model and the losses on a batch. Before a final softmax or sigmoid that
    fits, the loss of a single output takes the logits.
    """
    targets = compiled_of(model).targets
    inputs: Any = batch.inputs[0] if len(batch.inputs) == 1 else list(batch.inputs)
    ending, loss = model.split_activation(), targets[0].loss
    from_logits = ending is not None and ending == loss.activation and not loss.from_logits
    results, covers = model.call_masked(inputs, training=training, logits=from_logits)
    many = isinstance(results, list)
    outputs, all_masks = (results, covers) if many else ([results], [covers])
    masks = [_mask(all_masks[t.index], outputs[t.index], t.name) for t in targets]
    if ending is not None and from_logits:
        logits = outputs[0]
        losses = _losses(loss, batch.labels[0], logits, masks[0], True)
        return Forward([losses], logits, lambda: [activations.get(ending)(logits)], masks)
    of_targets = [
        _losses(target.loss, labels, outputs[target.index], mask)
        for target, labels, mask in zip(targets, batch.labels, masks, strict=True)
    ]
    return Forward(of_targets, None, lambda: outputs, masks)


def _mask(mask: Tensor | None, output: Tensor, name: str) -> Tensor | None:
    """The mask of an output [n, steps, ...] as 1.0 and 0.0, [n, steps]."""
    if mask is None:
        return None
    if mask.shape != output.shape[:2]:
        raise ValueError(
            f"output {name!r} of shape {output.shape} has a mask of shape {mask.shape}; a mask is"
            " [n, steps], so the layer that takes the steps away should give none"
        )
    return ops.cast(mask, "float32")


def _by_step(values: Tensor, mask: Tensor) -> Tensor:
    """[n, steps, ...] as [n steps, ...]: each step an example."""
    return ops.reshape(values, (mask.size, *values.shape[2:]))


def _losses(
    loss: Loss, labels: Tensor, output: Tensor, mask: Tensor | None, from_logits: bool | None = None
) -> Tensor:
    """One value per example. Of a masked output such that their mean is the mean over
    the steps that are not masked, as in Keras.
    """
    if mask is None:
        return loss.summands(labels, output, from_logits)
    if loss.reduction == "sum":
        raise ValueError(
            f"{loss.name}: reduction='sum' is not for outputs with a mask; take the mean"
        )
    values = loss.summands(_by_step(labels, mask), _by_step(output, mask), from_logits)
    share = mask.shape[0] / ops.maximum(ops.sum(mask), 1.0)
    return ops.sum(ops.reshape(values, mask.shape) * mask, 1) * share


def figures(model: Trainee, batch: Batch, passed: Forward) -> Figures:
    """The weighted losses and each metric, in the order of `Compiled.scores`. Where
    outputs are masked, the number of values that count in means follows, by target.
    """
    compiled = compiled_of(model)
    vectors = [
        losses if weights is None else losses * weights
        for losses, weights in zip(passed.losses, batch.weights, strict=True)
    ]
    sums: list[Tensor] = []
    outputs = passed.outputs() if compiled.scores else []
    for i, target in enumerate(compiled.targets):
        of_target = batch.labels[i], batch.weights[i], passed.masks[i]
        for score in target.scores:
            output = outputs[target.index]
            if score.is_mean:
                vectors.append(_means(score.metric, output, passed.logits, *of_target))
            else:
                sums.append(_sums(score, output, *of_target))
    if any(mask is not None for mask in passed.masks):
        ones = ops.ones((batch.n,))
        vectors += [ones if mask is None else ops.sum(mask, 1) for mask in passed.masks]
    return Figures(vectors, sums)


def _means(
    metric: Any,
    output: Tensor,
    logits: Tensor | None,
    labels: Tensor,
    weights: Tensor | None,
    mask: Tensor | None,
) -> Tensor:
    """One value per example of a plain mean: of masked outputs the sum over its steps."""
    if mask is None:
        return metric.summands(labels, output, logits)  # type: ignore[no-any-return]
    flat = None if logits is None else _by_step(logits, mask)
    values = metric.summands(_by_step(labels, mask), _by_step(output, mask), flat)
    return ops.sum(ops.reshape(values, mask.shape) * mask, 1)


def _sums(
    score: Score, output: Tensor, labels: Tensor, weights: Tensor | None, mask: Tensor | None
) -> Tensor:
    """The sums of any other metric. As in Keras, masks count in means only."""
    weights = weights if score.weighted else None
    if mask is None or not isinstance(score.metric, MeanMetricWrapper):
        return score.metric.sums_of(labels, output, weights)
    counted = mask if weights is None else mask * ops.reshape(weights, (-1, 1))
    flat = ops.reshape(counted, (mask.size,))
    return score.metric.sums_of(_by_step(labels, mask), _by_step(output, mask), flat)


def train(model: Trainee, batch: Batch) -> Figures:
    """One step: forward, gradients, updates. Returns the `figures` of the batch before
    the step.

    The loss minimised is the sum of the weighted losses over the number of examples, as
    in Keras. It is never computed: its gradient at each example's loss is known, weight
    / n, and that is where the walk back starts. The losses of several outputs are added
    up example by example first.
    """
    passed: list[Forward] = []
    targets = compiled_of(model).targets

    def losses() -> Tensor:
        passed.append(forward(model, batch, training=True))
        values = passed[0].losses
        if len(values) == 1:
            return values[0]
        total = None
        for value, target, weights in zip(values, targets, batch.weights, strict=True):
            value = value if weights is None else value * weights
            value = value if target.weight == 1 else value * target.weight
            total = value if total is None else total + value
        assert total is not None
        return total

    share = (targets[0].weight if len(targets) == 1 else 1.0) / batch.n
    weights = batch.weights[0] if len(targets) == 1 else None
    seed = ops.fill((batch.n,), share) if weights is None else weights * share
    variables = model.trainable_weights
    _, gradients = variable_grads(losses, variables, seed)
    result = figures(model, batch, passed[0])
    compiled_of(model).optimizer.apply(gradients, variables)
    return result


def evaluate(model: Trainee, batch: Batch) -> Figures:
    """The `figures` of a batch, with layers as in prediction."""
    return figures(model, batch, forward(model, batch, training=False))


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
        work: Callable[[Trainee, Batch], Figures],
        generator: Any = None,
    ):
        self._model, self._data, self._work, self._generator = model, data, work, generator
        self.n, self.seen = data.n, 0
        compiled = compiled_of(model)
        targets = len(compiled.targets)
        # losses, means, and how many values count in them where outputs are masked
        vectors = 2 * targets + sum(score.is_mean for score in compiled.scores)
        self._order = (
            None
            if generator is None
            else Variable(ops.arange(data.n), trainable=False, name="order")
        )
        self._offset = Variable(ops.zeros((1,), "int32"), trainable=False, name="offset")
        self._sums = [Variable(ops.zeros((vectors,)), trainable=False, name="sums")]
        self._start = capture(self._record_start)
        self._steps: dict[int, Any] = {}

    def begin(self) -> None:
        """Back to the first row with empty sums, in a new order where a generator was
        given.
        """
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
        return self._compiled.logs(await read(self._sums), self.seen)

    def snapshot(self) -> Tensor:
        """A copy of the sums so far, left on the device."""
        return ops.identity(self._sums[0]) if len(self._sums) == 1 else ops.concat(self._sums, 0)

    def logs_of(self, snapshot: list[float], seen: int) -> dict[str, Figure]:
        """The figures of a snapshot that was read, of `seen` examples."""
        return self._compiled.logs(divided(snapshot, [s.shape[0] for s in self._sums]), seen)

    def close(self) -> None:
        """Drops the plans, and with them the circle of plan and pass, so that the data
        set's memory is free at once.
        """
        self._steps.clear()
        self._start = None

    @property
    def _compiled(self) -> Any:
        return compiled_of(self._model)

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


def plan(model: Trainee, kind: Any, make: Callable[[Trainee], Callable[..., Any]]) -> Any:
    """A captured function kept on the model, per kind and frozen layers; `compile`
    drops it.

    The function sees the model through a weak reference: model and plan would otherwise
    hold each other, and their memory, until the garbage collector comes by.
    """
    key = (kind, tuple(id(w) for w in model.trainable_weights))
    if key not in model.plans:
        model.plans[key] = capture(make(weakref.proxy(model)))  # type: ignore[arg-type]
    return model.plans[key]


def totals(
    model: Trainee, kind: str, work: Callable[[Trainee, Batch], Figures], batch: Batch
) -> list[Tensor]:
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
    return lambda *tensors: model.call(
        tensors[0] if len(tensors) == 1 else list(tensors), training=False
    )
