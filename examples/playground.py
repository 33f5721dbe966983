# Learn a spiral
import math

import pywebml as pw

# Two arms of points, one half a turn from the other. The network is given x and y of a
# point, and their sines, and learns which arm it is on.
turns = [(5 * i / 250, 3.5 * math.pi * i / 250, arm) for i in range(250) for arm in (1, -1)]
x = pw.tensor([[arm * r * math.sin(t), arm * r * math.cos(t)] for r, t, arm in turns])
labels = pw.tensor([[float(arm)] for *_, arm in turns])


def features(points):
    return pw.ops.concat([points, pw.ops.sin(points)], axis=1)


model = pw.Sequential(
    [
        pw.layers.Dense(8, activation="tanh"),
        pw.layers.Dense(6, activation="tanh"),
        pw.layers.Dense(1, activation="tanh"),
    ]
)
model.compile(pw.optimizers.Adam(0.01), loss="mean_squared_error")
history = await model.fit(features(x), labels, batch_size=10, epochs=40, seed=0, verbose=0)
pw.plot(history.history, title="Loss, epoch by epoch")

# What it says of the plane, as the page draws it: 1 for one arm, -1 for the other.
for row in range(11, -12, -1):
    cells = pw.tensor([[column / 4, row / 2] for column in range(-22, 23)])
    said = (await model.predict(features(cells)).data()).tolist()
    print("".join("#" if value > 0 else "." for (value,) in said))
right = pw.ops.sign(model(features(x))) == labels
print("right on the points", (await pw.ops.mean(right).data()).tolist())
