"""Weights know their names, paths and places as Keras's variables do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml.keras as ours


def stacked(k: Any) -> Any:
    dense, norm = k.layers.Dense(4, name="d"), k.layers.BatchNormalization(name="bn")
    return k.Sequential([k.Input((3,)), dense, norm], name="m")


def built_later(k: Any) -> Any:
    model = k.Sequential([k.layers.Dense(4, name="d")], name="m")
    model.build((None, 3))
    return model


def functional(k: Any) -> Any:
    x = k.Input((6, 3))
    y = k.layers.LSTM(2, return_sequences=True, name="l")(x)
    y = k.layers.Bidirectional(k.layers.GRU(2, name="g"), name="b")(y)
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(2, name="d")], name="inner")
    return k.Model(x, inner(y), name="m")


def with_own_layers(k: Any) -> Any:
    class Block(k.layers.Layer):  # type: ignore[misc]
        def __init__(self, **options: Any):
            super().__init__(**options)
            self.first = k.layers.Dense(2, name="first")
            self.second = k.layers.Dense(3, name="second")

        def build(self, input_shape: Any) -> None:
            self.scale = self.add_weight(shape=(2,), name="scale", trainable=False)
            self.first.build(input_shape)
            self.second.build((None, 2))
            self.built = True

        def call(self, x: Any) -> Any:
            return self.second(self.first(x) * self.scale)

    return k.Sequential([k.Input((3,)), Block(name="block"), Block(name="other")], name="m")


def subclassed(k: Any) -> Any:
    class Own(k.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="own")
            self.first = k.layers.Dense(2, name="first")
            self.norm = k.layers.LayerNormalization(name="norm")

        def call(self, x: Any) -> Any:
            return self.norm(self.first(x))

    model = Own()
    model(np.ones((1, 3), np.float32))
    return model


@pytest.mark.parametrize("make", [stacked, built_later, functional, with_own_layers, subclassed])
def test_weights_are_called_as_in_keras(make: Any) -> None:
    def known(model: Any) -> list[Any]:
        weights = model.weights
        return [(w.path, w.name, w.trainable, w.dtype, tuple(w.shape)) for w in weights]

    mine, theirs = make(ours), make(keras)
    assert known(mine) == known(theirs)
    paths = [[layer.path for layer in m.layers if layer.weights] for m in (mine, theirs)]
    assert paths[0] == paths[1]


def test_a_weight_by_hand() -> None:
    (weight, _) = stacked(ours).layers[0].weights
    weight.assign(np.ones((3, 4)))
    weight.assign_add(np.ones((3, 4)))
    weight.assign_sub(0.5 * np.ones((3, 4)))
    assert weight.numpy().tolist() == np.full((3, 4), 1.5).tolist()
    with pytest.raises(ValueError, match="variable 'm/d/kernel' has shape"):
        weight.assign(np.ones(3))
    assert ours.Variable(1.0, name="total").path == "total"
