"""The forward pass of a step: outputs, the losses of the examples, and the figures
that the logs are made of.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.spec import widened
from ..core.tensor import Tensor
from ..host.warned import warn
from ..layers import activations
from ..layers.support.context import collected_calls, collected_losses
from ..layers.support.structures import is_nested, leaves
from .batches import Batch
from .compiled import NoLoss, Score
from .losses import Loss
from .metrics import MeanMetricWrapper
from .overrides import overridden
from .trainee import Trainee, compiled_of


class Forward(NamedTuple):
    """A forward pass: each example's losses by target, unweighted; the outputs, as
    logits too where the loss took those; the masks of the targets' outputs; and the
    loss itself, where it is not their weighted sum.
    """

    losses: list[Tensor]
    logits: Tensor | None
    outputs: Callable[[], list[Tensor]]
    masks: list[Tensor | None]
    total: Tensor | None = None


class Figures(NamedTuple):
    """What a batch gives to the logs: vectors of one value per example, whose sums
    count, and the sums of metrics that are more than a mean; behind them that of the
    loss itself, where it is not the weighted sum of the first vectors.
    """

    vectors: list[Tensor]
    sums: list[Tensor]


def forward(model: Trainee, batch: Batch, training: bool) -> Forward:
    """Runs the model and the losses on a batch. Before a final softmax or sigmoid that
    fits, the loss of a single output takes the logits.
    """
    targets = compiled_of(model).targets
    inputs: Any = model.as_called(batch.inputs)
    ending, loss = model.split_activation(), targets[0].loss
    from_logits = loss.takes_logits_of(ending)
    says_loss = overridden(model, "compute_loss")
    from_logits = from_logits and not says_loss
    with collected_losses() as added:
        results, covers = called(model, inputs, training, from_logits)
        outputs = [widened(output) for output in leaves(results)]
        all_masks = list(leaves(covers)) if is_nested(covers) else [covers] * len(outputs)
        masks = [_mask(all_masks[t.index], outputs[t.index], t.name) for t in targets]
        if ending is not None and from_logits:
            logits = outputs[0]
            losses = [_losses(loss, batch.labels[0], logits, masks[0], batch.weights[0], True)]
            passed = Forward(losses, logits, lambda: [activations.get(ending)(logits)], masks)
        else:
            all_labels = batch.labels or (None,) * len(targets)
            losses = [
                ops.zeros((batch.n,))
                if labels is None or isinstance(target.loss, NoLoss)
                else _losses(target.loss, labels, outputs[target.index], mask, weights)
                for target, labels, mask, weights in zip(
                    targets, all_labels, masks, batch.weights, strict=True
                )
            ]
            passed = Forward(losses, None, lambda: outputs, masks)
        if says_loss:
            return passed._replace(total=_total_said(model, inputs, batch, results, training))
    more = [*(widened(loss) for _, loss in added), *model.penalties()]
    if not more and compiled_of(model).is_without_loss:
        raise ValueError(
            f"model {model.name!r} was compiled without a loss, and no layer adds one: give compile"
            " a loss, call add_loss in a layer's call, or give the class a train_step and a"
            " test_step"
        )
    if more:
        return passed._replace(total=_sum([_weighted_sum(model, batch, passed), *more]))
    return passed


def called(
    model: Trainee, inputs: Any, training: bool = False, logits: bool = False
) -> tuple[Any, Any]:
    """`model.call_masked`. Warns of layers that it calls without having them, which
    nothing trains and nothing saves; RuntimeError where the call makes them, since each
    time they would be others.
    """
    with collected_calls() as calls:
        results: tuple[Any, Any] = model.call_masked(inputs, training=training, logits=logits)
    own = {id(layer) for layer in model._all_layers()}
    for layer, built in {id(layer): (layer, built) for layer, built in reversed(calls)}.values():
        if id(layer) in own or not layer.weights:
            continue
        what = (
            f"model {model.name!r} calls a layer {layer.name!r} that none of its layers has in an"
            " attribute, or in a list or dict there"
        )
        if not built:
            raise RuntimeError(
                f"{what}, so each call would make new weights: make it in __init__ or build"
            )
        warn(
            f"{what}: its weights are neither trained nor saved; keep it in one, such as"
            " self.inner, and there with trainable=False where that is meant"
        )
    return results


def _total_said(model: Trainee, inputs: Any, batch: Batch, results: Any, training: bool) -> Tensor:
    """What the model's own `compute_loss` says."""
    labels: Any = list(batch.labels) or None
    labels = batch.labels[0] if len(batch.labels) == 1 else labels
    weights: Any = batch.weights[0] if len(batch.weights) == 1 else list(batch.weights)
    options = {"training": training}
    try:
        inspect.signature(model.compute_loss).bind(inputs, labels, results, weights, **options)
    except TypeError:  # older ones are not told
        options = {}
    said = widened(model.compute_loss(inputs, labels, results, weights, **options))
    if not isinstance(said, Tensor) or said.size != 1:
        raise TypeError(
            f"{model.__class__.__name__}.compute_loss must return a scalar tensor, got {said!r:.80}"
        )
    return ops.reshape(said, ())


def _weighted_sum(model: Trainee, batch: Batch, passed: Forward) -> Tensor:
    """The loss that is minimised, as a number."""
    return ops.sum(examples(model, batch, passed) * seed(model, batch))


def _sum(values: Sequence[Tensor]) -> Tensor:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def examples(model: Trainee, batch: Batch, passed: Forward) -> Tensor:
    """The losses of the examples: of one output as they are, of several their weighted
    sums.
    """
    if len(passed.losses) == 1:
        return passed.losses[0]
    values = []
    for value, target, weights in zip(
        passed.losses, compiled_of(model).targets, _of_examples(batch), strict=True
    ):
        value = value if weights is None else value * weights
        values.append(value if target.weight == 1 else value * target.weight)
    return _sum(values)


def seed(model: Trainee, batch: Batch) -> Tensor:
    """What each of `examples` counts in the loss that is minimised."""
    targets = compiled_of(model).targets
    share = (targets[0].weight if len(targets) == 1 else 1.0) / batch.n
    weights = _of_examples(batch)[0] if len(targets) == 1 else None
    return ops.fill((batch.n,), share) if weights is None else weights * share


def _of_examples(batch: Batch) -> list[Tensor | None]:
    """The weights [n]; None for those of steps, which are in the losses already."""
    return [w if w is None or w.ndim == 1 else None for w in batch.weights]


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
    loss: Loss,
    labels: Tensor,
    output: Tensor,
    mask: Tensor | None,
    weights: Tensor | None,
    from_logits: bool | None = None,
) -> Tensor:
    """One value per example. Of a masked output such that their mean is the mean over
    the steps that are not masked, as in Keras. Weights of steps count here, those of
    examples later.
    """
    by_step = weights is not None and weights.ndim == 2
    if mask is None and not by_step:
        return loss.summands(labels, output, from_logits, weights)
    if mask is not None and loss.reduction not in ("sum_over_batch_size", "mean"):
        raise ValueError(
            f"{loss.name}: reduction={loss.reduction!r} is not for outputs with a mask; take the"
            " mean"
        )
    steps: Any = weights if by_step else mask
    flat = ops.reshape(steps, (steps.size,)) if mask is None else None
    values = loss.summands(_by_step(labels, steps), _by_step(output, steps), from_logits, flat)
    values = ops.reshape(values, steps.shape)
    values = values * steps if by_step else values
    if mask is None:
        return ops.mean(values, 1)
    share = mask.shape[0] / ops.maximum(ops.sum(mask), 1.0)
    return ops.sum(values * mask, 1) * share


def mean_loss(loss: Loss, labels: Tensor, output: Tensor, weights: Tensor | None) -> Tensor:
    """The loss of a batch, a scalar, weighted by examples or by steps."""
    values = _losses(loss, labels, output, None, weights)
    return ops.mean(values if weights is None or weights.ndim == 2 else values * weights)


def figures(model: Trainee, batch: Batch, passed: Forward) -> Figures:
    """The weighted losses and each metric, in the order of `Compiled.scores`. Where
    outputs are masked, the number of values that count in means follows, by target.
    """
    compiled = compiled_of(model)
    vectors = [
        losses if weights is None else losses * weights
        for losses, weights in zip(passed.losses, _of_examples(batch), strict=True)
    ]
    sums: list[Tensor] = []
    outputs = passed.outputs() if compiled.scores else []
    for i, target in enumerate(compiled.targets):
        for score in target.scores:
            of_target = batch.labels[i], batch.weights[i], passed.masks[i]
            output = outputs[target.index]
            if score.is_mean:
                vectors.append(_means(score.metric, output, passed.logits, *of_target))
            else:
                sums.append(_sums(score, output, *of_target))
    if any(mask is not None for mask in passed.masks):
        ones = ops.ones((batch.n,))
        vectors += [ones if mask is None else ops.sum(mask, 1) for mask in passed.masks]
    if passed.total is not None:
        sums.append(ops.reshape(passed.total * float(batch.n), (1,)))
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
    if score.metric.has_own_state:  # as Keras hands it on
        if mask is not None and weights is not None and weights.ndim == 1:
            weights = ops.reshape(weights, (-1, 1))
        if mask is not None:
            weights = mask if weights is None else mask * weights
        return score.metric.recorded(labels, output, weights)
    by_step = weights is not None and weights.ndim == 2
    means = isinstance(score.metric, MeanMetricWrapper)
    if (mask is None and not by_step) or not means:
        return score.metric.sums_of(labels, output, weights)
    counted: Any = weights if mask is None else mask
    if mask is not None and weights is not None:
        counted = mask * (weights if by_step else ops.reshape(weights, (-1, 1)))
    flat = ops.reshape(counted, (counted.size,))
    return score.metric.sums_of(_by_step(labels, counted), _by_step(output, counted), flat)
