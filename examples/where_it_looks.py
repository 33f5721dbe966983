# See where a network looks
import random

import pywebml as pw

SHAPES = {
    "cross": ["#.#", ".#.", "#.#"],
    "ring": ["###", "#.#", "###"],
    "stairs": ["#..", "##.", "###"],
}
NAMES = list(SHAPES)


def picture(name, row, column):
    pixels = [[[0.0] for _ in range(12)] for _ in range(12)]
    for y, line in enumerate(SHAPES[name]):
        for x, mark in enumerate(line):
            pixels[row + y][column + x] = [float(mark == "#")]
    return pixels


random.seed(0)
pw.set_seed(3)
labels = [i % 3 for i in range(240)]
places = [(random.randrange(10), random.randrange(10)) for _ in labels]
pictures = [picture(NAMES[n], *place) for n, place in zip(labels, places, strict=True)]

# It learns which of them a picture shows; where that is nobody says.
inputs = pw.Input((12, 12, 1))
seen = pw.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
seen = pw.layers.GlobalAveragePooling2D()(seen)
model = pw.Model(inputs, pw.layers.Dense(3, activation="softmax")(seen))
model.compile(pw.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
await model.fit(pictures, labels, epochs=25, verbose=0)

shown = [picture("cross", 7, 2)]  # its middle is row 8, column 3
said = await model(pw.tensor(shown)).data()
print(f"cross: {said.tolist()[0][0]:.1%}")
maps = pw.models.ClassMaps(model)(pw.tensor(shown), [0])
rows = (await maps.data()).tolist()[0][0]
pw.vis.render.heatmap("Where it sees the cross", rows, row_major=True)
best = max((value, y, x) for y, row in enumerate(rows) for x, value in enumerate(row))
print("most at row", best[1], "column", best[2])
