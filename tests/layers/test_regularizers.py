"""Regularizers and constraints: their formulas, and trainings with them beside Keras's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers
from pywebml.layers import constraints, regularizers

PENALTIES = [
    ("L1", {"l1": 0.1}),
    ("L2", {"l2": 0.1}),
    ("L1L2", {"l1": 0.05, "l2": 0.1}),
    ("L1L2", {}),
    ("OrthogonalRegularizer", {"factor": 0.5}),
    ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"}),
]
BOUNDS = [
    ("MaxNorm", {"max_value": 0.5}),
    ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.5}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": [0, 1]}),
]
X = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
Y = np.random.default_rng(1).normal(size=(12, 2)).astype("float32")


@pytest.mark.parametrize(("name", "arguments"), [*PENALTIES, *BOUNDS])
def test_formulas_are_keras_s(host: str, name: str, arguments: dict[str, Any]) -> None:
    module = "regularizers" if (name, arguments) in PENALTIES else "constraints"
    ours = getattr(getattr(layers, module), name)(**arguments)
    theirs = getattr(getattr(keras, module), name)(**arguments)
    got, want = ours(pw.tensor(X)).numpy(), np.asarray(theirs(keras.ops.convert_to_tensor(X)))
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    entry = json.loads(json.dumps(getattr(layers, module).serialize(ours)))
    again = getattr(layers, module).deserialize(entry)
    assert again.get_config() == ours.get_config() == entry["config"]
    for key, value in theirs.get_config().items():
        value = pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        assert again.get_config()[key] == value


@pytest.mark.parametrize("module", ["regularizers", "constraints"])
def test_they_are_known_by_keras_s_words(module: str) -> None:
    ours, theirs = getattr(layers, module), getattr(keras.src, module)
    words = set(theirs.ALL_OBJECTS_DICT) - {module[:-1], module[:-1].capitalize()}
    assert len(words) > 5
    for word in words:
        assert type(ours.get(word)).__name__ == type(theirs.get(word)).__name__, word
    assert ours.get(None) is None
    assert ours.serialize(None) is None
    with pytest.raises(ValueError, match=f"unknown {module[:-1]} 'l3'"):
        ours.get("l3")
    with pytest.raises(TypeError, match="plain function"):
        ours.serialize(lambda x: x)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "much", True, [1, 2]])
def test_a_factor_is_a_number(value: Any) -> None:
    for make in (regularizers.L1, regularizers.L2, regularizers.OrthogonalRegularizer):
        with pytest.raises(ValueError, match="must be a number of at least 0, got"):
            make(value)


def constant(kit: Any, value: float) -> Any:
    of = kit.layers.initializers if kit is pw else kit.initializers
    return of.Constant(value)


def dense(kit: Any, **options: Any) -> Any:
    return kit.layers.Dense(
        2, kernel_initializer=constant(kit, 0.4), bias_initializer="ones", **options
    )


def regularized(kit: Any) -> list[Any]:
    of = kit.layers.regularizers if kit is pw else kit.regularizers
    first = dense(kit, kernel_regularizer=of.L1(0.1), activity_regularizer="l2", activation="relu")
    return [first, dense(kit, bias_regularizer=of.L2(0.2), activation="softmax")]


def ended(kit: Any) -> list[Any]:
    """A penalty on the output itself, which a loss would take as logits."""
    return [dense(kit, activation="softmax", activity_regularizer="l1")]


def constrained(kit: Any) -> list[Any]:
    of = kit.layers.constraints if kit is pw else kit.constraints
    first = dense(kit, kernel_constraint=of.MaxNorm(0.5), bias_constraint="non_neg")
    return [first, dense(kit, kernel_constraint="unit_norm")]


def frozen(kit: Any) -> list[Any]:
    """What does not train is not penalised, and not brought back."""
    first = dense(kit, kernel_regularizer="l2", kernel_constraint="unit_norm", trainable=False)
    return [first, dense(kit, kernel_regularizer="l2")]


def normalised(kit: Any) -> list[Any]:
    options = {"gamma_regularizer": "l2", "beta_constraint": "non_neg", "beta_regularizer": "l2"}
    first = dense(kit, use_bias=False)
    return [first, kit.layers.BatchNormalization(**options), kit.layers.Softmax()]


def functions(kit: Any) -> list[Any]:
    of = pw.ops if kit is pw else keras.ops
    return [
        dense(
            kit,
            kernel_regularizer=lambda w: of.sum(of.abs(w)) * 0.3,
            kernel_constraint=lambda w: of.maximum(w, 0.1),
        )
    ]


@pytest.mark.parametrize(
    ("make", "optimizer"),
    [
        (regularized, "sgd"), (regularized, "adam"), (ended, "sgd"), (constrained, "adam"),
        (frozen, "sgd"), (normalised, "adam"), (functions, "sgd"),
    ],
)  # fmt: skip
def test_training_is_keras_s(host: str, make: Callable[[Any], list[Any]], optimizer: str) -> None:
    """The loss that fit and evaluate show, and the weights after 20 steps."""
    y = np.abs(Y) / np.abs(Y).sum(1, keepdims=True)
    options: dict[str, Any] = {"batch_size": 5, "shuffle": False, "verbose": 0, "epochs": 7}
    theirs = keras.Sequential([keras.layers.Input((3,)), *make(keras)])
    theirs.compile(optimizer, "categorical_crossentropy", metrics=["mse"])
    ours = pw.Sequential([layers.Input((3,)), *make(pw)])
    for model in (ours, theirs):
        draw = np.random.default_rng(2)
        model.set_weights([w + draw.uniform(-0.3, 0.3, w.shape) for w in model.get_weights()])
    ours.compile(optimizer, "categorical_crossentropy", metrics=["mse"])
    history = theirs.fit(X, y, **options).history
    mine = ours.fit_sync(X, y, **options).history
    for key, values in history.items():
        np.testing.assert_allclose(mine[key], values, rtol=1e-3, atol=1e-6, err_msg=key)
    for got, want in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(got.numpy(), np.asarray(want.value), rtol=1e-3, atol=1e-5)
    told = ours.evaluate_sync(X, y, batch_size=5)
    np.testing.assert_allclose(told, theirs.evaluate(X, y, batch_size=5, verbose=0), rtol=1e-3)
    ours(X), theirs(X)
    np.testing.assert_allclose(
        [loss.item() for loss in ours.losses], [float(loss) for loss in theirs.losses], rtol=1e-3
    )


def test_losses_are_those_of_the_last_call(host: str) -> None:
    class Penalised(layers.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss([pw.ops.sum(inputs), 1.0 * pw.ops.mean(inputs)])
            return inputs

    class Around(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Penalised()

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs)

    layer = Around()
    assert layer.losses == []
    for value in (1.0, 2.0):
        layer(np.full((1, 1), value))
        assert [loss.item() for loss in layer.losses] == [value, value]
        assert [loss.item() for loss in layer.inner.losses] == [value, value]
    layer(layers.Input((1,)))  # computes nothing
    assert len(layer.losses) == 2


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"])
def test_kernels_and_biases_have_theirs(host: str, kind: str) -> None:
    prefixes = {
        "Conv2D": ["kernel"],
        "DepthwiseConv2D": ["depthwise"],
        "SeparableConv2D": ["depthwise", "pointwise"],
    }[kind]
    size = {"kernel_size": 1} if kind == "DepthwiseConv2D" else {"filters": 2, "kernel_size": 1}
    options = {f"{p}_regularizer": "l2" for p in [*prefixes, "bias"]}
    bounds = {f"{p}_constraint": "non_neg" for p in [*prefixes, "bias"]}
    layer = getattr(layers, kind)(**size, **options, **bounds)
    layer(np.ones((1, 2, 2, 2)))
    assert len(layer.losses) == len(layer.weights) == len(prefixes) + 1
    again = layers.deserialize(kind, json.loads(json.dumps(layer.get_config())))
    again(np.ones((1, 2, 2, 2)))
    assert [(type(w.regularizer), type(w.constraint)) for w in again.weights] == [
        (regularizers.L2, constraints.NonNeg)
    ] * len(again.weights)
