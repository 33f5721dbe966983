"""compile, fit, evaluate, predict: what the methods of a model do."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.seeds import next_seed
from ..core.tensor import Tensor
from . import steps
from .batches import Batch, model_inputs, prepare, split
from .callbacks import CallbackList, History, ProgressBar
from .compiled import Compiled
from .interrupt import WholeSteps
from .trainee import Trainee, compiled_of

LOOK = 0.25
"""Seconds between looks at the running sums: each waits for the GPU, feeds callbacks
and lets the event loop breathe.
"""


async def _prepare(
    model: Trainee, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None
) -> Batch:
    compiled = compiled_of(model)
    if not model.built:
        model_inputs(model, x)
    if len(model.outputs) != 1:
        raise ValueError(
            f"model {model.name!r} has {len(model.outputs)} outputs; fit and evaluate work on"
            " models of one output"
        )
    compiled.output = model.outputs[0].shape
    return await prepare(model, compiled.loss, x, y, sample_weight, class_weight)


def _positive(what: str, value: int) -> int:
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, got {value!r}")
    return int(value)


def _sizes(n: int, batch_size: int) -> list[int]:
    return [stop - start for start, stop in _spans(n, batch_size)]


def _spans(n: int, batch_size: int) -> list[tuple[int, int]]:
    return [(start, min(start + batch_size, n)) for start in range(0, n, batch_size)]


def _logs(names: Sequence[str], totals: Sequence[float], n: int) -> dict[str, float]:
    return {name: total / n for name, total in zip(names, totals, strict=True)}


async def fit(
    model: Trainee,
    x: Any,
    y: Any,
    *,
    batch_size: int,
    epochs: int,
    verbose: str | int,
    callbacks: Any,
    validation_split: float,
    validation_data: Any,
    shuffle: bool,
    class_weight: dict[int, float] | None,
    sample_weight: Any,
    initial_epoch: int,
    seed: int | None,
) -> History:
    """See `Model.fit`."""
    compiled, batch_size = compiled_of(model), _positive("batch_size", batch_size)
    if not 0 <= initial_epoch <= epochs:
        raise ValueError(
            f"epochs must be at least initial_epoch, got epochs={epochs} and"
            f" initial_epoch={initial_epoch}"
        )
    data = await _prepare(model, x, y, sample_weight, class_weight)
    validation: Batch | None = None
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError("validation_data must be (x, y) or (x, y, sample_weight)")
        validation = await _prepare(model, *validation_data)
    elif validation_split:
        data, validation = split(data, validation_split)

    generator = ops.Generator(seed if seed is not None else next_seed()) if shuffle else None
    if not model.trainable_weights:
        warnings.warn(
            f"model {model.name!r} has no trainable weights: fit will change nothing", stacklevel=3
        )
    compiled.optimizer.build(model.trainable_weights)
    training = steps.Pass(model, data, steps.train, generator)
    validating = None if validation is None else steps.Pass(model, validation, steps.evaluate)
    sizes = _sizes(data.n, batch_size)
    history = model.history = History()
    model.stop_training = False
    hooks = CallbackList(
        [*(callbacks or ()), history],
        model,
        {"epochs": epochs, "steps": len(sizes), "verbose": verbose},
    )
    bar = ProgressBar.make(verbose)
    if bar is not None:
        hooks.append(bar)
    try:
        with WholeSteps() as interrupt:
            if bar is None and not callbacks:
                passes = [(training, data.n)] + (
                    [(validating, validation.n)] if validating and validation else []
                )
                await _unwatched(model, passes, batch_size, range(initial_epoch, epochs), interrupt)
                return history
            await hooks.call("on_train_begin", {})
            logs: dict[str, float] = {}
            for epoch in range(initial_epoch, epochs):
                await hooks.call("on_epoch_begin", epoch, {})
                logs = await _epoch(model, training, sizes, hooks, interrupt)
                _mention_nan(compiled, logs, epoch)
                if validation is not None and validating is not None:
                    await hooks.call("on_test_begin", {})
                    found = await _validate(
                        compiled, validating, validation.n, batch_size, interrupt
                    )
                    await hooks.call("on_test_end", found)
                    logs |= {f"val_{name}": value for name, value in found.items()}
                await hooks.call("on_epoch_end", epoch, logs)
                if model.stop_training:
                    break
            await hooks.call("on_train_end", logs)
    finally:
        training.close()
        if validating is not None:
            validating.close()
        if bar is not None:
            bar.close()
    return history


async def _unwatched(
    model: Trainee,
    passes: list[tuple[steps.Pass, int]],
    batch_size: int,
    epochs: range,
    interrupt: WholeSteps,
) -> None:
    """All epochs, where nobody looks in between: their sums stay on the device and are
    read once, into `model.history`.

    In a browser tab a readback costs more than an epoch of a small head.
    """
    compiled, history = compiled_of(model), model.history
    assert history is not None
    kept: list[list[Tensor]] = []
    last = time.monotonic()
    try:
        for _ in epochs:
            sums = []
            for work, n in passes:
                work.begin()
                for size in _sizes(n, batch_size):
                    work.step(size)
                    interrupt.check()
                    if time.monotonic() - last > LOOK:  # lets other tasks run, and the GPU catch up
                        await work.totals()
                        last = time.monotonic()
                sums.append(work.snapshot())
            kept.append(sums)
            if model.stop_training:
                break
    finally:
        if kept:
            values: Any = (await ops.stack([s for sums in kept for s in sums]).data()).tolist()
            for i, epoch in enumerate(epochs[: len(kept)]):
                trained, *validated = values[i * len(passes) : (i + 1) * len(passes)]
                logs = _logs(compiled.names, trained, passes[0][1])
                _mention_nan(compiled, logs, epoch)
                for found in validated:
                    logs |= {
                        f"val_{name}": value
                        for name, value in _logs(compiled.names, found, passes[1][1]).items()
                    }
                history.on_epoch_end(epoch, logs)


async def _epoch(
    model: Trainee, epoch: steps.Pass, sizes: list[int], hooks: CallbackList, interrupt: WholeSteps
) -> dict[str, float]:
    """One pass over the data: nothing but steps, and a look at the sums a few times a
    second.
    """
    names = model.compiled.names  # type: ignore[union-attr]
    watched, seen, logs = hooks.wants_batches, 0, {}
    last = time.monotonic()
    epoch.begin()
    for i, size in enumerate(sizes):
        if watched:
            await hooks.call("on_train_batch_begin", i, {})
        epoch.step(size)
        seen += size
        interrupt.check()
        if time.monotonic() - last > LOOK:
            logs = _logs(names, await epoch.totals(), seen)
            last = time.monotonic()
            await hooks.progress(i + 1, logs)
        if watched:
            await hooks.call("on_train_batch_end", i, dict(logs))
        if model.stop_training:
            break
    return _logs(names, await epoch.totals(), seen)


def _mention_nan(compiled: Compiled, logs: dict[str, float], epoch: int) -> None:
    if not math.isfinite(logs["loss"]):
        warnings.warn(
            f"the loss is {logs['loss']} in epoch {epoch + 1}: lower the learning rate (now"
            f" {compiled.optimizer.learning_rate:g}), or look for nan, infinite or very large"
            " values in the data",
            stacklevel=3,
        )


async def _validate(
    compiled: Compiled, data: steps.Pass, n: int, batch_size: int, interrupt: WholeSteps
) -> dict[str, float]:
    """One pass over the validation data."""
    last = time.monotonic()
    data.begin()
    for size in _sizes(n, batch_size):
        data.step(size)
        interrupt.check()
        if time.monotonic() - last > LOOK:
            await data.totals()
            last = time.monotonic()
    return _logs(compiled.names, await data.totals(), n)


def _result(logs: dict[str, float], return_dict: bool) -> Any:
    return logs if return_dict else list(logs.values()) if len(logs) > 1 else logs["loss"]


async def evaluate(
    model: Trainee,
    x: Any,
    y: Any,
    *,
    batch_size: int,
    sample_weight: Any,
    verbose: str | int,
    return_dict: bool,
) -> Any:
    """See `Model.evaluate`."""
    compiled, data = compiled_of(model), await _prepare(model, x, y, sample_weight)
    run = steps.plan(model, "evaluate", steps.make_evaluate)
    totals: Tensor | None = None
    for start, stop in _spans(data.n, _positive("batch_size", batch_size)):
        found = run(*steps.flat(data.rows(start, stop)))
        totals = found if totals is None else totals + found
    assert totals is not None
    logs = _logs(compiled.names, list(await totals.data()), data.n)
    if verbose not in (0, "0"):
        print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()))
    return _result(logs, return_dict)


def predict(model: Trainee, x: Any, batch_size: int) -> Any:
    """See `Model.predict`."""
    inputs = model_inputs(model, x)
    run = steps.plan(model, "predict", steps.make_predict)
    n = inputs[0].shape[0]
    parts = []
    for start, stop in _spans(n, _positive("batch_size", batch_size)):
        parts.append(run(*Batch(inputs, inputs[0], None).rows(start, stop).inputs))
    if isinstance(parts[0], list):
        return [_joined([part[i] for part in parts]) for i in range(len(parts[0]))]
    return _joined(parts)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else ops.concat(parts, 0)


async def train_on_batch(
    model: Trainee, x: Any, y: Any, *, sample_weight: Any, return_dict: bool
) -> Any:
    """See `Model.train_on_batch`."""
    compiled = compiled_of(model)
    batch = await _prepare(model, x, y, sample_weight)
    compiled.optimizer.build(model.trainable_weights)
    totals = steps.plan(model, "train", steps.make_train)(*steps.flat(batch))
    return _result(_logs(compiled.names, list(await totals.data()), batch.n), return_dict)
