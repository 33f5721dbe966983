"""Arithmetic and keras.ops on symbols; what Keras means by its own order."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


x = np.arange(12, dtype="float32").reshape(3, 4)
print("one hot", np.asarray(ops.one_hot([0, 2], 3)).tolist(), ops.one_hot([0, 2], 3, 0).shape)
print("split", [p.shape for p in ops.split(x, [1, 3], axis=1)], ops.identity(2).shape)
print("gelu", np.asarray(ops.gelu(np.array([-1.0, 0.5], "float32"))).tolist())
print("unstack", len(ops.unstack(x, 3)), ops.slice(x, (1, 1), (2, 2)).shape)
print("where", np.asarray(ops.where(x > 5, x, -1.0)).tolist())
print(
    "scan",
    np.asarray(ops.scan(lambda s, v: (s + v, s * v), 0.0, ops.array([1.0, 2.0, 3.0]))[1]).tolist(),
)

inputs = keras.Input((4,))
y = (inputs * 2 + 1) / ops.sum(ops.abs(inputs), axis=-1, keepdims=True)
y = ops.concatenate([y, ops.softmax(inputs)[:, :2], ops.cumsum(inputs, axis=1)], axis=-1)
y = ops.where(y > 1, ops.log(y), y)
model = keras.Model(inputs, layers.Dense(2)(y) - 1)
numbers(model)
print("model", model.output_shape, model.predict(x + 1, verbose=0).tolist())
again = keras.Model.from_config(model.get_config())
again.set_weights(model.get_weights())
print("again", np.abs(again.predict(x + 1, verbose=0) - model.predict(x + 1, verbose=0)).max())
