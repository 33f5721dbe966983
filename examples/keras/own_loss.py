"""What a step minimises, said by the model: compute_loss, own losses and metrics."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Careful(keras.losses.Loss):
    """Squares, and a little for what is far from 0.5."""

    def __init__(self, factor=0.1, name="careful"):
        super().__init__(name=name)
        self.factor = factor

    def call(self, y_true, y_pred):
        square = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return square + self.factor * ops.mean(ops.square(0.5 - y_pred), axis=-1)


def worst(y_true, y_pred):
    return ops.max(ops.abs(y_true - y_pred), axis=-1)


class Penalised(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = ops.mean(keras.losses.mean_squared_error(y, y_pred))
        return loss + 0.01 * ops.mean(ops.square(y_pred))


rng = np.random.default_rng(0)
x = rng.normal(size=(32, 3)).astype("float32")
y = rng.uniform(size=(32, 2)).astype("float32")


def network(kind):
    inputs = keras.Input((3,))
    model = kind(inputs, layers.Dense(2, activation="sigmoid")(inputs))
    numbers(model)
    return model


model = network(keras.Model)
model.compile(keras.optimizers.SGD(0.5), Careful(0.2), metrics=[worst])
history = model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
print("careful", history.history["loss"], history.history["worst"])

model = network(Penalised)
model.compile(keras.optimizers.SGD(0.5))
history = model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
print("penalised", history.history["loss"])
