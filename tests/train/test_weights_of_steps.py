"""Weights of the steps of sequences, [n, steps], beside Keras 3's: evaluate, fit, masks,
weighted metrics, own steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from in_keras import keras

from pywebml import layers, losses, metrics, models
from pywebml.train import SGD

RNG = np.random.default_rng(4)
N, STEPS = 8, 5
X = RNG.random((N, STEPS, 3)).astype(np.float32)
NUMBERS = RNG.random((N, STEPS, 2)).astype(np.float32)
CLASSES = RNG.integers(0, 2, (N, STEPS))
WEIGHTS = RNG.random((N, STEPS)).astype(np.float32)
KERNEL = RNG.normal(size=(3, 2)).astype(np.float32)


def dense(kind: Any, activation: Any) -> Any:
    model = kind.Sequential([layers.Input((STEPS, 3)), layers.Dense(2, activation)])
    model.set_weights([KERNEL, np.zeros(2, np.float32)])
    return model


def theirs(loss: Any, y: Any, activation: Any, weights: Any) -> tuple[list[float], Any]:
    model = keras.Sequential([keras.Input((STEPS, 3)), keras.layers.Dense(2, activation)])
    model.set_weights([KERNEL, np.zeros(2, np.float32)])
    metric = (
        keras.metrics.SparseCategoricalAccuracy if y is CLASSES else keras.metrics.MeanAbsoluteError
    )
    model.compile(keras.optimizers.SGD(0.1), loss, weighted_metrics=[metric(name="figure")])
    figures = model.evaluate(X, y, sample_weight=weights, batch_size=4, verbose=0)
    model.fit(X, y, sample_weight=weights, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return figures, model.get_weights()


@pytest.mark.parametrize("loss", ["mse", "huber", "sparse_categorical_crossentropy"])
def test_weights_of_steps(host: str, loss: str) -> None:
    sparse = loss.startswith("sparse")
    y, activation = (CLASSES, "softmax") if sparse else (NUMBERS, None)
    figures, weights = theirs(loss, y, activation, WEIGHTS)
    model = dense(models, activation)
    metric = metrics.SparseCategoricalAccuracy if sparse else metrics.MeanAbsoluteError
    model.compile(SGD(0.1), loss, weighted_metrics=[metric(name="figure")])
    ours = model.evaluate_sync(X, y, sample_weight=WEIGHTS, batch_size=4)
    assert ours == pytest.approx(figures, rel=1e-4)
    model.fit_sync(X, y, sample_weight=WEIGHTS, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
    by_hand = losses.get(loss)(y, model.predict(X), WEIGHTS).item()
    expected = keras.losses.get(loss)
    assert by_hand == pytest.approx(
        float((np.asarray(expected(y, model.predict(X).numpy())) * WEIGHTS).mean()), rel=1e-4
    )


def test_they_count_in_own_steps_and_are_looked_at(host: str) -> None:
    class Own(models.Model):
        def train_step(self, data: Any) -> Any:
            x, y, weights = data
            return {"loss": self.compute_loss(x, y, self(x), weights)}

    inputs = layers.Input((STEPS, 3))
    model = Own(inputs, layers.Dense(2, use_bias=False)(inputs))
    model.set_weights([KERNEL])
    model.compile("sgd", "mse")
    history = model.fit_sync(X, NUMBERS, sample_weight=WEIGHTS, verbose=0).history
    values = ((X @ KERNEL - NUMBERS) ** 2).mean(-1) * WEIGHTS
    assert history["loss"] == pytest.approx([values.mean()], rel=1e-4)
    with pytest.raises(ValueError, match="sample_weight must hold one number for each"):
        model.evaluate_sync(X, NUMBERS, sample_weight=np.ones((N, STEPS + 1)))
