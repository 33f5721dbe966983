"""Optimizers with schedules, clipping and averages; regularizers and constraints."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import constraints, layers, optimizers, regularizers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
x = rng.normal(size=(32, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True) * 3


def trained(optimizer, **options):
    model = keras.Sequential([
        keras.Input((4,)), layers.Dense(6, activation="tanh", **options), layers.Dense(1),
    ])  # fmt: skip
    numbers(model)
    model.compile(optimizer, "mse")
    return model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]


schedule = optimizers.schedules.ExponentialDecay(0.05, decay_steps=4, decay_rate=0.5)
print("schedule", trained(optimizers.SGD(schedule)))
print("cosine", trained(optimizers.Adam(optimizers.schedules.CosineDecay(0.05, 10))))
print("clipped", trained(optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.5)))
print("global", trained(optimizers.RMSprop(0.01, global_clipnorm=1.0)))
print("decayed", trained(optimizers.AdamW(0.01, weight_decay=0.1)))
print("nadam", trained(optimizers.Nadam(0.01)), trained(optimizers.Lion(0.01)))
print("adagrad", trained(optimizers.Adagrad(0.1)), trained(optimizers.Adamax(0.01)))
print("ftrl", trained(optimizers.Ftrl(0.1)), trained(optimizers.Adadelta(1.0)))
print(
    "l2",
    trained("sgd", kernel_regularizer=regularizers.L1L2(0.01, 0.02), activity_regularizer="l2"),
)
print(
    "normed", trained("sgd", kernel_constraint=constraints.MaxNorm(0.5), bias_constraint="non_neg")
)
