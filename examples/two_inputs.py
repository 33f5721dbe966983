# A model of two inputs
import numpy as np
import pywebml as pw

# Is the first point nearer to the origin than the second?
generator = np.random.default_rng(3)
first, second = generator.normal(size=(2, 500, 2)).astype("float32")
nearer = (np.hypot(*first.T) < np.hypot(*second.T)).astype("float32")[:, None]

a, b = pw.Input((2,)), pw.Input((2,))
encode = pw.Sequential([pw.layers.Dense(16, activation="relu"), pw.layers.Dense(8)])
both = pw.layers.Concatenate()([encode(a), encode(b)])
hidden = pw.layers.Dense(16, activation="relu")(both)
model = pw.Model([a, b], pw.layers.Dense(1, activation="sigmoid")(hidden))

model.compile(pw.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
history = await model.fit([first, second], nearer, epochs=30, validation_split=0.2, verbose=0)
print("validation accuracy", history.history["val_accuracy"][-1])
