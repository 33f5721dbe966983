"""`rock_paper_scissors`: learns three gestures from a few pictures each, at once, and
plays against them; and the page of that name.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.tensor import Tensor
from ..data.folders import PictureFolder, find_pictures
from ..data.samples import sample_folder
from ..data.zipped import picture_folder
from ..host.json_data import json_object
from ..models import KNNClassifier
from ..zoo import Extractor
from ..zoo.extraction import extract_features
from .app import App, Given, Outcome, Reaches, Takes, method
from .frame import Picture
from .options import Options, extractor_option, option
from .pictures import progress_of_pictures, reasons

GESTURES = ("rock", "paper", "scissors")
BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}
TAUGHT = 12
"""Pictures of a gesture that are taught with; the others are played with."""
MOST_TIES = 20


@dataclass(frozen=True)
class GameOptions(Options):
    """How it decides, and how long it plays."""

    neighbours: int = option(
        3, "how many of the nearest pictures vote", low=1, high=50, choices=(1, 3, 5, 9)
    )
    best_of: int = option(
        5, "rounds; who wins more than half", low=1, high=99, choices=(1, 3, 5, 9)
    )
    extractor: str = extractor_option()
    seed: int = option(0, "the same seed plays the same game", low=0, form=False)


def winner(yours: str, computers: str) -> str:
    """Who wins a round: "you", "computer" or "" for a tie.

    Example:
        >>> winner("rock", "scissors"), winner("rock", "paper"), winner("rock", "rock")
        ('you', 'computer', '')
    """
    if yours == computers:
        return ""
    return "you" if BEATS[yours] == computers else "computer"


async def run(given: Given) -> Outcome:
    """The `rock_paper_scissors` command."""
    given.take_device()
    folder = given.inputs["folder"]
    with picture_folder(folder or sample_folder("rock_paper_scissors")) as pictures:
        return await _played(given, find_pictures(pictures), drawn=not folder)


async def _played(given: Given, folder: PictureFolder, drawn: bool) -> Outcome:
    from ..zoo import load_extractor  # all networks, when a job runs

    options: GameOptions = given.options
    screen, start = given.screen, time.perf_counter()
    gestures = _gestures(folder)
    screen.line("pictures: drawn hands, no photos" if drawn else f"pictures: {folder.counts()}")
    extractor = load_extractor(options.extractor)
    progress = progress_of_pictures(screen)
    seen = extract_features(extractor, folder.pictures, progress, fit="crop")
    labels = [gestures[folder.pictures[i].label] for i in seen.kept]
    knn, tests = KNNClassifier(), []
    for i, label in enumerate(labels):
        if knn.get_class_example_count().get(label, 0) < _to_teach(labels.count(label)):
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


def play(
    hands: Sequence[tuple[str, Any, Mapping[Any, float]]], best_of: int, seed: int
) -> list[dict[str, Any]]:
    """The rounds of a game: `hands` (what is shown, what is read, how surely) in an
    order that the seed draws, over and over. A tie is played again.
    """
    draw = random.Random(seed)
    order: list[int] = []
    rounds: list[dict[str, Any]] = []
    wins = {"you": 0, "computer": 0, "": 0}
    while max(wins["you"], wins["computer"]) <= best_of // 2 and wins[""] < MOST_TIES * best_of:
        computers = draw.choice(GESTURES)  # before it looks
        order = order or draw.sample(range(len(hands)), len(hands))
        shown, read, confidences = hands[order.pop()]
        who = winner(read, computers)
        wins[who] += 1
        rounds.append(
            {
                "shown": shown,
                "yours": read,
                "confidence": confidences[read],
                "computers": computers,
                "winner": who,
            }
        )
    return rounds


def _gestures(folder: PictureFolder) -> list[str]:
    """The gesture of each class. ValueError where one is missing, or has no picture to
    play with.
    """
    names = [name.strip().casefold() for name in folder.classes]
    if sorted(names) != sorted(GESTURES):
        raise ValueError(
            f"expected folders rock, paper and scissors, got {', '.join(folder.classes) or 'none'}"
        )
    for name, n in zip(names, folder.counts(), strict=True):
        if n < 2:
            raise ValueError(
                f"{name} has {n} picture, expected 2 at least: one to learn from, one to play with"
            )
    return names


def _to_teach(n: int) -> int:
    """How many of a gesture's pictures are taught with."""
    return min(TAUGHT, max(1, n * 3 // 5))


class GameSession:
    """What the page talks to: the extractor and a classifier on its features. Features
    are kept as bytes, too, as a browser may take the GPU device away.
    """

    def __init__(self, extractor: Extractor):
        self.extractor = extractor
        self._knn = KNNClassifier()
        self._examples: list[tuple[str, bytes]] = []

    @method()
    async def add_example(self, label: str, image: Any, mirror: bool = False) -> dict[str, Any]:
        """`{counts}`: learns a picture of a gesture at once; how many it has of each.
        `image`: ImageBitmap, VideoFrame or ImageData, transferred and closed by the
        worker; the network sees its middle square. ValueError for no gesture.
        """
        _known(label)
        features = self._features(image, mirror)
        self._examples.append((label, (await features.data()).tobytes()))
        self._knn.add_example(features, label)
        return {"counts": self._counts()}

    @method()
    async def predict(self, image: Any, mirror: bool = False, neighbours: int = 3) -> Any:
        """`{label, confidences: {gesture: share}, seconds}`: which gesture a picture
        shows, by the votes of its nearest pictures. ValueError before any was learned.
        """
        start = time.perf_counter()
        said = await self._knn.predict_class(self._features(image, mirror), int(neighbours))
        shares = {name: said.confidences.get(name, 0.0) for name in GESTURES}
        seconds = time.perf_counter() - start
        return {"label": said.label, "confidences": shares, "seconds": seconds}

    @method()
    def clear(self, label: str) -> dict[str, Any]:
        """`{counts}`: forgets what it learned of a gesture."""
        _known(label)
        self._examples = [each for each in self._examples if each[0] != label]
        if self._counts()[label]:
            self._knn.clear_class(label)
        return {"counts": self._counts()}

    @method()
    async def save(self) -> bytes:
        """`Uint8Array`: a zip with all that it has learned, for `load`, and for
        `pw.models.KNNClassifier.load`.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hands.zip"
            await self._knn.save_async(path)
            with zipfile.ZipFile(path, "a") as archive:
                archive.writestr(WHOSE, json.dumps(self._whose()))
            return path.read_bytes()

    @method()
    async def load(self, bytes: Any) -> dict[str, Any]:
        """`{counts}`: takes what `save` wrote in place of all it has learned.
        ValueError for anything else, and for another network's features; nothing
        changes then.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hands.zip"
            path.write_bytes(memoryview(bytes))
            knn = await KNNClassifier.load_async(path)
            whose = _whose_features(path)
        for label in knn.labels:
            _known(label)
        if whose != self._whose():
            raise ValueError(
                "these hands were learned with the features of another network"
                f" ({whose.get('name', 'unknown')}), expected {self.extractor.name}; show them anew"
            )
        examples = []
        for label, rows in knn.get_classifier_dataset().items():
            values, row = (await rows.data()).tobytes(), 4 * rows.shape[1]
            examples += [(str(label), values[i : i + row]) for i in range(0, len(values), row)]
        self._knn, self._examples = knn, examples
        return {"counts": self._counts()}

    def _whose(self) -> dict[str, str]:
        """Which network's features it has."""
        return {"name": self.extractor.name, "weights_sha256": self.extractor.weights_sha256}

    def _features(self, image: Any, mirror: bool) -> Tensor:
        pixels = self.extractor.pixels(
            Picture.of(image).on_device(), mirror=bool(mirror), fit="crop"
        )
        return self.extractor(pixels).reshape(-1)

    def _counts(self) -> dict[str, int]:
        counts = self._knn.get_class_example_count()
        return {name: counts.get(name, 0) for name in GESTURES}

    async def warm_up(self) -> None:
        """One black picture, so that kernels are compiled before the first real one."""
        height, width = self.extractor.input_size
        black = Picture(memoryview(bytes(4 * height * width)), height, width)
        await self._features(black, False).data()

    def revive(self, extractor: Extractor) -> None:
        """Goes on with an extractor on a new device: it learns its examples again."""
        self.extractor, self._knn = extractor, KNNClassifier()
        for label, features in self._examples:
            self._knn.add_example(memoryview(features).cast("f"), label)


WHOSE = "extractor.json"
"""Beside the examples in a saved file: which network made them of pictures."""


def _whose_features(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        if WHOSE not in archive.namelist() or archive.getinfo(WHOSE).file_size > 1000:
            return {}
        return json_object(archive.read(WHOSE), WHOSE)


def _known(label: Any) -> None:
    if label not in GESTURES:
        raise ValueError(f"no gesture {label!r}; there are {', '.join(GESTURES)}")


APP = App(
    name="rock_paper_scissors",
    says="Learn rock, paper, scissors from a few pictures, and play.",
    run=run,
    title="Rock, paper, scissors",
    card="Show it three gestures; it learns them as you show them. Then play against it.",
    known_as=("k-nearest neighbours", "KNN", "gestures", "hands", "game"),
    options=GameOptions,
    takes=(
        Takes(
            "folder",
            "a folder with folders rock, paper and scissors, or a zip of it (hands drawn for it)",
            metavar="DIR",
            optional=True,
        ),
    ),
    session=GameSession,
    needs=("extractor", "camera", "samples/rock_paper_scissors"),
    shows=("rock_paper_scissors",),
    reaches=(Reaches("accuracy", above=0.9, seconds=60),),
    page=True,
)
