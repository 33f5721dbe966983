"""A model with a call of its own, and layers in attributes."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Regressor(keras.Model):
    def __init__(self, width=8):
        super().__init__()
        self.width = width
        self.hidden = [layers.Dense(width, activation="tanh"), layers.Dense(width)]
        self.dropout = layers.Dropout(0.5)
        self.last = layers.Dense(1)

    def call(self, inputs, training=False):
        x = inputs
        for layer in self.hidden:
            x = layer(x)
        return self.last(self.dropout(x, training=training))

    def get_config(self):
        return {"width": self.width}


rng = np.random.default_rng(0)
x = rng.normal(size=(40, 3)).astype("float32")
y = x[:, :1] * 2 - 1

model = Regressor()
model.compile(keras.optimizers.Adam(0.01), loss="mse")
model(x[:1])
numbers(model)
print("quiet", model.evaluate(x, y, verbose=0))
print("same", np.allclose(model(x), model(x)), len(model.weights), model.count_params())
history = model.fit(x, y, epochs=2, verbose=0)
print("finite", bool(np.isfinite(history.history["loss"]).all()))
print("again", Regressor.from_config(model.get_config()).width)
