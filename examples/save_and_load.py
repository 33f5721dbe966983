# Save a model and load it
import tempfile

import pywebml as pw

model = pw.Sequential([pw.layers.Input((4,)), pw.layers.Dense(3, activation="softmax")])
x = pw.tensor([[0.1, 0.2, 0.3, 0.4]])

with tempfile.TemporaryDirectory() as folder:
    pw.save_model(model, f"{folder}/model.zip")  # TensorFlow.js reads it, too
    again = pw.load_model(f"{folder}/model.zip")

before, after = model.predict(x).tolist(), again.predict(x).tolist()
print("largest difference", max(abs(a - b) for a, b in zip(before[0], after[0], strict=True)))
