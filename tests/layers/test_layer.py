"""What all layers do alike: arguments, weights, names, symbols."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pywebml import layers
from pywebml.core.tensor import tensor


def test_old_config_keys_are_understood() -> None:
    config = {
        "name": "conv_old", "filters": 2, "kernel_size": [1, 1], "strides": [1, 1],
        "padding": "same", "data_format": "channels_last",
        "dilation_rate": [1, 1], "activation": "linear", "use_bias": False,
        "kernel_regularizer": None, "activity_regularizer": None,
        "kernel_initializer": {"class_name": "VarianceScaling",
          "config": {"distribution": "uniform", "scale": 1.0, "mode": "fan_avg"}},
        "batch_input_shape": [None, 8, 8, 3], "trainable": True,
    }  # fmt: skip
    layer = layers.deserialize("Conv2D", config)
    assert layer.batch_input_shape == (None, 8, 8, 3)
    with pytest.raises(ValueError, match="channels_first"):
        layers.deserialize("Conv2D", {**config, "data_format": "channels_first"})
    with pytest.warns(UserWarning, match="kernel_regularizer"):
        layers.deserialize(
            "Conv2D", {**config, "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.1}}}
        )
    with pytest.raises(TypeError, match="unitz"):
        layers.Dense(3, unitz=4)
    with pytest.raises(ValueError, match="unknown layer class 'LSTM'"):
        layers.deserialize("LSTM", {})


def test_set_weights_checks_number_and_shapes() -> None:
    layer = layers.Dense(3)
    with pytest.raises(ValueError, match="no weights until"):
        layer.set_weights([np.zeros((2, 3))])
    layer(layers.Input((2,)))
    with pytest.raises(ValueError, match="2 weights, got 1"):
        layer.set_weights([np.zeros((2, 3))])
    with pytest.raises(ValueError, match=r"shape \(2, 3\) expected, got \(3, 2\)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])


def test_weights_draw_no_more_than_their_initializer(host: str) -> None:
    class Plain(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.steps = self.add_weight("steps", (2,), "zeros", trainable=False)
            self.scale = self.add_weight("scale", (), "ones")

        def call(self, inputs: Any) -> Any:
            return inputs * self.scale

    layer = Plain(name="plain")
    np.testing.assert_array_equal(layer(np.arange(3.0)).numpy(), np.arange(3.0))
    assert [w.name for w in layer.trainable_weights] == ["plain/scale"]
    assert [w.name for w in layer.non_trainable_weights] == ["plain/steps"]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 2


def test_a_layer_without_a_call_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Layer needs a call\(inputs\) method"):
        layers.Layer()(np.ones(2))


def test_symbols_and_tensors_do_not_mix() -> None:
    with pytest.raises(TypeError, match="cannot be mixed"):
        layers.Add()([layers.Input((3,)), tensor([[1.0, 2.0, 3.0]])])


def test_a_layer_at_two_places_has_no_single_output() -> None:
    layer = layers.Dense(2, name="twice")
    with pytest.raises(AttributeError, match="has not been called on an Input"):
        layer.output  # noqa: B018
    first = layer(layers.Input((3,)))
    assert layer.output.shape == first.shape
    assert layer.input_shape == (None, 3)
    second = layer(layers.Input((3,)))
    with pytest.raises(AttributeError, match="used at 2 places"):
        layer.output  # noqa: B018
    assert second.layer is layer
