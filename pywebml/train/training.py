"""fit, evaluate, predict, train_on_batch: what the methods of a model do."""

from __future__ import annotations

import time
from typing import Any

from .. import ops
from ..core.seeds import next_seed
from ..core.tensor import Tensor
from ..host.warned import warn
from . import steps
from .arguments import flag, optional, whole
from .batches import Batch, model_inputs, prepare, split, weigh_classes
from .callbacks import CallbackList, History, ProgressBar, shown
from .endings import check_endings
from .interrupt import WholeSteps
from .not_finite import Watch
from .observers import Observer, Unwatched, Watched
from .options import BATCH_SIZE, FitOptions, verbosity, watching
from .own_steps import step_of
from .trainee import Trainee, compiled_of
from .weights import ClassWeights, class_weights

LOOK = 0.25
"""Seconds between looks at the running sums: each waits for the GPU, feeds callbacks
and lets the event loop breathe.
"""


def _spans(n: int, batch_size: int, most: int | None = None) -> list[tuple[int, int]]:
    """The rows of each batch, of the first `most` batches."""
    return [(start, min(start + batch_size, n)) for start in range(0, n, batch_size)][:most]


async def fit(model: Trainee, x: Any, y: Any, options: FitOptions) -> History:
    """See `Model.fit`."""
    compiled = compiled_of(model)
    class_weight = await _read(options.class_weight)
    data = await prepare(model, x, y, options.sample_weight, class_weight)
    validation: Batch | None = None
    if options.validation_data is not None:
        try:
            validation = await prepare(model, *options.validation_data)
        except (TypeError, ValueError) as error:
            raise type(error)(f"validation_data: {error}") from None
    elif options.validation_split:
        data, validation = split(data, options.validation_split)
    data = weigh_classes(model, data, class_weight)
    check_endings(model)
    if not model.trainable_weights:
        warn(f"model {model.name!r} has no trainable weights: fit will change nothing")
    compiled.optimizer.claim(model)
    generator = None
    if options.shuffle:
        generator = ops.Generator(next_seed() if options.seed is None else options.seed)
    training = steps.Pass(model, data, step_of(model, "train_step", steps.TRAIN), generator)
    validating = None
    if validation is not None:
        validating = steps.Pass(model, validation, step_of(model, "test_step", steps.EVALUATE))
    watch = Watch(model, data, validation)
    history = model.history = History()
    model.stop_training = False
    bar = ProgressBar.make(options.verbose)
    try:
        with WholeSteps() as interrupt:
            observer: Observer = Unwatched(history, watch)
            if bar is not None or options.watchers:
                bars = [] if bar is None else [bar]
                about = {
                    "epochs": options.epochs,
                    "steps": len(_spans(data.n, _size(options.batch_size))),
                    "verbose": options.verbose,
                    "validates": validation is not None,
                }
                hooks = CallbackList([*options.watchers, history, *bars], model, about)
                observer = Watched(hooks, watch)
            await _train(model, training, validating, options, observer, interrupt)
    finally:
        training.close()
        if validating is not None:
            validating.close()
        if bar is not None:
            bar.close()
    return history


async def _train(
    model: Trainee,
    training: steps.Pass,
    validating: steps.Pass | None,
    options: FitOptions,
    observer: Observer,
    interrupt: WholeSteps,
) -> None:
    """All epochs. What is read in between is the observer's business."""
    try:
        await observer.begin()
        for epoch in options.numbers:
            await observer.epoch_begin(epoch)
            await _pass(model, training, _size(options.batch_size), observer, interrupt)
            await observer.trained(training)
            if validating is not None:
                await observer.validation_begin()
                await _pass(None, validating, _size(options.batch_size), observer, interrupt)
                await observer.validated(validating)
            await observer.epoch_end(epoch)
            if model.stop_training:
                break
        if options.numbers:  # moving averages, where the optimizer keeps them, are the result
            compiled_of(model).optimizer.finalize_variable_values(model.trainable_weights)
        await observer.end()
    finally:
        await observer.close()


async def _pass(
    model: Trainee | None,
    work: steps.Pass,
    batch_size: int,
    observer: Observer,
    interrupt: WholeSteps,
) -> None:
    """One pass over the data: nothing but steps, and a look at the sums a few times a
    second. The model is who may stop it; a validation has none.
    """
    told, begin, end = observer.wants_batches, observer.batch_begin, observer.batch_end
    if model is None:
        told = observer.wants_test_batches
        begin, end = observer.test_batch_begin, observer.test_batch_end
    work.begin()
    for i, (start, stop) in enumerate(_spans(work.n, batch_size)):
        if told:
            await begin(i)
        work.step(stop - start)
        interrupt.check()
        if time.monotonic() - observer.looked > LOOK:  # other tasks run, and the GPU catches up
            logs = await work.logs()
            observer.looked = time.monotonic()
            if model is not None:
                await observer.progress(i + 1, logs)
        if told:
            await end(i)
        if model is not None and model.stop_training:
            break


async def _read(class_weight: Any) -> ClassWeights | None:
    """class_weight, read where it is a tensor."""
    if isinstance(class_weight, Tensor):
        class_weight = (await class_weight.data()).tolist()
    return class_weights(class_weight)


def _size(batch_size: Any) -> int:
    return BATCH_SIZE if batch_size is None else whole("batch_size", batch_size, 1)


def _result(logs: dict[str, Any], return_dict: bool) -> Any:
    if return_dict:
        return logs
    return list(logs.values()) if len(logs) > 1 else next(iter(logs.values()))


async def evaluate(
    model: Trainee,
    x: Any,
    y: Any,
    *,
    batch_size: int | None,
    sample_weight: Any,
    verbose: str | int,
    steps_of: int | None,
    return_dict: bool,
    callbacks: Any,
) -> Any:
    """See `Model.evaluate`."""
    steps_of = optional("steps", whole, steps_of, 1)
    watchers = watching(callbacks)
    batch_size, compiled = _size(batch_size), compiled_of(model)
    verbose, return_dict = verbosity(verbose), flag("return_dict", return_dict)
    data = await prepare(model, x, y, sample_weight)
    step = step_of(model, "test_step", steps.EVALUATE)
    spans = _spans(data.n, batch_size, steps_of)
    hooks = CallbackList(watchers, model, {"steps": len(spans), "verbose": verbose})
    await hooks.call("on_test_begin", {})
    totals: list[Tensor] = []
    for i, (start, stop) in enumerate(spans):
        await hooks.call("on_test_batch_begin", i, {})
        sums = steps.totals(model, "evaluate", step, data.rows(start, stop))
        totals = [a + b for a, b in zip(totals, sums, strict=True)] if totals else sums
        await hooks.call("on_test_batch_end", i, {})
    logs = step.logs(compiled, await steps.read(totals), spans[-1][1])
    await hooks.call("on_test_end", logs)
    if verbose:
        print(shown(logs))
    return _result(logs, return_dict)


def predict(
    model: Trainee,
    x: Any,
    batch_size: int | None,
    steps_of: int | None = None,
    callbacks: Any = None,
) -> Any:
    """See `Model.predict`."""
    steps_of = optional("steps", whole, steps_of, 1)
    batch_size, watchers, inputs = _size(batch_size), watching(callbacks), model_inputs(model, x)
    run = steps.plan(model, "predict", steps.make_predict)
    data, spans = Batch(inputs, (), ()), _spans(inputs[0].shape[0], batch_size, steps_of)
    hooks = CallbackList(watchers, model, {"steps": len(spans)})
    hooks.call_now("on_predict_begin", {})
    parts = []
    for i, (start, stop) in enumerate(spans):
        hooks.call_now("on_predict_batch_begin", i, {})
        parts.append(run(*data.rows(start, stop).inputs))
        hooks.call_now("on_predict_batch_end", i, {"outputs": parts[-1]})
    hooks.call_now("on_predict_end", {})
    if isinstance(parts[0], list):
        return [_joined(list(output)) for output in zip(*parts, strict=True)]
    return _joined(parts)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else ops.concat(parts, 0)


async def train_on_batch(
    model: Trainee, x: Any, y: Any, *, sample_weight: Any, class_weight: Any, return_dict: bool
) -> Any:
    """See `Model.train_on_batch`."""
    compiled, return_dict = compiled_of(model), flag("return_dict", return_dict)
    class_weight = await _read(class_weight)
    batch = await prepare(model, x, y, sample_weight, class_weight)
    batch = weigh_classes(model, batch, class_weight)
    compiled.optimizer.claim(model)
    step = step_of(model, "train_step", steps.TRAIN)
    totals = steps.totals(model, "train", step, batch)
    return _result(step.logs(compiled, await steps.read(totals), batch.n), return_dict)


async def test_on_batch(
    model: Trainee, x: Any, y: Any, *, sample_weight: Any, return_dict: bool
) -> Any:
    """See `Model.test_on_batch`."""
    compiled, return_dict = compiled_of(model), flag("return_dict", return_dict)
    batch = await prepare(model, x, y, sample_weight)
    step = step_of(model, "test_step", steps.EVALUATE)
    totals = steps.totals(model, "evaluate", step, batch)
    return _result(step.logs(compiled, await steps.read(totals), batch.n), return_dict)


def predict_on_batch(model: Trainee, x: Any) -> Any:
    """See `Model.predict_on_batch`."""
    inputs = model_inputs(model, x)
    return steps.plan(model, "predict", steps.make_predict)(*inputs)
