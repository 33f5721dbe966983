"""Steps that are left out: padding, Masking, Embedding, masks by hand."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


texts = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]]
padded = keras.utils.pad_sequences(texts, padding="post")
print("padded", padded.tolist())

embedding = layers.Embedding(input_dim=5000, output_dim=4, mask_zero=True)
embedding(padded)
print("mask", np.asarray(embedding.compute_mask(padded)).astype(int).tolist())

model = keras.Sequential([
    keras.Input((None,), dtype="int32"),
    layers.Embedding(5000, 4, mask_zero=True),
    layers.LSTM(3),
    layers.Dense(1),
])  # fmt: skip
numbers(model)
print("masked", model.predict(padded, verbose=0).tolist())
longer = np.pad(padded, ((0, 0), (0, 4)))
print("longer", np.abs(model.predict(longer, verbose=0) - model.predict(padded, verbose=0)).max())


class Mean(layers.Layer):
    """The mean of the steps that count."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.mean(inputs, axis=1)
        weights = ops.expand_dims(ops.cast(mask, "float32"), -1)
        return ops.sum(inputs * weights, axis=1) / ops.sum(weights, axis=1)

    def compute_mask(self, inputs, mask=None):
        return None


inputs = keras.Input((None, 2))
means = keras.Model(inputs, Mean()(layers.Masking()(inputs)))
x = np.arange(12, dtype="float32").reshape(1, 6, 2)
x[:, 4:] = 0
print("means", means.predict(x, verbose=0).tolist())
