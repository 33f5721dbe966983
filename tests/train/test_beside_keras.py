"""Small models of every kind trained beside Keras 3: the same weights and batches, 20
steps, the losses and the weights afterwards agree.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw

STEPS, BATCH = 20, 8
TOLERANCE = 1e-3  # measured: 1e-6


def sgd(library: Any) -> Any:
    return library.optimizers.SGD(0.05, momentum=0.9)


def rmsprop(library: Any) -> Any:
    """With an epsilon that keeps gradients which are 0 but for rounding from steps of
    full length either way, as Adam would make them.
    """
    return library.optimizers.RMSprop(0.01, epsilon=1e-3)


@dataclass(frozen=True)
class Row:
    """`build(library)` makes the model with `library.layers` and the like, Keras's or
    pywebml's, for inputs of `shape` (one example's).

    `classes` is how many whole numbers inputs are drawn from, None for normal numbers.
    Labels have the output's shape: numbers, or classes where the loss takes these.
    """

    name: str
    build: Callable[[Any], Any]
    shape: tuple[int, ...]
    loss: str = "mse"
    optimizer: Callable[[Any], Any] = sgd
    classes: int | None = None


def sequence_convolutions(library: Any) -> Any:
    """Dilated causal convolutions with a residual, as in WaveNet."""
    layers = library.layers
    x = inputs = layers.Input((20, 3))
    for rate in (1, 2, 4):
        y = layers.Conv1D(6, 3, padding="causal", dilation_rate=rate, activation="tanh")(x)
        x = y if rate == 1 else layers.add([x, y])
    x = layers.MaxPooling1D(2)(layers.SeparableConv1D(8, 3, padding="same", activation="relu")(x))
    x = layers.GlobalAveragePooling1D()(layers.DepthwiseConv1D(3, depth_multiplier=2)(x))
    return library.Model(inputs, layers.Dense(4, activation="softmax")(x))


def volumes(library: Any) -> Any:
    layers = library.layers
    return library.Sequential(
        [
            layers.Input((6, 7, 5, 2)),
            layers.ZeroPadding3D(((0, 1), (1, 0), (0, 0))),
            layers.Conv3D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling3D(2),
            layers.Conv3D(6, 2, strides=(1, 2, 1), groups=2, activation="tanh"),
            layers.UpSampling3D((1, 2, 1)),
            layers.Conv3DTranspose(3, 2, strides=2, activation="relu"),
            layers.Cropping3D((1, 1, 0)),
            layers.AveragePooling3D((2, 2, 1)),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def autoencoder(library: Any) -> Any:
    layers = library.layers
    return library.Sequential(
        [
            layers.Input((8, 8, 2)),
            layers.Conv2D(6, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(6, 4, strides=2, padding="same", activation="relu"),
            layers.Conv2D(2, 3, padding="same", activation="sigmoid"),
        ]
    )


def u_net(library: Any) -> Any:
    """Down, up again, and what was there before beside it."""
    layers = library.layers

    def twice(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    inputs = layers.Input((8, 12, 3))
    first = twice(inputs, 4)
    second = twice(layers.MaxPooling2D()(first), 6)
    x = twice(layers.AveragePooling2D(2)(second), 8)
    x = layers.Conv2DTranspose(6, 2, strides=2)(x)
    x = twice(layers.concatenate([x, second]), 6)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = twice(layers.Concatenate()([x, first]), 4)
    return library.Model(inputs, layers.Conv2D(3, 1, activation="sigmoid")(x))


def sequence_autoencoder(library: Any) -> Any:
    layers = library.layers
    x = inputs = layers.Input((12, 3))
    x = layers.Conv1D(8, 4, strides=2, padding="same", groups=1, activation="relu")(x)
    x = layers.AveragePooling1D(2)(x)
    x = layers.RepeatVector(6)(layers.Dense(10, activation="relu")(layers.Flatten()(x)))
    x = layers.Conv1DTranspose(4, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Permute((2, 1))(layers.Permute((2, 1))(x))
    return library.Model(inputs, layers.Conv1D(3, 1)(x))


def similarity(library: Any) -> Any:
    """Two halves of a picture, compared by a shared network."""
    layers = library.layers
    inputs = layers.Input((6, 10, 2))
    shared = [
        layers.DepthwiseConv2D(3, depth_multiplier=2, activation="tanh"),
        layers.SeparableConv2D(6, 2, padding="same"),
        layers.AdaptiveAveragePooling2D((3, 2)),
        layers.Flatten(),
    ]
    halves = [
        layers.Cropping2D(((0, 0), (0, 5)))(inputs),
        layers.Cropping2D(((0, 0), (5, 0)))(inputs),
    ]
    for layer in shared:
        halves = [layer(half) for half in halves]
    merged = [
        layers.dot(halves, axes=1, normalize=True),
        *(merge(halves) for merge in (layers.subtract, layers.multiply, layers.maximum)),
    ]
    return library.Model(inputs, layers.Dense(1)(layers.concatenate(merged)))


def recurrent(kind: str, **options: Any) -> Callable[[Any], Any]:
    """A layer over all steps, another on top of it over the last."""

    def build(library: Any) -> Any:
        layers = library.layers
        layer = getattr(layers, kind)
        return library.Sequential(
            [
                layers.Input((7, 3)),
                layer(6, return_sequences=True, **options),
                layer(5, go_backwards=True, **options),
                layers.Dense(3, activation="softmax"),
            ]
        )

    return build


def masked_recurrent(library: Any) -> Any:
    """Both ways over sequences of several lengths, with penalties and bounds."""
    layers = library.layers
    x = inputs = layers.Input((6, 2))
    x = layers.Masking(0.0)(layers.ReLU()(x))
    x = layers.Bidirectional(
        layers.GRU(4, return_sequences=True, kernel_regularizer="l2"), merge_mode="ave"
    )(x)
    x = layers.RNN(
        [layers.LSTMCell(5, recurrent_constraint="unit_norm"), layers.SimpleRNNCell(4)],
        return_sequences=True,
    )(x)
    x = layers.TimeDistributed(layers.Dense(3, activation="tanh"))(x)
    return library.Model(inputs, layers.LSTM(2, activation="softsign")(x))


def sequences_to_sequences(library: Any) -> Any:
    """The states of one layer begin another."""
    layers = library.layers
    inputs = layers.Input((6, 2))
    _, h, c = layers.LSTM(5, return_state=True)(inputs)
    y, s = layers.GRU(5, return_sequences=True, return_state=True)(inputs, initial_state=h)
    y = layers.LSTM(5, return_sequences=True)(y, initial_state=[s, c])
    return library.Model(inputs, layers.TimeDistributed(layers.Dense(2))(y))


def pictures_over_time(library: Any) -> Any:
    layers = library.layers
    return library.Sequential(
        [
            layers.Input((3, 6, 5, 2)),
            layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True),
            layers.ConvLSTM2D(2, 2, recurrent_activation="hard_sigmoid"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def transformer(causal: bool, mask_zero: bool) -> Callable[[Any], Any]:
    """A block of an encoder over words, and a classifier on its mean."""

    def build(library: Any) -> Any:
        layers = library.layers
        inputs = layers.Input((9,), dtype="int32")
        x = layers.Embedding(12, 8, mask_zero=mask_zero)(inputs)
        y = layers.MultiHeadAttention(2, 5)(x, x, use_causal_mask=causal)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, y]))
        y = layers.Dense(8)(layers.Dense(16, activation="gelu")(x))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.add([x, y]))
        x = layers.GlobalAveragePooling1D()(x)
        return library.Model(inputs, layers.Dense(3, activation="softmax")(x))

    return build


def attentions(library: Any) -> Any:
    """Of queries to other steps, by products and by sums, and with shared heads."""
    layers = library.layers
    inputs = layers.Input((6, 8))
    query = layers.EinsumDense("abc,cd->abd", (None, 8), "tanh", "d")(inputs)
    parts = [
        layers.Attention(use_scale=True)([query, inputs]),
        layers.AdditiveAttention()([query, inputs]),
        layers.GroupQueryAttention(4, 4, 2)(query, inputs),
    ]
    x = layers.GlobalAveragePooling1D()(layers.concatenate(parts))
    x = layers.EinsumDense("ab,bc->ac", 3, bias_axes="c")(x)
    return library.Model(inputs, layers.Activation("log_softmax")(x))


def normalizations(library: Any) -> Any:
    layers = library.layers
    return library.Sequential(
        [
            layers.Input((6, 5, 4)),
            layers.Conv2D(8, 3, padding="same"),
            layers.GroupNormalization(4),
            layers.PReLU(shared_axes=[1, 2]),
            layers.Conv2D(6, 3, activation="mish"),
            layers.LayerNormalization(axis=[1, 2, 3]),
            layers.Flatten(),
            layers.Dense(12, activation="softsign"),
            layers.RMSNormalization(),
            layers.Dense(8, activation="celu"),
            layers.UnitNormalization(),
            layers.Dense(3, activation="hard_silu"),
        ]
    )


ROWS = [
    Row("transformer", transformer(False, False), (9,), "categorical_crossentropy", classes=12),
    Row(
        "masked transformer", transformer(False, True), (9,), "categorical_crossentropy", classes=12
    ),
    Row(
        "causal transformer",
        transformer(True, True),
        (9,),
        "categorical_crossentropy",
        rmsprop,
        classes=12,
    ),
    Row("attentions", attentions, (6, 8)),
    Row("normalizations", normalizations, (6, 5, 4), optimizer=rmsprop),
    Row("sequence convolutions", sequence_convolutions, (20, 3), "categorical_crossentropy"),
    Row("volumes", volumes, (6, 7, 5, 2)),
    Row("autoencoder", autoencoder, (8, 8, 2), "binary_crossentropy", rmsprop),
    Row("U-Net", u_net, (8, 12, 3), "binary_crossentropy"),
    Row("sequence autoencoder", sequence_autoencoder, (12, 3)),
    Row("similarity", similarity, (6, 10, 2), optimizer=rmsprop),
    Row("LSTM", recurrent("LSTM"), (7, 3), "categorical_crossentropy"),
    Row("GRU", recurrent("GRU"), (7, 3), "categorical_crossentropy", rmsprop),
    Row("GRU, before", recurrent("GRU", reset_after=False), (7, 3), "categorical_crossentropy"),
    Row("SimpleRNN", recurrent("SimpleRNN"), (7, 3), "categorical_crossentropy"),
    Row("masked recurrent", masked_recurrent, (6, 2)),
    Row("sequences to sequences", sequences_to_sequences, (6, 2)),
    Row("pictures over time", pictures_over_time, (3, 6, 5, 2)),
]


def labels(rng: np.random.Generator, row: Row, shape: tuple[int, ...]) -> Any:
    if row.loss == "categorical_crossentropy":
        return np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]
    if row.loss == "sparse_categorical_crossentropy":
        return rng.integers(0, shape[-1], shape[:-1]).astype(np.int32)
    if row.loss == "binary_crossentropy":
        return rng.integers(0, 2, shape).astype(np.float32)
    return rng.normal(size=shape).astype(np.float32)


def drawn(row: Row, shape: tuple[int, ...], weights: Any) -> tuple[Any, Any]:
    """Weights of moderate size from a seed of the row's own, and (x, y) for each step."""
    rng = np.random.default_rng(zlib.crc32(row.name.encode()))
    values = []
    for weight in weights:
        scale = max(np.prod(weight.shape[:-1]), 1) ** -0.5
        value = rng.normal(size=weight.shape, scale=scale if weight.ndim > 1 else 0.1)
        # moving variances and factors are near 1, and above 0
        values.append((np.where(weight == 1, 1, 0) + value).astype(np.float32))
    batches = []
    for _ in range(STEPS):
        inner = (BATCH, *row.shape)
        x = rng.normal(size=inner) if row.classes is None else rng.integers(0, row.classes, inner)
        dtype = np.float32 if row.classes is None else np.int32
        batches.append((x.astype(dtype), labels(rng, row, (BATCH, *shape))))
    return values, batches


@pytest.fixture(scope="module")
def in_keras() -> Callable[[Row], Any]:
    """(weights before, batches, losses, weights afterwards) of a row, trained once."""
    trained: dict[str, Any] = {}

    def train(row: Row) -> Any:
        if row.name not in trained:
            model = row.build(keras)
            before, batches = drawn(row, model.output_shape[1:], model.get_weights())
            model.set_weights(before)
            model.compile(row.optimizer(keras), row.loss)
            losses = [float(model.train_on_batch(x, y)) for x, y in batches]
            trained[row.name] = before, batches, losses, model.get_weights()
        return trained[row.name]

    return train


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_same_training_as_keras(host: str, in_keras: Any, row: Row) -> None:
    before, batches, losses, after = in_keras(row)
    model = row.build(pw)
    assert [w.shape for w in before] == [tuple(w.shape) for w in model.weights]
    model.set_weights(before)
    model.compile(row.optimizer(pw), row.loss)
    ours = [model.train_on_batch_sync(x, y) for x, y in batches]
    np.testing.assert_allclose(ours, losses, rtol=TOLERANCE, atol=TOLERANCE)
    moved = 0.0
    for weight, theirs, start in zip(model.weights, after, before, strict=True):
        moved = max(moved, float(np.abs(theirs - start).max()))
        np.testing.assert_allclose(
            weight.numpy(), theirs, rtol=TOLERANCE, atol=TOLERANCE, err_msg=weight.name
        )
    assert moved > 0.01, "nothing was trained, the comparison would be empty"
