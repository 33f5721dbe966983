"""Every layer that has a `data_format`, and batch normalization, with channels first:
all that holds for its cases holds for them turned round, weights the same. A share of
each layer's, whose options are tested with channels last.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, all_cases, parameters
from shares import share_of_each

import pywebml as pw
from pywebml import layers, models
from pywebml.layers.support.shapes import traced

WAYS = {
    type(case.make()): {"data_format": "channels_first"}
    for case in all_cases()
    if "data_format" in inspect.signature(type(case.make())).parameters
} | {layers.BatchNormalization: {"axis": 1}}


def first(x: Any) -> Any:
    """Pictures [n, h, w, c] as [n, c, h, w]."""
    return np.moveaxis(x, -1, 1)


def turned(case: LayerCase) -> LayerCase:
    """The case with channels first: those that come out, too, where pictures do."""
    kind = type(case.make())
    shape: Any = case.shape

    place = channels_at(kind)

    def expected(x: Any, *weights: Any) -> Any:
        y = case.expected(np.moveaxis(x, place, -1), *weights)
        # without its steps where only the last one comes out
        lost = len(shape) - y.ndim if place > 1 else 0
        return np.moveaxis(y, -1, place - lost) if y.ndim == len(shape) - lost else y

    return dataclasses.replace(
        case,
        make=lambda: kind.from_config({**case.make().get_config(), **WAYS[kind]}),
        shape=(*shape[:place], shape[-1], *shape[place:-1]),
        expected=expected,
        any_size=False,  # which leaves the last axis alone
    )


def channels_at(kind: type) -> int:
    """Behind the batch, or behind the steps of a layer that walks through pictures."""
    return 2 if kind.__name__.startswith("ConvLSTM") else 1


def is_turned(case: LayerCase) -> bool:
    """Whether the case has channels first itself."""
    config = case.make().get_config()
    return config.get("data_format") == "channels_first" or config.get("axis") == 1


def last_axis_counts(case: LayerCase) -> bool:
    """A softmax goes along the last axis, as in Keras."""
    activation = getattr(case.make(), "activation", None)
    return getattr(activation, "__name__", activation) == "softmax"


FIRST = [
    turned(case)
    for case in all_cases()
    if type(case.make()) in WAYS
    and len(case.shape) > 2
    and not last_axis_counts(case)
    and not is_turned(case)
]


@parameters(share_of_each(FIRST, lambda case: type(case.make()), 3))
def test_channels_first(host: str, case: LayerCase) -> None:
    case.check()
    layer = case.built()
    if isinstance(layer, layers.Flatten) or channels_at(type(layer)) > 1:
        return  # the sizes must be known: of a row, of a state
    open_sizes = (None, case.shapes[0][1], *[None] * (len(case.shapes[0]) - 2))
    followed, *_ = traced(layer, [open_sizes], ["float32"], False)
    assert layer.compute_output_shape(open_sizes) == followed[0]


@pytest.mark.parametrize("kind", sorted(WAYS, key=lambda kind: kind.__name__))
def test_every_such_layer_has_a_case(kind: Any) -> None:
    assert any(type(case.make()) is kind for case in FIRST)


@pytest.mark.parametrize("word", ["NCHW", "channelsFirst", "channels_first"])
def test_the_words_of_tensorflow_js(word: str) -> None:
    assert layers.MaxPooling2D(data_format=word).get_config()["data_format"] == "channels_first"


def test_a_model_both_ways(host: str) -> None:
    """The same weights give the same classes, trained a step with the same loss."""

    def model(way: str) -> Any:
        shape = (9, 8, 3) if way == "channels_last" else (3, 9, 8)
        axis = -1 if way == "channels_last" else 1
        return models.Sequential(
            [
                layers.Input(shape),
                layers.ZeroPadding2D(((1, 0), (0, 1)), data_format=way),
                layers.Conv2D(4, 3, strides=2, padding="same", data_format=way),
                layers.BatchNormalization(axis=axis),
                layers.DepthwiseConv2D(3, data_format=way, activation="relu"),
                layers.AveragePooling2D(2, 1, data_format=way),
                layers.Flatten(data_format=way),
                layers.Dense(2, activation="softmax"),
            ]
        )

    last, other = model("channels_last"), model("channels_first")
    other.set_weights(last.get_weights())
    x = np.random.default_rng(0).normal(size=(5, 9, 8, 3)).astype(np.float32)
    y = np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1]]
    for way, inputs in ((last, x), (other, first(x))):
        way.compile("sgd", "categorical_crossentropy")
        way.loss_of_step = way.train_on_batch_sync(inputs, y)
    assert other.loss_of_step == pytest.approx(last.loss_of_step, rel=1e-4)
    np.testing.assert_allclose(
        other.predict(first(x)).numpy(), last.predict(x).numpy(), rtol=1e-3, atol=1e-4
    )


def test_a_mask_counts_steps_wherever_channels_are(host: str) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    mask = np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 0, 0]], bool)
    layer = layers.BatchNormalization(axis=1)
    layer(pw.tensor(x), training=True, mask=pw.tensor(mask))
    mean = (x * mask[:, :, None]).sum((0, 2)) / (mask.sum(0) * 5)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.01 * mean, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("axis", [0, 4, -4, -5])
def test_axes_that_are_not_there(axis: int) -> None:
    with pytest.raises(ValueError, match=r"axis must be one of 0 to 3|size of axis"):
        layers.BatchNormalization(axis=axis).build((None, 2, 3, 4))


def test_mistakes_say_where_channels_are() -> None:
    with pytest.raises(ValueError, match=r"Conv2D needs \[batch, channels, height, width\], got"):
        layers.Conv2D(1, 2, data_format="channels_first").build((None, 3, 4))
    with pytest.raises(ValueError, match=r"does not fit into an input of \(None, 5, 2, 9\)"):
        layers.MaxPooling2D(3, data_format="NCHW").compute_output_shape((None, 5, 2, 9))
    with pytest.raises(ValueError, match="strides 2 and dilation_rate 2 do not go together"):
        layers.Conv2D(1, 2, strides=2, dilation_rate=2)
