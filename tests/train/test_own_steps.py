"""Steps that a model's class says itself, and losses that layers add: what is trained,
and what the logs say, against steps by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_models import linear

import pywebml as pw
from pywebml import layers, models, ops

Array = Any
X = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]], np.float32)
Y = np.array([[2.0], [3.0], [5.0], [4.0], [1.0]], np.float32)
RATE = 0.01


def made(kind: type[models.Model]) -> Any:
    """One weight, 0."""
    x = layers.Input((1,))
    dense = layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    return kind(x, dense(x))


class Thirds(models.Model):
    """Minimises a third of the absolute cubed error, and shows more than that."""

    def train_step(self, data: Any) -> Any:
        x, y = data

        def loss() -> Any:
            return ops.mean(ops.abs(self(x, training=True) - y) ** 3.0) / 3.0

        variables = self.trainable_weights
        value, gradients = pw.variable_grads(loss, variables)
        self.optimizer.apply(gradients, variables)
        return {"loss": value, "largest": ops.max(self(x)), "each": ops.abs(y)[:, 0]}


def by_hand(batches: list[slice], epochs: int = 1) -> tuple[float, list[list[float]]]:
    """The weight after the steps of `Thirds`, and the losses of each epoch."""
    w, losses = 0.0, []
    for _ in range(epochs):
        losses.append([])
        for rows in batches:
            x, y = X[rows].astype(np.float64), Y[rows].astype(np.float64)
            error = w * x - y
            losses[-1].append(float(np.mean(np.abs(error) ** 3) / 3) * len(x) / len(X))
            w -= RATE * float(np.mean(error * np.abs(error) * x))
    return w, losses


@pytest.mark.parametrize("watched", [False, True])
def test_a_train_step_of_one_s_own_is_what_trains(host: str, watched: bool) -> None:
    model = made(Thirds)
    model.compile(pw.optimizers.SGD(RATE))
    callbacks = [pw.callbacks.Callback()] if watched else None
    history = model.fit_sync(
        X, Y, batch_size=2, epochs=3, shuffle=False, verbose=0, callbacks=callbacks
    )
    w, losses = by_hand([slice(0, 2), slice(2, 4), slice(4, 5)], 3)
    np.testing.assert_allclose(model.weights[0].numpy(), [[w]], rtol=1e-5)
    np.testing.assert_allclose(history.history["loss"], np.sum(losses, 1), rtol=1e-5)
    assert list(history.history) == ["loss", "largest", "each"]
    np.testing.assert_allclose(history.history["each"], [3.0] * 3, rtol=1e-5)


def test_one_batch_goes_the_same_way(host: str) -> None:
    model = made(Thirds)
    model.compile(pw.optimizers.SGD(RATE), "mse")
    figures = model.train_on_batch_sync(X, Y, return_dict=True)
    w, losses = by_hand([slice(0, 5)])
    np.testing.assert_allclose(model.weights[0].numpy(), [[w]], rtol=1e-5)
    assert figures["loss"] == pytest.approx(losses[0][0], rel=1e-5)
    assert model.evaluate_sync(X, Y) == pytest.approx(float(np.mean((w * X - Y) ** 2)), rel=1e-4)


class Evaluated(models.Model):
    def test_step(self, data: Any) -> Any:
        x, y = data
        return {"loss": ops.mean(ops.abs(self(x) - y)), "twice": ops.mean(y) * 2.0}

    def predict_step(self, data: Any) -> Any:
        return self(data) + 100.0


def test_a_test_step_of_one_s_own_evaluates_and_validates(host: str) -> None:
    model = made(Evaluated)
    model.compile("sgd", "mse")
    expected = {"loss": 3.0, "twice": 6.0}
    assert model.evaluate_sync(X, Y, batch_size=2, return_dict=True) == pytest.approx(expected)
    model.compile(pw.optimizers.SGD(0.0), "mse")
    history = model.fit_sync(X, Y, verbose=0, validation_data=(X, Y)).history
    assert history["loss"] == pytest.approx([11.0])
    assert history["val_loss"] == pytest.approx([3.0])
    assert history["val_twice"] == pytest.approx([6.0])
    np.testing.assert_array_equal(model.predict(X, batch_size=2).numpy(), np.full((5, 1), 100.0))


class Based(models.Model):
    """Adds to what its base's steps give."""

    def train_step(self, data: Any) -> Any:
        return {**super().train_step(data), "seen": ops.mean(data[1])}

    def test_step(self, data: Any) -> Any:
        return {**super().test_step(data), "seen": ops.mean(data[1])}

    def predict_step(self, data: Any) -> Any:
        return super().predict_step(data) * 2.0


@pytest.mark.parametrize("weights", [None, np.array([1, 2, 0, 1, 3], np.float32)])
def test_a_step_may_call_its_base_s(host: str, weights: Array) -> None:
    model, usual = made(Based), linear()
    for net in (model, usual):
        net.compile(pw.optimizers.SGD(RATE), "mse", metrics=["mae"])
        net.fit_sync(X, Y, shuffle=False, verbose=0, batch_size=2, sample_weight=weights)
    np.testing.assert_allclose(model.weights[0].numpy(), usual.weights[0].numpy(), rtol=1e-6)
    history = dict(model.history.history)
    assert history.pop("seen") == pytest.approx([3.0])
    before: Any = usual.history
    assert list(history) == list(before.history)
    for key, values in before.history.items():
        assert history[key] == pytest.approx(values, rel=1e-5), key
    said = model.evaluate_sync(X, Y, sample_weight=weights, return_dict=True)
    assert said.pop("seen") == pytest.approx(3.0)
    assert said == pytest.approx(usual.evaluate_sync(X, Y, sample_weight=weights, return_dict=True))
    np.testing.assert_allclose(model.predict(X).numpy(), 2 * usual.predict(X).numpy(), rtol=1e-6)


@pytest.mark.parametrize("weights", [None, np.array([1, 2, 0, 1, 3], np.float32)])
def test_a_step_hands_on_every_metric_of_its_base_s(host: str, weights: Array) -> None:
    """Those of sums are over an epoch what they are without a step of one's own, in
    batches of different sizes.
    """
    y = np.array([[0], [1], [0], [1], [1]], np.float32)
    model, usual = made(Based), linear()
    for net in (model, usual):
        net.compile(
            pw.optimizers.SGD(RATE), "mse",
            metrics=["mae", "auc", pw.metrics.Precision(thresholds=[0.1, 0.6]), "r2_score"],
            weighted_metrics=["mse", "root_mean_squared_error"],
        )  # fmt: skip
        net.fit_sync(
            X, y, shuffle=False, verbose=0, batch_size=2, sample_weight=weights, epochs=2,
            validation_data=(X, y),
        )  # fmt: skip
    histories = [dict(net.history.history) for net in (model, usual)]  # type: ignore[union-attr]
    for key in ("seen", "val_seen"):
        assert histories[0].pop(key) == pytest.approx([0.6] * 2)
    assert list(histories[0]) == list(histories[1])
    for key, values in histories[1].items():
        np.testing.assert_allclose(histories[0][key], values, rtol=1e-5, err_msg=key)
    logs = model.evaluate_sync(X, y, sample_weight=weights, return_dict=True)
    assert logs.keys() - {"seen"} == {k for k in histories[1] if not k.startswith("val_")}


def test_a_masked_mean_is_handed_on(host: str) -> None:
    x = np.array([[[1.0], [0.0]], [[2.0], [3.0]]], np.float32)
    histories = []
    for kind in (Based, models.Model):
        inputs = layers.Input((2, 1))
        dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")
        net = kind(inputs, dense(layers.Masking()(inputs)))
        net.compile(pw.optimizers.SGD(0.0), "mse", metrics=["mae"])
        history = net.fit_sync(x, np.zeros((2, 2, 1)), batch_size=1, shuffle=False, verbose=0)
        histories.append(history.history)
    for history in histories:
        assert history["mae"] == pytest.approx([2.0])


class Losing(models.Model):
    """Its `compute_loss` is twice the compiled one and something about the weight."""

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Any:  # fmt: skip
        compiled = super().compute_loss(x, y, y_pred, sample_weight, training)
        return 2.0 * compiled + ops.sum((self.weights[0] - 1.0) ** 2.0)


class LosingAsOnce(models.Model):
    """The same, as Keras 2 has it: nobody says whether it trains."""

    def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> Any:
        compiled = super().compute_loss(x, y, y_pred, sample_weight)
        return 2.0 * compiled + ops.sum((self.weights[0] - 1.0) ** 2.0)


class Adding(layers.Dense):
    """The same something, by `add_loss`."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(ops.sum((self.kernel - 1.0) ** 2.0))
        return super().call(inputs)


def adding(kind: type[models.Model] = models.Model) -> Any:
    x = layers.Input((1,))
    return kind(x, Adding(1, use_bias=False, kernel_initializer="zeros")(x))


@pytest.mark.parametrize("weights", [None, np.array([1, 2, 0, 1, 3], np.float32)])
@pytest.mark.parametrize(
    ("make", "factor"),
    [(lambda: made(Losing), 2.0), (lambda: made(LosingAsOnce), 2.0), (adding, 1.0)],
    ids=["said", "said as once", "added"],
)
def test_losses_beside_the_compiled_one_are_minimised_and_shown(
    host: str, make: Any, factor: float, weights: Array
) -> None:
    model = make()
    model.compile(pw.optimizers.SGD(RATE), "mse", metrics=["mae"])
    history = model.fit_sync(X, Y, verbose=0, sample_weight=weights).history
    w = np.ones(5) if weights is None else weights
    x, y = X[:, 0].astype(np.float64), Y[:, 0]
    np.testing.assert_allclose(history["loss"], [factor * np.mean(w * y**2) + 1], rtol=1e-5)
    np.testing.assert_allclose(history["mae"], [3.0], rtol=1e-5)
    weight = RATE * (factor * np.mean(w * 2 * y * x) + 2)
    np.testing.assert_allclose(model.weights[0].numpy(), [[weight]], rtol=1e-5)
    expected = factor * np.mean(w * (weight * x - y) ** 2) + (weight - 1) ** 2
    said = model.evaluate_sync(X, Y, sample_weight=weights, return_dict=True)
    assert said["loss"] == pytest.approx(expected, rel=1e-5)


def test_what_layers_add_reaches_steps_of_one_s_own(host: str) -> None:
    class Own(models.Model):
        def train_step(self, data: Any) -> Any:
            x, y = data

            def loss() -> Any:
                value = self.compute_loss(x, y, self(x, training=True))
                assert len(self.losses) == 1
                return value

            value, _ = pw.variable_grads(loss, self.trainable_weights)
            return {"loss": value}

    model = adding(Own)
    model.compile("sgd", "mse")
    assert model.fit_sync(X, Y, verbose=0).history["loss"] == pytest.approx([12.0])
    assert model.losses == []
    with pytest.raises(TypeError, match="add_loss takes a scalar tensor"):
        layers.Dense(1, name="d").add_loss(3.0)


def test_several_outputs_keep_their_own_losses(host: str) -> None:
    x = layers.Input((1,))
    a = Adding(1, use_bias=False, kernel_initializer="zeros", name="a")(x)
    model = models.Model(x, [a, layers.Dense(1, kernel_initializer="zeros", name="b")(x)])
    model.compile(pw.optimizers.SGD(0.0), "mse", loss_weights=[1.0, 0.5])
    history = model.fit_sync(X, [Y, Y], verbose=0).history
    assert history["a_loss"] == history["b_loss"] == pytest.approx([11.0])
    assert history["loss"] == pytest.approx([11.0 + 5.5 + 1.0])


class Doubled(models.Model):
    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return super().call(inputs, training) * 2.0 + (1.0 if training else 0.0)


def test_a_model_s_own_call_is_called_everywhere(host: str) -> None:
    model = made(Doubled)
    model.set_weights([[[1.0]]])
    np.testing.assert_allclose(model(X).numpy(), 2 * X)
    np.testing.assert_allclose(model.predict(X).numpy(), 2 * X)
    model.compile(pw.optimizers.SGD(0.0), "mse")
    assert model.evaluate_sync(X, Y) == pytest.approx(np.mean((2 * X - Y) ** 2))
    losses = model.fit_sync(X, Y, verbose=0).history["loss"]
    assert losses == pytest.approx([np.mean((2 * X + 1 - Y) ** 2)])
    x = layers.Input((1,))
    np.testing.assert_allclose(models.Model(x, model(x)).predict(X).numpy(), 2 * X)

    class Wide(models.Model):
        def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
            return ops.concat([inputs, inputs], -1)

    with pytest.raises(ValueError, match=r"Wide.call gives \[\(None, 2\)\], but the model"):
        made(Wide).compile("sgd", "mse")


class Unlabelled(models.Model):
    """Learns to give its inputs back, without labels or a loss."""

    def train_step(self, data: Any) -> Any:
        variables = self.trainable_weights
        value, gradients = pw.variable_grads(
            lambda: ops.mean((self(data, training=True) - data) ** 2.0), variables
        )
        self.optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return {"error": value}


def test_steps_of_one_s_own_need_no_labels_and_no_loss(host: str) -> None:
    model = made(Unlabelled)
    model.compile(pw.optimizers.SGD(0.02))
    history = model.fit_sync(X, epochs=30, verbose=0)
    assert list(history.history) == ["error"]
    np.testing.assert_allclose(model.weights[0].numpy(), [[1.0]], atol=1e-3)
    with pytest.raises(ValueError, match="was compiled without a loss, and no layer adds one"):
        model.evaluate_sync(X, X)
    plain = linear()
    plain.compile("sgd")
    with pytest.raises(ValueError, match="without a loss, and no layer adds one: give compile"):
        plain.fit_sync(X, verbose=0)


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        (None, "must return a dict of figures, such as {'loss': loss}, got None"),
        ({}, "must return a dict of figures"),
        ({"loss": 1.0}, "'loss' must be a tensor, got 1.0: a step is recorded once"),
    ],
)
def test_what_a_step_gives_is_checked(figures: Any, says: str) -> None:
    class Broken(models.Model):
        def train_step(self, data: Any) -> Any:
            return figures

    model = made(Broken)
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="Broken.train_step.*" + says):
        model.fit_sync(X, Y, verbose=0)


def test_weights_that_a_step_makes_too_late_are_named() -> None:
    class Late(models.Model):
        def train_step(self, data: Any) -> Any:
            self.late = layers.Dense(1)
            return {"loss": ops.mean(self.late(data[0]))}

    model = made(Late)
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError, match="layers made their weights in the first train_step"):
        model.fit_sync(X, Y, verbose=0)


def test_figures_of_one_s_own_can_be_monitored(host: str) -> None:
    class Flat(models.Model):
        def train_step(self, data: Any) -> Any:
            return {"error": ops.mean(data), "own_loss": ops.mean(data)}

    model = made(Flat)
    model.compile()
    for stop in (
        pw.callbacks.EarlyStopping("error", patience=1, mode="min"),
        pw.callbacks.EarlyStopping("own_loss", patience=1),
    ):
        history = model.fit_sync(X, epochs=9, verbose=0, callbacks=stop)
        assert history.epoch == [0, 1]
    with pytest.raises(ValueError, match="nothing says whether a larger 'error' is better"):
        model.fit_sync(X, verbose=0, callbacks=pw.callbacks.EarlyStopping("error"))
