"""`build` makes a layer's weights once, whoever calls it. Over all layers: check_build
in support/layer_cases.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers, models
from pywebml.models.weights import assign_weights, weight_names


def test_the_weights_that_are_set_are_the_ones_that_count(host: str) -> None:
    layer = layers.Dense(1, use_bias=False)
    layer.build((None, 1))
    layer.set_weights([[[2.0]]])
    assert layer(pw.tensor([[3.0]])).tolist() == [[6.0]]
    assert len(layer.weights) == 1


def test_built_again_a_layer_keeps_its_weights_or_says_why_not() -> None:
    layer = layers.Conv2D(2, 3)
    layer.build([None, 8, 8, 3])
    (kernel, _) = layer.weights
    layer.build((4, 8, 8, 3))
    layer.build((None, 20, 30, 3))  # any picture will do
    assert layer.weights[0] is kernel
    with pytest.raises(ValueError, match=r"do not fit inputs of shape \(None, 8, 8, 4\)"):
        layer.build((None, 8, 8, 4))
    with pytest.raises(ValueError, match=r"do not fit inputs of shape \(None, 8, 8, 4\)"):
        layer(layers.Input((8, 8, 4)))
    with pytest.raises(TypeError, match=r"a shape such as \(None, 10\)"):
        layers.Dense(3).build(4)


class Inherited(layers.Dense):
    """Builds on its base's `build`, and on layers inside."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.scale = self.add_weight((), "ones", name="scale")
        self.before = layers.Dense(input_shape[-1])
        self.before.build(input_shape)
        self.built = True  # as Keras 2's users write

    def call(self, inputs: Any) -> Any:
        return super().call(self.before(inputs)) * self.scale


class Lazy(layers.Layer):
    """Has no `build`: what is inside is built by following the call."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.stack = [layers.Dense(3), models.Sequential([layers.Dense(2)])]

    def call(self, inputs: Any) -> Any:
        return self.stack[1](self.stack[0](inputs))


@pytest.mark.parametrize(("kind", "weights"), [(lambda: Inherited(2), 5), (Lazy, 4)])
def test_layers_of_one_s_own_are_built_once(host: str, kind: Any, weights: int) -> None:
    layer = kind()
    layer.build((None, 4))
    assert len(layer.weights) == weights
    values = [np.full(w.shape, 0.5, np.float32) for w in layer.weights]
    layer.set_weights(values)
    layer.build((None, 4))
    x = layers.Input((4,))
    model = models.Model(x, layer(x))
    model.predict(np.ones((2, 4)))
    assert len(layer.weights) == weights
    for weight, value in zip(layer.weights, values, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_a_build_that_fails_leaves_nothing_behind() -> None:
    class Picky(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight((input_shape[-1],), name="kernel")
            if input_shape[-1] > 3:
                raise ValueError("too wide")

        def call(self, inputs: Any) -> Any:
            return inputs * self.kernel

    layer = Picky()
    with pytest.raises(ValueError, match="too wide"):
        layer.build((None, 4))
    assert not layer.built
    layer.build((None, 3))
    assert [w.shape for w in layer.weights] == [(3,)]


def test_models_are_built_once() -> None:
    model = models.Sequential([layers.Dense(3, name="a"), layers.Dense(1, name="b")])
    with pytest.raises(ValueError, match=r"has no weights yet: call build\(shape\)"):
        assign_weights(model, {})
    model.build((None, 4))
    weights = model.weights
    names = weight_names(model)
    assign_weights(model, {n: np.ones(w.shape) for n, w in zip(names, weights, strict=True)})
    model.build((None, 4))
    model.build([8, 4])
    assert all(a is b for a, b in zip(model.weights, weights, strict=True))
    assert model(np.ones((1, 4))).tolist() == [[16.0]]
    with pytest.raises(ValueError, match=r"do not fit inputs of shape \(None, 5\)"):
        model.build((None, 5))
    x = layers.Input((4,))
    whole = models.Model(x, model(x))
    whole.build((None, 4))
    with pytest.raises(ValueError, match=r"do not fit inputs of shape \(None, 3\)"):
        whole.build((None, 3))


def test_layers_built_by_hand_go_into_models() -> None:
    layer = layers.Dense(2, name="ready")
    layer.build((None, 3))
    layer.set_weights([np.ones((3, 2)), np.zeros(2)])
    model = models.Sequential([layer])
    assert model.predict(np.ones((1, 3))).tolist() == [[3.0, 3.0]]
    other = models.Sequential([layer, layers.Dense(1)])
    with pytest.raises(ValueError, match="do not fit"):
        other.build((None, 5))
    other.build((None, 3))
    assert other.count_params() == 8 + 3
