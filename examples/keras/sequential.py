"""A stack of layers: built, compiled, trained, asked."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
x = rng.normal(size=(64, 4)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")

model = keras.Sequential(name="small")
model.add(keras.Input(shape=(4,)))
model.add(layers.Dense(8, activation="relu", name="hidden"))
model.add(layers.Dense(2, activation="softmax", name="classes"))
numbers(model)

model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
history = model.fit(x, y, batch_size=16, epochs=5, shuffle=False, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
print("layers", [layer.name for layer in model.layers], model.count_params())
print("losses", history.history["loss"])
print("evaluated", loss, accuracy)
print("probabilities", model.predict(x[:3], verbose=0).tolist())
