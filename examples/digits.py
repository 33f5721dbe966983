# Read handwritten digits
# A network learns from 9,000 digits that people wrote, and is tested on 1,000 others.
import pywebml as pw

(x, y), (x_test, y_test) = await pw.data.digits()
pw.set_seed(0)
layers = pw.layers
model = pw.Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.RandomTranslation(0.05, 0.05, fill_mode="constant"),  # in training only
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(pw.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
live = pw.vis.show.fit_callbacks("Training")
await model.fit(x, y, epochs=2, batch_size=32, callbacks=live, verbose=0)

said = await pw.ops.argmax(model.predict(x_test), axis=-1).data()
labels = await y_test.data()
print("test accuracy", pw.vis.metrics.accuracy(labels, said))
counts = pw.vis.metrics.confusion_matrix(labels, said, 10)
pw.vis.render.confusion_matrix("What it mixes up", counts)
