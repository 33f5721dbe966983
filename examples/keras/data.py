"""Data that come in batches: generators, a PyDataset, weights and validation."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
x = rng.normal(size=(30, 4)).astype("float32")
y = x[:, :1] - x[:, 1:2]


class Batches(keras.utils.PyDataset):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def __len__(self):
        return -(-len(x) // self.size)

    def __getitem__(self, i):
        part = slice(i * self.size, (i + 1) * self.size)
        return x[part], y[part]


def forever(size):
    while True:
        for i in range(0, len(x), size):
            yield x[i : i + size], y[i : i + size]


model = keras.Sequential([keras.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(1)])
numbers(model)
model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
history = model.fit(Batches(8), epochs=2, shuffle=False, verbose=0)
print("PyDataset", history.history["loss"])
history = model.fit(forever(10), steps_per_epoch=3, epochs=2, verbose=0)
print("generator", history.history["mae"])
print("evaluate", model.evaluate(Batches(8), verbose=0))
print("predict", model.predict(Batches(8), verbose=0).shape)
weights = np.linspace(0, 1, 30).astype("float32")
history = model.fit(
    x, y, sample_weight=weights, validation_data=(x[:5], y[:5]), validation_freq=2, epochs=2,
    batch_size=10, shuffle=False, verbose=0,
)  # fmt: skip
print("weighted", history.history["loss"], history.history["val_loss"])
print("on a batch", model.train_on_batch(x[:4], y[:4]), model.test_on_batch(x[:4], y[:4]))
