"""Attention: what its forms compute, and their masks, beside Keras 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters
from meanings import softmax

from pywebml import layers, models
from pywebml.core.autodiff import grad
from pywebml.core.tensor import tensor

Array = Any


def with_heads(
    x: Array, y: Array, wq: Array, wk: Array, wv: Array, wo: Array, *, axes: str = "t,s"
) -> Array:
    q, k, v = (np.einsum("btd,dhn->bthn", *pair) for pair in ((x, wq), (y, wk), (y, wv)))
    k, v = (np.repeat(a, q.shape[2] // a.shape[2], 2) for a in (k, v))
    weights = softmax(np.einsum("bthn,bshn->bhts", q, k) / np.sqrt(q.shape[-1]))
    return np.einsum("bhts,bshn,hnd->btd", weights, v, wo)


def of_lists(scores: Callable[..., Array]) -> Callable[..., Array]:
    def attention(xs: list[Array], *weights: Array) -> Array:
        query, value, key = (*xs, xs[1])[:3]
        return softmax(scores(query, key, *weights)) @ value

    return attention


def dot(query: Array, key: Array, scale: Array = 1.0) -> Array:
    return query @ key.transpose(0, 2, 1) * scale


def tanh_sums(query: Array, key: Array, scale: Array = 1.0, outer: Array = 1.0) -> Array:
    return outer * np.tanh(scale * (query[:, :, None] + key[:, None])).sum(-1)


def additive(query: Array, key: Array, scale: Array = 1.0) -> Array:
    return (scale * np.tanh(query[:, :, None] + key[:, None])).sum(-1)


TWO, THREE = [(2, 3, 4), (2, 5, 4)], [(2, 3, 4), (2, 5, 6), (2, 5, 4)]
CASES = [
    LayerCase(layers.Attention, TWO, [], of_lists(dot)),
    LayerCase(layers.Attention, THREE, [], of_lists(dot)),
    LayerCase(
        lambda: layers.Attention(use_scale=True, dropout=0.0), TWO, [("scale", ())], of_lists(dot)
    ),
    LayerCase(
        lambda: layers.Attention(True, "concat"),
        TWO,
        [("scale", ()), ("concat_score_weight", ())],
        of_lists(tanh_sums),
    ),
    LayerCase(layers.AdditiveAttention, TWO, [("scale", (4,))], of_lists(additive)),
    LayerCase(lambda: layers.AdditiveAttention(False), THREE, [], of_lists(additive)),
    LayerCase(
        lambda: layers.MultiHeadAttention(2, 3, use_bias=False),
        TWO,
        [("kernel", (4, 2, 3))] * 3 + [("kernel", (2, 3, 4))],
        lambda xs, *w: with_heads(*xs, *w),
        spread=True,
    ),
    LayerCase(
        lambda: layers.GroupQueryAttention(3, 4, 2, use_bias=False),
        TWO,
        [("kernel", (4, 4, 3)), *[("kernel", (4, 2, 3))] * 2, ("kernel", (4, 3, 4))],
        lambda xs, *w: with_heads(*xs, *w),
        spread=True,
    ),
]


@parameters(CASES)
def test_attention(host: str, case: LayerCase) -> None:
    case.check()


RNG = np.random.default_rng(0)
X, Y = (RNG.normal(size=(2, n, 8)).astype(np.float32) for n in (5, 6))
WIDE = RNG.normal(size=(2, 3, 4, 8)).astype(np.float32)
SEEN, ROWS, COLUMNS = (RNG.random(s) < 0.6 for s in ((2, 5, 6), (2, 5), (2, 6)))

FORMS: list[tuple[str, dict[str, Any]]] = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}),
    ("MultiHeadAttention", {"num_heads": 3, "key_dim": 4, "use_gate": True, "output_shape": 4}),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "sliding_window": 2, "use_bias": False}),
    ("GroupQueryAttention", {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}),
    (
        "GroupQueryAttention",
        {"head_dim": 4, "num_query_heads": 2, "num_key_value_heads": 1, "use_gate": True},
    ),
    ("Attention", {}),
    ("Attention", {"use_scale": True}),
    ("Attention", {"use_scale": True, "score_mode": "concat"}),
    ("AdditiveAttention", {}),
    ("AdditiveAttention", {"use_scale": False}),
]
CALLS: list[dict[str, Any]] = [
    {},
    {"use_causal_mask": True},
    {"return_attention_scores": True},
    {"attention_mask": SEEN},
    {"attention_mask": SEEN[:1], "use_causal_mask": True, "return_attention_scores": True},
    {"value_mask": COLUMNS},
    {"key_mask": COLUMNS, "use_causal_mask": True},
]


def both(name: str, settings: dict[str, Any], *inputs: Any, **call: Any) -> Any:
    """What our layer and Keras's give with the same weights."""
    from in_keras import keras

    ours, theirs = getattr(layers, name)(**settings), getattr(keras.layers, name)(**settings)
    want = theirs(*inputs, **call)

    def as_tensors(value: Any) -> Any:
        if isinstance(value, list):
            return [as_tensors(v) for v in value]
        return tensor(value) if isinstance(value, np.ndarray) else value

    taken, options = as_tensors(list(inputs)), {k: as_tensors(v) for k, v in call.items()}
    ours(*taken, **options)
    weights = [RNG.normal(size=w.shape).astype(np.float32) for w in theirs.weights]
    assert [tuple(w.shape) for w in ours.weights] == [w.shape for w in weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    got, want = ours(*taken, **options), theirs(*inputs, **call)
    return (got, want) if isinstance(got, tuple) else ((got,), (want,))


@pytest.mark.parametrize("call", CALLS, ids=lambda c: "-".join(c) or "plain")
@pytest.mark.parametrize(("name", "settings"), FORMS, ids=str)
def test_calls_are_keras_s(name: str, settings: dict[str, Any], call: dict[str, Any]) -> None:
    if "Group" in name or "Multi" in name:
        inputs: tuple[Any, ...] = (X, Y)
    else:
        inputs = ([X, Y, Y * 0.5],)
        call = {k: v for k, v in call.items() if "mask" not in k or "causal" in k}
    for got, want in zip(*both(name, settings, *inputs, **call), strict=True):
        np.testing.assert_allclose(got.numpy(), np.asarray(want), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("name", ["Attention", "AdditiveAttention"])
def test_masks_of_lists_are_keras_s(host: str, name: str) -> None:
    for masks in ([ROWS, COLUMNS], [None, COLUMNS], [ROWS, None]):
        for got, want in zip(*both(name, {}, [X, Y], mask=masks), strict=True):
            np.testing.assert_allclose(got.numpy(), np.asarray(want), rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"attention_axes": 2},
        {"attention_axes": (1, 2)},
        {},
        {"attention_axes": (2,), "value_dim": 3},
    ],
    ids=str,
)
def test_axes_of_one_s_choice_are_keras_s(host: str, settings: dict[str, Any]) -> None:
    settings = {"num_heads": 2, "key_dim": 4, **settings}
    for got, want in zip(*both("MultiHeadAttention", settings, WIDE, WIDE), strict=True):
        np.testing.assert_allclose(got.numpy(), np.asarray(want), rtol=1e-5, atol=2e-5)


def test_a_step_sees_nothing_of_what_comes_later(host: str) -> None:
    layer = layers.MultiHeadAttention(2, 4)
    x = tensor(X)
    layer(x, x)
    slope = grad(lambda x: layer(x, x, use_causal_mask=True)[:, 1].sum())(x).numpy()
    assert np.abs(slope[:, :2]).min() > 0
    assert not slope[:, 2:].any()


def test_dropout_is_of_the_weights_while_training(host: str) -> None:
    x = tensor(np.ones((4, 6, 8), np.float32))
    for make in (
        lambda: layers.MultiHeadAttention(2, 4, dropout=0.5, seed=1),
        lambda: layers.GroupQueryAttention(4, 2, 1, dropout=0.5, seed=1),
    ):
        layer = make()
        rest, again = layer(x, x).numpy(), layer(x, x).numpy()
        np.testing.assert_array_equal(rest, again)
        drawn = layer(x, x, training=True).numpy()
        assert not np.allclose(drawn, rest)
        other = make()
        other(x, x)
        other.set_weights(layer.get_weights())
        np.testing.assert_allclose(other(x, x, training=True).numpy(), drawn, rtol=1e-5, atol=1e-6)
    layer = layers.Attention(dropout=0.5, seed=1)
    assert not np.allclose(layer([x, x], training=True).numpy(), layer([x, x]).numpy())


def test_masks_come_from_the_layers_before(host: str) -> None:
    """Words of 0 are seen by nobody, in a model of symbols."""
    words = layers.Input((6,), dtype="int32")
    x = layers.Embedding(9, 8, mask_zero=True)(words)
    attention = layers.MultiHeadAttention(2, 4)
    model = models.Model(words, attention(x, x))
    short = np.array([[3, 1, 4, 0, 0, 0]], np.int32)
    got = model.predict(short).numpy()
    alone = models.Model(words, x).predict(short).numpy()[:, :3]
    want = attention(tensor(alone), tensor(alone)).numpy()
    np.testing.assert_allclose(got[:, :3], want, rtol=1e-4, atol=1e-5)


def test_a_model_of_symbols_takes_query_value_and_key(host: str) -> None:
    query, value, key = layers.Input((5, 8)), layers.Input((6, 3)), layers.Input((6, 2))
    layer = layers.MultiHeadAttention(2, 4, value_dim=5)
    model = models.Model([query, value, key], layer(query, value, key=key))
    x = [X, Y[..., :3], Y[..., 3:5]]
    got = model.predict(x).numpy()
    assert got.shape == (2, 5, 8)
    ours = layer(tensor(x[0]), tensor(x[1]), key=tensor(x[2])).numpy()
    np.testing.assert_allclose(got, ours, rtol=1e-5, atol=1e-6)
    again = models.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(x).numpy(), got, rtol=1e-5, atol=1e-6)


def test_scores_of_a_model_of_symbols(host: str) -> None:
    query, value = layers.Input((5, 8)), layers.Input((6, 8))
    many = layers.MultiHeadAttention(2, 4)(query, value, return_attention_scores=True)
    lists = layers.Attention()([query, value], return_attention_scores=True)
    model = models.Model([query, value], [*many, *lists])
    assert [y.shape for y in model.outputs] == [
        (None, 5, 8), (None, 2, 5, 6), (None, 5, 8), (None, 5, 6),
    ]  # fmt: skip
    outputs = model.predict([X, Y])
    assert [y.shape[1:] for y in outputs] == [y.shape[1:] for y in model.outputs]


def test_bad_arguments_are_named() -> None:
    x, y = (tensor(a) for a in (X, Y))
    with pytest.raises(ValueError, match="num_heads must be at least 1"):
        layers.MultiHeadAttention(0, 4)
    with pytest.raises(ValueError, match="key_dim must be at least 1"):
        layers.MultiHeadAttention(2, 0)
    with pytest.raises(ValueError, match="sliding_window must be at least 1"):
        layers.MultiHeadAttention(2, 4, sliding_window=0)
    with pytest.raises(ValueError, match=r"dropout must be in \[0, 1\)"):
        layers.MultiHeadAttention(2, 4, dropout=1)
    with pytest.raises(ValueError, match="value and key must have as many steps"):
        layers.MultiHeadAttention(2, 4)(x, y, key=x)
    with pytest.raises(ValueError, match="multiple of num_key_value_heads"):
        layers.GroupQueryAttention(4, 3, 2)
    with pytest.raises(ValueError, match="score_mode must be"):
        layers.Attention(score_mode="sum")
    for layer in (layers.Attention(), layers.AdditiveAttention()):
        with pytest.raises(ValueError, match=r"takes a list of .*\[query, value\]"):
            layer(x)
        with pytest.raises(ValueError, match="takes a list of masks"):
            layer([x, y], mask=tensor(ROWS))
