"""Models in files, weights in files, models as text."""

import numpy as np

import pywebml.keras as keras
import os
import tempfile

from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
x = rng.normal(size=(16, 6)).astype("float32")
y = rng.normal(size=(16, 1)).astype("float32")
inputs = keras.Input((6,), name="in")
hidden = layers.Dense(4, activation="gelu", kernel_regularizer="l2", name="hidden")(inputs)
hidden = layers.BatchNormalization(name="norm")(hidden)
model = keras.Model(inputs, layers.Dense(1, name="out")(hidden), name="saved")
model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
model.fit(x, y, epochs=2, verbose=0)

path = os.path.join(tempfile.mkdtemp(), "model.keras")
model.save(path)
again = keras.models.load_model(path)
print("same", np.abs(again.predict(x, verbose=0) - model.predict(x, verbose=0)).max())
print("names", [layer.name for layer in again.layers], again.name)
loss, mae = again.evaluate(x, y, verbose=0)
print("compiled", abs(loss - model.evaluate(x, y, verbose=0)[0]) < 1e-5)

weights = path.replace("model.keras", "some.weights.h5")
model.save_weights(weights)
other = keras.models.model_from_json(model.to_json())
other.load_weights(weights)
print("weights", np.abs(np.asarray(other(x)) - np.asarray(model(x))).max())
print("config", keras.Model.from_config(model.get_config()).count_params())
