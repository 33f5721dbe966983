"""Callbacks, stopping and interrupting, learning rates, optimizers by name, and what
fit prints.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from small_models import blobs, head, linear

from pywebml.train import SGD, Adam, Callback, EarlyStopping, RMSprop, optimizers
from pywebml.train.metrics import METRICS, F1Score, R2Score


def test_early_stopping_restores_the_best_weights(host: str) -> None:
    """The validation loss goes down, then up again, since training and validation want
    different weights.
    """
    kept: list[tuple[float, float]] = []

    class Keep(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            kept.append((logs["val_loss"], self.model.weights[0].item()))

    model = linear(0.0)
    model.compile(SGD(0.05), "mse")
    stop = EarlyStopping(patience=3, restore_best_weights=True)
    one = np.ones((4, 1), np.float32)
    history = model.fit_sync(
        one,
        2 * one,
        epochs=50,
        verbose=0,
        validation_data=(one, 1.2 * one),
        callbacks=[Keep(), stop],
    )
    best = int(np.argmin([loss for loss, _ in kept]))
    assert 0 < best < len(kept) - 1
    assert len(history.epoch) == len(kept) == best + 1 + 3
    assert stop.best_epoch == best
    assert stop.best == pytest.approx(kept[best][0])
    assert model.weights[0].item() == pytest.approx(kept[best][1])
    assert kept[-1][1] != pytest.approx(kept[best][1], rel=1e-3)


def test_early_stopping_restores_when_the_epochs_run_out(host: str) -> None:
    model = linear(1.0)
    model.compile(SGD(-0.0 + 0.05), "mse")
    one = np.ones((4, 1), np.float32)
    # best before anything moves away: validation wants 1
    stop = EarlyStopping(patience=10, restore_best_weights=True)
    model.fit_sync(one, 3 * one, epochs=3, verbose=0, validation_data=(one, one), callbacks=[stop])
    assert stop.best_epoch == 0
    assert model.weights[0].item() == pytest.approx(1.0 + 0.05 * 2 * 2)


def test_early_stopping_modes() -> None:
    class Model:
        stop_training = False
        compiled = None
        weights: tuple[Any, ...] = ()

    def epochs(stop: EarlyStopping, values: list[float]) -> int:
        stop.set_model(Model())  # type: ignore[arg-type]
        stop.on_train_begin()
        for i, value in enumerate(values):
            stop.on_epoch_end(i, {stop.monitor: value})
            if stop.model.stop_training:
                return i + 1
        return 0

    assert epochs(EarlyStopping(), [3, 2, 2.5, 1]) == 3
    assert epochs(EarlyStopping(patience=2), [3, 2, 2.5, 1.9, 2, 2]) == 6
    assert epochs(EarlyStopping("val_accuracy"), [0.5, 0.6, 0.55]) == 3
    assert epochs(EarlyStopping("val_accuracy", mode="min"), [0.5, 0.6]) == 2
    assert epochs(EarlyStopping(min_delta=0.5), [3, 2.8]) == 2
    assert epochs(EarlyStopping(baseline=1.0), [3, 2, 1]) == 1
    assert epochs(EarlyStopping(start_from_epoch=2), [1, 2, 3, 4]) == 4
    assert epochs(EarlyStopping(), [math.nan, math.nan]) == 1
    with pytest.warns(UserWarning, match="no 'val_loss'"):
        EarlyStopping().on_epoch_end(0, {"loss": 1.0})


def test_early_stopping_knows_which_way_a_metric_should_go(host: str) -> None:
    """R2 gets better by growing, an error by shrinking; both get worse here."""
    one = np.linspace(0, 1, 8, dtype=np.float32).reshape(8, 1)
    for monitor in ("val_r2_score", "val_mae", "val_loss"):
        model = linear(1.0)
        model.compile(SGD(0.1), "mse", metrics=[R2Score(), "mae"])
        stop = EarlyStopping(monitor)
        history = model.fit_sync(
            one, 3 * one, epochs=9, verbose=0, validation_data=(one, one), callbacks=[stop]
        )
        assert history.epoch == [0, 1], monitor
    model = head()
    model.compile("sgd", "categorical_crossentropy", metrics=[F1Score()])
    x, y = blobs(20)
    with pytest.raises(ValueError, match="'f1_score' has 3 figures; monitor a metric of one"):
        model.fit_sync(x, np.eye(3)[y], verbose=0, callbacks=[EarlyStopping("f1_score")])


@pytest.mark.parametrize("name", sorted(METRICS.entries()))
def test_every_metric_says_which_way_is_better(name: str) -> None:
    """As Keras's of that name says; sums say nothing, counts what Keras leaves open."""
    from in_keras import keras

    says = METRICS.entries()[name].larger_is_better
    cls = getattr(keras.metrics, name, None)
    if name == "MeanMetricWrapper":  # of any function
        assert says is None
        return
    if name.endswith("tives"):
        assert says is name.startswith("True")
        return
    if cls is None:  # TensorFlow.js's
        assert says is ("Error" not in name)
        return
    sources = (inspect.getsource(c) for c in cls.__mro__ if c.__module__.startswith("keras"))
    said = [re.search(r'_direction = "(\w+)"', source) for source in sources]
    direction = next((match.group(1) for match in said if match), None)
    assert says is {"up": True, "down": False, None: None}[direction]


def test_callbacks_may_be_async_and_are_called_in_order() -> None:
    x, y = blobs(20)
    calls: list[str] = []

    class Log(Callback):
        async def on_train_begin(self, logs: Any = None) -> None:
            await asyncio.sleep(0)
            calls.append(f"train {self.params['epochs']}x{self.params['steps']}")

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            calls.append(f"epoch {epoch}")

        async def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            await asyncio.sleep(0)
            calls.append(f"batch {batch}")

        def on_test_end(self, logs: Any = None) -> None:
            calls.append(f"test {sorted(logs)}")

        async def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            calls.append(f"{sorted(logs)}")

        def on_train_end(self, logs: Any = None) -> None:
            calls.append("end")

    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy")

    async def train() -> Any:
        return await model.fit(
            x,
            y,
            batch_size=10,
            epochs=3,
            initial_epoch=1,
            validation_data=(x, y),
            callbacks=[Log()],
            verbose=0,
        )

    history = asyncio.run(train())
    epoch = ["batch 0", "batch 1", "test ['loss']", "['loss', 'val_loss']"]
    assert calls == ["train 3x2", "epoch 1", *epoch, "epoch 2", *epoch, "end"]
    assert history.epoch == [1, 2]
    with pytest.raises(TypeError, match=r"forget the \(\)"):
        model.fit_sync(x, y, callbacks=[Log], verbose=0)


def test_stop_training_ends_after_the_step_at_hand() -> None:
    class Stop(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 2

    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    x = np.repeat([1.0, 2.0, 3.0, 100.0], 2).reshape(-1, 1)
    history = model.fit_sync(
        x, np.zeros((8, 1)), batch_size=2, epochs=5, shuffle=False, verbose=0, callbacks=[Stop()]
    )
    # the mean over what was seen
    assert history.history["loss"] == [pytest.approx((1 + 4 + 9) / 3)]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a terminal; what a shell runs in its background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupt_leaves_whole_steps_and_the_history(host: str) -> None:
    class Press(Callback):
        steps = 0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.steps += 1
            if self.steps == 6:
                signal.raise_signal(signal.SIGINT)

    model = linear(0.0)
    model.compile(SGD(0.1), "mse")
    one = np.ones((8, 1), np.float32)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit_sync(one, one, batch_size=2, epochs=9, verbose=0, callbacks=[Press()])
    assert signal.getsignal(signal.SIGINT) is before
    assert model.history is not None
    assert model.history.epoch == [0]
    # each step goes a fifth of the way
    assert model.weights[0].item() == pytest.approx(1 - 0.8**6, rel=1e-5)
    model.fit_sync(one, one, epochs=1, verbose=0)  # and goes on


def test_learning_rate_changes_without_recording_again(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pywebml.core.capture as capture

    recorded: list[Any] = []
    real = capture.Recording
    monkeypatch.setattr(capture, "Recording", lambda *args: recorded.append(1) or real(*args))

    class Schedule(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.model.optimizer.learning_rate = [0.1, 0.0, 0.2][epoch]

    seen: list[float] = []

    class Keep(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(self.model.weights[0].item())

    model = linear(0.0)
    model.compile(SGD(9.0), "mse")
    one = np.ones((4, 1), np.float32)
    model.fit_sync(one, one, epochs=3, verbose=0, callbacks=[Schedule(), Keep()])
    np.testing.assert_allclose(seen, [0.2, 0.2, 0.2 + 0.4 * 0.8], rtol=1e-5)
    assert len(recorded) == 2  # the start of an epoch, and a step
    assert model.optimizer.learning_rate == 0.2
    adam = Adam(0.5)  # Adam's powers of beta survive a change
    model.compile(adam, "mse")
    model.train_on_batch_sync(one, one)
    adam.learning_rate = 0.25
    np.testing.assert_allclose(adam.variables[0].numpy(), [0.25, 0.9**2, 0.999**2, 0], rtol=1e-6)


@pytest.mark.parametrize(
    "make", [SGD, lambda: SGD(0.1, 0.9, True), Adam, lambda: RMSprop(0.01, 0.8, 0.5, 1e-6, True)]
)
def test_optimizer_configs(make: Any) -> None:
    made = make()
    again = optimizers.get(optimizers.serialize(made))
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()
    assert optimizers.get(made.name).get_config() == type(made)().get_config()
    with pytest.raises(ValueError, match="unknown optimizer 'adem'"):
        optimizers.get("adem")
    with pytest.raises(ValueError, match="learning_rate must be a number of at least 0, got -1"):
        made.learning_rate = -1
    assert (
        Adam.from_config({"lr": 0.5, "name": "Adam", "amsgrad": False, "decay": 0.0}).learning_rate
        == 0.5
    )
    assert SGD.from_config({"clipnorm": 1.0}).options.clipnorm == 1.0


def test_defaults_are_keras_s() -> None:
    assert SGD().get_config() == {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}
    assert Adam().get_config() == {
        "learning_rate": 0.001,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
    }
    assert RMSprop().get_config() == {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
    }


def test_verbose_prints_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = blobs(20)
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit_sync(x, y, epochs=2, verbose=0)
    assert capsys.readouterr().out == ""
    for verbose in ("auto", 1, 2):
        model.fit_sync(x, y, epochs=2, verbose=verbose)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
        assert "accuracy: " in lines[1]


def test_progress_bar_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pywebml.train.training as training

    monkeypatch.setattr(training, "LOOK", 0.0)  # look after every step
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    x, y = blobs(20)
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit_sync(x, y, epochs=2, batch_size=5)
    out = capsys.readouterr().out
    assert "Epoch 2/2" in out
    assert "loss: " in out


def test_nothing_to_train_is_mentioned() -> None:
    model = linear(1.0)
    model.trainable = False
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match="no trainable weights"):
        model.fit_sync([[1.0]], [[3.0]], verbose=0)
    assert model.weights[0].item() == 1.0


def test_nan_is_mentioned(host: str) -> None:
    model = linear(1.0)
    model.compile(SGD(1e30), "mse")
    one = np.ones((8, 1), np.float32)
    with pytest.warns(UserWarning, match=r"lower the learning rate \(now 1e\+30\)"):
        model.fit_sync(one * 1e10, one, batch_size=2, epochs=1, verbose=0)
