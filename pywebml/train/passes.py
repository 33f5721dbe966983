"""Passes over data, step by step: of data that stay on the device, and of batches
that come one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..core.capture import capture
from ..core.tensor import Tensor, Variable
from ..core.trace import eager
from ..host.warned import warn
from .batches import Batch, model_inputs, prepared, weigh_classes
from .checks import Checks
from .metrics import Figure
from .sources import Parts, Source, parts_of
from .steps import State, Step, divided, read, recorded
from .trainee import Trainee, compiled_of
from .weights import AnyClassWeights


def spans(n: int, batch_size: int, most: int | None = None) -> list[tuple[int, int]]:
    """The rows of each batch, of the first `most` batches."""
    return [(start, min(start + batch_size, n)) for start in range(0, n, batch_size)][:most]


class Pass:
    """Steps on some data, to train on them or to evaluate them, epoch by epoch. What
    the losses and metrics add up to are variables on the device.
    """

    def __init__(self, model: Trainee, work: Step):
        self._model, self._work = model, work
        self.seen = 0
        vectors = work.width(compiled_of(model))
        self._offset = Variable(ops.zeros((1,), "int32"), trainable=False, name="offset")
        self._sums = [Variable(ops.zeros((vectors,)), trainable=False, name="sums")]
        self._steps: dict[Any, Any] = {}
        self._start: Any = capture(self._record_start)
        self._compiled, self._state = compiled_of(model), State(model)

    @property
    def steps(self) -> int | None:
        """How many steps an epoch has, None as long as nobody knows."""
        raise NotImplementedError

    at = 0
    """Which of its batches is next, where an epoch goes on where the last one ended."""

    def kept_states(self) -> dict[str, Variable]:
        """What says where it is and in which order it goes on, on the device."""
        return {}

    async def skip(self, epochs: int) -> None:
        """As if it had been through so many epochs, where nothing is kept of that."""

    @property
    def data(self) -> Batch:
        """What a cause is looked for in, where the loss is no number."""
        raise NotImplementedError

    def begin(self) -> None:
        """A new epoch, with empty sums. What a callback froze, thawed or replaced
        meanwhile is so from now on; RuntimeError where it compiled the model again.
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
        self._work.begin(self._model)
        self.seen = 0

    async def next(self) -> Any:
        """What the next step works on, None at the end of an epoch."""
        raise NotImplementedError

    def step(self, item: Any) -> None:
        """Works on what `next` gave."""
        raise NotImplementedError

    def _step_on(self, batch: Batch) -> None:
        """A step that takes its batch: one replay."""
        tensors, form = batch.flat()
        if form not in self._steps:
            self._steps[form] = recorded(
                self._model, lambda *parts: self._record(Batch.of(parts, form), parts[0].shape[0])
            )
        self._steps[form](*tensors)
        self.seen += batch.n

    async def settle(self) -> None:
        """ValueError for labels that are none, among those that came until now."""

    async def logs(self) -> dict[str, Figure]:
        """The figures so far: waits for the steps played until now."""
        await self.settle()
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
        """Drops the plans, and with them the circle of plan and pass, so that the
        data's memory is free at once.
        """
        self._steps.clear()
        self._start = None

    def _record_start(self, sums: int, anew: bool = True) -> None:
        """Empty sums. Metrics of sums get their variables in the first step: then this
        is recorded again.
        """
        for variable in self._sums[:sums]:
            variable.assign(ops.zeros(variable.shape))

    def _record(self, batch: Batch, size: int) -> None:
        vectors, sums = self._work(self._model, batch)
        latest = self._work.latest(self._compiled)
        for first in range(0, len(vectors), 4):  # the kernel takes four at a time
            ops.Tally(first, 0 if first else size)(
                self._sums[0], self._offset, *vectors[first : first + 4]
            )
        for i, values in enumerate(sums, 1):
            if i == len(self._sums):  # how many sums a metric has is known now
                with eager():
                    zeros = ops.zeros(values.shape)
                    self._sums.append(Variable(zeros, trainable=False, name="sums"))
            self._sums[i].assign(values if i in latest else self._sums[i] + values)


class Ordered(Pass):
    """Of n examples that are known by number: where a step stands and in which order
    they come is on the device.
    """

    def __init__(
        self,
        model: Trainee,
        work: Step,
        n: int,
        batch_size: int,
        steps: int | None = None,
        generator: Any = None,
        anew: bool = False,
    ):
        super().__init__(model, work)
        self._n, self._generator, self._anew = n, generator, anew or steps is None
        self._spans, self._told = spans(n, batch_size), steps
        self.at = self._taken = 0
        self._order = None
        if generator is not None:
            self._order = Variable(ops.arange(n), trainable=False, name="order")

    @property
    def steps(self) -> int:
        return self._told or len(self._spans)

    def kept_states(self) -> dict[str, Variable]:
        if self._order is None:
            return {"offset": self._offset}
        return {
            "offset": self._offset, "order": self._order, "generator": self._generator.state,
        }  # fmt: skip

    def begin(self) -> None:
        """As of any; in a new order where a generator was given. With so many steps to
        an epoch, the next goes on where the last one ended, unless each begins `anew`.
        """
        super().begin()
        anew = self._anew or self.at % len(self._spans) == 0
        self.at, self._taken = 0 if anew else self.at, 0
        self._start(len(self._sums), anew)

    def _span(self) -> tuple[int, int] | None:
        """Between which places of the order the next step's examples stand."""
        if self._taken == self._told:
            return None
        if self.at == len(self._spans):
            ran_out(self._taken, self._told)
            return None
        self.at += 1
        self._taken += 1
        return self._spans[self.at - 1]

    def _record_start(self, sums: int, anew: bool = True) -> None:
        if anew and self._order is not None:
            self._order.assign(self._generator.permutation(self._n))
        if anew:
            self._offset.assign(ops.zeros((1,), "int32"))
        super()._record_start(sums)


class OnDevice(Ordered):
    """Of data that stay on the device: a step is one replay without arguments."""

    def __init__(
        self,
        model: Trainee,
        data: Batch,
        work: Step,
        batch_size: int,
        steps: int | None = None,
        generator: Any = None,
        anew: bool = False,
    ):
        super().__init__(model, work, data.n, batch_size, steps, generator, anew)
        self._data = data

    @property
    def data(self) -> Batch:
        return self._data

    async def next(self) -> int | None:
        span = self._span()
        return None if span is None else span[1] - span[0]

    def step(self, item: int) -> None:
        """Works on the next rows, as many as `item` says."""
        if item not in self._steps:
            self._steps[item] = recorded(
                self._model, lambda: self._record(self._data.map(self._rows(item)), item)
            )
        self._steps[item]()
        self.seen += item

    def _rows(self, size: int) -> Callable[[Tensor], Tensor]:
        if self._order is None:
            return lambda t: ops.dynamic_slice(t, self._offset, size)
        rows = ops.dynamic_slice(self._order, self._offset, size)
        return lambda t: ops.gather(t, rows)


class Incoming:
    """Batches on their way to the device. Labels are looked at, those of the first
    batch before it is worked on, the others when figures are read anyway.
    """

    def __init__(self, model: Trainee, class_weight: AnyClassWeights = None):
        self._model, self._class_weight = model, class_weight
        self._seen = False
        self._pending: list[Checks] = []
        self.batch: Batch | None = None
        """The one that came last."""

    async def bring(self, parts: Parts) -> Batch:
        """x, labels and weights as a batch on the device."""
        batch, checks = prepared(self._model, *parts, self._class_weight)
        self._pending.append(checks)
        if not self._seen:
            self._seen = True
            await self.settle()
        self.batch = weigh_classes(self._model, batch, self._class_weight)
        return self.batch

    async def settle(self) -> None:
        """Reads what was looked at on the device, of all batches at once."""
        pending, self._pending = self._pending, []
        checks = Checks()
        for one in pending:
            checks.extend(one)
        await checks.settle()


class Feed(Incoming):
    """The batches of a source on the device."""

    def __init__(self, model: Trainee, source: Source, class_weight: AnyClassWeights = None):
        super().__init__(model, class_weight)
        self.source = source
        self._first: Batch | None = None

    @property
    def steps(self) -> int | None:
        """How many batches an epoch has, None as long as nobody knows."""
        return self.source.steps

    async def peek(self) -> Batch:
        """The first batch, which stays the first: the model is built for it. ValueError
        where there is none.
        """
        self.source.begin()
        self._first = await self._next()
        if self._first is None:
            raise ValueError("x gives no batch: it has come to its end, or is empty")
        return self._first

    def begin(self) -> None:
        """A new epoch."""
        if self._first is None:
            self.source.begin()

    async def next(self) -> Batch | None:
        """The next batch, None at the end of an epoch."""
        first, self._first = self._first, None
        return first or await self._next()

    async def skip(self, epochs: int) -> None:
        """As if so many epochs had been taken. The first batch is one of these."""
        if epochs:
            self._first = None
            await self.source.skip(epochs)

    async def _next(self) -> Batch | None:
        data = await self.source.next()
        return None if data is None else await self.bring(parts_of(data))


class Inputs:
    """The batches of a source to predict from, whose labels do not count."""

    def __init__(self, model: Trainee, source: Source):
        self._model, self._source = model, source
        self.steps = source.steps
        source.begin()

    def take(self) -> Batch | None:
        """The next batch, None after the last."""
        data = self._source.take()
        return None if data is None else Batch(model_inputs(self._model, parts_of(data)[0]), (), ())


class Rows:
    """Batches of what is on the device, once."""

    def __init__(self, data: Batch, batch_size: int, most: int | None = None):
        self._data, self._spans = data, iter(listed := spans(data.n, batch_size, most))
        self.steps = len(listed)

    def take(self) -> Batch | None:
        """The next batch, None after the last."""
        span = next(self._spans, None)
        return None if span is None else self._data.rows(*span)

    async def next(self) -> Batch | None:
        """`take`, as of a `Feed`."""
        return self.take()

    async def settle(self) -> None:
        """Labels were looked at before."""


class Streamed(Pass):
    """Of batches that come one after another: a step is one replay that takes them."""

    def __init__(self, model: Trainee, feed: Feed, work: Step):
        super().__init__(model, work)
        self._feed = feed

    @property
    def steps(self) -> int | None:
        return self._feed.steps

    @property
    def data(self) -> Batch:
        assert self._feed.batch is not None  # there is no step without one
        return self._feed.batch

    def begin(self) -> None:
        super().begin()
        self._feed.begin()
        self._start(len(self._sums))

    async def next(self) -> Batch | None:
        return await self._feed.next()

    async def skip(self, epochs: int) -> None:
        await self._feed.skip(epochs)

    def step(self, item: Batch) -> None:
        self._step_on(item)

    async def settle(self) -> None:
        await self._feed.settle()


def ran_out(taken: int, told: int | None) -> None:
    """Warns where an epoch was to have more steps than there are batches."""
    if told is not None and taken < told:
        warn(
            f"fit ran out of data after {taken} of {told} steps of an epoch: give it more, or"
            " fewer steps"
        )
