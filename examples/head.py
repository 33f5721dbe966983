# Train a head
import numpy as np
import pywebml as pw

generator = np.random.default_rng(0)
centres = generator.normal(size=(3, 64))
labels = generator.integers(0, 3, 600)
x = (centres[labels] + generator.normal(size=(600, 64))).astype("float32")

head = pw.Sequential()
head.add(pw.layers.Dense(100, activation="relu"))
head.add(pw.layers.Dense(3, activation="softmax"))
head.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
# in async code: history = await head.fit(...)
history = head.fit_sync(x, labels, epochs=10, validation_split=0.2)
print("validation accuracy", history.history["val_accuracy"][-1])
