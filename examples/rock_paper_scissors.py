# Rock, paper, scissors
import random

import pywebml as pw

BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
pw.set_seed(1)
# A network makes 1,280 numbers of a picture; here they are drawn around a place per gesture.
places = {gesture: pw.ops.random_normal((1280,)) for gesture in BEATS}


def features(gesture):
    return places[gesture] + 3 * pw.ops.random_normal((1280,))


knn = pw.models.KNNClassifier()
for gesture in [*BEATS] * 12:  # twelve pictures of each; each is learned at once
    knn.add_example(features(gesture), gesture)

read, score = 0, {"you": 0, "computer": 0}
for shown in [*BEATS] * 3:
    said = await knn.predict_class(features(shown), k=3)
    computers = random.choice([*BEATS])
    if said.label != computers:
        score["you" if BEATS[said.label] == computers else "computer"] += 1
    read += said.label == shown
    print(f"{said.label} ({said.confidences[said.label]:.0%} sure) against {computers}")
print(score, "hands read:", read)
