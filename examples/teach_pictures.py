# Teach pictures
import numpy as np
import pywebml as pw
from pywebml import data, zoo

# Transfer learning: a frozen network turns pictures into features, a small head learns them.
folder = data.find_pictures(data.sample_folder())
extractor = zoo.load_extractor()
features = zoo.extract_features(extractor, folder.pictures)
labels = np.array([folder.pictures[i].label for i in features.kept])

head = pw.Sequential()
head.add(pw.layers.Dense(100, activation="relu"))
head.add(pw.layers.Dense(len(folder.classes), activation="softmax"))
head.compile("adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = head.fit_sync(features.values, labels, epochs=20, verbose=0, seed=0)
print(folder.classes, "accuracy", history.history["accuracy"][-1])
