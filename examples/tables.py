# Learn a table
# A network tells the species of irises by four measures, and takes them as they are.
import csv
import random
from statistics import fmean, pvariance

import pywebml as pw
from pywebml.data.samples import iris_table

names, *rows = csv.reader(iris_table().decode().splitlines())
random.Random(0).shuffle(rows)
species = sorted({row[-1] for row in rows})
x = [[float(value) for value in row[:-1]] for row in rows]
y = [species.index(row[-1]) for row in rows]

pw.set_seed(0)
layers = pw.layers
columns = list(zip(*x[:120], strict=True))
model = pw.Sequential(
    [
        layers.Input((4,)),
        layers.Normalization(
            mean=[fmean(column) for column in columns],
            variance=[pvariance(column) for column in columns],
        ),
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(pw.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
await model.fit(x[:120], y[:120], batch_size=16, epochs=40, verbose=0)

loss, accuracy = await model.evaluate(x[120:], y[120:], verbose=0)
print("accuracy on flowers it has not seen", round(accuracy, 3))
(shares,) = (await model.predict([[6.0, 3.0, 4.8, 1.7]]).data()).tolist()
print({name: round(share, 3) for name, share in zip(species, shares, strict=True)})
