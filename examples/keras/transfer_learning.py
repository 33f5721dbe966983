"""A network's features, frozen, under a new head; then all of it, slowly."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
x = rng.uniform(0, 255, size=(8, 32, 32, 3)).astype("float32")
y = rng.integers(0, 2, size=(8, 1)).astype("float32")

base = keras.applications.MobileNet(
    input_shape=(32, 32, 3), alpha=0.25, include_top=False, weights=None
)
base.trainable = False
inputs = keras.Input((32, 32, 3))
features = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
features = base(features, training=False)
features = layers.GlobalAveragePooling2D()(features)
model = keras.Model(inputs, layers.Dense(1)(features))
print("trainable", len(model.trainable_weights), len(model.non_trainable_weights))

model.compile(
    optimizer=keras.optimizers.Adam(),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
before = [w.copy() for w in base.get_weights()]
model.fit(x, y, epochs=1, batch_size=4, verbose=0)
print("frozen", all((a == b).all() for a, b in zip(before, base.get_weights(), strict=True)))

base.trainable = True
model.compile(keras.optimizers.Adam(1e-4), keras.losses.BinaryCrossentropy(from_logits=True))
print("trainable", len(model.trainable_weights), len(model.non_trainable_weights))
print("parameters", model.count_params(), base.count_params())
