"""Who looks on while `fit` trains: callbacks, or nobody until the end."""

from __future__ import annotations

import time

from .. import ops
from .callbacks import TEST_BATCH, TRAIN_BATCH, CallbackList, History
from .metrics import Figure
from .not_finite import Watch
from .passes import Pass
from .steps import divided, read

Logs = dict[str, Figure]


class Observer:
    """What the loop of `fit` tells, and when. This one takes no notice."""

    wants_batches = False
    """Whether every step is told of: otherwise it costs no calls at all."""
    wants_test_batches = False
    """The same of validation."""

    def __init__(self) -> None:
        self.looked = time.monotonic()
        """When something was last read from the device."""

    async def begin(self) -> None:
        """Before the first epoch."""

    async def end(self) -> None:
        """After the last epoch, not after an error."""

    async def close(self) -> None:
        """After the last epoch, also after an error or an interruption."""

    async def epoch_begin(self, epoch: int) -> None:
        """Before an epoch."""

    async def epoch_end(self, epoch: int) -> None:
        """After an epoch and its validation."""

    async def batch_begin(self, batch: int) -> None:
        """Before a step, where it `wants_batches`."""

    async def batch_end(self, batch: int, training: Pass) -> None:
        """After a step was handed to the device, where it `wants_batches`."""

    async def test_batch_begin(self, batch: int) -> None:
        """Before a batch of validation, where it `wants_test_batches`."""

    async def test_batch_end(self, batch: int, validating: Pass) -> None:
        """After it was handed to the device, where it `wants_test_batches`."""

    async def progress(self, steps: int, logs: Logs) -> None:
        """A few times a second: how far the epoch is, and the figures so far."""

    async def trained(self, training: Pass, validates: bool) -> None:
        """After the training of an epoch, and before its validation where it has one."""

    async def validation_begin(self) -> None:
        """Before the validation of an epoch."""

    async def validated(self, validating: Pass) -> None:
        """After it."""


class Watched(Observer):
    """Callbacks look on: the sums are read after every epoch."""

    def __init__(self, hooks: CallbackList, watch: Watch):
        super().__init__()
        self._hooks, self._watch = hooks, watch
        self._logs: Logs = {}
        self._epoch = 0
        self._ended = False
        self.wants_batches = hooks.wants(*TRAIN_BATCH)
        self.wants_test_batches = hooks.wants(*TEST_BATCH)
        self._reads = hooks.wants("on_train_batch_end", "on_batch_end")
        self._reads_tests = hooks.wants("on_test_batch_end")
        self._training: Pass | None = None
        """What was trained and is read together with its validation."""

    async def begin(self) -> None:
        await self._hooks.call("on_train_begin", {})

    async def end(self) -> None:
        await self._hooks.call("on_train_end", self._logs)
        self._ended = True
        means = self._watch.means()
        if means is not None:
            self._watch.weights((await read([means]))[0], self._epoch)

    async def close(self) -> None:
        if not self._ended:
            await self._hooks.interrupt()

    async def epoch_begin(self, epoch: int) -> None:
        self._epoch, self._logs = epoch, {}
        await self._hooks.call("on_epoch_begin", epoch, {})

    async def epoch_end(self, epoch: int) -> None:
        await self._hooks.call("on_epoch_end", epoch, self._logs)

    async def batch_begin(self, batch: int) -> None:
        await self._hooks.call("on_train_batch_begin", batch, {})

    async def batch_end(self, batch: int, training: Pass) -> None:
        if self._reads:
            self._logs = await training.logs()
            self.looked = time.monotonic()
            await self._hooks.call("on_train_batch_end", batch, dict(self._logs))

    async def test_batch_begin(self, batch: int) -> None:
        await self._hooks.call("on_test_batch_begin", batch, {})

    async def test_batch_end(self, batch: int, validating: Pass) -> None:
        if self._reads_tests:
            logs = await validating.logs()
            self.looked = time.monotonic()
            await self._hooks.call("on_test_batch_end", batch, logs)

    async def progress(self, steps: int, logs: Logs) -> None:
        self._logs = logs
        await self._watch.logs(logs, self._epoch, steps)
        await self._hooks.progress(steps, logs)

    async def trained(self, training: Pass, validates: bool) -> None:
        self._hooks.know_steps(training.steps)
        self._training = training
        if not validates:
            (self._logs,) = await self._read(training)
            await self._watch.logs(self._logs, self._epoch)

    async def validation_begin(self) -> None:
        await self._hooks.call("on_test_begin", {})

    async def validated(self, validating: Pass) -> None:
        assert self._training is not None  # nothing is validated before it
        self._logs, logs = await self._read(self._training, validating)
        await self._hooks.call("on_test_end", logs)
        self._logs |= of_validation(logs)
        await self._watch.logs(self._logs, self._epoch)

    async def _read(self, *passes: Pass) -> list[Logs]:
        """What they came to, in one readback: in a tab each takes half a millisecond or
        more.
        """
        for work in passes:
            await work.settle()
        sums = iter(await read([s for work in passes for s in work.sums]))
        self.looked = time.monotonic()
        return [
            work.logs_of([value for _ in work.sums for value in next(sums)], work.seen)
            for work in passes
        ]


class Unwatched(Observer):
    """Nobody looks before the end: the sums of all epochs stay on the device and are
    read once, into the history.

    In a browser tab a readback costs more than an epoch of a small head.
    """

    def __init__(self, history: History, watch: Watch):
        super().__init__()
        self._history, self._watch = history, watch
        self._epochs: list[tuple[int, list[tuple[Pass, int]]]] = []
        self._passes: list[tuple[Pass, int]] = []
        self._figures = ops.zeros((1,))
        """The sums of all passes until now, behind a number that says nothing: a pass
        costs the one launch that copies its sums there.
        """
        self._sizes = [1]

    async def epoch_begin(self, epoch: int) -> None:
        self._passes = []

    async def trained(self, training: Pass, validates: bool) -> None:
        self._add(training)

    async def validated(self, validating: Pass) -> None:
        self._add(validating)

    def _add(self, work: Pass) -> None:
        self._figures = ops.concat([self._figures, *work.sums], 0)
        self._sizes.append(sum(s.size for s in work.sums))
        self._passes.append((work, work.seen))

    async def epoch_end(self, epoch: int) -> None:
        self._epochs.append((epoch, self._passes))

    async def close(self) -> None:
        if not self._epochs:
            return
        means = self._watch.means()
        both = [self._figures] if means is None else [self._figures, means]
        figures, *of_weights = await read(both)
        values = iter(divided(figures, self._sizes)[1:])
        for epoch, passes in self._epochs:
            logs, *validation = [work.logs_of(next(values), seen) for work, seen in passes]
            for of_pass in validation:
                logs |= of_validation(of_pass)
            await self._watch.logs(logs, epoch)
            self._history.on_epoch_end(epoch, logs)
        self._watch.weights(of_weights[0] if of_weights else [], epoch)


def of_validation(logs: Logs) -> Logs:
    """The same under 'val_' keys."""
    return {f"val_{key}": value for key, value in logs.items()}
