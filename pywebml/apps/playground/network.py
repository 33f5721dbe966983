"""A small network that learns from points in the plane, step by step, and shows all it
sees on the way: its surface, a map per neuron, its weights and its losses, in one read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ... import layers, ops
from ...core.autodiff import variable_grads
from ...core.capture import capture
from ...core.tensor import Tensor, Variable, tensor
from ...layers import set_seed
from ...models import Sequential
from ...ops import arange
from ...train import optimizers
from ..options import Options, option
from .points import DATA, REACH, Point, draw

POINTS = 500
SIDE = 60  # of the surface, in cells
EVERY = 3  # a neuron's map has each third of them
MOST_LAYERS, MOST_NEURONS = 6, 8

FEATURES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "x1": lambda x, y: x,
    "x2": lambda x, y: y,
    "x1x1": lambda x, y: x * x,
    "x2x2": lambda x, y: y * y,
    "x1x2": lambda x, y: x * y,
    "sinx1": lambda x, y: ops.sin(x),
    "sinx2": lambda x, y: ops.sin(y),
}
"""What the network may be given of a point."""

OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "sgd": optimizers.SGD,
    "momentum": lambda rate: optimizers.SGD(rate, momentum=0.9),
    "adam": optimizers.Adam,
}
PENALTIES = {"l1": layers.regularizers.L1, "l2": layers.regularizers.L2}
RATES = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class PlaygroundOptions(Options):
    """The points, the network and how it learns."""

    data: str = option("spiral", "what the points look like", choices=tuple(DATA), label="Points")
    noise: float = option(
        0.0, "how far points stray from their place",
        low=0, high=0.5, choices=(0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5),
    )  # fmt: skip
    train_share: float = option(
        0.5, "the share of the points that it learns from; the others test it",
        low=0.1, high=0.9, choices=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        label="Share to train on",
    )  # fmt: skip
    batch: int = option(
        10, "how many points it looks at in a step",
        low=1, high=50, choices=(1, 5, 10, 20, 30, 50), label="Batch size",
    )  # fmt: skip
    features: str = option(
        "x1,x2,sinx1,sinx2", f"what it is given of a point, of {','.join(FEATURES)}",
        metavar="NAME,...",
    )  # fmt: skip
    hidden: str = option(
        "8,6", "neurons of each hidden layer, from the first on; none for no such layer",
        metavar="N,...",
    )  # fmt: skip
    activation: str = option(
        "tanh", "what a hidden neuron does with its sum",
        choices=("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu"),
    )  # fmt: skip
    optimizer: str = option("adam", "how its weights follow the slope", choices=tuple(OPTIMIZERS))
    learning_rate: float = option(0.01, "how far a step goes", above=0, high=10, choices=RATES)
    regularization: str = option(
        "none", "what holds its weights small", choices=("none", *PENALTIES)
    )
    regularization_rate: float = option(
        0.003, "how much it does", low=0, high=10, choices=(0.0, *RATES)
    )
    epochs: int = option(
        150, "how often it goes through its points before it pauses",
        low=1, high=100_000, choices=(50, 150, 500, 2000, 100_000), label="Epochs before a pause",
    )  # fmt: skip
    seed: int = option(0, "another one draws other points and weights", low=0, high=1_000_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        names, sizes = _words(self.features), self.layer_sizes
        if not names or not set(names) <= FEATURES.keys():
            raise ValueError(
                f"features must be one or more of {', '.join(FEATURES)}, with commas between,"
                f" got {self.features!r}"
            )
        if len(sizes) > MOST_LAYERS or not all(1 <= n <= MOST_NEURONS for n in sizes):
            raise ValueError(
                f"hidden must be numbers from 1 to {MOST_NEURONS} for at most {MOST_LAYERS} layers,"
                f" with commas between, got {self.hidden!r}"
            )

    @property
    def feature_names(self) -> list[str]:
        """Those of `features`, in one order whatever was written."""
        return [name for name in FEATURES if name in _words(self.features)]

    @property
    def layer_sizes(self) -> list[int]:
        """The neurons of each hidden layer; 0 for what is no number."""
        words = [] if self.hidden.strip() == "none" else _words(self.hidden)
        return [int(word) if word.isdecimal() and len(word) < 4 else 0 for word in words]

    @property
    def classifies(self) -> bool:
        return DATA[self.data].classes


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if text.strip()]


class Playground:
    """The points and the network of some options. Where `before` had a network of the
    same sizes, it goes on with that one's weights.
    """

    def __init__(self, options: PlaygroundOptions, before: Playground | None = None):
        self.options = options
        self.points = draw(options.data, POINTS, options.noise, options.seed)
        self.training = round(options.train_share * POINTS)  # the first so many
        self.steps = 0
        self._inputs = self._given(self.points)
        self._labels = tensor([[label] for *_, label in self.points])
        self._shown = ops.concat([self._inputs, self._given(cells(SIDE))])
        self._first = Variable(tensor([0], dtype="int32"), trainable=False)  # of the next batch
        self.model = self._network()
        self._optimizer = OPTIMIZERS[options.optimizer](options.learning_rate)
        if before is not None and _sizes(before.model) == _sizes(self.model):
            self.steps = before.steps
            for weight, known in zip(self.model.weights, before.model.weights, strict=True):
                weight.assign(known)

    def _given(self, points: Sequence[Sequence[float]]) -> Tensor:
        """What the network is given of points: [points, features]."""
        x, y = (tensor([point[axis] for point in points]) for axis in (0, 1))
        return ops.stack([FEATURES[name](x, y) for name in self.options.feature_names], axis=1)

    def _network(self) -> Sequential:
        options = self.options
        set_seed(options.seed)
        about: dict[str, Any] = {}
        if options.regularization != "none":
            about["kernel_regularizer"] = PENALTIES[options.regularization](
                options.regularization_rate
            )
        activations = [options.activation] * len(options.layer_sizes)
        activations.append("tanh" if options.classifies else "linear")
        model = Sequential(
            [
                layers.Dense(size, activation=activation, **about)
                for size, activation in zip([*options.layer_sizes, 1], activations, strict=True)
            ]
        )
        model.build((None, len(options.feature_names)))
        return model

    @property
    def epoch(self) -> int:
        """How often it has gone through the points that it learns from."""
        return self.steps * self.options.batch // self.training

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.training // self.options.batch)

    @capture
    def _step(self) -> None:
        """One batch: the next points, the slope of the loss, and every weight moved.
        Runs on the device alone, from which batch it is to what is moved.
        """
        batch = (self._first + arange(self.options.batch, dtype="int32")) % self.training
        x, y = ops.take(self._inputs, batch, axis=0), ops.take(self._labels, batch, axis=0)

        def loss() -> Tensor:
            return sum(self.model.losses, _loss(self.model(x), y))

        weights = self.model.trainable_weights
        _, slopes = variable_grads(loss, weights)
        self._optimizer.apply(slopes, weights)
        self._first.assign((self._first + self.options.batch) % self.training)

    @capture
    def _look(self) -> Tensor:
        """Everything there is to show, see `Playground.look`."""
        activations = [self._shown]
        for layer in self.model.layers:
            activations.append(layer(activations[-1]))
        said = activations[-1]
        figures = []
        for part in (slice(0, self.training), slice(self.training, POINTS)):
            outputs, labels = said[part], self._labels[part]
            right = ops.cast(ops.sign(outputs) == ops.sign(labels), "float32")
            figures += [_loss(outputs, labels), ops.mean(right)]
        maps = [
            ops.reshape(each[POINTS:], (SIDE, SIDE, -1))[EVERY // 2 :: EVERY, EVERY // 2 :: EVERY]
            for each in activations[1:-1]
        ]
        shown = [ops.stack(figures), *self.model.weights, said[POINTS:], *maps]
        return ops.concat([ops.reshape(each, (-1,)) for each in shown])

    def train(self, steps: int) -> None:
        """So many steps, of which nothing is read."""
        for _ in range(steps):
            self._step()
        self.steps += steps

    async def look(self) -> memoryview:
        """In one read, as float32: training loss and accuracy, test loss and accuracy;
        each layer's kernel [inputs, neurons] and bias; the surface [SIDE, SIDE]; each
        hidden layer's maps [SIDE / EVERY, SIDE / EVERY, neurons].
        """
        return (await self._look().data()).cast("B").cast("f")


def figures_of(seen: Sequence[float], classifies: bool) -> dict[str, float | None]:
    """The losses and, of classes, the accuracies at the head of what `look` has read."""
    train_loss, train_accuracy, test_loss, test_accuracy = seen[:4]
    figures: dict[str, float | None] = {"train_loss": train_loss, "test_loss": test_loss}
    if not classifies:
        return {**figures, "train_accuracy": None, "test_accuracy": None}
    return {**figures, "train_accuracy": train_accuracy, "test_accuracy": test_accuracy}


def surface_of(seen: memoryview, model: Sequential) -> memoryview:
    """The surface in what `look` has read: SIDE rows from the top."""
    start = 4 + sum(weight.size for weight in model.weights)
    return seen[start : start + SIDE * SIDE]


def _loss(outputs: Tensor, labels: Tensor) -> Tensor:
    """Half the mean squared error."""
    return ops.mean(ops.square(outputs - labels)) * 0.5


def cells(side: int) -> list[Point]:
    """The middles of the cells of a square of so many rows, row by row from the top."""
    middles = [REACH * ((2 * i + 1) / side - 1) for i in range(side)]
    return [(x, -y, 0.0) for y in middles for x in middles]


def _sizes(model: Sequential) -> list[tuple[int, ...]]:
    return [weight.shape for weight in model.weights]
