# Teach it sounds
# Seconds of sound become pictures of their pitches, and a small network tells them apart.
import math

import pywebml as pw

ops, layers = pw.ops, pw.layers
pw.set_seed(0)
t = ops.range(0, 16000, 1, "float32") / 16000  # a second
names = ["background", "whistle", "clap"]


def sounds(name, count):
    noise = ops.random_normal((count, 16000))
    if name == "whistle":
        return 0.2 * ops.sin(2 * math.pi * ops.random_uniform((count, 1), 500, 2000) * t)
    if name == "clap":
        return noise * ops.exp(-40 * ops.abs(t - ops.random_uniform((count, 1), 0.2, 0.8)))
    return 0.02 * noise


def pictures(count):
    """How loud each pitch is: [3 * count, 61 moments, 257 pitches, 1]."""
    spectrum = ops.signal.stft(ops.concat([sounds(name, count) for name in names], 0), 512, 256)
    return ops.log(ops.abs(spectrum) + 0.01).reshape(-1, 61, 257, 1)


model = pw.Sequential(
    [
        layers.Input((61, 257, 1)),
        layers.MaxPooling2D((2, 4)),
        layers.Conv2D(12, 5, 2, activation="relu"),
        layers.Conv2D(16, 3, 2, activation="relu"),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(pw.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
live = pw.vis.show.fit_callbacks("Training")
labels = [label for label in range(3) for _ in range(24)]
await model.fit(
    pictures(24), labels, epochs=8, batch_size=12, shuffle=True, callbacks=live, verbose=0
)

said = await ops.argmax(model.predict(pictures(10)), axis=-1).data()
labels = [label for label in range(3) for _ in range(10)]
print("new sounds heard rightly:", pw.vis.metrics.accuracy(labels, list(said)))
counts = pw.vis.metrics.confusion_matrix(labels, list(said), 3)
pw.vis.render.confusion_matrix("What it mixes up", counts)
