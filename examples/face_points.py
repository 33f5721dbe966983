# Find points of faces
# Blocks of convolutions, each of which sees the sum of all results before it.
import pywebml as pw

SIDE, N = 32, 600
ops, random = pw.ops, pw.ops.Generator(0)

# Eyes and mouth of a face that lies anywhere, somewhat turned: x, y from -1 to 1.
points = pw.tensor([[-0.4, -0.3], [0.4, -0.3], [0.0, 0.5]])
middle, turn = 0.6 * random.uniform((N, 1, 2)) - 0.3, random.uniform((N, 1)) - 0.5
x = points[:, 0] * turn.cos() - points[:, 1] * turn.sin() + middle[..., 0]
y = points[:, 0] * turn.sin() + points[:, 1] * turn.cos() + middle[..., 1]
places = ops.stack([x, y], -1).reshape(N, 6)

# A soft dark disc at each, and noise.
axis = (ops.range(0, SIDE, 1, "float32") + 0.5) * (2 / SIDE) - 1
across, down = axis.reshape(1, 1, 1, SIDE) - x.reshape(N, 3, 1, 1), axis.reshape(1, 1, SIDE, 1)
distance = (across**2 + (down - y.reshape(N, 3, 1, 1)) ** 2).sqrt()
pictures = (40 * (distance.min(1) - 0.12)).sigmoid() + 0.1 * random.normal((N, SIDE, SIDE))

pw.set_seed(0)
picture = pw.layers.Input((SIDE, SIDE, 1))
block = pw.layers.recipes.dense_block(picture, 8, first=True)
block = pw.layers.recipes.dense_block(block, 16)
model = pw.Model(picture, pw.layers.Dense(6)(pw.layers.Flatten()(block)))

# The learning rate falls in steps: long ones find the way, short ones the place.
rate = pw.optimizers.schedules.PiecewiseConstantDecay([90, 130], [0.004, 0.001, 0.00025])
model.compile(pw.optimizers.Adam(rate), loss="mse")
history = await model.fit(pictures.reshape(N, SIDE, SIDE, 1), places, epochs=10, verbose=0)
pw.plot({"loss": history.history["loss"]}, title="Squared distance, epoch by epoch")
print("off by", round(100 * (history.history["loss"][-1] / 2) ** 0.5, 1), "% of the width")
