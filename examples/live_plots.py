# Watch a training live
# Charts are plain data: live plots here, drawings in a terminal, and pictures in files.
import random

import pywebml as pw

pw.set_seed(0)
x = pw.tensor([[random.uniform(-3, 3)] for _ in range(256)])
y = pw.ops.sin(2 * x) + 0.3 * x
model = pw.Sequential(
    [
        pw.layers.Dense(32, activation="tanh"),
        pw.layers.Dense(32, activation="tanh"),
        pw.layers.Dense(1),
    ]
)
model.compile(pw.optimizers.Adam(0.01), "mse")

# A chart per metric, redrawn with each epoch; what comes for a surface replaces what was there.
live = pw.vis.show.fit_callbacks({"name": "Training", "tab": "Training"})
history = await model.fit(
    x, y, epochs=60, batch_size=64, validation_split=0.2, verbose=0, callbacks=live
)
print("loss", history.history["loss"][-1])

xs = await x.reshape(-1).data()
true, said = await y.reshape(-1).data(), await model.predict(x).reshape(-1).data()
pairs = {"true": zip(xs, true, strict=True), "predicted": zip(xs, said, strict=True)}
pw.vis.render.scatterplot({"name": "A wave", "tab": "Predictions"}, pairs, x_label="x")
pw.vis.show.model_summary({"name": "Layers", "tab": "Model"}, model)
pw.vis.show.values_distribution({"name": "Weights", "tab": "Model"}, model.layers[1].kernel)
