"""Several inputs and outputs, as dicts, each with its loss, weight and metrics."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


rng = np.random.default_rng(0)
data = {
    "title": rng.integers(0, 30, size=(32, 5)),
    "tags": rng.integers(0, 2, size=(32, 6)).astype("float32"),
}
targets = {
    "priority": rng.uniform(size=(32, 1)).astype("float32"),
    "department": np.eye(3, dtype="float32")[rng.integers(0, 3, size=32)],
}

inputs = {
    "title": keras.Input((5,), dtype="int32", name="title"),
    "tags": keras.Input((6,), name="tags"),
}
title = layers.GlobalAveragePooling1D()(layers.Embedding(30, 4)(inputs["title"]))
x = layers.concatenate([title, inputs["tags"]])
outputs = {
    "priority": layers.Dense(1, activation="sigmoid", name="priority")(x),
    "department": layers.Dense(3, name="department")(x),
}
model = keras.Model(inputs, outputs)
numbers(model)
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-2),
    loss={
        "priority": keras.losses.BinaryCrossentropy(),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={"department": ["accuracy"]},
)
history = model.fit(data, targets, epochs=3, batch_size=8, shuffle=False, verbose=0)
print("logs", sorted(history.history))
print("losses", history.history["loss"], history.history["department_accuracy"])
answers = model.predict(data, verbose=0)
print("answers", sorted(answers), answers["priority"].shape, answers["department"].mean())
print("dict", sorted(model.evaluate(data, targets, verbose=0, return_dict=True)))
