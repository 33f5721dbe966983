"""Trains a network on a table, and says how well it does on rows it has not seen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.tensor import tensor
from ...device import get_device
from ...host.progress import Listener, Step
from ...layers import set_seed
from ...train.callbacks import Callback
from ...train.optimizers import Adam
from ...train.schedules import CosineDecay
from ..options import Options, option
from .model import TableModel, feature_of, moments, network_of
from .reading import HEADERS
from .task import KINDS, MISSING, Task
from .testing import Learnt, tested, values_in

STEPS = 40  # of an epoch at most, where nobody says the batch


@dataclass(frozen=True)
class TableOptions(Options):
    """What is learnt, and how."""

    target: str | None = option(
        None, "the column that is foretold (one called target, class or label, or the last)",
        metavar="COLUMN", form=False,
    )  # fmt: skip
    columns: str | None = option(
        None, "the columns that it is foretold from, with commas between (all that can be used)",
        metavar="COLUMN,...", form=False,
    )  # fmt: skip
    categories: str | None = option(
        None, "columns whose numbers are names, as those of postcodes are",
        metavar="COLUMN,...", form=False,
    )  # fmt: skip
    kind: str = option(
        "auto", "whether classes or a number is foretold; auto looks at the target",
        choices=KINDS, form=False,
    )  # fmt: skip
    header: str = option(
        "auto", "whether the first line has the columns' names", choices=HEADERS, form=False
    )
    epochs: int = option(
        60, "times through all rows", low=1, high=1000, choices=(20, 40, 60, 100, 200)
    )
    units: int = option(
        32, "neurons of each of its two hidden layers; 0 for none of them, a linear model",
        low=0, high=512, choices=(0, 8, 16, 32, 64, 128),
    )  # fmt: skip
    learning_rate: float = option(
        0.01, "how far the first steps go", above=0, high=1, choices=(0.001, 0.003, 0.01, 0.03)
    )
    batch_size: int | None = option(
        None, f"rows of one step (16, or more where an epoch would have over {STEPS} steps)",
        low=1, high=10_000, choices=(8, 16, 32, 64, 128), advanced=True,
    )  # fmt: skip
    test_share: float = option(
        0.2, "the share of the rows that it is tested on", low=0.05, high=0.5,
        choices=(0.1, 0.2, 0.3, 0.5), advanced=True,
    )  # fmt: skip
    missing: str = option(
        "fill",
        "fill takes the mean for a missing number, drop leaves its row out",
        choices=MISSING,
        advanced=True,
    )
    seed: int = option(
        0, "another one tests on other rows, and begins with other weights", low=0,
        high=1_000_000, advanced=True,
    )  # fmt: skip


class Watch(Callback):
    """Hears the figures of each epoch, and ends the training when asked. Mean errors
    are given in the target's own units, losses of standardised numbers.
    """

    def __init__(self, epochs: int, scale: float, listener: Listener, stop: Callable[[], bool]):
        super().__init__()
        self.epochs, self.scale, self.listener, self.stop = epochs, scale, listener, stop
        self.history: dict[str, list[float]] = {}
        self.stopped = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = {
            name: float(value) * (self.scale if "error" in name else 1.0)
            for name, value in (logs or {}).items()
        }
        if not math.isfinite(figures["loss"]):
            raise ValueError(
                f"the loss is no longer a number after epoch {epoch + 1}: its steps are too long;"
                " give a smaller learning rate"
            )
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self.listener(Step("training", epoch + 1, self.epochs, figures))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.stop():
            self.stopped = self.model.stop_training = True


async def learn(
    task: Task,
    options: TableOptions,
    listener: Listener = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> Learnt:
    """Trains a network on most rows of a task, and tests it on the others."""
    start = time.perf_counter()
    set_seed(options.seed)
    training, testing = task.split(options.test_share, options.seed)
    features = tuple(feature_of(column, training) for column in task.columns)
    known = task.labels(training)
    mean, scale = (0.0, 1.0) if task.classes else moments(known)
    network = network_of(sum(f.width for f in features), len(task.classes), options.units)
    model = TableModel(network, features, task.target.name, tuple(task.classes), mean, scale)
    batch = options.batch_size or 16 * max(1, math.ceil(len(training) / (16 * STEPS)))
    steps = options.epochs * math.ceil(len(training) / batch)
    network.compile(
        Adam(CosineDecay(options.learning_rate, steps)),
        loss="sparse_categorical_crossentropy" if task.classes else "mean_squared_error",
        metrics=["accuracy"] if task.classes else ["mean_absolute_error"],
    )
    watch = Watch(options.epochs, scale, listener, stop)
    aside = (model.inputs(values_in(task, testing)), _labels(model, task, testing))
    await network.fit(
        model.inputs(values_in(task, training)),
        _labels(model, task, training),
        batch_size=min(batch, len(training)),
        epochs=options.epochs,
        validation_data=aside,
        callbacks=[watch],
        verbose=0,
        seed=options.seed,
    )
    data, points = await tested(model, task, testing, known)
    history = watch.history
    data |= {
        "trained": len(training),
        "epochs": len(history.get("loss", [])),
        "loss": history["loss"][-1] if history else None,
        "val_loss": history["val_loss"][-1] if history else None,
        "history": history,
        "parameters": network.count_params(),
        "adapter": get_device().adapter.name,
        "stopped": watch.stopped,
        "seconds": time.perf_counter() - start,
    }
    return Learnt(model, data, points)


def _labels(model: TableModel, task: Task, rows: Sequence[int]) -> Any:
    labels = task.labels(rows)
    if task.classes:
        return tensor(labels, shape=(len(labels),), dtype="int32")
    scaled = [(label - model.mean) / model.scale for label in labels]
    return tensor(scaled, shape=(len(scaled), 1), dtype="float32")
