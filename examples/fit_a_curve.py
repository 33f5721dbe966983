# Fit a curve
import numpy as np
import pywebml as pw

# A small network learns one period of a sine from noisy points.
generator = np.random.default_rng(1)
x = np.linspace(-1, 1, 200, dtype="float32")[:, None]
y = np.sin(np.pi * x) + 0.1 * generator.normal(size=x.shape)

model = pw.Sequential(
    [
        pw.layers.Dense(32, activation="tanh"),
        pw.layers.Dense(32, activation="tanh"),
        pw.layers.Dense(1),
    ]
)
model.compile(pw.optimizers.Adam(0.01), loss="mean_squared_error")
history = await model.fit(x, y.astype("float32"), batch_size=50, epochs=60, verbose=0)
print("loss", history.history["loss"][0], "->", history.history["loss"][-1])

predicted = np.asarray(await model.predict(x).data())
pw.plot({"noisy points": y, "what it learned": predicted}, x=x, title="A sine")
pw.plot(history.history, title="Loss, epoch by epoch")
