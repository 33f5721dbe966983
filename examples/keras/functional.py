"""A graph of layers: a way around, a shared layer, a model within a model."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
left = rng.normal(size=(48, 6)).astype("float32")
right = rng.normal(size=(48, 6)).astype("float32")
y = (left - right).mean(axis=1, keepdims=True)

shared = layers.Dense(5, activation="tanh", name="shared")
a, b = keras.Input((6,), name="left"), keras.Input((6,), name="right")
first, second = shared(a), shared(b)
encoder = keras.Model(a, first, name="encoder")

difference = layers.subtract([first, second])
x = layers.concatenate([difference, layers.multiply([first, second])])
x = layers.add([layers.Dense(10, activation="relu")(x), x])
model = keras.Model([a, b], layers.Dense(1, name="answer")(x), name="pair")
numbers(model)

model.compile("adam", "mse", metrics=[keras.metrics.MeanAbsoluteError(name="off")])
history = model.fit([left, right], y, epochs=4, batch_size=12, shuffle=False, verbose=0)
print("sorted", sorted(history.history))
print("losses", history.history["loss"], history.history["off"])
print("encoded", encoder.predict(left[:2], verbose=0).tolist())
print("shape", model.output_shape, len(model.trainable_weights))
print("cut", keras.Model(model.inputs, model.get_layer("answer").input).output_shape)
