"""Masks that nobody hands on by hand: to layers of one's own that want one, in graphs and
from one called layer to the next, as in Keras 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers, models, ops
from pywebml.core.tensor import tensor
from pywebml.layers.support.masks import masks_for

WORDS = np.array([[1, 2, 0, 0], [3, 4, 2, 1]], np.int32)
MASK = WORDS != 0


class Share(layers.Layer):
    """The share of each step in the steps that count; it cannot do without a mask."""

    supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        there = mask.astype("float32").expand_dims(-1)
        exp = ops.exp(inputs) * there
        return exp / exp.sum(1, keepdims=True)


def test_a_layer_that_wants_a_mask_is_followed_with_one(host: str) -> None:
    inputs = layers.Input((None,), dtype="int32")
    x = layers.Dropout(0.1)(layers.Embedding(5, 3, mask_zero=True)(inputs))
    model = models.Model(inputs, Share()(layers.Dense(1)(x)))
    got = model.predict(WORDS).numpy()[..., 0]
    np.testing.assert_allclose(got.sum(1), 1, rtol=1e-5)
    assert (got[0, 2:] == 0).all()
    assert (got[1] > 0).all()


@pytest.mark.parametrize(
    ("make", "masked"),
    [
        (lambda x: layers.Masking()(x), True),
        (lambda x: layers.Dense(2)(layers.Masking()(x)), True),
        (lambda x: layers.LSTM(2, return_sequences=True)(layers.Masking()(x)), True),
        (lambda x: layers.LSTM(2)(layers.Masking()(x)), False),
        (lambda x: layers.Add()([layers.Masking()(x), x]), False),
        (lambda x: layers.Add()([layers.Masking()(x), layers.Masking(1.0)(x)]), True),
        (lambda x: layers.Dense(2)(x), False),
        (lambda x: layers.LSTM(2, return_sequences=True, return_state=True)(x)[0], False),
    ],
)
def test_which_symbols_have_a_mask(make: Any, masked: bool) -> None:
    symbol = make(layers.Input((4, 3)))
    mask = masks_for(symbol)
    assert (mask is not None) == masked
    assert not masked or (mask.shape == (None, 4) and mask.dtype == "bool")


def test_long_chains_are_no_trouble() -> None:
    x = layers.Masking()(layers.Input((4, 3)))
    activation = layers.Activation("relu")
    for _ in range(3000):
        x = activation(x)
    assert masks_for(x) is not None


def test_a_mask_goes_from_layer_to_layer_as_in_keras() -> None:
    pw.set_device("cpu")

    def both(space: Any, array: Any) -> list[Any]:
        embedding = space.Embedding(5, 3, mask_zero=True)
        lstm, dense = space.LSTM(4, return_sequences=True), space.Dense(2)
        last = space.GRU(3)
        chain = [embedding, lstm, dense, last]

        def run() -> Any:
            return last(dense(lstm(embedding(array(WORDS)))))

        run()
        rng = np.random.default_rng(1)
        for layer in chain:
            layer.set_weights([rng.normal(size=w.shape) / 2 for w in layer.weights])
        return [run(), last(dense(lstm(embedding(array(WORDS)), mask=array(MASK))))]

    ours = [y.numpy() for y in both(layers, tensor)]
    theirs = [np.asarray(y) for y in both(keras.layers, np.asarray)]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours[0], ours[1], rtol=1e-5, atol=1e-6)


def test_a_mask_goes_through_models_that_say_their_call(host: str) -> None:
    class Reader(pw.Model):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.reads = layers.Embedding(5, 3, mask_zero=True), layers.LSTM(4)

        def call(self, inputs: Any) -> Any:
            return self.reads(self.words(inputs))

    model = Reader()
    got = model(tensor(WORDS)).numpy()
    alone = model(tensor(WORDS[:1, :2])).numpy()
    np.testing.assert_allclose(got[:1], alone, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict(WORDS).numpy(), got, rtol=1e-5, atol=1e-6)


def test_a_symbols_mask_is_a_symbol_that_layers_take(host: str) -> None:
    inputs = layers.Input((None,), dtype="int32")
    x = layers.Embedding(5, 3, mask_zero=True)(inputs)
    lstm = layers.LSTM(2)
    by_hand = lstm(x * 1.0, mask=x._keras_mask)  # what is computed has no mask of its own
    model = models.Model(inputs, [lstm(x), by_hand, lstm(x * 1.0), x._keras_mask])
    handed_on, by_hand, without, mask = (part.numpy() for part in model(WORDS))
    np.testing.assert_allclose(by_hand, handed_on, rtol=1e-6)
    assert abs(without - handed_on)[0].max() > 1e-4
    np.testing.assert_array_equal(mask, MASK)
    pooled = layers.GlobalMaxPooling1D()(x)
    assert not any(hasattr(symbol, "_keras_mask") for symbol in (inputs, x * 1.0, pooled))
