"""Callbacks: one's own, stopping, learning rates, checkpoints, a log."""

import numpy as np

import pywebml.keras as keras
import os
import tempfile

from pywebml.keras import callbacks, layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Events(callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.names = []

    def on_epoch_begin(self, epoch, logs=None):
        self.names.append(f"epoch {epoch}")

    def on_train_batch_end(self, batch, logs=None):
        self.names.append(f"batch {batch} {sorted(logs)}")

    def on_epoch_end(self, epoch, logs=None):
        self.names.append(f"end {sorted(logs)}")
        if epoch == 1:
            self.model.stop_training = True


rng = np.random.default_rng(0)
x = rng.normal(size=(24, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
numbers(model)
model.compile(keras.optimizers.SGD(0.1), "mse")

events = Events()
model.fit(x, y, epochs=5, batch_size=12, validation_split=0.5, verbose=0, callbacks=[events])
print("events", events.names)

folder = tempfile.mkdtemp()
best = os.path.join(folder, "best.keras")
rates = callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch else rate)
history = model.fit(
    x, y, epochs=4, batch_size=8, shuffle=False, verbose=0, validation_data=(x, y),
    callbacks=[
        rates,
        callbacks.ModelCheckpoint(best, monitor="val_loss", save_best_only=True),
        callbacks.CSVLogger(os.path.join(folder, "log.csv")),
        callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        callbacks.TerminateOnNaN(),
        callbacks.LambdaCallback(on_train_end=lambda logs: print("ended")),
    ],
)  # fmt: skip
print("rates", history.history["learning_rate"])
print("losses", history.history["val_loss"])
with open(os.path.join(folder, "log.csv"), encoding="utf-8") as log:
    print("log", len(log.readlines()))
again = keras.models.load_model(best)
print("loaded", np.abs(again.predict(x, verbose=0) - model.predict(x, verbose=0)).max() < 1e-5)
