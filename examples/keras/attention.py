"""Attention: a block of a transformer, and its parts."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Block(layers.Layer):
    def __init__(self, heads=2, size=4, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(heads, size)
        self.first, self.second = layers.LayerNormalization(), layers.LayerNormalization()
        self.wide, self.narrow = layers.Dense(16, activation="gelu"), layers.Dense(8)

    def call(self, x):
        x = self.first(x + self.attention(x, x, use_causal_mask=True))
        return self.second(x + self.narrow(self.wide(x)))


rng = np.random.default_rng(0)
x = rng.normal(size=(6, 5, 8)).astype("float32")
inputs = keras.Input((5, 8))
model = keras.Model(inputs, layers.Dense(1)(layers.GlobalAveragePooling1D()(Block()(inputs))))
numbers(model)
model.compile(keras.optimizers.Adam(0.01), "mse")
history = model.fit(x, x[:, 0, :1], epochs=3, batch_size=3, shuffle=False, verbose=0)
print("losses", history.history["loss"], model.count_params())
print("dot", np.asarray(layers.Attention(use_scale=False)([x, x])).mean(axis=(0, 1)).tolist())
sums = layers.AdditiveAttention(use_scale=False)([x, x])
print("additive", np.asarray(sums).mean(axis=(0, 1)).tolist())
normed = layers.GroupNormalization(groups=2)(x)
print("groups", np.asarray(normed).std(), np.asarray(layers.RMSNormalization()(x)).mean())
print("ops", np.asarray(ops.layer_normalization(x)).std())
