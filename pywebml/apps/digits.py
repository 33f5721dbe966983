"""`digits`: a network learns to read handwritten digits, and reads one's own; and the
page of that name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import layers, ops
from ..core.tensor import tensor
from ..data.digits import SIDE, TESTED, Digits, as_digit, packed_digits, packed_part, unpacked
from ..device import get_device
from ..host import IN_TAB
from ..host.files import checked_place, write_whole
from ..host.progress import Listener, Step
from ..layers import set_seed
from ..models import Sequential
from ..train.callbacks import ProgressBar
from ..train.optimizers import Adam
from ..train.schedules import CosineDecay
from ..vis import metrics
from ..vis.charts import Lines, Matrix
from ..vis.gallery import Tile, gallery
from ..vis.screens import Screen, duration
from .app import App, Given, Outcome, Reaches, method
from .options import Options, option

NAMES = tuple("0123456789")
EPOCHS, FEW_EPOCHS = 10, 2
MOST_WRONG = 60
"""Pictures that were read wrongly and are shown."""


@dataclass(frozen=True)
class DigitOptions(Options):
    """Which network, and how it is trained."""

    network: str = option(
        "conv",
        "conv looks at small windows of the picture and learns most; dense is faster",
        choices=("conv", "dense"),
    )
    epochs: int | None = option(
        None,
        f"times through all digits ({EPOCHS}; in a tab without WebGPU {FEW_EPOCHS})",
        low=1,
        high=100,
        choices=(1, FEW_EPOCHS, 5, EPOCHS),
    )
    batch_size: int = option(
        32, "digits of one step", low=1, high=9000, choices=(32, 64, 128, 320), advanced=True
    )
    learning_rate: float = option(
        0.003, "how far the first steps go", above=0, choices=(0.001, 0.003, 0.01), advanced=True
    )
    seed: int = option(0, "the same seed draws the same first weights", low=0, form=False)


@dataclass(frozen=True)
class DigitCommand(DigitOptions):
    """What the command takes besides."""

    wrong: str | None = option(
        None,
        "where a picture of those that it reads wrongly goes",
        metavar="FILE.svg",
        writes=True,
        form=False,
    )


def network(kind: str) -> Sequential:
    """The network, untrained. In training digits are moved a little, so that it sees
    each in other places.
    """
    moved = layers.RandomTranslation(0.05, 0.05, fill_mode="constant")
    if kind == "dense":
        inner = [layers.Flatten(), layers.Dense(256, activation="relu")]
    else:
        inner = [
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
        ]
    outer = layers.Dense(10, activation="softmax")
    return Sequential([layers.Input((SIDE, SIDE, 1)), moved, *inner, outer])


class Watch(ProgressBar):
    """Hears the figures some times a second while it trains, and ends it when asked."""

    def __init__(self, epochs: int, listener: Listener, stop: Callable[[], bool]):
        super().__init__(live=False)
        self.epochs, self.listener, self.stop = epochs, listener, stop
        self.curve: dict[str, list[float]] = {"step": [], "loss": [], "accuracy": []}
        self.stopped = False
        self._before = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """There is no bar of its own."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._before = epoch * int(self.params["steps"])

    def progress(self, step: int, logs: Any) -> None:
        self._say(self._before + step, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._say(self._before + int(self.params["steps"]), logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.stop():
            self.stopped = self.model.stop_training = True

    def _say(self, step: int, logs: Any) -> None:
        figures = {name: float(value) for name, value in (logs or {}).items()}
        done = {"step": step, **figures}
        for name, values in self.curve.items():
            values.append(done.get(name, float("nan")))
        total = self.epochs * int(self.params["steps"])
        self.listener(Step("training", step, total, figures))


def on_processor() -> bool:
    """Whether there is no graphics card to train on."""
    return get_device().adapter.language == "numpy"


@dataclass
class Trained:
    """A network that reads digits, and how well."""

    model: Any
    data: dict[str, Any]
    wrong: list[tuple[int, int, int]]
    """(number in the test set, what it shows, what was read)."""
    curve: dict[str, list[float]]


async def train(
    digits: Digits,
    options: DigitOptions,
    listener: Listener = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Trains a network and tests it on digits that it has not seen."""
    start = time.perf_counter()
    set_seed(options.seed)
    (x, y), (x_test, y_test) = digits
    model = network(options.network)
    epochs = options.epochs or (FEW_EPOCHS if IN_TAB and on_processor() else EPOCHS)
    steps = epochs * -(-x.shape[0] // options.batch_size)
    model.compile(
        Adam(CosineDecay(options.learning_rate, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    watch = Watch(epochs, listener, stop)
    await model.fit(
        x,
        y,
        batch_size=options.batch_size,
        epochs=epochs,
        callbacks=[watch],
        verbose=0,
        seed=options.seed,
    )
    listener(Step("testing", 0, 1))
    said = list(await ops.argmax(model.predict(x_test), axis=-1).data())
    labels = list(await y_test.data())
    listener(Step("testing", 1, 1))
    data = {
        "test_accuracy": metrics.accuracy(labels, said),
        "per_class": metrics.per_class_accuracy(labels, said, 10),
        "confusion": metrics.confusion_matrix(labels, said, 10),
        "tested": len(labels),
        "trained": x.shape[0],
        "loss": watch.curve["loss"][-1] if watch.curve["loss"] else None,
        "network": options.network,
        "parameters": model.count_params(),
        "epochs": epochs,
        "adapter": get_device().adapter.name,
        "stopped": watch.stopped,
        "seconds": time.perf_counter() - start,
    }
    wrong = [(i, a, b) for i, (a, b) in enumerate(zip(labels, said, strict=True)) if a != b]
    return Trained(model, data, wrong, watch.curve)


async def run(given: Given) -> Outcome:
    """The `digits` command."""
    options: DigitCommand = given.options
    out = checked_place(options.wrong) if options.wrong else None
    given.take_device()
    packed = await packed_digits()
    screen = given.screen
    screen.line("9,000 handwritten digits of MNIST to learn from, 1,000 others to test on")
    trained = await train(
        unpacked(packed), options.narrowed(DigitOptions), screen.progress, given.stop
    )
    if trained.data["stopped"]:
        screen.line("stopped by Ctrl-C; what was trained so far is tested", "warning")
    show(trained, screen)
    if out is not None:
        write_whole(out, gallery(_tiles(packed, trained.wrong), "Read wrongly").encode())
        screen.line(f"read wrongly: {out}")
    hints = () if out else ("digits --wrong wrong.svg",)
    return Outcome(trained.data, 130 if trained.data["stopped"] else 0, hints=hints)


def show(trained: Trained, screen: Screen) -> None:
    """How well it reads."""
    data = trained.data
    curve = {name: trained.curve[name] for name in ("loss", "accuracy")}
    for name, values in curve.items():
        if any(value == value for value in values):
            screen.chart(Lines({name: values}, trained.curve["step"], name, "step"))
    right = data["tested"] - len(trained.wrong)
    screen.line(f"reads {right} of {data['tested']} digits that it has not seen", "title")
    screen.chart(Matrix(NAMES, data["confusion"]))
    often = sorted(
        ((n, i, j) for i, row in enumerate(data["confusion"]) for j, n in enumerate(row) if i != j),
        reverse=True,
    )[:3]
    mixed = ", ".join(f"{i} as {j} ({n})" for n, i, j in often if n)
    screen.line(f"most often read wrongly: {mixed or 'none'}")
    screen.line(f"{data['parameters']:,} weights, trained in {duration(data['seconds'])}")


def _tiles(packed: bytes, wrong: list[tuple[int, int, int]]) -> list[Tile]:
    return [
        Tile(_picture(packed, i), SIDE, SIDE, 1, f"{label}, read as {said}")
        for i, label, said in wrong[:MOST_WRONG]
    ]


def _picture(packed: bytes, test: int) -> bytes:
    """Pixels of a digit of the test set, with which `packed` ends."""
    count = len(packed) // (SIDE * SIDE + 1)
    at = (count - TESTED + test) * SIDE * SIDE
    return packed[at : at + SIDE * SIDE]


class DigitSession:
    """What the page talks to. Weights are kept as bytes, too, as a browser may take the
    GPU device away.
    """

    def __init__(self) -> None:
        self._packed, self._tests = b"", b""
        self._model, self._kind = None, "conv"
        self._weights: list[Any] = []
        self._stop = self._training = False

    @method()
    async def samples(self, first: int = 0, count: int = 24) -> dict[str, Any]:
        """`{pixels, labels}`: so many digits of the test set, 784 bytes each."""
        self._tests = self._tests or await packed_part("test")
        numbers = [i % TESTED for i in range(int(first), int(first) + int(count))]
        return {
            "pixels": b"".join(_picture(self._tests, i) for i in numbers),
            "labels": [self._tests[i - TESTED] for i in numbers],
        }

    @method(options=DigitOptions)
    async def train(
        self, options: Mapping[str, Any], listener: Listener = lambda step: None
    ) -> dict[str, Any]:
        """What the command's `--json` writes, and `wrong`: `[{label, said, pixels}]`,
        some of those that it reads wrongly. Progress some times a second: `{stage,
        done, of, loss, accuracy}`.
        """
        if self._training:
            raise RuntimeError("a training is running already; stop it first")
        self._training, self._stop = True, False
        try:
            self._packed = packed = self._packed or await packed_digits()
            chosen = DigitOptions(**options)
            trained = await train(unpacked(packed), chosen, listener, lambda: self._stop)
            self._model, self._kind = trained.model, chosen.network
            self._weights = [(w.shape, await w.data()) for w in trained.model.weights]
        finally:
            self._training = False
        wrong = [
            {"label": label, "said": said, "pixels": _picture(packed, i)}
            for i, label, said in trained.wrong[:MOST_WRONG]
        ]
        return {**trained.data, "wrong": wrong}

    @method()
    def stop(self) -> None:
        """Null. `train` then ends after its step and returns what it has, `stopped:
        true`.
        """
        self._stop = True

    @method()
    async def read(self, ink: Any, height: int, width: int) -> dict[str, Any] | None:
        """`{digit, shares, pixels}`: what a drawing shows, how sure it is of each
        digit, and the 784 bytes that the network sees of it; null where nothing is
        drawn. `ink`: `height * width` bytes, 255 where there is ink. RuntimeError
        before it is trained.
        """
        if self._model is None:
            raise RuntimeError("it cannot read yet: train it first")
        values = as_digit(memoryview(ink).tobytes(), int(height), int(width))
        if values is None:
            return None
        x = tensor(values, shape=(1, SIDE, SIDE, 1), dtype="float32")
        shares = [float(value) for value in await self._model.predict(x).reshape(-1).data()]
        pixels = bytes(round(255 * value) for value in values)
        return {"digit": shares.index(max(shares)), "shares": shares, "pixels": pixels}

    def revive(self) -> None:
        """Goes on with the network on a new device."""
        if self._model is not None:
            self._model = network(self._kind)
            arrays = [tensor(data, shape=shape) for shape, data in self._weights]
            self._model.set_weights(arrays)


APP = App(
    name="digits",
    says="Train a network to read handwritten digits.",
    run=run,
    title="Read handwritten digits",
    card="Train a network on ten thousand digits in a minute, then draw one and see it read.",
    known_as=("MNIST", "convolutional network", "CNN", "handwriting", "numbers"),
    options=DigitCommand,
    session=DigitSession,
    shows=("digits",),
    reaches=(Reaches("test_accuracy", above=0.97, seconds=60),),
    page=True,
    stops=True,
)
