# A recurrent network learns a text letter by letter, and writes on
import numpy as np
import pywebml as pw

TEXT = (
    "the miller's cat sat in the sun and watched the wheel go round. "
    "the wheel went round and round all day, and the river sang to the wheel. "
    "when the evening came the miller closed the door, and the cat went in. "
) * 4
STEPS = 20

# Windows of 20 letters, each as one-hot, and the letter that comes next.
letters = sorted(set(TEXT))
numbers = np.array([letters.index(letter) for letter in TEXT])
one_hot = np.eye(len(letters), dtype="float32")
windows = np.stack([numbers[i : i + STEPS] for i in range(len(numbers) - STEPS)])
x, y = one_hot[windows], numbers[STEPS:]

pw.set_seed(1)
model = pw.Sequential(
    [
        pw.layers.Input((STEPS, len(letters))),
        pw.layers.LSTM(64),
        pw.layers.Dense(len(letters), activation="softmax"),
    ]
)
optimizer = pw.optimizers.Adam(0.01)
model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = await model.fit(x, y, batch_size=64, epochs=12, verbose=0, seed=1)
print("letters guessed", history.history["accuracy"][-1])

# Write on: ask for the next letter, add it, and ask again.
written = "the miller's cat sat"
for _ in range(80):
    last = np.array([[letters.index(letter) for letter in written[-STEPS:]]])
    chances = await model.predict(one_hot[last]).data()
    written += letters[int(np.argmax(np.frombuffer(chances, "float32")))]
print(written)
