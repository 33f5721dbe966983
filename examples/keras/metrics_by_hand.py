"""Metrics by hand, and one of one's own in fit."""

import numpy as np

import pywebml.keras as keras
from pywebml.keras import layers, metrics, ops


def numbers(model):
    """Weights that are the same in every library."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.3, w.shape).astype("float32") for w in model.get_weights()])


class Positives(metrics.Metric):
    def __init__(self, name="positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(shape=(), initializer="zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(ops.cast(y_pred > 0.5, "float32")))

    def result(self):
        return self.total + 0.0


rng = np.random.default_rng(0)
labels = rng.integers(0, 2, size=(50, 1)).astype("float32")
scores = np.clip(labels * 0.4 + rng.uniform(0, 0.6, size=(50, 1)), 0, 1).astype("float32")
for metric in (
    metrics.BinaryAccuracy(), metrics.Precision(), metrics.Recall(thresholds=0.3), metrics.AUC(),
    metrics.MeanAbsoluteError(), metrics.FalseNegatives(), metrics.F1Score(threshold=0.5),
    metrics.R2Score(), metrics.BinaryCrossentropy(), metrics.RootMeanSquaredError(), Positives(),
):  # fmt: skip
    metric.update_state(labels[:20], scores[:20])
    metric.update_state(labels[20:], scores[20:])
    print(metric.name, np.asarray(metric.result()).tolist())
    metric.reset_state()

mean = metrics.Mean()
for value in (1.0, 2.0, 6.0):
    mean.update_state(value)
print("mean", float(mean.result()))
top = metrics.SparseTopKCategoricalAccuracy(k=2)
top.update_state([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.0, 0.9]])
print("top", float(top.result()))

model = keras.Sequential([keras.Input((1,)), layers.Dense(1, activation="sigmoid")])
numbers(model)
model.compile("sgd", "binary_crossentropy", metrics=[Positives(), metrics.AUC(name="auc")])
history = model.fit(scores, labels, epochs=2, batch_size=10, shuffle=False, verbose=0)
print("in fit", history.history["positives"], history.history["auc"])
