"""Sequences: LSTM, GRU and simple cells, both directions, states, own cells."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Minimal(layers.Layer):
    """A cell: one product of the input, one of the state."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")

    def call(self, inputs, states):
        output = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent))
        return output, [output]


rng = np.random.default_rng(0)
x = rng.normal(size=(4, 7, 3)).astype("float32")
for name, layer in {
    "lstm": layers.LSTM(5),
    "gru": layers.GRU(5, return_sequences=True),
    "gru before": layers.GRU(5, reset_after=False),
    "simple": layers.SimpleRNN(5, go_backwards=True),
    "both ways": layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
    "stacked": layers.RNN([layers.LSTMCell(3), layers.LSTMCell(2)]),
    "own cell": layers.RNN(Minimal(4), return_sequences=True),
    "every step": layers.TimeDistributed(layers.Dense(2)),
}.items():
    model = keras.Sequential([keras.Input((7, 3)), layer])
    numbers(model)
    print(name, model.output_shape, model.predict(x, verbose=0).sum(axis=0).tolist())

inputs = keras.Input((7, 3))
output, h, c = layers.LSTM(4, return_state=True)(inputs)
decoded = layers.LSTM(4)(inputs, initial_state=[h, c])
model = keras.Model(inputs, [decoded, h])
numbers(model)
print("states", [part.sum() for part in model.predict(x, verbose=0)])

model = keras.Sequential([keras.Input((7, 3)), layers.GRU(6), layers.Dense(1)])
numbers(model)
model.compile("rmsprop", "mse")
history = model.fit(x, x[:, -1, :1], epochs=3, batch_size=2, shuffle=False, verbose=0)
print("trained", history.history["loss"])
