"""The `rock_paper_scissors` command."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ...data.folders import PictureFolder, find_pictures
from ...data.samples import sample_folder
from ...data.zipped import picture_folder
from ...models import KNNClassifier
from ...zoo.extraction import extract_features
from ..app import Given, Outcome
from ..options import Options, option
from ..pictures import progress_of_pictures, reasons
from .hands import read_hands
from .rules import GESTURES, play

TAUGHT = 12
"""Pictures of a gesture that are taught with; the others are played with."""


@dataclass(frozen=True)
class GameOptions(Options):
    """How it decides, and how long it plays."""

    neighbours: int = option(
        3, "how many of the nearest pictures vote", low=1, high=50, choices=(1, 3, 5, 9)
    )
    best_of: int = option(
        5, "rounds; who wins more than half", low=1, high=99, choices=(1, 3, 5, 9)
    )
    extractor: str | None = option(
        None,
        "one of `models list`, or any model of pictures (squeezenet_v1.1 where its weights are on"
        " this disk, else efficientnet_lite0)",
        metavar="NAME|MODEL",
        form=False,
    )
    seed: int = option(0, "the same seed plays the same game", low=0, form=False)
    hands: str | None = option(
        None,
        "plays with the hands that the page saved, in place of learning from some of DIR",
        metavar="HANDS.zip",
        form=False,
    )


async def run(given: Given) -> Outcome:
    """The `rock_paper_scissors` command."""
    given.take_device()
    folder = given.inputs["folder"]
    with picture_folder(folder or sample_folder("rock_paper_scissors")) as pictures:
        return await _played(given, find_pictures(pictures), drawn=not folder)


def network_for(options: GameOptions) -> str:
    """SqueezeNet, as in TensorFlow.js's game, where its weights are on this disk. Hands
    that the page saved are of the page's network.
    """
    from ...zoo.registry import DEFAULT, at_hand, squeezenet

    return squeezenet.NAME if not options.hands and at_hand(squeezenet.NAME) else DEFAULT


async def _played(given: Given, folder: PictureFolder, drawn: bool) -> Outcome:
    from ...zoo import load_extractor  # all networks, when a job runs

    options: GameOptions = given.options
    screen, start = given.screen, time.perf_counter()
    gestures = _gestures(folder, least=1 if options.hands else 2)
    screen.line("pictures: drawn hands, no photos" if drawn else f"pictures: {folder.counts()}")
    extractor = load_extractor(options.extractor or network_for(options))
    screen.line(f"what it sees comes from {extractor.name}")
    knn = await read_hands(Path(options.hands), extractor) if options.hands else KNNClassifier()
    progress = progress_of_pictures(screen)
    seen = extract_features(extractor, folder.pictures, progress, fit="crop")
    labels = [gestures[folder.pictures[i].label] for i in seen.kept]
    tests = []
    for i, label in enumerate(labels):
        if not options.hands and labels[:i].count(label) < _to_teach(labels.count(label)):
            knn.add_example(seen.values[i], label)
        else:
            tests.append(i)
    says = [await knn.predict_class(seen.values[i], options.neighbours) for i in tests]
    right = sum(said.label == labels[i] for said, i in zip(says, tests, strict=True))
    counts = ", ".join(f"{n} {label}" for label, n in knn.get_class_example_count().items())
    screen.line(f"taught with {counts}")
    screen.line(f"reads {right} of {len(tests)} pictures that it has not seen", "title")
    hands = [(labels[i], said.label, said.confidences) for i, said in zip(tests, says, strict=True)]
    rounds = play(hands, options.best_of, options.seed)
    rows = [
        (
            str(i),
            r["shown"],
            f"{r['yours']} {r['confidence']:.0%}",
            r["computers"],
            r["winner"] or "tie",
        )
        for i, r in enumerate(rounds, 1)
    ]
    screen.table(["round", "you show", "it reads", "computer", "wins"], rows, right=[0])
    score = {who: sum(r["winner"] == who for r in rounds) for who in ("you", "computer")}
    ahead = "you win" if score["you"] > score["computer"] else "the computer wins"
    screen.line(f"{ahead} {max(score.values())} to {min(score.values())}", "title")
    data = {
        "accuracy": right / len(tests),
        "taught": knn.get_class_example_count(),
        "tested": len(tests),
        "rounds": rounds,
        "score": score,
        "seconds": time.perf_counter() - start,
    }
    hints = ("rock_paper_scissors DIR    (DIR: folders rock, paper, scissors with your photos)",)
    return Outcome(data, skipped=reasons(seen.skipped), hints=hints if drawn else ())


def _gestures(folder: PictureFolder, least: int) -> list[str]:
    """The gesture of each class. ValueError where one is missing, or has fewer pictures
    than `least`.
    """
    names = [name.strip().casefold() for name in folder.classes]
    if sorted(names) != sorted(GESTURES):
        raise ValueError(
            f"expected folders rock, paper and scissors, got {', '.join(folder.classes) or 'none'}"
        )
    for name, n in zip(names, folder.counts(), strict=True):
        if n < least:
            needed = "one to play with" if least == 1 else "one to learn from, one to play with"
            raise ValueError(f"{name} has {n} picture, expected {least} at least: {needed}")
    return names


def _to_teach(n: int) -> int:
    """How many of a gesture's pictures are taught with."""
    return min(TAUGHT, max(1, n * 3 // 5))
