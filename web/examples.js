// What the Python page offers to start from. All of it runs unchanged on the desktop
// too.

export const EXAMPLES = [
  {
    name: "Train a head",
    source: `import numpy as np
import pywebml as pw

generator = np.random.default_rng(0)
centres = generator.normal(size=(3, 64))
labels = generator.integers(0, 3, 600)
x = (centres[labels] + generator.normal(size=(600, 64))).astype("float32")

head = pw.Sequential()
head.add(pw.layers.Dense(100, activation="relu", kernel_initializer="variance_scaling"))
head.add(pw.layers.Dense(3, activation="softmax"))
head.compile(pw.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = head.fit_sync(x, labels, epochs=10, validation_split=0.2)  # in async code: await head.fit(...)
print("validation accuracy", history.history["val_accuracy"][-1])
`,
  },
  {
    name: "Tensors and gradients",
    source: `import pywebml as pw

a = pw.tensor([[1.0, 2.0], [3.0, 4.0]])
b = pw.ops.relu(a - 2.5) @ a
print(b.shape, await b.data())


def f(x):
    return pw.ops.sum(pw.ops.sin(x) * x)


x = pw.tensor([0.0, 1.0, 2.0])
value, slope = pw.value_and_grad(f)(x)
print("f(x) =", list(await value.data()))
print("df/dx =", list(await slope.data()))  # sin(x) + x cos(x)

curve = pw.grad(lambda y: pw.ops.sum(pw.grad(f)(y)))(x)
print("second derivative =", list(await curve.data()))  # 2 cos(x) - x sin(x)
`,
  },
  {
    name: "Fit a curve",
    source: `import numpy as np
import pywebml as pw

# A small network learns one period of a sine from noisy points.
generator = np.random.default_rng(1)
x = np.linspace(-1, 1, 200, dtype="float32")[:, None]
y = np.sin(np.pi * x) + 0.1 * generator.normal(size=x.shape)

model = pw.Sequential([
    pw.layers.Dense(32, activation="tanh"),
    pw.layers.Dense(32, activation="tanh"),
    pw.layers.Dense(1),
])
model.compile(pw.optimizers.Adam(0.01), loss="mean_squared_error")
history = await model.fit(x, y.astype("float32"), batch_size=50, epochs=60, verbose=0)
print("loss", history.history["loss"][0], "->", history.history["loss"][-1])

said = np.asarray(await model.predict(x).data())
pw.plot({"noisy points": y, "what it learned": said}, x=x, title="A sine")
pw.plot(history.history, title="Loss, epoch by epoch")
`,
  },
  {
    name: "A small convolutional network",
    source: `import numpy as np
import pywebml as pw

# Tell horizontal from vertical stripes, 12 x 12 pixels, with noise.
generator = np.random.default_rng(2)
n = 240
labels = generator.integers(0, 2, n)
phase = generator.uniform(0, 6, (n, 1, 1))
rows, columns = np.mgrid[0:12, 0:12]
waves = np.where(labels[:, None, None] == 0, np.sin(rows + phase), np.sin(columns + phase))
images = (waves + 0.5 * generator.normal(size=waves.shape)).astype("float32")[..., None]

model = pw.Sequential([
    pw.layers.Conv2D(8, 3, activation="relu"),
    pw.layers.MaxPooling2D(2),
    pw.layers.Flatten(),
    pw.layers.Dense(2, activation="softmax"),
])
model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
await model.fit(images, labels, batch_size=40, epochs=8, validation_split=0.25)
model.summary()
`,
  },
];
