"""Whether a model can learn a few examples by heart: one that cannot will not learn
many, and the cause is found faster with few.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .. import ops
from . import training
from .arguments import whole
from .batches import Batch, prepare
from .compiled import NoLoss
from .options import FitOptions
from .sources import Source, is_source, parts_of
from .trainee import Trainee, compiled_of

ENOUGH = 0.05
"""A loss that is down to this share of what it was has learnt its examples."""


class Overfit(NamedTuple):
    """What `overfit_check` found out; true where the model fits its examples."""

    fits: bool
    sentence: str
    loss_before: float
    loss_after: float
    epochs: int

    def __bool__(self) -> bool:
        return self.fits


async def few_of(model: Trainee, data: Any, n: int) -> Batch:
    """`n` examples from all over the data, on the device."""
    if is_source(data):
        source = Source(data)
        source.begin()
        batches: list[Batch] = []
        while sum(b.n for b in batches) < n and (raw := await source.next()) is not None:
            x, y, _ = parts_of(raw)
            batches.append(await prepare(model, x, y))
        if not batches:
            raise ValueError("overfit_check: the data give no batch")
        joined = [b.flat()[0] for b in batches]
        parts = [ops.concat(list(tensors), 0) for tensors in zip(*joined, strict=True)]
        batch = Batch.of(parts, batches[0].flat()[1])
    else:
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError(
                f"overfit_check takes (x, y), or a data set of batches, got {type(data).__name__}"
            )
        batch = await prepare(model, data[0], data[1])
    n = min(n, batch.n)
    rows = [i * batch.n // n for i in range(n)]  # data are often sorted by their labels
    return batch.map(lambda t: ops.gather(t, rows))


async def overfit_check(model: Any, data: Any, n: int = 20, epochs: int = 300) -> Overfit:
    """See `Model.overfit_check`."""
    n, epochs = whole("n", n, 1), whole("epochs", epochs, 1)
    compiled = compiled_of(model)
    batch = await few_of(model, data, n)
    copy = model._trainable_copy()
    x: Any = batch.inputs[0] if len(batch.inputs) == 1 else list(batch.inputs)
    y: Any = batch.labels[0] if len(batch.labels) == 1 else list(batch.labels)
    tells = all(
        "crossentropy" in target.loss.name and not isinstance(target.loss, NoLoss)
        for target in compiled.targets
    )

    async def figures() -> dict[str, Any]:
        logs: dict[str, Any] = await training.evaluate(
            copy,
            x,
            y,
            batch_size=batch.n,
            sample_weight=None,
            verbose=0,
            most=None,
            return_dict=True,
            callbacks=None,
        )
        return logs

    def right(logs: dict[str, Any]) -> bool:
        accuracies = [v for key, v in logs.items() if key.endswith("accuracy")]
        if tells and accuracies:
            return all(value == 1.0 for value in accuracies)
        return logs["loss"] <= max(ENOUGH * before["loss"], 1e-6)

    now = before = await figures()
    done = 0
    while done < epochs and math.isfinite(now["loss"]) and not (right(now) and done):
        span = min(10, epochs - done)
        options = FitOptions(batch_size=batch.n, epochs=span, verbose=0)
        await training.fit(copy, x, y, options)
        done += span
        now = await figures()
    return _told(model, batch.n, right(now), before["loss"], now, done)


def _told(
    model: Any, n: int, fits: bool, before: float, now: dict[str, Any], epochs: int
) -> Overfit:
    loss = now["loss"]
    went = f"the loss went from {before:.4g} to {loss:.4g} in {epochs} epochs"
    if fits:
        sentence = (
            f"{model.name} can learn {n} examples by heart ({went}), so model, loss and labels fit"
            " together: train it on all of them."
        )
    elif not math.isfinite(loss):
        sentence = (
            f"{model.name} cannot learn {n} examples: {went}; lower the learning rate, and look for"
            " nan and very large values in the data."
        )
    else:
        sentence = (
            f"{model.name} cannot learn even {n} examples by heart ({went}): look at the labels of"
            " a few of them, at the last layer and the loss, and try another learning rate, before"
            " you train it on more."
        )
    return Overfit(fits, sentence, before, loss, epochs)
