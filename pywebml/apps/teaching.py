"""Pictures -> frozen network -> features -> a small head trained on them: what the
command `teach` and the session of the page do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import ops
from ..core.tensor import Tensor
from ..data.folders import PictureFolder, Skipped
from ..data.host_rows import Picked
from ..data.split import split
from ..device import get_device
from ..formats.heads import archive_bytes
from ..host.files import write_or_beside
from ..host.progress import Listener, Pace, Step
from ..ops.image.pixels import FITS
from ..train.callbacks import Callback
from ..train.optimizers import Adam
from ..zoo import Extractor
from ..zoo.extraction import Features, extract_features
from ..zoo.heads import MOST, batch_of, new_head
from .alike import alike, taken
from .options import Options, dtype_option, extractor_option, option


@dataclass(frozen=True)
class TeachOptions(Options):
    """How to teach. `batch_fraction` is of the training pictures; `learning_rate` None
    takes the extractor's own; `dtype` is what the extractor computes on ("float16":
    half the memory), the head is trained in float32 in any case.
    """

    extractor: str = extractor_option()
    epochs: int = option(
        20, "how often every picture is seen", low=1, choices=(10, 20, 40), advanced=True
    )
    batch_fraction: float = option(
        0.4,
        f"pictures per step, as a fraction of those trained on; {MOST} at most",
        above=0,
        high=1,
        choices=(0.05, 0.1, 0.4, 1),
        advanced=True,
    )
    units: int = option(
        100, "size of the hidden layer", low=1, choices=(10, 100, 200), advanced=True
    )
    learning_rate: float | None = option(
        None,
        "defaults to what suits the extractor",
        above=0,
        choices=(0.00001, 0.0001, 0.001, 0.003),
        advanced=True,
        metavar="X",
    )
    validation: float = option(
        0.2,
        "fraction of every class that is kept aside to test on",
        low=0,
        below=1,
        word="val",
        form=False,
    )
    seed: int = option(0, "the same seed gives the same split and the same start", form=False)
    dtype: str = dtype_option()
    fit: str = option(
        "crop",
        "how pictures that are not square are looked at: the middle square, or squashed",
        choices=FITS,
        form=False,
    )


@dataclass
class Taught:
    """A taught head and how it did. Accuracies are None where there was nothing to
    measure on.
    """

    classes: tuple[str, ...]
    head: Any
    extractor: Extractor
    train_accuracy: float
    val_accuracy: float | None
    # rows: what the picture shows; columns: what the head says; validation pictures if
    # there are any
    confusion: list[list[int]]
    seconds: dict[str, float]
    steps: int
    epochs: int
    options: TeachOptions
    stopped: bool = False
    skipped: list[Skipped] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)  # what each epoch measured
    left_out: dict[str, int] = field(default_factory=dict)  # files that are no pictures
    # pictures that are nearly one with another of their class, see alike.py
    duplicates: int = 0

    def metadata(self) -> dict[str, Any]:
        """What is kept with the head: its labels, where its features come from, how it
        was trained. Whoever uses it fits pictures as "fit" says.
        """
        return {
            "labels": list(self.classes),
            "extractor": self.extractor.describe(),
            "fit": self.options.fit,
            "training": {
                "val_accuracy": self.val_accuracy,
                "train_accuracy": self.train_accuracy,
                "steps": self.steps,
                "epochs": self.epochs,
                "settings": self.options.by_word(),
            },
        }

    def summary(self, model: str | None = None) -> dict[str, Any]:
        """What `--json` writes."""
        adapter = get_device().adapter
        return {
            "extractor": self.extractor.name,
            "device": "gpu" if adapter.language == "wgsl" else "cpu",
            "adapter": adapter.name,
            "classes": list(self.classes),
            "train_accuracy": self.train_accuracy,
            "val_accuracy": self.val_accuracy,
            "confusion": self.confusion,
            "duplicates": self.duplicates,
            "skipped": [skipped.reason for skipped in self.skipped],
            "left_out": self.left_out,
            "seconds": self.seconds,
            "steps": self.steps,
            "model": model,
        }


async def teach(
    folder: PictureFolder,
    options: TeachOptions,
    listener: Listener = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
    *,
    keep: bool = False,
    look: Callable[..., Features] = extract_features,
) -> Taught:
    """Teaches a head to tell the classes of a picture folder apart.

    `listener` hears of "features" (pictures done) and "training" (epochs done). When
    `stop()` turns true during training, what has been trained so far comes back, with
    `stopped` set. `keep`: see `extract_features`; `look`: that one, or
    one that works in another place. ValueError if a class has no readable
    picture.
    """
    from ..zoo import load_extractor  # a page comes with its extractor

    extractor = load_extractor(options.extractor, dtype=options.dtype)
    start, pace = time.perf_counter(), Pace("pictures")
    features = look(
        extractor,
        folder.pictures,
        lambda done, of: listener(Step("features", done, of, words=pace(done, of))),
        fit=options.fit,
        with_thumbnails=True,
        keep=keep,
    )
    labels = [folder.pictures[i].label for i in features.kept]
    aside = [i for i, kept in enumerate(features.kept) if folder.pictures[kept].aside]
    learnt = {labels[i] for i in _without(range(len(labels)), aside)}
    for label, name in enumerate(folder.classes):
        if label not in learnt:
            raise ValueError(
                f"class {name!r} has no picture that can be read; the first:"
                f" {features.skipped[0].reason}"
            )
    get_device().sync()
    seconds = time.perf_counter() - start
    taught = await teach_head(
        features.values,
        labels,
        folder.classes,
        extractor,
        options,
        listener,
        stop,
        aside,
        features.thumbnails,
    )
    taught.seconds["features"] = seconds
    taught.skipped = [*folder.skipped, *features.skipped]
    taught.left_out = dict(folder.left_out)
    return taught


async def teach_head(
    features: Any,
    labels: Sequence[int],
    classes: Sequence[str],
    extractor: Extractor,
    options: TeachOptions,
    listener: Listener = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
    aside: Sequence[int] = (),
    thumbnails: Any = None,
) -> Taught:
    """Trains Dense(units, relu) -> Dense(classes, softmax) on features [n, ...] with
    Adam and cross-entropy: a tensor, or rows that stay on the host (`HostRows`). Rows
    `aside` are what it is tested on; without any, a part of each class is (`split`),
    where copies of a picture stay together (`alike`).
    """
    start = time.perf_counter()
    rows = features if len(features.shape) == 2 else features.reshape(features.shape[0], -1)
    first = await alike(rows, labels, thumbnails, stop)
    if aside:
        training, validation = _without(range(len(labels)), aside), list(aside)
    else:
        training, validation = split(labels, options.validation, options.seed, first)
    x, y = _rows(rows, training), [labels[i] for i in training]
    val = (_rows(rows, validation), [labels[i] for i in validation]) if validation else None
    head = new_head(rows.shape[1], options.units, len(classes), options.seed)
    head.compile(
        Adam(options.learning_rate or extractor.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    watch = EpochWatch(options.epochs, listener, stop)
    history = await head.fit(
        x,
        y,
        batch_size=batch_of(len(training), options.batch_fraction),
        epochs=options.epochs,
        validation_data=val,
        callbacks=[watch],
        verbose=0,
        seed=options.seed,
    )
    said = list(await ops.argmax(head.predict(rows, batch_size=MOST), axis=-1).data())

    def share_right(indices: Sequence[int]) -> float:
        return sum(said[i] == labels[i] for i in indices) / len(indices)

    confusion = [[0] * len(classes) for _ in classes]
    for i in validation or training:
        confusion[labels[i]][said[i]] += 1
    return Taught(
        classes=tuple(classes),
        head=head,
        extractor=extractor,
        train_accuracy=share_right(training),
        val_accuracy=share_right(validation) if validation else None,
        confusion=confusion,
        seconds={"features": 0.0, "training": time.perf_counter() - start},
        steps=watch.steps,
        epochs=watch.epochs_done,
        options=options,
        stopped=watch.stopped,
        history=history.history,
        duplicates=sum(i != j for i, j in enumerate(first)),
    )


def save(taught: Taught, path: str | Path) -> Path:
    """Writes the head, its labels and where its features come from to one file, for
    `predict`: beside `path`, where that cannot be written any more. Returns where.
    """
    return write_or_beside(path, archive_bytes(taught.head, taught.metadata()))


def _without(indices: Iterable[int], others: Sequence[int]) -> list[int]:
    apart = set(others)
    return [i for i in indices if i not in apart]


def _rows(values: Any, indices: Sequence[int]) -> Any:
    """These rows, on the device if all of them are."""
    return taken(values, indices) if isinstance(values, Tensor) else Picked(values, indices)


class EpochWatch(Callback):
    """Counts, tells the listener after each epoch, and ends the training when somebody
    asks for it. It hears of a step before it, not after: then nothing is read for it.
    """

    def __init__(self, epochs: int, listener: Listener, stop: Callable[[], bool]):
        super().__init__()
        self.epochs, self.listener, self.stop = epochs, listener, stop
        self.epochs_done, self.steps, self.stopped = 0, 0, False

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.steps += 1
        if self.stop():
            self.stopped = self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.epochs_done = epoch + 1
        self.listener(Step("training", epoch + 1, self.epochs, dict(logs or {})))
