"""Classes and functions of a user's own in configs: registered, in a scope, handed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, models, saving, train

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


class Scaled(layers.Layer):
    def __init__(self, factor: float = 2.0, inner: Any = None, **options: Any):
        super().__init__(**options)
        self.factor, self.inner = factor, inner

    def call(self, inputs: Any) -> Any:
        return (inputs if self.inner is None else self.inner(inputs)) * self.factor


class Halved(layers.initializers.Initializer):
    def __call__(self, shape: Any) -> Any:
        return pw.ops.fill(tuple(shape), 0.5)


class Cubic(layers.regularizers.Regularizer):
    def __call__(self, x: Any) -> Any:
        return pw.ops.sum(pw.ops.abs(x) ** 3)


class Small(layers.constraints.Constraint):
    def __call__(self, w: Any) -> Any:
        return pw.ops.clip_by_value(w, -0.1, 0.1)


class Doubled(train.losses.MeanSquaredError):
    pass


class Own(models.Model):
    def __init__(self, units: int = 2, **options: Any):
        super().__init__(**options)
        self.units, self.dense = units, layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def bent(x: Any) -> Any:
    return x * pw.ops.sigmoid(x)


OWN = {
    "Scaled": Scaled, "Halved": Halved, "Cubic": Cubic, "Small": Small, "Own": Own, "bent": bent,
}  # fmt: skip


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    before = dict(saving.get_custom_objects())
    yield
    saving.get_custom_objects().clear()
    saving.get_custom_objects().update(before)


def network() -> Any:
    x = layers.Input((4,))
    dense = layers.Dense(
        3, kernel_initializer=Halved(), kernel_regularizer=Cubic(), kernel_constraint=Small()
    )
    return models.Model(x, Scaled(3.0, layers.Dense(2, use_bias=False))(dense(x)))


def same(one: Any, other: Any) -> None:
    other.set_weights(one.get_weights())
    np.testing.assert_allclose(other(X).numpy(), one(X).numpy(), rtol=1e-6)
    for w, v in zip(other.weights, one.weights, strict=True):
        assert type(w.regularizer) is type(v.regularizer)


@pytest.mark.parametrize("way", ["registered", "scope", "handed in", "json"])
def test_a_model_of_own_classes_is_made_again(way: str) -> None:
    model = network()
    config = json.loads(json.dumps(model.get_config()))
    with pytest.raises(ValueError, match="unknown initializer 'Halved'"):
        models.Model.from_config(config)
    if way == "registered":
        for thing in OWN.values():
            saving.register_keras_serializable(package="Tests")(thing)
        config = json.loads(json.dumps(model.get_config()))
        again = models.Model.from_config(config)
    elif way == "scope":
        with saving.custom_object_scope(OWN):
            again = models.Model.from_config(config)
    elif way == "handed in":
        again = models.Model.from_config(config, custom_objects=OWN)
    else:
        again = models.model_from_json(model.to_json(), custom_objects=OWN)
    same(model, again)


def test_a_function_goes_by_its_name() -> None:
    saving.register_keras_serializable(package="Tests")(bent)
    model = models.Sequential([layers.Input((4,)), layers.Dense(2, activation=bent)])
    config = json.loads(json.dumps(model.get_config()))
    same(model, models.Sequential.from_config(config))
    assert saving.get_registered_name(bent) == "Tests>bent"
    assert saving.get_registered_object("Tests>bent") is bent
    assert saving.get_registered_object("bent") is None
    assert saving.get_registered_name(np.mean) == "mean"


def test_scopes_lie_within_scopes() -> None:
    with saving.CustomObjectScope({"a": 1}), saving.CustomObjectScope({"b": 2}):
        assert saving.get_registered_object("a") == 1
        assert saving.get_registered_object("b") == 2
    assert saving.get_registered_object("a") is None


THINGS = [
    layers.Dense(3, "relu", name="dense"), layers.initializers.HeNormal(seed=3),
    layers.regularizers.L1L2(0.1, 0.2), layers.constraints.MaxNorm(3.0),
    train.losses.Huber(delta=2.0), train.metrics.BinaryAccuracy(threshold=0.3),
    train.optimizers.Adam(0.01), [1, {"a": None}], "text", 2.5, Scaled(4.0), Halved(),
]  # fmt: skip


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_everything_with_a_config_comes_back(thing: Any) -> None:
    entry = json.loads(json.dumps(saving.serialize_keras_object(thing)))
    again = saving.deserialize_keras_object(entry, custom_objects=OWN)
    assert type(again) is type(thing)
    if hasattr(thing, "get_config"):
        assert again.get_config() == thing.get_config()
    else:
        assert again == thing


def test_what_nobody_knows_is_refused() -> None:
    for entry in (
        {"class_name": "Nothing", "config": {}},
        {"class_name": "function", "config": "os.system"},
    ):
        with pytest.raises(TypeError, match=r"is known: decorate yours with @pw\.saving"):
            saving.deserialize_keras_object(entry)
    with pytest.raises(ValueError, match="the class Plain needs a get_config"):
        saving.register_keras_serializable()(type("Plain", (), {}))
    with pytest.raises(TypeError, match="has no config"):
        saving.serialize_keras_object(object())


def nested() -> Any:
    x = layers.Input((4,), name="x")
    inner = models.Sequential([layers.Input((4,)), layers.Dense(4, name="in")], name="inner")
    y = inner(x) * 0.5 + layers.Dropout(0.5, name="drop")(x, training=False)
    return models.Model({"x": x}, {"y": y, "z": layers.Dense(1, name="out")(y)})


@pytest.mark.parametrize(
    "make", [network, nested, lambda: models.Sequential([layers.Input((4,)), layers.Dense(2)])]
)
@pytest.mark.parametrize("recursive", [False, True])
def test_clones_have_weights_of_their_own(make: Any, recursive: bool) -> None:
    model = make()
    clone = models.clone_model(model, recursive=recursive)
    assert type(clone) is type(model)
    assert clone.get_config() == model.get_config()
    clone.set_weights(model.get_weights())
    x = {"x": X} if isinstance(model.ends.takes, dict) else X
    want, got = (one.predict(x) for one in (model, clone))
    for key in want if isinstance(want, dict) else [...]:
        a, b = (want[key], got[key]) if isinstance(want, dict) else (want, got)
        np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-6)
    assert not {id(w) for w in clone.weights} & {id(w) for w in model.weights}


def test_clones_are_made_by_whoever_asks() -> None:
    seen: list[str] = []

    def clone(layer: Any) -> Any:
        seen.append(layer.name)
        return type(layer).from_config({**layer.get_config(), "trainable": False})

    def call(layer: Any, *args: Any, **options: Any) -> Any:
        return layer(*args, **options)

    model = nested()
    frozen = models.clone_model(model, clone_function=clone, call_function=call, recursive=True)
    assert {"in", "drop", "out"} <= set(seen)
    assert not frozen.trainable_weights
    start = layers.Input((4,), name="other")
    assert models.clone_model(model, input_tensors=start).inputs[0].layer is start.layer
    own = Own(3)
    own(X)
    assert models.clone_model(own).units == 3
    with pytest.raises(ValueError, match="says its call itself"):
        models.clone_model(own, clone_function=clone)
    with pytest.raises(ValueError, match="clone_model takes a Model"):
        models.clone_model(layers.Dense(1))  # type: ignore[arg-type]


class Holding(layers.Layer):
    """Its config gives things as they are, some within a list and a dict."""

    def __init__(self, things: Any, by_name: Any, **options: Any):
        super().__init__(**options)
        self.things, self.by_name = things, by_name
        self.rest = [self.by_name["rest"]]

    def call(self, inputs: Any) -> Any:
        return self.rest[0](self.things[0](inputs))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "things": self.things, "by_name": self.by_name}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        things, by_name = config["things"], config["by_name"]
        made = [saving.deserialize_keras_object(thing) for thing in things]
        by_name = {key: saving.deserialize_keras_object(one) for key, one in by_name.items()}
        return cls(**{**config, "things": made, "by_name": by_name})


def test_a_config_may_give_layers_and_the_like_as_they_are() -> None:
    with saving.custom_object_scope({"Holding": Holding, "Scaled": Scaled, "Cubic": Cubic}):
        inner = Scaled(3.0, layers.Dense(2, kernel_regularizer="l2"))
        held = {"rest": layers.ReLU(1.5), "penalty": Cubic(), "own": layers.initializers.Ones()}
        x = layers.Input((4,))
        model = models.Model(x, Holding([inner, layers.regularizers.L1(0.1)], held)(x))
        copies = [
            models.Model.from_config(model.get_config()),
            models.model_from_json(model.to_json()),
        ]
        for copy in copies:
            holding = copy.layers[1]
            assert isinstance(holding.things[1], layers.regularizers.L1)
            assert isinstance(holding.by_name["penalty"], Cubic)
            assert holding.things[0] is not inner
            copy.set_weights(model.get_weights())
            np.testing.assert_allclose(copy(X).numpy(), model(X).numpy(), rtol=1e-6)
