"""Steps that run without being recorded, `run_eagerly`, and compile's other arguments."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers, metrics, models

X = np.random.default_rng(2).random((10, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


class Reading(models.Model):
    """Reads its loss in every step, which a recording could not."""

    def train_step(self, data: Any) -> Any:
        x, y = data

        def loss() -> Any:
            return self.compute_loss(x, y, self(x, training=True))

        value, gradients = pw.variable_grads(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        self.seen = [*getattr(self, "seen", []), float(value)]
        (mae,) = (m for m in self.metrics if m.name == "mae")
        mae.update_state(y, self(x))
        return {"loss": value, "mae": mae.result()}


def reading() -> models.Model:
    inputs = layers.Input((3,))
    return Reading(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))


def test_a_step_that_reads(host: str) -> None:
    model: Any = reading()
    model.compile(pw.optimizers.SGD(0.0), "mse", metrics=["mae"], run_eagerly=True)
    history = model.fit_sync(X, 2 * Y, batch_size=4, epochs=2, verbose=0).history
    assert len(model.seen) == 6 and model.optimizer.iterations.item() == 6
    assert history["mae"] == pytest.approx([Y.mean()] * 2, rel=1e-5)
    assert history["loss"] == pytest.approx([(Y**2).mean()] * 2, rel=1e-5)
    model = reading()
    model.compile("sgd", "mse", metrics=["mae"])
    with pytest.raises(RuntimeError, match=r"record|capture"):
        model.fit_sync(X, Y, verbose=0)


def test_it_trains_as_recorded_steps_do(host: str) -> None:
    histories = []
    for eagerly in (False, True):
        model = models.Sequential([layers.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
        area = metrics.MeanSquaredError(name="again")
        model.compile("adam", "mse", metrics=["mae", area], run_eagerly=eagerly)
        fitted = model.fit_sync(
            X, 2 * Y, batch_size=4, epochs=3, shuffle=False, verbose=0, validation_data=(X, Y)
        )
        histories.append(fitted.history)
        assert model.evaluate_sync(X, Y)[0] == pytest.approx(
            fitted.history["val_loss"][-1], rel=1e-5
        )
    for key, values in histories[0].items():
        assert histories[1][key] == pytest.approx(values, rel=1e-5)


def test_compile_takes_keras_s_arguments() -> None:
    ours = inspect.signature(models.Model.compile).parameters.values()
    theirs = inspect.signature(keras.Model.compile).parameters.values()
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs]
    model = models.Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", [1.0], ["mae"], ["mae"], False, 8, True, False)
    for argument, value in [
        ("run_eagerly", "no"), ("steps_per_execution", 0), ("jit_compile", "yes"),
        ("auto_scale_loss", 3),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=argument):
            model.compile("sgd", "mse", **{argument: value})  # type: ignore[arg-type]


def test_numbers_read_as_keras_s_are(host: str) -> None:
    assert f"{pw.metrics.Mean()([1.0, 2.0]):.3f}" == "1.500"
    assert f"{pw.tensor([1.0, 2.0])}".startswith("Tensor(")
    v = pw.Variable([1.0, 2.0])
    before = v.value
    v.assign_add([1.0, 1.0])
    v.assign_sub([0.5, 0.0])
    assert v.tolist() == [1.5, 3.0] and before.tolist() == [1.0, 2.0]
    sgd = pw.optimizers.SGD(0.5)
    sgd.learning_rate.assign(0.25)
    assert sgd.learning_rate == 0.25 and sgd.learning_rate.numpy() == np.float32(0.25)
    w = pw.Variable([1.0])
    sgd.apply([pw.tensor([1.0])], [w])
    assert w.tolist() == [0.75]
