# A small convolutional network
import numpy as np
import pywebml as pw

# Tell horizontal from vertical stripes, 12 x 12 pixels, with noise.
generator = np.random.default_rng(2)
n = 240
labels = generator.integers(0, 2, n)
phase = generator.uniform(0, 6, (n, 1, 1))
rows, columns = np.mgrid[0:12, 0:12]
waves = np.where(labels[:, None, None] == 0, np.sin(rows + phase), np.sin(columns + phase))
images = (waves + 0.5 * generator.normal(size=waves.shape)).astype("float32")[..., None]

model = pw.Sequential(
    [
        pw.layers.Conv2D(8, 3, activation="relu"),
        pw.layers.MaxPooling2D(2),
        pw.layers.Flatten(),
        pw.layers.Dense(2, activation="softmax"),
    ]
)
optimizer = pw.optimizers.Adam(0.01)
model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = await model.fit(images, labels, batch_size=40, epochs=8, validation_split=0.25)
model.summary()
print("validation accuracy", history.history["val_accuracy"][-1])
