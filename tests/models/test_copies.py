"""Copies and pickles of models, layers, tensors and what they were compiled with: the same
answers, nothing shared, and a training that goes on as the original's would.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from random_models import Draw, answers, filled, inputs_of

import pywebml as pw
from pywebml import layers, losses, metrics, models
from pywebml.train import SGD, Adam, EarlyStopping, optimizers
from pywebml.train.optimizers import OPTIMIZERS


def pickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


WAYS: list[Callable[[Any], Any]] = [copy.deepcopy, pickled]
X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2)
Y = (X[:, :1] > 0).astype(np.float32)


class Block(layers.Layer):
    """Layers and variables in attributes."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.dense = [layers.Dense(2), layers.Dense(2)]
        self.again = {"first": self.dense[0]}
        self.late = pw.Variable([1.0, 2.0], name="late")
        self.fixed = pw.Variable([1.0, 2.0], trainable=False)
        del self.__dict__["late"]
        self.late = pw.Variable([3.0, 4.0], name="late")

    def call(self, inputs: Any) -> Any:
        return self.again["first"](self.dense[1](self.dense[0](inputs))) * self.late + self.fixed


def assert_apart(model: Any, other: Any, x: Any) -> None:
    """The same answers, and no weight in common."""
    assert type(other) is type(model) and other.name == model.name
    assert [w.path for w in other.weights] == [w.path for w in model.weights]
    before = answers(model, x)
    for a, b in zip(before, answers(other, x), strict=True):
        np.testing.assert_array_equal(b, a)
    values = model.get_weights()
    for weight in other.weights:
        weight.assign(weight * 0 + 7)
    for weight, value in zip(model.weights, values, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    for a, b in zip(before, answers(model, x), strict=True):
        np.testing.assert_array_equal(b, a)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(20))
def test_drawn_models(seed: int, way: Any) -> None:
    model = filled(Draw(seed).model(depth=2, calls=8))
    x = inputs_of(model)
    answers(model, x)
    assert_apart(model, way(model), x)
    assert [s.layer.name for s in way(model).inputs] == model.input_names


@pytest.mark.parametrize("way", WAYS)
def test_layers_of_one_s_own_in_a_model(host: str, way: Any) -> None:
    model = models.Sequential([layers.Input((2,)), Block(), layers.Dense(1)])
    other = way(model)
    block = other.layers[0]
    assert block.again["first"] is block.dense[0]
    assert [w.shape for w in other.weights] == [w.shape for w in model.weights]
    assert_apart(model, other, X)


@pytest.mark.parametrize("way", WAYS)
def test_models_that_say_themselves_begin_inside_others_or_are_not_built(way: Any) -> None:
    own = OwnCall()
    own.predict(X)
    assert_apart(own, way(own), X)
    x = layers.Input((2,))
    hidden = layers.Dense(3)(x)
    cut = models.Model(hidden, layers.Dense(1)(hidden))
    assert_apart(cut, way(cut), np.ones((4, 3), np.float32))
    later = way(models.Sequential([layers.Dense(3), layers.Dense(1)]))
    assert later.predict(X).shape == (6, 1)
    later.add(layers.Dense(2))
    assert later.predict(X).shape == (6, 2)
    begun = way(models.Sequential([layers.Input((2,))]))
    begun.add(layers.Dense(2))
    assert begun.predict(X).shape == (6, 2)


class OwnCall(models.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs) * 2.0


@pytest.mark.parametrize("way", WAYS)
def test_a_chain_may_be_long(way: Any) -> None:
    x = hidden = layers.Input((2,))
    for _ in range(300):
        hidden = layers.Activation("relu")(hidden)
    model = models.Model(x, hidden)
    np.testing.assert_array_equal(way(model).predict(X).numpy(), np.maximum(X, 0))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_a_training_goes_on_in_the_copy(host: str, name: str, way: Any) -> None:
    model = models.Sequential(
        [layers.Dense(3, "tanh", input_shape=(2,)), layers.Dense(1, "sigmoid")]
    )
    rate = optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    around = name in ("LossScaleOptimizer", "MultiOptimizer")
    kind = Adam if around else OPTIMIZERS.find(name)
    optimizer = kind(rate, weight_decay=0.1, use_ema=True)  # type: ignore[call-arg]
    if around:
        several = optimizers.OptimizerMap(optimizer, {".*/bias": optimizers.Lamb(rate)})
        optimizer = OPTIMIZERS.find(name)(optimizer if name[0] == "L" else several)
    optimizer.exclude_from_weight_decay([model.layers[0].bias])  # type: ignore[attr-defined]
    model.compile(optimizer, "binary_crossentropy", metrics=["auc"])
    model.fit_sync(X, Y, verbose=0, shuffle=False, epochs=2)
    other = way(model)
    assert other.optimizer is not model.optimizer
    histories = [
        net.fit_sync(X, Y, verbose=0, shuffle=False, epochs=3).history for net in (model, other)
    ]
    assert histories[0] == histories[1]
    for a, b in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("way", WAYS)
def test_a_copied_optimizer_is_still_another_model_s(way: Any) -> None:
    model = models.Sequential([layers.Dense(1, input_shape=(2,))])
    unused = way(Adam(0.1))
    model.compile(unused, "mse")
    model.fit_sync(X, Y, verbose=0)
    used = way(model.optimizer)
    other = models.Sequential([layers.Dense(1, input_shape=(2,))])
    with pytest.raises(ValueError, match="its step count and averages are that one's"):
        other.compile(used, "mse")


@pytest.mark.parametrize("way", [*WAYS, copy.copy])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "uint32", "bool", "uint8"])
def test_tensors_and_variables(host: str, way: Any, dtype: str) -> None:
    tensor = pw.tensor([[0, 1], [1, 0]], dtype=dtype)
    same = way(tensor)
    assert (same.tolist(), same.shape, same.dtype) == (tensor.tolist(), (2, 2), dtype)
    variable = pw.Variable(tensor, trainable=False, name="v")
    other = way(variable)
    assert (other.tolist(), other.name, other.trainable) == (tensor.tolist(), "v", False)
    other.assign(pw.tensor([[1, 1], [1, 1]], dtype=dtype))
    assert variable.tolist() == tensor.tolist() != other.tolist()


@pytest.mark.parametrize("way", WAYS)
def test_what_compile_takes(way: Any) -> None:
    for thing in (losses.BinaryCrossentropy(True), metrics.AUC(), SGD(0.1), EarlyStopping("loss")):
        other = way(thing)
        assert type(other) is type(thing)
        if hasattr(thing, "get_config"):
            assert other.get_config() == thing.get_config()
