"""Models without a graph: a subclass that holds its layers and says its `call`, as
Keras's users write them.
"""

from __future__ import annotations

import gc
import json
from typing import Any

import numpy as np
import pytest

import pywebml as pw
import pywebml.core.tensor as core
from pywebml import layers, models, ops
from pywebml.formats.layers_models import layers_model_files, load_layers_model
from pywebml.host.stores.folders import zip_bytes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5)).astype(np.float32)
Y = X[:, :3].argmax(1)


@layers.register_layer
class Classifier(models.Model):
    def __init__(self, units: int = 4, **options: Any):
        super().__init__(**options)
        self.units = units
        self.hidden = [layers.Dense(units, "relu"), layers.Dense(units, "relu")]
        self.norm = layers.BatchNormalization()
        self.out = models.Sequential([layers.Dense(3, "softmax")])

    def call(self, inputs: Any) -> Any:
        x = inputs
        for layer in self.hidden:
            x = layer(x)
        return self.out(self.norm(x))


@layers.register_layer
class Plain(models.Model):
    """Takes no name, and two tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        a, b = inputs
        return self.dense(a) + self.dense(b)


def saved_and_loaded(model: Any) -> Any:
    return load_layers_model(zip_bytes(layers_model_files(model)))


PARAMETERS = 5 * 4 + 4 + 4 * 4 + 4 + 4 * 4 + 4 * 3 + 3


def test_it_trains_saves_and_loads(host: str) -> None:
    pw.set_seed(3)
    model = Classifier(units=4, name="own")
    model.compile(pw.optimizers.Adam(0.03), "sparse_categorical_crossentropy", metrics=["accuracy"])
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert "Not built yet" in lines[-1]
    mean = model.norm.moving_mean if model.norm.built else None
    history = model.fit_sync(X, Y, batch_size=4, epochs=40, verbose=0, validation_data=(X, Y))
    assert mean is None
    assert history.history["loss"][-1] < 0.7 * history.history["loss"][0]
    assert model.count_params() == PARAMETERS
    assert len(model.trainable_weights) == 8
    assert np.any(model.norm.moving_mean.numpy())  # `training` has reached it
    lines.clear()
    model.summary(print_fn=lines.append)
    assert any(f"Trainable params: {PARAMETERS - 8} " in line for line in lines)
    loss, accuracy = model.evaluate_sync(X, Y)
    expected = model.predict(X, batch_size=5).numpy()
    assert accuracy == pytest.approx(np.mean(expected.argmax(1) == Y))
    again = saved_and_loaded(model)
    assert type(again) is Classifier
    assert again.name == "own"
    np.testing.assert_array_equal(again.predict(X).numpy(), expected)
    np.testing.assert_array_equal(model.astype("float32").predict(X).numpy(), expected)
    assert {w.dtype for w in model.astype("float16").weights} == {"float16"}
    again.compile("sgd", "sparse_categorical_crossentropy")
    assert again.evaluate_sync(X, Y) == pytest.approx(loss, rel=1e-4)


def test_it_is_built_by_hand_or_by_a_call() -> None:
    called, built = Classifier(), Classifier()
    called(X)
    built.build((None, 5))
    built.set_weights(called.get_weights())
    np.testing.assert_array_equal(built(X).numpy(), called(X).numpy())
    assert [s.shape for s in built.inputs + built.outputs] == [(None, 5), (None, 3)]
    with pytest.raises(ValueError, match=r"do not fit inputs of shape \(None, 7\)"):
        built.build((None, 7))
    with pytest.raises(ValueError, match="does not know its input shape yet"):
        Classifier().outputs  # noqa: B018


def test_it_takes_several_inputs(host: str) -> None:
    model, xs = Plain(), [X, X[::-1].copy()]
    model.compile(pw.optimizers.SGD(0.1), "mse")
    y = np.ones((12, 1), np.float32)
    losses = model.fit_sync(xs, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    again = saved_and_loaded(model)
    np.testing.assert_array_equal(again.predict(xs).numpy(), model.predict(xs).numpy())
    half = layers.deserialize("Plain", json.loads(json.dumps(model.get_config())))
    assert not half.built


def test_it_stands_in_other_models(host: str) -> None:
    x = layers.Input((5,))
    inner, layer = Classifier(), layers.Dense(5, "tanh")
    model = models.Model(x, inner(layer(x)))
    assert model.count_params() == PARAMETERS + 30
    again = saved_and_loaded(model)
    np.testing.assert_array_equal(again.predict(X).numpy(), model.predict(X).numpy())
    stack = models.Sequential([layers.Input((5,)), Classifier(), layers.Dense(2)])
    np.testing.assert_array_equal(
        saved_and_loaded(stack).predict(X).numpy(), stack.predict(X).numpy()
    )
    inner.trainable = False
    assert model.trainable_weights == layer.weights
    assert saved_and_loaded(model).get_layer(inner.name).trainable_weights == []


class Pair(models.Model):
    """Two models that are trained against each other; no call."""

    def __init__(self, maker: Any, judge: Any):
        super().__init__()
        self.maker, self.judge = maker, judge

    def compile(self, maker_optimizer: Any, judge_optimizer: Any) -> None:  # type: ignore[override]
        super().compile()
        self.optimizers = maker_optimizer, judge_optimizer

    def train_step(self, real: Any) -> Any:
        noise = ops.ones((real.shape[0], 2)) * 0.5
        losses = []
        for net, optimizer, sign in zip(
            (self.maker, self.judge), self.optimizers, (-1.0, 1.0), strict=True
        ):
            weights = net.trainable_weights
            loss, gradients = pw.variable_grads(
                lambda sign=sign: sign * ops.mean(self.judge(self.maker(noise)) - self.judge(real)),
                weights,
            )
            optimizer.apply(gradients, weights)
            losses.append(loss)
        return {"maker": losses[0], "judge": losses[1]}


def test_a_train_step_alone_makes_a_model(host: str) -> None:
    def net(inputs: int, outputs: int) -> Any:
        return models.Sequential([layers.Input((inputs,)), layers.Dense(outputs)])

    pair = Pair(net(2, 5), net(5, 1))
    pair.compile(pw.optimizers.SGD(0.1), pw.optimizers.SGD(0.01))
    before = pair.get_weights()
    history = pair.fit_sync(X, epochs=2, batch_size=6, verbose=0)
    assert list(history.history) == ["maker", "judge"]
    moved = [not np.array_equal(a, b) for a, b in zip(pair.get_weights(), before, strict=True)]
    assert moved == [True, True, True, False]  # what is constant has no slope
    with pytest.raises(ValueError, match=r"its class Pair says what it does, and may need a call"):
        pair.predict(X)


def test_what_needs_a_graph_says_so() -> None:
    model = Classifier()
    model(X)
    with pytest.raises(ValueError, match="has no graph of layers"):
        assert model.graph
    with pytest.raises(TypeError, match=r"made of inputs and outputs, Model\(x, y\), or"):
        models.Model()
    with pytest.raises(TypeError, match="symbolic"):
        models.Model(layers.Input((3,)))


def test_forgotten_it_frees_its_memory() -> None:
    def use() -> None:
        model = Classifier()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit_sync(X, Y, verbose=0)
        model.predict(X)

    use()
    gc.collect()
    gc.disable()  # reference counting alone must do it
    try:
        before = core.memory()["tensors"]
        use()
        assert core.memory()["tensors"] == before
    finally:
        gc.enable()
