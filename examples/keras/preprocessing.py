"""Layers that learn from data before training, and those that prepare pictures."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
table = rng.normal(3.0, 2.0, size=(100, 3)).astype("float32")
normalize = layers.Normalization()
normalize.adapt(table)
print("normal", np.asarray(normalize(table)).mean(), np.asarray(normalize(table)).std())

bins = layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
print("bins", np.asarray(bins(np.array([[-1.0, 0.5, 5.0]]))).tolist())
many = layers.CategoryEncoding(num_tokens=4, output_mode="multi_hot")
print("many", np.asarray(many(np.array([[0, 1], [3, 3]]))).tolist())

pictures = rng.uniform(0, 255, size=(2, 8, 10, 3)).astype("float32")
steps = keras.Sequential([
    layers.Rescaling(1 / 255), layers.Resizing(6, 6), layers.CenterCrop(4, 4),
])  # fmt: skip
print("pictures", np.asarray(steps(pictures)).mean(axis=(1, 2)).tolist())
flip = layers.RandomFlip("horizontal", seed=1)
flipped = np.asarray(flip(pictures, training=True))
print("flipped", np.allclose(np.sort(flipped, axis=2), np.sort(pictures, axis=2)))
print("quiet", np.array_equal(np.asarray(flip(pictures, training=False)), pictures))
