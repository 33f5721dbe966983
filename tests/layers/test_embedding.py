"""Embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

from pywebml import layers, models
from pywebml.core.tensor import tensor

Array = Any


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.integers(0, 5, shape)


CASES = [
    LayerCase(
        lambda: layers.Embedding(5, 3),
        (4, 6),
        [("embeddings", (5, 3))],
        lambda x, e: e[x.astype(int)],
        numbers,
        smooth=False,
        half=False,  # whole numbers are no half floats
    ),
    LayerCase(
        lambda: layers.ReversibleEmbedding(5, 3, tie_weights=True),
        (4, 6),
        [("embeddings", (5, 3))],
        lambda x, e: e[x.astype(int)],
        numbers,
        smooth=False,
        half=False,
    ),
]


@parameters(CASES)
def test_embeddings(host: str, case: LayerCase) -> None:
    case.check()


def test_steps_of_zero_are_left_out(host: str) -> None:
    words = np.array([[3, 1, 0, 0], [2, 0, 0, 0]], np.int32)
    layer = layers.Embedding(5, 3, mask_zero=True)
    _, mask = layer.call_masked(tensor(words))
    np.testing.assert_array_equal(mask.numpy(), words != 0)
    assert layers.Embedding(5, 3).call_masked(tensor(words))[1] is None
    ends = layers.Input((4,), dtype="int32")
    model = models.Model(ends, layers.Activation("linear")(layer(ends)))
    assert model.predict(words).shape == (2, 4, 3)


def test_weights_that_are_there_already(host: str) -> None:
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    for weights in (values, [values]):
        layer = layers.Embedding(3, 2, weights=weights)
        assert layer(tensor([2, 0])).tolist() == [[4, 5], [0, 1]]
        assert "weights" not in layer.get_config()
    with pytest.raises(ValueError, match=r"an array of shape \(3, 2\)"):
        layers.Embedding(3, 2, weights=values[:2])


def test_only_the_words_that_were_there_have_a_gradient(host: str) -> None:
    from pywebml.core.autodiff import variable_grads

    layer = layers.Embedding(5, 2)
    words = tensor(np.array([[3, 1, 3]], np.int32))
    layer(words)
    _, (slope,) = variable_grads(lambda: layer(words).sum(), layer.trainable_weights)
    want = np.zeros((5, 2))
    want[1], want[3] = 1, 2
    np.testing.assert_allclose(slope.numpy(), want)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("cap", [None, 2.0])
def test_the_way_back_is_keras_s(host: str, tied: bool, cap: float | None) -> None:
    from in_keras import keras

    theirs = keras.layers.ReversibleEmbedding(5, 3, tied, logit_soft_cap=cap)
    ours = layers.ReversibleEmbedding(5, 3, tied, logit_soft_cap=cap)
    words, vectors = np.array([[1, 4]], np.int32), np.random.default_rng(0).normal(size=(2, 4, 3))
    theirs(words)
    ours(tensor(words))
    values = [w * 20 for w in theirs.get_weights()]
    theirs.set_weights(values)
    ours.set_weights(values)
    vectors = vectors.astype(np.float32)
    want = np.asarray(theirs(vectors, reverse=True))
    got = ours(tensor(vectors), reverse=True).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours(tensor(words)).numpy(), np.asarray(theirs(words)))
    again = layers.ReversibleEmbedding.from_config(ours.get_config())
    assert again.get_config() == ours.get_config()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="input_dim must be at least 1, got 0"):
        layers.Embedding(0, 2)
    with pytest.raises(ValueError, match="output_dim must be at least 1, got -1"):
        layers.Embedding(2, -1)
    with pytest.raises(ValueError, match="logit_soft_cap must be above 0"):
        layers.ReversibleEmbedding(2, 2, logit_soft_cap=0)
    with pytest.raises(ValueError, match="reverse_dtype must be one of"):
        layers.ReversibleEmbedding(2, 2, reverse_dtype="int8")
