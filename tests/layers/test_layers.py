"""Every layer: shapes, values, weights, config round trip and one training step,
through one helper.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pywebml import layers, models
from pywebml.core.tensor import tensor

Array = Any


def check_layer(
    make: Callable[[], layers.Layer],
    shape: tuple[int, ...] | list[tuple[int, ...]],
    weights: list[tuple[str, tuple[int, ...]]],
    expected: Callable[..., Array],
) -> None:
    """`expected(x, *weights)` is the layer's meaning in NumPy (a list for layers of
    several inputs).
    """
    rng = np.random.default_rng(1)
    shapes = shape if isinstance(shape, list) else [shape]
    arrays = [rng.normal(size=s).astype(np.float32) for s in shapes]
    layer = make()

    # symbolic call: shapes with an open batch size, and weights in Keras's order
    inputs = [layers.Input(s[1:]) for s in shapes]
    symbol = layer(inputs if isinstance(shape, list) else inputs[0])
    assert [(w.name.split("/")[1], tuple(w.shape)) for w in layer.weights] == weights
    assert layer.count_params() == sum(math.prod(s) for _, s in weights)

    # values, with weights that nobody would guess
    values = [rng.uniform(0.2, 1.2, size=s).astype(np.float32) for _, s in weights]
    layer.set_weights(values)
    for got, given in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(got, given)
    model = models.Model(inputs, symbol)
    x = [tensor(a) for a in arrays] if isinstance(shape, list) else tensor(arrays[0])
    got = layer(x).numpy()
    want = expected(arrays if isinstance(shape, list) else arrays[0].astype(np.float64), *values)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    assert got.shape == (shapes[0][0], *symbol.shape[1:])
    assert symbol.shape[0] is None
    np.testing.assert_allclose(
        model.predict(arrays if isinstance(shape, list) else arrays[0]).numpy(),
        want,
        rtol=1e-4,
        atol=1e-5,
    )

    # config round trip, through JSON and by class name
    entry = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(entry["class_name"], entry["config"])
    assert json.loads(json.dumps(again.get_config())) == entry["config"]
    again(x)
    again.set_weights(values)
    np.testing.assert_array_equal(again(x).numpy(), got)

    # one training step changes every trainable weight
    y = layers.Dense(1)(layers.Flatten()(symbol))
    trained = models.Model(inputs, y)
    trained.compile("sgd", "mse")
    before = [w.numpy() for w in trained.trainable_weights]
    loss = trained.train_on_batch_sync(
        arrays if isinstance(shape, list) else arrays[0], rng.normal(size=(shapes[0][0], 1)) + 3
    )
    assert math.isfinite(loss)
    for weight, old in zip(trained.trainable_weights, before, strict=True):
        assert not np.array_equal(weight.numpy(), old), weight.name


def windows(
    x: Array, size: int, stride: int = 1, dilation: int = 1, fill: float = 0.0, same: bool = False
) -> Array:
    """[n, h', w', size, size, c]: what each output of a window sees."""
    reach = (size - 1) * dilation + 1
    if same:
        pads = [max((-(-n // stride) - 1) * stride + reach - n, 0) for n in x.shape[1:3]]
        x = np.pad(x, ((0, 0), *((p // 2, p - p // 2) for p in pads), (0, 0)), constant_values=fill)
    # n, h, w, c, reach, reach
    seen = np.lib.stride_tricks.sliding_window_view(x, (reach, reach), axis=(1, 2))
    return seen[:, ::stride, ::stride, :, ::dilation, ::dilation].transpose(0, 1, 2, 4, 5, 3)


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def swish(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_dense(host: str) -> None:
    functions: dict[str | None, Callable[[Array], Array]] = {
        None: lambda z: z,
        "relu": relu,
        "softmax": softmax,
        "swish": swish,
    }
    for activation, function in functions.items():
        check_layer(
            lambda a=activation: layers.Dense(3, activation=a),
            (5, 4),
            [("kernel", (4, 3)), ("bias", (3,))],
            lambda x, k, b, f=function: f(x @ k + b),
        )
    check_layer(
        lambda: layers.Dense(2, use_bias=False), (2, 3, 4), [("kernel", (4, 2))], lambda x, k: x @ k
    )


def test_conv2d(host: str) -> None:
    check_layer(
        lambda: layers.Conv2D(4, 3, activation="relu"),
        (2, 6, 7, 3),
        [("kernel", (3, 3, 3, 4)), ("bias", (4,))],
        lambda x, k, b: relu(np.einsum("nhwijc,ijcf->nhwf", windows(x, 3), k) + b),
    )
    check_layer(
        lambda: layers.Conv2D(
            2, 3, strides=2, padding="same", use_bias=False, activation="softmax"
        ),
        (1, 7, 8, 2),
        [("kernel", (3, 3, 2, 2))],
        lambda x, k: softmax(np.einsum("nhwijc,ijcf->nhwf", windows(x, 3, 2, same=True), k)),
    )
    check_layer(
        lambda: layers.Conv2D(2, 2, dilation_rate=2),
        (1, 6, 6, 1),
        [("kernel", (2, 2, 1, 2)), ("bias", (2,))],
        lambda x, k, b: np.einsum("nhwijc,ijcf->nhwf", windows(x, 2, dilation=2), k) + b,
    )
    check_layer(
        lambda: layers.Conv2D(2, 3, strides=2, padding=((1, 1), (2, 0))),
        (1, 6, 6, 2),
        [("kernel", (3, 3, 2, 2)), ("bias", (2,))],
        lambda x, k, b: (
            np.einsum(
                "nhwijc,ijcf->nhwf", windows(np.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0))), 3, 2), k
            )
            + b
        ),
    )


def test_depthwise_and_separable(host: str) -> None:
    check_layer(
        lambda: layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2),
        (2, 6, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 2)), ("bias", (6,))],
        lambda x, k, b: (
            np.einsum("nhwijc,ijcm->nhwcm", windows(x, 3, 2, same=True), k).reshape(2, 3, 3, 6) + b
        ),
    )
    check_layer(
        lambda: layers.SeparableConv2D(4, 3, activation="tanh"),
        (2, 5, 5, 3),
        [("depthwise_kernel", (3, 3, 3, 1)), ("pointwise_kernel", (1, 1, 3, 4)), ("bias", (4,))],
        lambda x, d, p, b: np.tanh(
            np.einsum("nhwijc,ijc->nhwc", windows(x, 3), d[..., 0]) @ p[0, 0] + b
        ),
    )


def test_pooling(host: str) -> None:
    check_layer(
        lambda: layers.MaxPooling2D(), (2, 5, 6, 3), [], lambda x: windows(x, 2, 2).max((3, 4))
    )
    check_layer(
        lambda: layers.MaxPooling2D(3, strides=2, padding="same"),
        (1, 6, 5, 2),
        [],
        lambda x: windows(x, 3, 2, fill=-np.inf, same=True).max((3, 4)),
    )
    check_layer(
        lambda: layers.AveragePooling2D(2),
        (2, 4, 6, 3),
        [],
        lambda x: windows(x, 2, 2).mean((3, 4)),
    )
    check_layer(
        lambda: layers.AveragePooling2D(3, strides=1, padding="same"),
        (1, 4, 4, 2),
        [],
        lambda x: np.nanmean(windows(x, 3, fill=np.nan, same=True), (3, 4)),
    )
    check_layer(lambda: layers.GlobalAveragePooling2D(), (2, 4, 3, 5), [], lambda x: x.mean((1, 2)))
    check_layer(
        lambda: layers.GlobalMaxPooling2D(keepdims=True),
        (2, 4, 3, 5),
        [],
        lambda x: x.max((1, 2), keepdims=True),
    )


def test_batch_normalization_with_moving_averages(host: str) -> None:
    check_layer(
        lambda: layers.BatchNormalization(),
        (3, 4, 4, 2),
        [("gamma", (2,)), ("beta", (2,)), ("moving_mean", (2,)), ("moving_variance", (2,))],
        lambda x, g, b, m, v: (x - m) / np.sqrt(v + 1e-3) * g + b,
    )
    check_layer(
        lambda: layers.BatchNormalization(center=False, scale=False, epsilon=0.1),
        (6, 3),
        [("moving_mean", (3,)), ("moving_variance", (3,))],
        lambda x, m, v: (x - m) / np.sqrt(v + 0.1),
    )


def test_batch_normalization_while_training(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(8, 5, 5, 3)).astype(np.float32)
    layer = layers.BatchNormalization(momentum=0.8)
    y = layer(tensor(x), training=True).numpy()
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    np.testing.assert_allclose(y, (x - mean) / np.sqrt(variance + 1e-3), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.2 * mean, rtol=1e-4)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.8 + 0.2 * variance, rtol=1e-4)


def test_frozen_batch_normalization_keeps_its_averages(host: str) -> None:
    x = np.random.default_rng(2).normal(3, 2, size=(8, 4)).astype(np.float32)
    layer = layers.BatchNormalization()
    layer.trainable = False
    y = layer(tensor(x), training=True).numpy()
    np.testing.assert_allclose(y, x / np.sqrt(1 + 1e-3), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(4))


def test_activations(host: str) -> None:
    erf = np.vectorize(math.erf)
    table: dict[str, Callable[[Array], Array]] = {
        "linear": lambda x: x,
        "relu": relu,
        "relu6": lambda x: np.clip(x, 0, 6),
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "tanh": np.tanh,
        "softmax": softmax,
        "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
        "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
        "softplus": lambda x: np.log1p(np.exp(x)),
        "gelu": lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2))),
        "swish": swish,
    }
    for name, function in table.items():
        check_layer(lambda n=name: layers.Activation(n), (4, 7), [], function)
    with pytest.raises(ValueError, match="unknown activation 'rleu'"):
        layers.Dense(3, activation="rleu")


def test_activation_layers(host: str) -> None:
    check_layer(lambda: layers.ReLU(), (3, 9), [], relu)
    check_layer(lambda: layers.ReLU(max_value=0.5), (3, 9), [], lambda x: np.clip(x, 0, 0.5))
    check_layer(lambda: layers.ReLU(6), (3, 9), [], lambda x: np.clip(x, 0, 6))
    check_layer(
        lambda: layers.ReLU(1.0, negative_slope=0.2, threshold=0.3),
        (3, 9),
        [],
        lambda x: np.where(x >= 1, 1, np.where(x >= 0.3, x, 0.2 * (x - 0.3))),
    )
    check_layer(lambda: layers.LeakyReLU(), (3, 9), [], lambda x: np.where(x > 0, x, 0.3 * x))
    check_layer(
        lambda: layers.LeakyReLU(alpha=0.1), (3, 9), [], lambda x: np.where(x > 0, x, 0.1 * x)
    )
    check_layer(lambda: layers.Softmax(), (3, 9), [], softmax)


def test_shape_layers(host: str) -> None:
    check_layer(lambda: layers.Flatten(), (2, 3, 4, 5), [], lambda x: x.reshape(2, 60))
    check_layer(lambda: layers.Reshape((4, -1)), (2, 3, 8), [], lambda x: x.reshape(2, 4, 6))
    check_layer(
        lambda: layers.ZeroPadding2D(((0, 1), (2, 3))),
        (2, 3, 4, 2),
        [],
        lambda x: np.pad(x, ((0, 0), (0, 1), (2, 3), (0, 0))),
    )
    check_layer(
        lambda: layers.ZeroPadding2D(1),
        (1, 2, 2, 1),
        [],
        lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))),
    )
    with pytest.raises(ValueError, match="do not fit target_shape"):
        layers.Reshape((5, 5))(layers.Input((24,)))


def test_merging_layers(host: str) -> None:
    check_layer(lambda: layers.Add(), [(2, 3), (2, 3), (2, 3)], [], lambda xs: sum(xs))
    check_layer(
        lambda: layers.Concatenate(), [(2, 3), (2, 5)], [], lambda xs: np.concatenate(xs, -1)
    )
    check_layer(
        lambda: layers.Concatenate(axis=1),
        [(2, 3, 2), (2, 1, 2)],
        [],
        lambda xs: np.concatenate(xs, 1),
    )
    with pytest.raises(ValueError, match="one shape"):
        layers.Add()([layers.Input((3,)), layers.Input((4,))])
    with pytest.raises(ValueError, match="must agree"):
        layers.Concatenate()([layers.Input((3, 2)), layers.Input((4, 2))])
    with pytest.raises(ValueError, match="list of at least two"):
        layers.Add()(layers.Input((3,)))


def test_dropout(host: str) -> None:
    x = np.ones((50, 40), np.float32)
    layer = layers.Dropout(0.25, seed=3)
    np.testing.assert_array_equal(layer(tensor(x)).numpy(), x)  # inference leaves it alone
    first, second = layer(tensor(x), training=True).numpy(), layer(tensor(x), training=True).numpy()
    for y in (first, second):
        assert set(np.unique(np.round(y, 5))) == {0.0, np.float32(np.round(4 / 3, 5))}
        assert abs((y == 0).mean() - 0.25) < 0.04  # 4 standard deviations of 2,000 draws
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(
        layers.Dropout(0.25, seed=3)(tensor(x), training=True).numpy(), first
    )
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        layers.Dropout(1.5)


@pytest.mark.parametrize(
    ("name", "mean", "deviation", "bound"),
    [
        ("zeros", 0, 0, 0),
        ("ones", 1, 0, 1),
        ("random_normal", 0, 0.05, None),
        ("random_uniform", 0, 0.1 / math.sqrt(12), 0.05),
        ("truncated_normal", 0, 0.05 * 0.8796, 0.1),
        ("glorot_uniform", 0, math.sqrt(2 / 300), math.sqrt(6 / 300)),
        ("glorot_normal", 0, math.sqrt(2 / 300), None),
        ("he_uniform", 0, math.sqrt(2 / 100), math.sqrt(6 / 100)),
        ("he_normal", 0, math.sqrt(2 / 100), None),
        ("lecun_uniform", 0, math.sqrt(1 / 100), math.sqrt(3 / 100)),
        ("lecunNormal", 0, math.sqrt(1 / 100), None),
        ("varianceScaling", 0, math.sqrt(1 / 100), None),
        ({"class_name": "Constant", "config": {"value": 0.5}}, 0.5, 0, 0.5),
        (layers.initializers.VarianceScaling(3.0, "fan_out", "uniform"), 0, math.sqrt(3 / 200),
          math.sqrt(9 / 200)),
    ],
)  # fmt: skip
def test_initializers(
    host: str, name: Any, mean: float, deviation: float, bound: float | None
) -> None:
    layers.set_seed(5)
    made = layers.initializers.get(name)
    values = made((100, 200)).numpy()
    assert values.shape == (100, 200)
    assert abs(values.mean() - mean) < 5 * deviation / math.sqrt(20000) + 1e-7
    assert values.std() == pytest.approx(deviation, rel=0.03)
    if bound is not None:
        assert np.abs(values).max() <= bound * (1 + 1e-5)
    entry = layers.initializers.serialize(made)
    assert (
        layers.initializers.serialize(layers.initializers.get(json.loads(json.dumps(entry))))
        == entry
    )


def test_seeds_decide_the_weights(host: str) -> None:
    def draw() -> list[Array]:
        layer = layers.Dense(5)
        layer(layers.Input((4,)))
        return layer.get_weights()

    layers.set_seed(7)
    first, other = draw(), draw()
    layers.set_seed(7)
    np.testing.assert_array_equal(draw()[0], first[0])
    assert not np.array_equal(other[0], first[0])
    he = layers.initializers.HeNormal(seed=1)
    np.testing.assert_array_equal(he((3, 3)).numpy(), he((3, 3)).numpy())


def test_convolutions_count_the_window_in_their_fans() -> None:
    assert layers.initializers.fans((3, 3, 8, 16)) == (72, 144)


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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(0), "units"),
        (lambda: layers.Conv2D(3, 0), "kernel_size"),
        (lambda: layers.Conv2D(3, (2, 2, 2)), "kernel_size"),
        (lambda: layers.Conv2D(3, 3, padding="full"), "'valid' or 'same'"),
        (
            lambda: layers.Conv2D(3, 3, padding=((1, -1), (0, 0))),
            r"padding must be n, .* got \(\(1, -1\), \(0, 0\)\)",
        ),
        (lambda: layers.Conv2D(4, 3, groups=2), "groups"),
        (lambda: layers.Conv2D(4, 3)(layers.Input((8,))), "height, width, channels"),
        (lambda: layers.Conv2D(4, 9)(layers.Input((8, 8, 3))), "does not fit"),
        (lambda: layers.BatchNormalization(axis=1)(layers.Input((8, 8, 3))), "axis"),
        (lambda: layers.Dense(3, kernel_initializer="glorot"), "unknown initializer"),
        (lambda: layers.ReLU(max_value=-1), "negative"),
        (lambda: layers.Input(), "shape of one example"),
    ],
)
def test_bad_arguments_are_named(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_set_weights_checks_number_and_shapes() -> None:
    layer = layers.Dense(3)
    with pytest.raises(ValueError, match="no weights until"):
        layer.set_weights([np.zeros((2, 3))])
    layer(layers.Input((2,)))
    with pytest.raises(ValueError, match="2 weights, got 1"):
        layer.set_weights([np.zeros((2, 3))])
    with pytest.raises(ValueError, match=r"shape \(2, 3\) expected, got \(3, 2\)"):
        layer.set_weights([np.zeros((3, 2)), np.zeros(3)])
