"""Layers of one's own: weights, a loss, training, a config."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


@keras.saving.register_keras_serializable(package="examples")
class Linear(layers.Layer):
    def __init__(self, units=4, rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.rate = rate

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="w"
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="n")

    def call(self, inputs, training=False):
        if training:
            self.add_loss(self.rate * ops.mean(ops.square(inputs)))
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {**super().get_config(), "units": self.units, "rate": self.rate}


rng = np.random.default_rng(0)
x = rng.normal(size=(32, 5)).astype("float32")
y = x[:, :2]
model = keras.Sequential([keras.Input((5,)), Linear(6, rate=0.1), layers.ReLU(), Linear(2)])
numbers(model)
model.compile("sgd", "mse")
history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
print("losses", history.history["loss"])
print("weights", len(model.trainable_weights), len(model.non_trainable_weights))
again = Linear.from_config(model.layers[0].get_config())
print("config", again.units, again.rate)
clone = keras.models.clone_model(model)
clone.set_weights(model.get_weights())
print("clone", np.abs(np.asarray(clone(x)) - np.asarray(model(x))).max())
