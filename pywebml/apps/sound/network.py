"""A small convolutional network that tells sounds apart, and how it is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ... import layers, ops
from ...core.tensor import Tensor, tensor
from ...data.split import split
from ...device import get_device
from ...host.progress import Listener, Step
from ...layers import set_seed
from ...models import Sequential
from ...train.optimizers import Adam
from ...vis import metrics
from ..options import Options, option
from ..teaching import EpochWatch
from .spectrogram import AT_ONCE, BANDS, FRAMES, spectrograms

MOST_CLASSES = 20
MOVED, LOUDER = 0.1, 0.1
"""How far clips are moved in time, and how much louder or softer they become, while it
trains: shares of a second, and of 80 decibels.
"""


@dataclass(frozen=True)
class SoundOptions(Options):
    """How it is trained."""

    epochs: int = option(30, "times through all clips", low=1, high=1000, choices=(10, 30, 50, 100))
    batch_size: int = option(
        16, "clips of one step", low=1, high=4096, choices=(8, 16, 32, 64), advanced=True
    )
    learning_rate: float = option(
        0.002, "how far a step goes", above=0, choices=(0.0005, 0.001, 0.002, 0.005), advanced=True
    )
    validation: float = option(
        0.2,
        "fraction of every class's clips that is kept aside to test on",
        low=0,
        below=1,
        word="val",
        form=False,
    )
    seed: int = option(0, "the same seed draws the same first weights", low=0, form=False)


@dataclass
class Trained:
    """A network that tells sounds apart, and how well. `tests`: which clips it was
    tested on; `said`: what it said of those.
    """

    model: Any
    names: tuple[str, ...]
    data: dict[str, Any]
    history: dict[str, list[float]]
    tests: list[int]
    said: list[int]


def network(classes: int) -> Sequential:
    """Spectrograms [n, 61, 64, 1] -> shares of the classes [n, classes]."""
    return Sequential(
        [
            layers.Input((FRAMES, BANDS, 1)),
            layers.Conv2D(12, 5, 2, activation="relu"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ]
    )


async def train(
    clips: Tensor,
    labels: Sequence[int],
    names: Sequence[str],
    options: SoundOptions,
    listener: Listener = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Trains a network on clips [n, 16000], and tests it on those of every class that
    were kept aside. ValueError unless each of two classes or more has a clip.
    """
    start = time.perf_counter()
    _check(labels, names)
    set_seed(options.seed)
    learnt, aside = split(labels, options.validation, options.seed)
    listener(Step("listening", 0, 1))
    seen = spectrograms(clips).reshape(-1, FRAMES, BANDS, 1)
    listener(Step("listening", 1, 1))
    model = network(len(names))
    moved = layers.RandomTranslation(MOVED, 0.0, fill_mode="nearest")
    louder = layers.RandomBrightness(LOUDER, value_range=(0, 1))
    trainer = Sequential([layers.Input((FRAMES, BANDS, 1)), moved, louder, model])
    trainer.compile(
        Adam(options.learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    watch = EpochWatch(options.epochs, listener, stop)
    history = await trainer.fit(
        _rows(seen, learnt),
        [labels[i] for i in learnt],
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=(_rows(seen, aside), [labels[i] for i in aside]) if aside else None,
        callbacks=[watch],
        verbose=0,
        seed=options.seed,
    )
    tests = aside or learnt
    shares = model.predict(_rows(seen, tests), batch_size=AT_ONCE)
    said = [int(label) for label in await ops.argmax(shares, axis=-1).data()]
    shown = [labels[i] for i in tests]
    data = {
        "accuracy": metrics.accuracy(shown, said),
        "measured": "clips kept aside" if aside else "the clips it learnt from",
        "confusion": metrics.confusion_matrix(shown, said, len(names)),
        "classes": list(names),
        "clips": [list(labels).count(label) for label in range(len(names))],
        "trained": len(learnt),
        "tested": len(aside),
        "loss": history.history["loss"][-1],
        "epochs": watch.epochs_done,
        "parameters": model.count_params(),
        "adapter": get_device().adapter.name,
        "stopped": watch.stopped,
        "seconds": time.perf_counter() - start,
    }
    return Trained(model, tuple(names), data, history.history, tests, said)


def _check(labels: Sequence[int], names: Sequence[str]) -> None:
    if not 2 <= len(names) <= MOST_CLASSES:
        raise ValueError(
            f"there are {len(names)} classes of sounds; expected 2 to {MOST_CLASSES}, such as"
            " background noise and one more"
        )
    for label, name in enumerate(names):
        if label not in labels:
            raise ValueError(f"class {name!r} has no sound yet; record some, or remove it")


def _rows(values: Tensor, indices: Sequence[int]) -> Tensor:
    return ops.gather(values, tensor(list(indices), dtype="int32"))
