"""What all layers do alike: arguments, weights, names, symbols."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pywebml import layers, models
from pywebml.core.tensor import tensor
from pywebml.layers.support.naming import snake_case


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
    first = layers.deserialize("Conv2D", {**config, "data_format": "channels_first"})
    assert first.get_config()["data_format"] == "channels_first"
    with pytest.raises(ValueError, match=r"Dropout has no data_format; .* got 'channels_first'"):
        layers.Dropout(0.5, data_format="channels_first")
    with pytest.raises(ValueError, match=r"Conv2D: data_format must be 'NHWC' or .* got 'first'"):
        layers.deserialize("Conv2D", {**config, "data_format": "first"})
    penalty = {"class_name": "L2", "config": {"l2": 0.1}}
    conv = layers.deserialize("Conv2D", {**config, "kernel_regularizer": penalty})
    assert conv.kernel_regularizer.l2 == 0.1
    with pytest.raises(TypeError, match="unitz"):
        layers.Dense(3, unitz=4)
    with pytest.raises(ValueError, match="unknown layer class 'LSTMTower'"):
        layers.deserialize("LSTMTower", {})


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
            self.steps = self.add_weight((2,), "zeros", trainable=False, name="steps")
            self.scale = self.add_weight((), "ones", name="scale")

        def call(self, inputs: Any) -> Any:
            return inputs * self.scale

    layer = Plain(name="plain")
    np.testing.assert_array_equal(layer(np.arange(3.0)).numpy(), np.arange(3.0))
    assert [w.path for w in layer.trainable_weights] == ["plain/scale"]
    assert [w.path for w in layer.non_trainable_weights] == ["plain/steps"]
    layer.trainable = False
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 2


def test_a_layer_without_a_call_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"Layer needs a call\(inputs\) method"):
        layers.Layer()(np.ones(2))


def test_tensors_beside_symbols_are_constants(host: str) -> None:
    x = layers.Input((3,))
    model = models.Model(x, layers.Add()([x, tensor([[1.0, 2.0, 3.0]])]))
    again = models.Model.from_config(json.loads(json.dumps(model.get_config())))
    for one in (model, again):
        assert one(np.zeros((1, 3))).tolist() == [[1.0, 2.0, 3.0]]


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


# --- layers made of layers


class Block(layers.Layer):
    """A layer that holds others in every way there is, and a weight of its own."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.first = layers.Dense(3, name="first")
        self.many = [layers.Dense(3, name="second"), (layers.Dense(3, name="third"),)]
        self.named = {"last": layers.Dense(2, name="fourth")}
        self.again = self.first

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight((), "ones", name="scale")

    def call(self, inputs: Any) -> Any:
        x = self.first(inputs) * self.scale
        for layer in (self.many[0], *self.many[1], self.named["last"]):
            x = layer(x)
        return x


class Ruled(Block):
    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], 2)


@pytest.mark.parametrize("kind", [Block, Ruled])
def test_inner_layers_belong_to_the_outer_one(host: str, kind: type[Block]) -> None:
    block = kind(name="block")
    x = layers.Input((3,))
    model = models.Model(x, block(x))
    names = ["block/scale"]
    for layer in ("first", "second", "third", "fourth"):
        names += [f"block/{layer}/kernel", f"block/{layer}/bias"]
    assert [w.path for w in block.weights] == names
    assert [w.path for w in model.trainable_weights] == names
    assert block.count_params() == 1 + 3 * 12 + 8
    block.set_weights([np.full(w.shape, 0.1) for w in block.weights])

    before = block.get_weights()
    model.compile("sgd", "mse")
    data = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    model.fit_sync(data, np.ones((4, 2)), epochs=1, verbose=0)
    for weight, old in zip(block.weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.path


def test_freezing_reaches_inner_layers(host: str) -> None:
    block = Block()
    block(np.ones((1, 3)))
    block.first.trainable = False
    assert len(block.trainable_weights) == 7
    frozen = [f"{block.name}/first/kernel", f"{block.name}/first/bias"]
    assert [w.path for w in block.non_trainable_weights] == frozen
    block.trainable = False
    assert block.trainable_weights == []
    assert not block.named["last"].trainable
    block.trainable = True
    assert len(block.trainable_weights) == 9


def test_a_model_may_stand_inside_a_layer(host: str) -> None:
    class Wrapper(layers.Layer):
        def __init__(self, inner: Any, **options: Any):
            super().__init__(**options)
            self.inner = inner

        def call(self, inputs: Any, training: bool = False) -> Any:
            return self.inner(inputs, training)

    inner = models.Sequential([layers.Input((3,)), layers.Dense(2), layers.Dropout(0.5)])
    x = layers.Input((3,))
    model = models.Model(x, Wrapper(inner)(x))
    assert [w.path for w in model.weights] == [w.path for w in inner.weights]
    assert model.output.shape == (None, 2)


class Scaled(layers.Layer):
    def call(self, inputs: Any, other: Any, scale: float = 1.0, training: bool = False) -> Any:
        return (inputs + other) * scale + (1.0 if training else 0.0)


def test_what_else_a_call_takes_is_handed_on(host: str) -> None:
    layer, x = Scaled(name="scaled"), np.ones((2, 3), np.float32)
    assert layer(x, x)[0, 0].item() == 2.0
    assert layer(x, x, 3.0)[0, 0].item() == 6.0
    assert layer(x, other=x, scale=3.0, training=True)[0, 0].item() == 7.0
    assert layer(x, x, 3.0, True)[0, 0].item() == 7.0
    assert layers.Dropout(0.5)(x, True).shape == (2, 3)
    with pytest.raises(TypeError, match=r"Scaled\.call takes 4 arguments, got 5"):
        layer(x, x, 3.0, True, 1)
    a, b = layers.Input((3,)), layers.Input((3,))
    model = models.Model([a, b], layer(a, b, scale=3.0))
    assert model([x, x])[0, 0].item() == 6.0
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        layers.ReLU()(x, size=3)


def test_names_are_texts_and_stay_apart() -> None:
    with pytest.raises(TypeError, match="a layer's name must be a text, got 3"):
        layers.Dense(1, name=3)  # type: ignore[arg-type]
    x = layers.Input((3,))
    stack = [layers.Dense(3, name="one"), layers.Dense(3, name="two")]
    for model in (models.Sequential([x, *stack]), models.Model(x, stack[1](stack[0](x)))):
        stack[1].name = "one"
        with pytest.raises(ValueError, match=r"two layers of model .* are called 'one'"):
            model.get_config()
        stack[1].name = "two"


def test_layers_get_the_names_that_keras_gives() -> None:
    """By its rules for all the names of its layers, and others of their kind."""
    from in_keras import keras
    from keras.src.utils.naming import to_snake_case  # type: ignore[import-untyped]

    names = [name for name in dir(keras.layers) if name[0].isupper()]
    assert len(names) > 100
    for name in [*names, "MyLSTMCell2D", "B0", "NetB0Block", "L2Loss"]:
        assert snake_case(name) == to_snake_case(name), name


def test_freezing_a_layer_freezes_its_weights_but_those_that_never_train() -> None:
    model = models.Sequential([layers.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    made = [weight.trainable for weight in model.weights]
    assert made == [True] * 4 + [False] * 2
    for trainable in (False, True):
        model.trainable = trainable
        assert [w.trainable for w in model.weights] == [trainable and one for one in made]
        assert len(model.trainable_weights) == (4 if trainable else 0)


def test_weights_are_counted_once_they_are_there() -> None:
    layer = layers.Dense(3)
    with pytest.raises(ValueError, match=r"no weights to count yet: call build\(shape\)"):
        layer.count_params()
    layer.build((None, 4))
    assert layer.count_params() == 15
