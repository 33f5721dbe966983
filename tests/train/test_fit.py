"""The options of fit, and its one loop: who is told what, when it reads, how it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from small_models import blobs, head, linear

from pywebml import metrics
from pywebml.models import Model
from pywebml.train import SGD, Callback, passes
from pywebml.train.options import FitOptions


def test_the_options_are_fit_s() -> None:
    """One list of names and defaults, in the method's signature and in FitOptions."""
    parameters = list(inspect.signature(Model.fit).parameters.values())[3:]  # self, x, y
    fields = dataclasses.fields(FitOptions)
    assert [(p.name, p.default) for p in parameters] == [(f.name, f.default) for f in fields]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number of at least 1, got 0"),
        ({"batch_size": 2.5}, ValueError, r"batch_size must be a whole .* got 2\.5"),
        ({"batch_size": True}, ValueError, "batch_size .* got True"),
        ({"batch_size": "8"}, ValueError, "batch_size .* got '8'"),
        ({"epochs": -1}, ValueError, "epochs must be a whole number of at least 0, got -1"),
        ({"initial_epoch": 2}, ValueError, "got epochs=1 and initial_epoch=2"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch must be a whole number"),
        ({"verbose": 7}, ValueError, "verbose must be 0, 1, 2 or 'auto', got 7"),
        ({"callbacks": [Callback]}, TypeError, r"instances of Callback.*forget the \(\)"),
        ({"callbacks": Callback}, TypeError, r"instances of Callback.*forget the \(\)"),
        ({"callbacks": ["stop"]}, TypeError, "instances of Callback, got 'stop'"),
        ({"validation_split": 1.0}, ValueError, "above 0 and below 1"),
        ({"validation_split": -0.1}, ValueError, r"above 0 and below 1 .* got -0\.1"),
        ({"validation_split": "0.1"}, ValueError, "above 0 and below 1"),
        ({"validation_data": [1]}, ValueError, r"\(x, y\) or \(x, y, sample_weight\)"),
        ({"seed": 1.5}, ValueError, r"seed must be a whole number, got 1\.5"),
        ({"class_weight": "balanced"}, ValueError, "class_weight maps class numbers.* 'balanced'"),
        ({"class_weight": {-1: 1.0}}, ValueError, r"class_weight maps .* keys \[-1\]"),
        ({"class_weight": {0: "1"}}, ValueError, "class_weight of class 0 must be a number"),
    ],
)
def test_bad_options_are_refused_before_any_work(options: Any, error: Any, message: str) -> None:
    model = head()
    model.compile("sgd", "mse")
    with pytest.raises(error, match=message):
        model.fit_sync(object(), object(), **{"verbose": 0, **options})
    assert model.history is None


def test_numbers_of_numpy_will_do(host: str) -> None:
    x, y = blobs(20)
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit_sync(
        x,
        y,
        batch_size=np.int64(8),
        epochs=np.float32(2),
        validation_split=np.float32(0.25),
        seed=np.int32(3),
        verbose=0,
    )
    assert history.epoch == [0, 1]


def test_no_epochs_change_nothing() -> None:
    x, y = blobs(20)
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.get_weights()
    for callbacks in (None, [Callback()]):
        assert model.fit_sync(x, y, epochs=0, verbose=0, callbacks=callbacks).history == {}
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_callback_needs_no_list() -> None:
    class Count(Callback):
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.epochs += 1

    count = Count()
    model = linear(1.0)
    model.compile("sgd", "mse")
    model.fit_sync([[1.0]], [[2.0]], epochs=3, callbacks=count, verbose=0)
    assert count.epochs == 3


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal; what a shell runs in its background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_with_nobody_watching(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole steps, and a history of the epochs that were finished."""
    played = []
    step = passes.OnDevice.step

    def pressed(self: passes.OnDevice, size: int) -> None:
        played.append(size)
        if len(played) == 6:
            signal.raise_signal(signal.SIGINT)
        step(self, size)

    monkeypatch.setattr(passes.OnDevice, "step", pressed)
    model = linear(0.0)
    model.compile(SGD(0.1), "mse")
    one = np.ones((8, 1), np.float32)
    with pytest.raises(KeyboardInterrupt):
        model.fit_sync(one, one, batch_size=2, epochs=9, verbose=0)
    assert len(played) == 6
    assert model.history is not None
    assert model.history.epoch == [0]
    assert model.weights[0].item() == pytest.approx(1 - 0.8**6, rel=1e-5)


def test_other_tasks_run_while_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at the sums lets the event loop breathe: another task may end the training,
    after whole steps; the history has means over what was seen.
    """
    monkeypatch.setattr("pywebml.train.training.LOOK", 0.0)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse", metrics=[metrics.RootMeanSquaredError()])
    x = np.arange(1, 9, dtype=np.float32).reshape(-1, 1)

    async def stop() -> None:
        while model.history is None:  # until fit has begun
            await asyncio.sleep(0)
        model.stop_training = True

    async def both() -> None:
        await asyncio.gather(
            model.fit(x, 0 * x, batch_size=2, epochs=100000, shuffle=False, verbose=0), stop()
        )

    asyncio.run(asyncio.wait_for(both(), 30))
    assert model.history is not None
    (loss,) = model.history.history["loss"]
    (root,) = model.history.history["root_mean_squared_error"]
    seen = [float((x[: 2 * n] ** 2).mean()) for n in range(1, 5)]
    assert any(loss == pytest.approx(value, rel=1e-5) for value in seen)
    assert root == pytest.approx(loss**0.5, rel=1e-5)


def test_progress_tells_the_batch_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch hooks get the figures that were read last in this epoch: with a look after
    every step, those up to the step.
    """
    monkeypatch.setattr("pywebml.train.training.LOOK", -1.0)
    seen: list[Any] = []

    class Keep(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append((batch, logs["loss"]))

    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    x = np.array([[1.0], [2.0], [3.0]], np.float32)
    model.fit_sync(x, 0 * x, batch_size=1, epochs=2, shuffle=False, verbose=0, callbacks=[Keep()])
    epoch = [(0, pytest.approx(1)), (1, pytest.approx(2.5)), (2, pytest.approx(14 / 3))]
    assert seen == epoch * 2
