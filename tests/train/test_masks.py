"""Steps that are masked count neither in the loss nor in means of metrics."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from pywebml import layers, metrics, models
from pywebml.train import SGD, Callback, SparseCategoricalCrossentropy

RNG = np.random.default_rng(3)
X = RNG.normal(size=(7, 5, 4)).astype(np.float32)
MASK = np.arange(5) < np.array([5, 3, 1, 4, 2, 5, 3])[:, None]
X[~MASK] = 0
Y = RNG.integers(0, 3, (7, 5))
WEIGHTS = RNG.random(7).astype(np.float32)
KERNEL = RNG.normal(size=(4, 3)).astype(np.float32)


def masked(activation: str | None = "softmax") -> Any:
    """Sequences through a layer of three classes."""
    inputs = layers.Input((5, 4))
    output = layers.Dense(3, activation=activation, use_bias=False, name="a")(
        layers.Masking()(inputs)
    )
    model = models.Model(inputs, output)
    model.set_weights([KERNEL])
    return model


def cross_entropies() -> Any:
    """Of every step: [7, 5], and which class is said."""
    p = np.exp(X @ KERNEL)
    p /= p.sum(-1, keepdims=True)
    return -np.log(np.take_along_axis(p, Y[..., None], -1)[..., 0]), p.argmax(-1)


def batches(values: Any, weights: Any) -> float:
    """Keras's loss over batches of 4 and 3: each the mean over its steps that are not
    masked, the batches weighted by their length.
    """
    total = 0.0
    for part in (slice(0, 4), slice(4, 7)):
        counted = values[part] * MASK[part] * weights[part, None]
        total += len(values[part]) * counted.sum() / MASK[part].sum()
    return total / 7


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_masked_steps_count_nowhere(host: str, weighted: bool) -> None:
    weights = WEIGHTS if weighted else None
    model = masked()
    top = metrics.SparseTopKCategoricalAccuracy(k=1, name="top")
    model.compile(
        SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=[top]
    )
    losses, said = cross_entropies()
    of_examples = WEIGHTS if weighted else np.ones(7)
    right, counts = (said == Y) * MASK, MASK * of_examples[:, None]
    expected = {
        "loss": batches(losses, of_examples),
        "accuracy": right.sum() / MASK.sum(),
        "top": (right * of_examples[:, None]).sum() / counts.sum(),
    }
    logs = model.evaluate_sync(X, Y, batch_size=4, sample_weight=weights, return_dict=True)
    assert logs == pytest.approx(expected, rel=1e-4)
    for callbacks in (None, [Callback()]):  # unwatched, and watched, both without moving
        model.compile(
            SGD(0.0),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            weighted_metrics=[top],
        )
        history = model.fit_sync(
            X,
            Y,
            batch_size=4,
            shuffle=False,
            epochs=2,
            sample_weight=weights,
            verbose=0,
            callbacks=callbacks,
        ).history
        for key, value in expected.items():
            assert history[key] == pytest.approx([value, value], rel=1e-4)


def test_masked_training_is_keras_s(host: str) -> None:
    """An epoch of SGD over batches of 4 and 3; the values are Keras 3.15.1's, on JAX."""
    for activation, from_logits in (("softmax", False), (None, True)):
        model = masked(activation)
        model.compile(SGD(0.1), SparseCategoricalCrossentropy(from_logits))
        history = model.fit_sync(X, Y, batch_size=4, shuffle=False, verbose=0).history
        assert history["loss"] == pytest.approx([2.3903778], rel=1e-5)
        np.testing.assert_allclose(
            model.get_weights()[0],
            [
                [0.6178153, 1.6195679, -1.9878904],
                [0.8277954, -0.4898168, 0.1712881],
                [0.8271177, 1.0550357, 1.0781699],
                [0.1346451, 1.6127677, -0.2656177],
            ],
            rtol=1e-4,
            atol=1e-6,
        )


def test_one_masked_output_of_two(host: str) -> None:
    inputs = layers.Input((5, 4))
    hidden = layers.Masking()(inputs)
    a = layers.Dense(3, activation="softmax", use_bias=False, name="a")(hidden)
    b = layers.Dense(1, use_bias=False, name="b")(layers.Flatten()(inputs))
    model = models.Model(inputs, [a, b])
    model.set_weights([KERNEL, np.full((20, 1), 0.1, np.float32)])
    model.compile(
        "sgd",
        {"a": "sparse_categorical_crossentropy", "b": "mse"},
        metrics={"a": ["accuracy"], "b": ["mae"]},
    )
    zeros = np.zeros((7, 1), np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logs = model.evaluate_sync(X, {"a": Y, "b": zeros}, batch_size=4, return_dict=True)
    losses, said = cross_entropies()
    sums = X.reshape(7, 20).sum(1) * 0.1
    expected = {
        "a_loss": batches(losses, np.ones(7)),
        "b_loss": (sums**2).mean(),
        "a_accuracy": ((said == Y) * MASK).sum() / MASK.sum(),
        "b_mae": abs(sums).mean(),
    }
    expected["loss"] = expected["a_loss"] + expected["b_loss"]
    assert logs == pytest.approx(expected, rel=1e-4)


def test_all_steps_masked_cost_nothing(host: str) -> None:
    model = masked()
    model.compile(SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    logs = model.train_on_batch_sync(np.zeros((2, 5, 4)), Y[:2], return_dict=True)
    assert logs == {"loss": 0.0, "accuracy": 0.0}
    np.testing.assert_array_equal(model.get_weights()[0], KERNEL)
