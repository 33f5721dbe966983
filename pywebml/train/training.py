"""fit, evaluate, predict, train_on_batch: what the methods of a model do."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .. import ops
from ..core.seeds import next_seed
from ..core.tensor import Tensor
from ..device.seam import TooLarge
from ..host.warned import warn
from ..layers.support.structures import leaves, packed
from . import steps
from .arguments import flag, named, optional, whole
from .batches import Batch, model_inputs, prepare, split, weigh_classes
from .callbacks import TEST_BATCH, CallbackList, History, ProgressBar, shown
from .endings import check_endings
from .interrupt import WholeSteps
from .not_finite import Watch
from .observers import Observer, Unwatched, Watched
from .on_host import Examples, HostBatches, OnHost
from .options import BATCH_SIZE, FitOptions, verbosity, watching
from .own_steps import step_of
from .passes import Feed, Incoming, Inputs, OnDevice, Pass, Rows, Streamed
from .sources import Source, is_source, refuse_beside
from .trainee import Trainee, compiled_of
from .weights import AnyClassWeights, class_weights

Data = Batch | Feed | Examples
LOOK = 0.25
"""Seconds between looks at the running sums: each waits for the GPU, feeds callbacks
and lets the event loop breathe.
"""


async def fit(model: Trainee, x: Any, y: Any, options: FitOptions) -> History:
    """See `Model.fit`."""
    compiled = compiled_of(model)
    class_weight = await _read(options.class_weight)
    data, validation = await _data(model, x, y, options, class_weight)
    check_endings(model)
    if not model.trainable_weights:
        warn(f"model {model.name!r} has no trainable weights: fit will change nothing")
    compiled.optimizer.claim(model)
    work = step_of(model, "train_step", steps.TRAIN)
    generator = None
    if options.shuffle and not isinstance(data, Feed):
        generator = ops.Generator(next_seed() if options.seed is None else options.seed)
    how = _size(options.batch_size), options.steps_per_epoch, generator
    training = _over(model, data, work, how, class_weight=class_weight)
    validating: Pass | None = None
    if validation is not None:
        work = step_of(model, "test_step", steps.EVALUATE)
        how = (
            _size(options.validation_batch_size or options.batch_size),
            options.validation_steps,
            None,
        )
        validating = _over(model, validation, work, how, anew=True)
    watch = Watch(model, training, validating)
    history = model.history = History()
    model.stop_training, model.first_epoch = False, 0
    model.order = training
    bar = None
    if not any(isinstance(one, ProgressBar) for one in options.watchers):
        bar = ProgressBar.make(options.verbose)
    try:
        with WholeSteps() as interrupt:
            observer: Observer = Unwatched(history, watch)
            if bar is not None or options.watchers:
                bars = [] if bar is None else [bar]
                about = {
                    "epochs": options.epochs,
                    "steps": training.steps,
                    "verbose": options.verbose,
                    "validates": validation is not None,
                }
                hooks = CallbackList([*options.watchers, history, *bars], model, about)
                observer = Watched(hooks, watch)
            await _train(model, training, validating, options, observer, interrupt)
    finally:
        model.order = None
        training.close()
        if validating is not None:
            validating.close()
        if bar is not None:
            bar.close()
    return history


def _over(
    model: Trainee,
    data: Data,
    work: steps.Step,
    how: tuple[int, int | None, Any],
    anew: bool = False,
    class_weight: AnyClassWeights = None,
) -> Pass:
    """The pass over data, wherever they are. how: the batch's size, how many are an
    epoch, what draws the order.
    """
    if isinstance(data, Feed):
        return Streamed(model, data, work)
    if isinstance(data, Examples):
        return OnHost(model, data, Incoming(model, class_weight), work, *how, anew)
    return OnDevice(model, data, work, *how, anew)


async def _arrays(
    model: Trainee,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: AnyClassWeights = None,
) -> Batch | Examples:
    """Arrays on the device, or on the host where one of them does not fit. The model is
    built, and the first examples have been looked at.
    """
    examples = Examples.of(model, x, y, sample_weight)
    if examples is None:
        return await prepare(model, x, y, sample_weight, class_weight)
    await Incoming(model, class_weight).bring(examples.take(slice(0, BATCH_SIZE)))
    return examples


async def _data(
    model: Trainee, x: Any, y: Any, options: FitOptions, class_weight: AnyClassWeights
) -> tuple[Data, Data | None]:
    """What is trained on and what is validated with, on the device or ready to come."""
    data: Data
    if is_source(x):
        refuse_beside(x, y=y, sample_weight=options.sample_weight)
        if options.validation_split and options.validation_data is None:
            raise ValueError(
                "validation_split takes the last of whole arrays, and x is a"
                f" {type(x).__name__}: give validation_data"
            )
        order = None
        if options.shuffle:
            order = random.Random(next_seed() if options.seed is None else options.seed)
        data = Feed(model, Source(x, options.steps_per_epoch, order), class_weight)
        await data.peek()
    else:
        data = await _arrays(model, x, y, options.sample_weight, class_weight)
    validation: Data | None = None
    if options.validation_data is not None:
        with named("validation_data"):
            if is_source(options.validation_data):
                most = options.validation_steps
                source = Source(options.validation_data, most, anew=True)
                validation = Feed(model, source)
                await validation.peek()
            else:
                validation = await _arrays(model, *options.validation_data)
    elif options.validation_split and not isinstance(data, Feed):
        data, validation = split(data, options.validation_split)
    if isinstance(data, Batch):
        data = weigh_classes(model, data, class_weight)
    return data, validation


async def _train(
    model: Trainee,
    training: Pass,
    validating: Pass | None,
    options: FitOptions,
    observer: Observer,
    interrupt: WholeSteps,
) -> None:
    """All epochs. What is read in between is the observer's business."""
    try:
        await observer.begin()
        if model.first_epoch > options.initial_epoch:
            done = range(options.initial_epoch, model.first_epoch)
            await training.skip(len(done))
            if validating is not None:
                await validating.skip(sum(options.validates(epoch) for epoch in done))
        for epoch in range(max(options.initial_epoch, model.first_epoch), options.epochs):
            await observer.epoch_begin(epoch)
            await _pass(model, training, observer, interrupt)
            if not training.seen:
                warn(f"there are no data any more for epoch {epoch + 1}, so the training ends here")
                break
            validates = validating is not None and options.validates(epoch)
            await observer.trained(training, validates)
            if validating is not None and validates:
                await observer.validation_begin()
                await _pass(None, validating, observer, interrupt)
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
    model: Trainee | None, work: Pass, observer: Observer, interrupt: WholeSteps
) -> None:
    """One pass over the data: nothing but steps, and a look at the sums a few times a
    second. The model is who may stop it; a validation has none.

    What the next step works on is made ready while the device computes, unless somebody
    is told of every step, and may stop before it.
    """
    told, begin = observer.wants_batches, observer.batch_begin
    end: Callable[[int, Pass], Awaitable[None]] = observer.batch_end
    if model is None:
        told = observer.wants_test_batches
        begin, end = observer.test_batch_begin, observer.test_batch_end
    work.begin()
    i, item = 0, await work.next()
    while item is not None:
        if told:
            await begin(i)
        work.step(item)
        interrupt.check()
        if not told:
            item = await work.next()
        if time.monotonic() - observer.looked > LOOK:  # other tasks run, and the GPU catches up
            logs = await work.logs()
            observer.looked = time.monotonic()
            if model is not None:
                await observer.progress(i + 1, logs)
        if told:
            await end(i, work)
        if model is not None and model.stop_training:
            break
        if told:
            item = await work.next()
        i += 1
    await work.settle()


async def _read(class_weight: Any) -> AnyClassWeights:
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
    most: int | None,
    return_dict: bool,
    callbacks: Any,
) -> Any:
    """See `Model.evaluate`."""
    most = optional("steps", whole, most, 1)
    watchers = watching(callbacks)
    batch_size, compiled = _size(batch_size), compiled_of(model)
    verbose, return_dict = verbosity(verbose), flag("return_dict", return_dict)
    batches: Feed | Rows | HostBatches
    if is_source(x):
        refuse_beside(x, y=y, sample_weight=sample_weight)
        batches = Feed(model, Source(x, most))
        await batches.peek()
    else:
        data = await _arrays(model, x, y, sample_weight)
        if isinstance(data, Batch):
            batches = Rows(data, batch_size, most)
        else:
            batches = HostBatches(model, data, batch_size, most)
    step = step_of(model, "test_step", steps.EVALUATE)
    hooks = CallbackList(watchers, model, {"steps": batches.steps, "verbose": verbose})
    told, reads = hooks.wants(*TEST_BATCH), hooks.wants("on_test_batch_end")
    await hooks.call("on_test_begin", {})
    step.begin(model)
    totals: list[Tensor] = []
    logs: dict[str, Any] = {}
    i, seen, batch = 0, 0, await batches.next()
    while batch is not None:
        if told:
            await hooks.call("on_test_batch_begin", i, {})
        sums = steps.totals(model, "evaluate", step, batch)
        totals = step.added(compiled, totals, sums) if totals else sums
        seen += batch.n
        if told:
            if reads:
                logs = step.logs(compiled, await steps.read(totals), seen)
            await hooks.call("on_test_batch_end", i, logs)
        i, batch = i + 1, await batches.next()
    await batches.settle()
    logs = step.logs(compiled, await steps.read(totals), seen)
    await hooks.call("on_test_end", logs)
    if verbose:
        print(shown(logs))
    return _result(logs, return_dict)


def predict(
    model: Trainee, x: Any, batch_size: int | None, most: int | None = None, callbacks: Any = None
) -> Any:
    """See `Model.predict`."""
    most = optional("steps", whole, most, 1)
    batch_size, watchers = _size(batch_size), watching(callbacks)
    batches: Inputs | Rows | HostBatches
    if is_source(x):
        batches = Inputs(model, Source(x, most))
    elif examples := Examples.of(model, x):
        batches = HostBatches(model, examples, batch_size, most)
    else:
        batches = Rows(Batch(model_inputs(model, x), (), ()), batch_size, most)
    hooks = CallbackList(watchers, model, {"steps": batches.steps})
    hooks.call_now("on_predict_begin", {})
    parts = []
    i, batch = 0, batches.take()
    while batch is not None:
        hooks.call_now("on_predict_batch_begin", i, {})
        parts.append(steps.plan(model, "predict", steps.make_predict)(*batch.inputs))
        hooks.call_now("on_predict_batch_end", i, {"outputs": parts[-1]})
        i, batch = i + 1, batches.take()
    hooks.call_now("on_predict_end", {})
    if not parts:
        raise ValueError("x gives no batch: it has come to its end, or is empty")
    outputs = zip(*(leaves(part) for part in parts), strict=True)
    return packed(parts[0], [_joined(list(output)) for output in outputs])


def _joined(parts: list[Tensor]) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    try:
        return ops.concat(parts, 0)
    except TooLarge as error:
        raise ValueError(
            f"the outputs together are {error.sizes}; predict from some of x at a time, and keep"
            " what you need of each"
        ) from None


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
    step.begin(model)
    totals = steps.totals(model, "train", step, batch)
    return _result(step.logs(compiled, await steps.read(totals), batch.n), return_dict)


async def test_on_batch(
    model: Trainee, x: Any, y: Any, *, sample_weight: Any, return_dict: bool
) -> Any:
    """See `Model.test_on_batch`."""
    compiled, return_dict = compiled_of(model), flag("return_dict", return_dict)
    batch = await prepare(model, x, y, sample_weight)
    step = step_of(model, "test_step", steps.EVALUATE)
    step.begin(model)
    totals = steps.totals(model, "evaluate", step, batch)
    return _result(step.logs(compiled, await steps.read(totals), batch.n), return_dict)


def predict_on_batch(model: Trainee, x: Any) -> Any:
    """See `Model.predict_on_batch`."""
    inputs = model_inputs(model, x)
    return steps.plan(model, "predict", steps.make_predict)(*inputs)
