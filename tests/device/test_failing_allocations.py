"""Each allocation of a training fails, one after the other, as SQLite has it with its
own: a clear error or a second try, nothing of the user's is lost, the next call works.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hosts import ROOT, shared_device
from shares import share

import pywebml as pw
from pywebml import layers
from pywebml.device import OutOfMemory, make_device, set_device

RNG = np.random.default_rng(0)
X, Y = (RNG.normal(size=(12, n)).astype(np.float32) for n in (4, 3))
EVERY = 7
"""Of the allocations of a training CI tries every seventh; `make test-all` each."""


class Allocations:
    """Counts them; those from the `first` on fail, so many of them."""

    def __init__(self, first: int | None = None, many: int = 1_000_000):
        self.first, self.many, self.count = first, many, 0

    def fail(self, error: Callable[[], BaseException]) -> None:
        at, self.count = self.count, self.count + 1
        if self.first is not None and self.first <= at < self.first + self.many:
            raise error()


@contextmanager
def on_graphics_card(device: Any, allocations: Allocations) -> Iterator[None]:
    """Where a driver says that its memory is full."""
    from wgpu import GPUOutOfMemoryError

    real = device._device.create_buffer

    def create_buffer(**options: Any) -> Any:
        allocations.fail(lambda: GPUOutOfMemoryError("Not enough memory left."))
        return real(**options)

    for buffer in device._pool.drain():  # so that each tensor needs a new one
        device._buffers.pop(buffer).destroy()
    with mock.patch.object(device._device, "create_buffer", create_buffer):
        yield


@contextmanager
def on_processor(device: Any, allocations: Allocations) -> Iterator[None]:
    """Where NumPy says so: in any op."""
    real = device._call

    def call(*words: Any) -> None:
        allocations.fail(lambda: MemoryError("Unable to allocate 1.00 GiB for an array"))
        real(*words)

    with mock.patch.object(device, "_call", call):
        yield


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def failing(request: pytest.FixtureRequest) -> Iterator[Any]:
    """`with failing(Allocations(...))`, on a device of its own."""
    device = set_device(make_device(request.param))
    way = on_processor if request.param == "cpu" else on_graphics_card
    yield lambda allocations: way(device, allocations)
    set_device(shared_device("cpu"))


def net() -> Any:
    model = pw.Sequential([layers.Dense(5, "relu", input_shape=(4,)), layers.Dense(3)])
    model.compile(pw.optimizers.Adam(0.01), "mse", metrics=["mae"])
    model.set_weights([np.full(w.shape, 0.1, np.float32) for w in model.weights])
    return model


def train(model: Any, *callbacks: Any) -> list[float]:
    options: Any = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    options["callbacks"] = callbacks
    losses: list[float] = model.fit_sync(X, Y, **options).history["loss"]
    return losses


class Course(pw.callbacks.Callback):
    """The weights after each step."""

    def __init__(self, model: Any):
        self.states = [model.get_weights()]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.states.append(self.model.get_weights())

    def has(self, weights: Any) -> bool:
        """Whether they are those after some step, all of them after the same."""
        return any(
            all(map(lambda a, b: np.allclose(a, b, atol=1e-6), weights, state))
            for state in self.states
        )


def test_each_allocation_that_fails_is_said_and_loses_nothing(failing: Any) -> None:
    """It, and all that follow. The weights are those before or after some step, and the
    model learns on as soon as there is memory.
    """
    model = net()
    with failing(counted := Allocations()):
        expected = train(model)
    assert counted.count > 20
    model = net()
    train(model, course := Course(model))
    for first in share(range(counted.count), EVERY):
        model = net()
        before = model.get_weights()
        with (
            failing(Allocations(first)),
            pytest.raises(OutOfMemory, match="take smaller batches"),
        ):
            train(model)
        assert course.has(model.get_weights()), first
        assert model.predict(X, verbose=0).shape == (12, 3)
        model.set_weights(before)
        train(model)
        np.testing.assert_allclose(train(net()), expected, rtol=1e-5, err_msg=str(first))


def stepping() -> tuple[Any, Callable[[], Any]]:
    """A model, and a step of it that draws numbers and writes weights, slots and means."""
    parts = [layers.Dense(5, "relu"), layers.BatchNormalization(), layers.Dropout(0.5)]
    model = pw.Sequential([pw.Input((4,)), *parts, layers.Dense(3)])
    pw.utils.set_random_seed(7)
    model.compile(pw.optimizers.Adam(0.01), "mse")
    model.set_weights([np.full(w.shape, 0.1 + i, np.float32) for i, w in enumerate(model.weights)])

    def loss(x: Any, y: Any) -> Any:
        return pw.ops.mean((model(x, training=True) - y) ** 2)

    @pw.capture
    def step(x: Any, y: Any) -> Any:
        value, gradients = pw.variable_grads(lambda: loss(x, y), model.trainable_weights)
        model.optimizer.apply(gradients, model.trainable_weights)
        return value

    return model, lambda: step(X, Y)


def state_of(model: Any) -> list[np.ndarray]:
    """Weights and what draws in layers, the optimizer's slots and its count."""
    kept = [*(w for w, _ in model._states().values()), *model.optimizer.variables]
    return [np.array(one.numpy()) for one in kept]


def test_a_step_is_done_whole_or_not_at_all(failing: Any) -> None:
    """Wherever in a step the memory ends. The next try gives what an undisturbed run does."""
    model, step = stepping()
    step()
    with failing(counted := Allocations()):
        step()
    expected = state_of(model)
    places = range(counted.count)
    for first in places:
        model, step = stepping()
        step()
        before = state_of(model)
        assert not all(map(np.array_equal, before, expected))
        with failing(Allocations(first)), pytest.raises(OutOfMemory):
            step()
        for was, now in zip(before, state_of(model), strict=True):
            np.testing.assert_array_equal(now, was, err_msg=str(first))
        step()
        for now, at_last in zip(state_of(model), expected, strict=True):
            np.testing.assert_array_equal(now, at_last, err_msg=str(first))


@pytest.mark.gpu
def test_a_card_that_is_full_once_is_asked_again() -> None:
    """What waits for reuse makes room, and nobody notices."""
    device = set_device(make_device("gpu"))
    try:
        with on_graphics_card(device, counted := Allocations()):
            expected = train(net())
        for first in share(range(counted.count), EVERY):
            with on_graphics_card(device, Allocations(first, many=1)):
                np.testing.assert_allclose(train(net()), expected, rtol=1e-5)
    finally:
        set_device(shared_device("cpu"))


def test_a_lesson_keeps_its_samples_and_its_head(failing: Any) -> None:
    from soaking import compact_extractor

    from pywebml.apps.session import TeachSession
    from pywebml.host.waiting import run_sync

    session = TeachSession(compact_extractor())
    session.set_classes([{"key": key, "name": key} for key in "ab"])
    rows = RNG.normal(size=(12, session.extractor.features)).astype(np.float32)
    session.add_features(
        {"id": str(i), "key": "ab"[i % 2], "features": row.tobytes(), "thumbnail": bytes(768)}
        for i, row in enumerate(rows)
    )
    options = {"epochs": 2, "units": 4}
    with failing(counted := Allocations()):
        run_sync(session.train(options))
    for first in share(range(counted.count), 4 * EVERY):
        archive = session.export()
        with failing(Allocations(first)):
            try:
                run_sync(session.train(options))
            except OutOfMemory:
                assert session.export() == archive
        assert len(session.samples) == 12
        run_sync(session.train(options))


LITTLE = """
import resource, sys
import numpy as np
import pywebml as pw
from pywebml.device import OutOfMemory
pw.set_device("cpu")
a = pw.ops.fill((64, 64), 1.0)
def works():
    return float(pw.ops.sum(a @ a)) == 64.0 ** 3
assert works()
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
said = 0
for more in range(96, 0, -8):  # MiB beside what there is
    resource.setrlimit(resource.RLIMIT_AS, (now + (more << 20), resource.RLIM_INFINITY))
    try:
        b = pw.ops.fill((2000, 2000), 1.0)
        c = [b * float(n) for n in range(8)]
        [float(pw.ops.sum(each)) for each in c]
    except OutOfMemory as error:
        assert "take smaller batches" in str(error), error
        said += 1
    b = c = None
    assert works(), more
print(said)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has such limits")
def test_less_and_less_memory_for_real() -> None:
    """The system gives none, at other places each time."""
    done = subprocess.run(
        [sys.executable, "-c", LITTLE],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 3 <= int(done.stdout) <= 12
