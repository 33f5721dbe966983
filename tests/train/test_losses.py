"""Losses against Keras's formulas in NumPy and Keras's own values; by name; and what
their step makes of sample_weight and class_weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from pywebml import layers, losses, models, ops
from pywebml.train import SGD
from pywebml.train.losses import LOSSES

Array = Any

RNG = np.random.default_rng(5)
N = 7
LOGITS = RNG.normal(size=(N, 4)).astype(np.float32)
PROBABILITIES = RNG.random((N, 4)).astype(np.float32)
CLASSES = RNG.integers(0, 4, N)
ONE_HOT = np.eye(4, dtype=np.float32)[CLASSES]
BITS = RNG.integers(0, 2, (N, 4)).astype(np.float32)
WEIGHTS = RNG.random(N).astype(np.float32)
SEQUENCES = RNG.random((N, 3, 4)).astype(np.float32)
CLASSES_OF_STEPS = RNG.integers(0, 4, (N, 3))


def softmax(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def categorical(y: Array, p: Array) -> Array:
    return -(y * np.log(p / p.sum(-1, keepdims=True))).sum(-1)


def sparse(y: Array, p: Array) -> Array:
    return categorical(np.eye(p.shape[-1])[y], p)


def binary(y: Array, p: Array) -> Array:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(-1)


class Row(NamedTuple):
    """A loss, the data it is tried on, its formula (a value per example or step), and
    what Keras 3.15.1 (on JAX) says of that data: without weights, and with.
    """

    make: Callable[[], losses.Loss]
    labels: Array
    outputs: Array
    formula: Callable[[Array, Array], Array]
    keras: float
    keras_weighted: float


L = losses
ROWS = {
    "categorical": Row(
        L.CategoricalCrossentropy, ONE_HOT, PROBABILITIES, categorical, 2.409688, 1.595572
    ),
    "categorical, logits": Row(
        lambda: L.CategoricalCrossentropy(from_logits=True),
        ONE_HOT,
        LOGITS,
        lambda y, z: categorical(y, softmax(z)),
        1.996381,
        1.458496,
    ),
    "categorical, steps": Row(
        L.CategoricalCrossentropy,
        np.eye(4, dtype=np.float32)[CLASSES_OF_STEPS],
        SEQUENCES,
        categorical,
        1.612023,
        1.168339,
    ),
    "sparse": Row(
        L.SparseCategoricalCrossentropy, CLASSES, PROBABILITIES, sparse, 2.409688, 1.595572
    ),
    "sparse, logits": Row(
        lambda: L.SparseCategoricalCrossentropy(from_logits=True),
        CLASSES,
        LOGITS,
        lambda y, z: sparse(y, softmax(z)),
        1.996381,
        1.458496,
    ),
    "sparse, steps": Row(
        L.SparseCategoricalCrossentropy,
        CLASSES_OF_STEPS,
        SEQUENCES,
        sparse,
        1.612023,
        1.168339,
    ),
    "binary": Row(L.BinaryCrossentropy, BITS, PROBABILITIES, binary, 1.140769, 0.736841),
    "binary, logits": Row(
        lambda: L.BinaryCrossentropy(from_logits=True),
        BITS,
        LOGITS,
        lambda y, z: binary(y, sigmoid(z)),
        0.68413,
        0.472929,
    ),
    "squared": Row(
        L.MeanSquaredError,
        BITS,
        LOGITS,
        lambda y, p: ((y - p) ** 2).mean(-1),
        1.302392,
        0.931649,
    ),
}
EVERY_ROW = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


@EVERY_ROW
def test_a_loss_is_keras_s(host: str, row: Row) -> None:
    values = row.formula(row.labels, row.outputs.astype(float)).reshape(N, -1).mean(1)
    assert values.mean() == pytest.approx(row.keras, rel=1e-5)
    assert (values * WEIGHTS).mean() == pytest.approx(row.keras_weighted, rel=1e-5)
    loss = row.make()
    assert loss(row.labels, row.outputs).item() == pytest.approx(row.keras, rel=1e-5)
    weighted = loss(row.labels, row.outputs, WEIGHTS)
    assert weighted.item() == pytest.approx(row.keras_weighted, rel=1e-5)


@EVERY_ROW
def test_a_loss_in_evaluate(host: str, row: Row) -> None:
    """Over batches of 3, 3 and 1 of a model that hands its input on."""
    shape = row.outputs.shape[1:]
    model = models.Sequential([layers.Input(shape), layers.Reshape(shape)])
    model.compile("sgd", row.make())
    data = row.outputs, row.labels
    assert model.evaluate_sync(*data, batch_size=3) == pytest.approx(row.keras, rel=1e-5)
    assert model.evaluate_sync(*data, batch_size=3, sample_weight=WEIGHTS) == pytest.approx(
        row.keras_weighted, rel=1e-5
    )


@pytest.mark.parametrize(
    ("row", "weighting"),
    [
        pytest.param(row, weighting, id=f"{name}, {weighting}")
        for name, row in ROWS.items()
        for weighting in ("plain", "samples", "classes")
        if weighting != "classes" or "steps" not in name  # those need one class per example
    ],
)
@pytest.mark.filterwarnings("ignore:.*takes probabilities")  # as the formulas do
def test_a_step_goes_down_the_loss(host: str, row: Row, weighting: str) -> None:
    """One step of SGD on a bias moves it by the slope of the weighted loss, found by
    differences of the formula.
    """
    shape = row.outputs.shape[1:]
    class_weight = {0: 0.5, 2: 3.0}
    weights = WEIGHTS.astype(float) if weighting == "samples" else np.ones(N)
    if weighting == "classes":
        number = row.labels if row.labels.ndim == 1 else row.labels.argmax(1)
        weights = np.array([class_weight.get(int(c), 1.0) for c in number])

    def weighted(bias: Array) -> float:
        values = row.formula(row.labels, row.outputs.astype(float) + bias)
        return float((values.reshape(N, -1).mean(1) * weights).mean())

    step = 1e-5 * np.eye(4)
    slope = np.array([(weighted(d) - weighted(-d)) / 2e-5 for d in step])
    inputs = layers.Input(shape)
    model = models.Model(inputs, layers.Dense(4)(inputs))
    model.set_weights([np.eye(4), np.zeros(4)])
    model.compile(SGD(0.01), row.make())
    options: dict[str, Any] = {
        "plain": {},
        "samples": {"sample_weight": WEIGHTS},
        "classes": {"class_weight": class_weight},
    }[weighting]
    history = model.fit_sync(row.outputs, row.labels, batch_size=N, verbose=0, **options)
    assert history.history["loss"][0] == pytest.approx(weighted(np.zeros(4)), rel=1e-5)
    np.testing.assert_allclose(model.get_weights()[1] / -0.01, slope, rtol=1e-3, atol=1e-5)


def test_a_certain_mistake_has_an_end(host: str) -> None:
    """A probability of 0 costs log(1e7), not infinity, as in Keras."""
    certain = np.array([[1.0, 0.0]], np.float32)
    loss = losses.CategoricalCrossentropy()(certain[:, ::-1].copy(), certain)
    assert loss.item() == pytest.approx(-math.log(1e-7), rel=1e-3)


@pytest.mark.parametrize(
    ("identifier", "cls"),
    [
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        ("categoricalCrossentropy", losses.CategoricalCrossentropy),
        ("SparseCategoricalCrossentropy", losses.SparseCategoricalCrossentropy),
        ("binaryCrossentropy", losses.BinaryCrossentropy),
        ("mse", losses.MeanSquaredError),
        ("MSE", losses.MeanSquaredError),
        ("meanSquaredError", losses.MeanSquaredError),
        (losses.BinaryCrossentropy, losses.BinaryCrossentropy),
        (losses.binary_crossentropy, losses.BinaryCrossentropy),
        (losses.mean_squared_error, losses.MeanSquaredError),
        ({"class_name": "MeanSquaredError", "config": {}}, losses.MeanSquaredError),
    ],
)
def test_losses_by_name(identifier: Any, cls: Any) -> None:
    assert type(losses.get(identifier)) is cls


@EVERY_ROW
def test_a_loss_s_config_makes_it_again(row: Row) -> None:
    loss = row.make()
    again = LOSSES.get(LOSSES.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_losses_of_one_s_own() -> None:
    def cubic(y_true: Any, y_pred: Any) -> Any:
        return ops.abs(y_true - y_pred) ** 3.0

    loss = losses.get(cubic)
    assert loss.name == "cubic"
    assert loss([[0.0, 0.0]], [[1.0, 2.0]]).item() == pytest.approx(4.5)
    with pytest.raises(TypeError, match="plain function"):
        loss.get_config()
    mean = losses.get(lambda y_true, y_pred: ops.mean(y_pred))  # Keras takes one number, too
    assert mean([1.0, 1.0], [1.0, 4.0]).item() == 2.5


def test_unknown_losses_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown loss 'mee'; known: BinaryCrossentropy"):
        losses.get("mee")
    with pytest.raises(TypeError, match="a name, a Loss or a function, got 3"):
        losses.get(3)


@pytest.mark.parametrize(
    ("loss", "labels", "message"),
    [
        ("categorical_crossentropy", (5,), "use loss='sparse_categorical_crossentropy'"),
        ("categorical_crossentropy", (5, 3), "do not match the model's output"),
        ("sparse_categorical_crossentropy", (5, 4), "need loss='categorical_crossentropy'"),
        ("mse", (5, 3), r"labels of shape \(5, 3\)"),
        ("binary_crossentropy", (5,), "do not match"),
    ],
)
def test_labels_that_do_not_fit_are_refused(loss: str, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        losses.get(loss).check(labels, (None, 4))
