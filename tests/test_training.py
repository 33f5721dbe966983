"""compile, fit, evaluate, train_on_batch, callbacks: what they compute, that they stop, restore and repeat, and what they refuse."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from conftest import shared_device

import pywebml.core.tensor as core
from pywebml import layers, ops
from pywebml.device import set_device
from pywebml.train import SGD, Adam, Callback, EarlyStopping, RMSprop, losses, optimizers

Array = Any


def blobs(n: int = 90, classes: int = 3, seed: int = 0) -> tuple[Array, Array]:
    """Points around one centre a class: easy to learn."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    centres = np.random.default_rng(9).normal(size=(classes, 6)) * 3
    return (centres[y] + rng.normal(size=(n, 6))).astype(np.float32), y


def head(classes: int = 3, activation: str | None = "softmax") -> layers.Model:
    return layers.Sequential([layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(classes, activation=activation)])


def linear(value: float = 0.0) -> layers.Model:
    """One weight, for steps that can be followed by hand."""
    model = layers.Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    model.set_weights([[[value]]])
    return model


def test_fit_learns_and_reports(host: str) -> None:
    layers.set_seed(1)
    x, y = blobs()
    model = head()
    model.compile(Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit_sync(x, y, batch_size=16, epochs=12, validation_split=0.2, verbose=0)
    assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert history.epoch == list(range(12))
    assert history.history["loss"][-1] < 0.3 * history.history["loss"][0]
    assert history.history["val_accuracy"][-1] > 0.9
    loss, accuracy = model.evaluate_sync(x[72:], y[72:])
    assert loss == pytest.approx(history.history["val_loss"][-1], rel=1e-4)
    assert accuracy == pytest.approx(history.history["val_accuracy"][-1])
    predicted = model.predict(x).numpy()
    np.testing.assert_allclose(predicted.sum(1), 1, rtol=1e-5)
    assert model.evaluate_sync(x, y, return_dict=True)["accuracy"] == pytest.approx((predicted.argmax(1) == y).mean())


def test_fit_is_the_steps_one_by_one(host: str) -> None:
    """An epoch without shuffling, last partial batch included, equals train_on_batch on its slices."""
    x, y = blobs(22)
    one, other = head(), head()
    other.set_weights(one.get_weights())
    for model in (one, other):
        model.compile(RMSprop(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = one.fit_sync(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    for epoch in range(2):
        found = [other.train_on_batch_sync(x[i : i + 8], y[i : i + 8]) for i in (0, 8, 16)]
        means = np.average(found, axis=0, weights=[8, 8, 6])
        np.testing.assert_allclose([history.history[k][epoch] for k in ("loss", "accuracy")], means, rtol=1e-4)
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_every_row_is_seen_once_an_epoch(host: str) -> None:
    """With targets 0 and a rate of 0 the loss is the mean of w x^2, whatever the order: each row exactly once."""
    x = np.arange(1, 38, dtype=np.float32).reshape(-1, 1)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    history = model.fit_sync(x, np.zeros((37, 1)), batch_size=5, epochs=3, verbose=0)
    np.testing.assert_allclose(history.history["loss"], [(x**2).mean()] * 3, rtol=1e-5)


def test_seeds_decide_the_training(host: str) -> None:
    x, y = blobs()

    def train(seed: int, order: int | None) -> list[float]:
        layers.set_seed(seed)
        model = layers.Sequential([layers.Input((6,)), layers.Dense(8, activation="relu"), layers.Dropout(0.3), layers.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        return model.fit_sync(x, y, epochs=2, verbose=0, seed=order).history["loss"]

    assert train(4, None) == train(4, None)
    assert train(4, None) != train(5, None)
    assert train(4, 1) == train(4, 1)
    assert train(4, 1) != train(4, 2)


@pytest.mark.gpu
def test_hosts_train_alike() -> None:
    """One seed gives the same weights, dropout and order on every host, so the losses agree too."""
    x, y = blobs()
    found = []
    for choice in ("cpu", "gpu"):
        set_device(shared_device(choice))
        layers.set_seed(11)
        model = layers.Sequential([layers.Dense(16, "relu"), layers.Dropout(0.2), layers.Dense(3, "softmax")])
        model.compile(Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
        found.append(model.fit_sync(x, y, batch_size=16, epochs=3, verbose=0).history)
        del model
    set_device(shared_device("cpu"))
    np.testing.assert_allclose(found[0]["loss"], found[1]["loss"], rtol=1e-4)
    np.testing.assert_allclose(found[0]["accuracy"], found[1]["accuracy"])


@pytest.mark.gpu
def test_training_needs_no_numpy() -> None:
    """In the page NumPy is 3 MB and two seconds: layers and training must do without."""
    code = """
import sys
sys.modules["numpy"] = None
import asyncio
from pywebml import layers, set_device
from pywebml.train import EarlyStopping
set_device("gpu")
layers.set_seed(1)
model = layers.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.1), layers.Dense(2, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
x, y = [[i % 2, 1 - i % 2, i / 50] for i in range(50)], [i % 2 for i in range(50)]
async def main():
    stop = EarlyStopping(patience=5, restore_best_weights=True)
    history = await model.fit(x, y, epochs=20, validation_split=0.2, verbose=0, callbacks=[stop])
    assert history.history["loss"][-1] < history.history["loss"][0]
    loss, accuracy = await model.evaluate(x, y)
    said = (await model.predict(x).data()).tolist()
    assert sum((a < b) == bool(label) for (a, b), label in zip(said, y)) == round(accuracy * 50)
asyncio.run(main())
print("trained")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "trained", done.stderr[-2000:]


def test_a_thousand_steps_leave_memory_flat(host: str) -> None:
    x, y = blobs(40)
    model = head()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seen: list[dict[str, int]] = []

    class Look(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(core.memory())

    model.fit_sync(x, y, batch_size=4, epochs=100, verbose=0, callbacks=[Look()], validation_data=(x, y))
    assert len(seen) == 100
    for key in ("tensors", "bytes", "bind_groups", "pooled_bytes", "pipelines"):
        assert len({look[key] for look in seen[3:]}) == 1, key

    def use() -> tuple[int, ...]:
        for _ in range(10):
            model.train_on_batch_sync(x[:4], y[:4])
            model.predict(x)
            model.evaluate_sync(x, y)
        return tuple(core.memory()[key] for key in ("tensors", "bytes", "pooled_bytes"))

    assert use() == use()


def test_a_step_is_one_run_and_no_readback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pywebml.device import get_device

    x, y = blobs(40)
    model = head()
    model.compile("adam", "sparse_categorical_crossentropy")
    device = get_device()
    calls = {"run": 0, "download": 0, "upload": 0}
    real = {verb: getattr(device, verb) for verb in calls}
    for verb in calls:

        def counted(*args: Any, verb: str = verb, **options: Any) -> Any:
            calls[verb] += 1
            return real[verb](*args, **options)

        monkeypatch.setattr(device, verb, counted)
    marks: list[dict[str, int]] = []

    class Count(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            marks.append(dict(calls))

    model.fit_sync(x, y, batch_size=10, epochs=2, verbose=0, callbacks=[Count()])
    for a, b in pairwise(marks[4:]):  # the second epoch: everything is recorded
        assert {verb: b[verb] - a[verb] for verb in calls} == {"run": 1, "download": 0, "upload": 0}


def test_losses_by_formula(host: str) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(6, 4)).astype(np.float32)
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    classes = rng.integers(0, 4, 6)
    one_hot, bits = np.eye(4, dtype=np.float32)[classes], rng.integers(0, 2, (6, 4)).astype(np.float32)
    s = 1 / (1 + np.exp(-z))
    cross = -np.log(p[np.arange(6), classes]).mean()
    binary = -(bits * np.log(s) + (1 - bits) * np.log(1 - s)).mean()
    made = {
        "categorical": (losses.CategoricalCrossentropy()(one_hot, p), cross),
        "categorical logits": (losses.CategoricalCrossentropy(from_logits=True)(one_hot, z), cross),
        "sparse": (losses.SparseCategoricalCrossentropy()(classes, p), cross),
        "sparse logits": (losses.SparseCategoricalCrossentropy(from_logits=True)(classes.reshape(6, 1), z), cross),
        "binary": (losses.BinaryCrossentropy()(bits, s), binary),
        "binary logits": (losses.BinaryCrossentropy(from_logits=True)(bits, z), binary),
        "mse": (losses.get("mse")(bits, z), ((bits - z) ** 2).mean()),
    }
    for name, (got, want) in made.items():
        assert got.item() == pytest.approx(want, rel=1e-5), name
    certain = np.array([[1.0, 0.0]], np.float32)  # a probability of 0 costs log(1e7), not infinity
    assert losses.CategoricalCrossentropy()(certain[:, ::-1].copy(), certain).item() == pytest.approx(-math.log(1e-7), rel=1e-3)


def test_logits_and_probabilities_train_alike(host: str) -> None:
    """A final softmax with the plain loss; the same behind a reshape, so that probabilities it is; and from_logits without one."""
    x, y = blobs(24)
    hidden = [layers.Input((6,)), layers.Dense(8, activation="relu")]
    kinds = [
        (layers.Sequential([*hidden, layers.Dense(3, "softmax")]), False),
        (layers.Sequential([layers.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3, "softmax"), layers.Reshape((3,))]), False),
        (layers.Sequential([layers.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3)]), True),
    ]
    found = []
    for model, from_logits in kinds:
        rng = np.random.default_rng(3)
        model.set_weights([rng.normal(size=w.shape, scale=0.3) for w in model.weights])
        model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits), metrics=["accuracy"])
        found.append(model.fit_sync(x, y, epochs=3, shuffle=False, verbose=0).history)
    assert [model.split_activation() for model, _ in kinds] == ["softmax", None, None]
    for other in found[1:]:
        np.testing.assert_allclose(other["loss"], found[0]["loss"], rtol=1e-4)
        assert other["accuracy"] == found[0]["accuracy"]


def test_accuracy_is_the_kind_that_fits(host: str) -> None:
    x, y = blobs(30)
    for loss, labels in [("categorical_crossentropy", np.eye(3)[y]), ("sparse_categorical_crossentropy", y.reshape(-1, 1))]:
        model = head()
        model.compile("sgd", loss, metrics=["accuracy", "acc"])
        _, accuracy, again = model.evaluate_sync(x, labels)
        assert accuracy == again == pytest.approx((model.predict(x).numpy().argmax(1) == y).mean())
    model = head(1, "sigmoid")
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy", "mae"])
    found = model.evaluate_sync(x, (y > 0).astype(float), return_dict=True)
    p = model.predict(x).numpy()[:, 0]
    assert found["accuracy"] == pytest.approx(((p > 0.5) == (y > 0)).mean())
    assert found["mae"] == pytest.approx(np.abs(p - (y > 0)).mean(), rel=1e-4)
    assert found["loss"] == pytest.approx(-np.log(np.where(y > 0, p, 1 - p)).mean(), rel=1e-4)


def test_own_losses_and_metrics(host: str) -> None:
    def fourth_power(y_true: Any, y_pred: Any) -> Any:
        return ops.square(ops.square(y_pred - y_true))

    def largest(y_true: Any, y_pred: Any) -> Any:
        return ops.max(y_pred, -1)

    model = linear(2.0)
    model.compile(SGD(0.01), fourth_power, metrics=[largest])
    assert model.train_on_batch_sync([[1.0], [2.0]], [[1.0], [2.0]], return_dict=True) == pytest.approx(
        {"loss": (1 + 16) / 2, "largest": 3.0}
    )
    assert model.weights[0].item() == pytest.approx(2 - 0.01 * (4 * 1 * 1 + 4 * 8 * 2) / 2)


def test_weights_of_classes_and_samples(host: str) -> None:
    """The loss is the weighted sum over the number of examples: one SGD step by hand."""
    x, y = np.array([[1.0], [2.0], [3.0]], np.float32), np.array([0, 1, 1])
    for options, weights in [
        ({"class_weight": {0: 2.0, 1: 0.5}}, [2, 0.5, 0.5]),
        ({"class_weight": {1: 3.0}}, [1, 3, 3]),
        ({"sample_weight": [1.0, 0.0, 4.0]}, [1, 0, 4]),
        ({"class_weight": {0: 2.0, 1: 0.5}, "sample_weight": [1.0, 0.0, 4.0]}, [2, 0, 2]),
    ]:
        model = linear(0.5)
        model.compile(SGD(0.1), "mse")
        history = model.fit_sync(x, y.reshape(3, 1), verbose=0, **options)  # type: ignore[arg-type]
        error, weights = x[:, 0] * 0.5 - y, np.array(weights)  # type: ignore[assignment]
        assert history.history["loss"][0] == pytest.approx((weights * error**2).sum() / 3, rel=1e-5)
        assert model.weights[0].item() == pytest.approx(0.5 - 0.1 * (weights * 2 * error * x[:, 0]).sum() / 3, rel=1e-5)
    model = head()
    model.compile("sgd", "categorical_crossentropy")
    points, classes = blobs(20)
    plain = model.evaluate_sync(points, np.eye(3)[classes])
    weighted = model.evaluate_sync(points, np.eye(3)[classes], sample_weight=np.full(20, 2.5))
    assert weighted == pytest.approx(2.5 * plain, rel=1e-4)


def test_validation_split_takes_the_end(host: str) -> None:
    x = np.concatenate([np.ones((8, 1)), np.full((2, 1), 5.0)]).astype(np.float32)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    history = model.fit_sync(x, np.zeros((10, 1)), validation_split=0.2, verbose=0)
    assert history.history["loss"] == [pytest.approx(1.0)]
    assert history.history["val_loss"] == [pytest.approx(25.0)]
    with pytest.raises(ValueError, match="leaves nothing"):
        model.fit_sync(x, np.zeros((10, 1)), validation_split=0.999, verbose=0)


def test_early_stopping_restores_the_best_weights(host: str) -> None:
    """The validation loss goes down, then up again, since training and validation want different weights."""
    kept: list[tuple[float, float]] = []

    class Keep(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            kept.append((logs["val_loss"], self.model.weights[0].item()))

    model = linear(0.0)
    model.compile(SGD(0.05), "mse")
    stop = EarlyStopping(patience=3, restore_best_weights=True)
    one = np.ones((4, 1), np.float32)
    history = model.fit_sync(one, 2 * one, epochs=50, verbose=0, validation_data=(one, 1.2 * one), callbacks=[Keep(), stop])
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
    stop = EarlyStopping(patience=10, restore_best_weights=True)  # best before anything moves away: validation wants 1
    model.fit_sync(one, 3 * one, epochs=3, verbose=0, validation_data=(one, one), callbacks=[stop])
    assert stop.best_epoch == 0
    assert model.weights[0].item() == pytest.approx(1.0 + 0.05 * 2 * 2)


def test_early_stopping_modes() -> None:
    class Model:
        stop_training = False
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
        return await model.fit(x, y, batch_size=10, epochs=3, initial_epoch=1, validation_data=(x, y), callbacks=[Log()], verbose=0)

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
    history = model.fit_sync(x, np.zeros((8, 1)), batch_size=2, epochs=5, shuffle=False, verbose=0, callbacks=[Stop()])
    assert history.history["loss"] == [pytest.approx((1 + 4 + 9) / 3)]  # the mean over what was seen


def test_interrupt_leaves_whole_steps_and_the_history(host: str) -> None:
    class Press(Callback):
        steps = 0

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.steps += 1
            if self.steps == 6:
                os.kill(os.getpid(), signal.SIGINT)

    model = linear(0.0)
    model.compile(SGD(0.1), "mse")
    one = np.ones((8, 1), np.float32)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit_sync(one, one, batch_size=2, epochs=9, verbose=0, callbacks=[Press()])
    assert signal.getsignal(signal.SIGINT) is before
    assert model.history is not None
    assert model.history.epoch == [0]
    assert model.weights[0].item() == pytest.approx(1 - 0.8**6, rel=1e-5)  # each step goes a fifth of the way
    model.fit_sync(one, one, epochs=1, verbose=0)  # and goes on


def test_learning_rate_changes_without_recording_again(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.1, 0.9, True), Adam, lambda: RMSprop(0.01, 0.8, 0.5, 1e-6, True)])
def test_optimizer_configs(make: Any) -> None:
    made = make()
    again = optimizers.get(optimizers.serialize(made))
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()
    assert optimizers.get(made.name).get_config() == type(made)().get_config()
    with pytest.raises(ValueError, match="unknown optimizer 'adem'"):
        optimizers.get("adem")
    with pytest.raises(ValueError, match="negative"):
        made.learning_rate = -1
    assert Adam.from_config({"lr": 0.5, "name": "Adam", "amsgrad": False, "decay": 0.0}).learning_rate == 0.5
    with pytest.raises(ValueError, match=r"clipnorm=1\.0 is not supported"):
        SGD.from_config({"clipnorm": 1.0})


def test_defaults_are_keras_s() -> None:
    assert SGD().get_config() == {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}
    assert Adam().get_config() == {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    assert RMSprop().get_config() == {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}


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


def test_progress_bar_in_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_bad_data_is_refused(host: str) -> None:
    x, y = blobs(20)
    model = head()
    with pytest.raises(RuntimeError, match="not compiled"):
        model.fit_sync(x, y)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    for given, message in [
        ((x, y[:-1]), "x has 20 examples but y has 19"),
        ((x, y + 1), r"0 \.\.\. 2 for a model of 3 outputs, got 1 \.\.\. 3"),
        ((x, y - 1), r"got -1 \.\.\. 1"),
        ((x, np.eye(3)[y]), "one-hot labels need loss='categorical_crossentropy'"),
        ((x[:, :5], y), r"expects x of shape \(n, 6\), got \(20, 5\)"),
        ((x, None), "no labels"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit_sync(*given, verbose=0)
    for options, message in [
        ({"batch_size": 0}, "batch_size"),
        ({"validation_data": x}, "validation_data must be"),
        ({"sample_weight": [1.0]}, "sample_weight must hold one number for each of the 20"),
        ({"class_weight": {"a": 1.0}}, "class_weight maps class numbers"),
        ({"validation_split": 1.5}, "validation_split"),
        ({"epochs": 1, "initial_epoch": 2}, "initial_epoch"),
        ({"verbose": 7}, "verbose"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit_sync(x, y, **{"verbose": 0, **options})  # type: ignore[arg-type]
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ValueError, match="for class numbers use loss='sparse_categorical_crossentropy'"):
        model.fit_sync(x, y, verbose=0)
    for bad, error in [({"loss": "mee"}, ValueError), ({"loss": None}, ValueError), ({"loss": "mse", "metrics": "accuracy"}, TypeError)]:
        with pytest.raises(error):
            model.compile("sgd", **bad)
    model.fit_sync(x, np.eye(3)[y], batch_size=500, verbose=0)  # a batch larger than the data is fine


def test_several_inputs(host: str) -> None:
    a, b = layers.Input((2,)), layers.Input((3,))
    model = layers.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
    model.compile(Adam(0.1), "mse")
    rng = np.random.default_rng(0)
    xa, xb = rng.normal(size=(30, 2)).astype(np.float32), rng.normal(size=(30, 3)).astype(np.float32)
    y = xa[:, :1] - xb[:, 2:]
    history = model.fit_sync([xa, xb], y, batch_size=8, epochs=30, verbose=0, seed=1)
    assert history.history["loss"][-1] < 0.05 * history.history["loss"][0]
    assert model.evaluate_sync([xa, xb], y) < 0.05 * history.history["loss"][0]


def test_plain_python_data_needs_no_arrays(host: str) -> None:
    model = layers.Sequential([layers.Dense(1)])
    model.compile(SGD(0.1), "mse")
    history = model.fit_sync([[1.0], [2.0], [3.0]], [[2.0], [4.0], [6.0]], epochs=40, verbose=0)
    assert history.history["loss"][-1] < 0.1
    assert model.predict([[4.0]]).item() == pytest.approx(8, abs=0.7)
