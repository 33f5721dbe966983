"""A curve that is fitted to points step by step: a polynomial, or a small network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ... import ops
from ...core.autodiff import variable_grads
from ...core.capture import capture
from ...core.tensor import Tensor, Variable, tensor
from ...layers import Dense, set_seed
from ...models import Sequential
from ...train import optimizers
from ..options import Options, option
from ..playground.network import OPTIMIZERS as PLAYGROUND_S
from .points import CURVES, Point, Scale, draw
from .polynomials import coefficients, legendre

SHOWN = 201  # values of a curve that is shown
BOUND = 1e6  # of a loss; one beyond it does not come back
MOST_DEGREE = 12

OPTIMIZERS: dict[str, Callable[[float], Any]] = {**PLAYGROUND_S, "rmsprop": optimizers.RMSprop}


@dataclass(frozen=True)
class CurveOptions(Options):
    """The points, the curve and how it is fitted."""

    data: str = option(
        "sine", "what points are drawn from, where there are none of one's own",
        choices=tuple(CURVES), label="Points from a",
    )  # fmt: skip
    count: int = option(
        60, "how many of them", low=2, high=200, choices=(5, 10, 20, 60, 120, 200),
        label="How many",
    )  # fmt: skip
    noise: float = option(0.1, "how far they stray from it, as a standard deviation", low=0, high=1)
    model: str = option(
        "polynomial", "what the curve is: a polynomial, or a network of two hidden layers",
        choices=("polynomial", "network"), label="Curve",
    )  # fmt: skip
    degree: int = option(
        5, "the highest power of the polynomial", low=1, high=MOST_DEGREE,
        choices=tuple(range(1, MOST_DEGREE + 1)),
    )  # fmt: skip
    neurons: int = option(
        16, "of each hidden layer of the network", low=1, high=64, choices=(4, 8, 16, 32),
    )  # fmt: skip
    optimizer: str = option(
        "adam", "how its weights follow the slope of the loss", choices=tuple(OPTIMIZERS)
    )
    learning_rate: float = option(
        0.03, "how far a step goes", above=0, high=10,
        choices=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    )  # fmt: skip
    steps: int = option(
        500, "how many steps it makes before it pauses", low=1, high=100_000,
        choices=(100, 500, 2000, 10_000), label="Pause after",
    )  # fmt: skip
    seed: int = option(0, "another one draws other points and weights", low=0, high=1_000_000)

    @property
    def kind(self) -> tuple[str, int]:
        """What says of which weights the curve is made."""
        return self.model, self.degree if self.model == "polynomial" else self.neurons

    def points(self) -> list[Point]:
        return draw(self.data, self.count, self.noise, self.seed)


class Look(NamedTuple):
    """What there is to show of a curve: the mean squared error, in the points' own
    units; SHOWN values of y from the left of the scale to its right; of a polynomial
    the coefficient of each power of x, from 1 up.
    """

    loss: float
    curve: list[float]
    coefficients: list[float] | None
    diverged: bool


class CurveFit:
    """Points on a scale, and the curve of some options. There is room for `room`
    points, so that others can be placed without recording a step anew.
    """

    def __init__(
        self,
        points: Sequence[Point],
        options: CurveOptions,
        scale: Scale | None = None,
        room: int | None = None,
        before: CurveFit | None = None,
    ):
        """Where `before` had the same kind of curve, it goes on with its weights."""
        self.options, self.scale = options, scale or Scale.of(points)
        self.steps = 0
        self.room = room or len(points)
        self._inputs = Variable(self._given([0.0] * self.room), trainable=False)
        self._labels = Variable(tensor([[0.0]] * self.room), trainable=False)
        self._counts = Variable(tensor([[0.0]] * self.room), trainable=False)
        self._shown = self._given([2 * i / (SHOWN - 1) - 1 for i in range(SHOWN)])
        self.place(points)
        self.model = self._network()
        self._optimizer = OPTIMIZERS[options.optimizer](options.learning_rate)
        if before is not None and before.options.kind == options.kind:
            self.steps = before.steps
            for weight, known in zip(self.model.weights, before.model.weights, strict=True):
                weight.assign(known)

    def place(self, points: Sequence[Point]) -> None:
        """Takes other points, on the same scale; the curve stays as it is."""
        self.points = list(points)
        spare = [0.0] * (self.room - len(points))
        shrunk = [self.scale.shrunk(point) for point in points]
        self._inputs.assign(self._given([x for x, _ in shrunk] + spare))
        for variable, values in (
            (self._labels, [y for _, y in shrunk]),
            (self._counts, [1.0] * len(points)),
        ):
            variable.assign(ops.reshape(tensor(values + spare), (self.room, 1)))

    def _given(self, x: Sequence[float]) -> Tensor:
        """What the curve is given of each x: [x, 1], or a polynomial's terms."""
        values = tensor(list(x))
        if self.options.model == "network":
            return ops.reshape(values, (-1, 1))
        return legendre(values, self.options.degree)

    def _network(self) -> Sequential:
        options = self.options
        set_seed(options.seed)
        if options.model == "polynomial":
            model = Sequential([Dense(1, use_bias=False, kernel_initializer="zeros")])
        else:
            hidden = [Dense(options.neurons, activation="tanh") for _ in range(2)]
            model = Sequential([*hidden, Dense(1)])
        model.build((None, self._shown.shape[1]))
        return model

    def _loss(self) -> Tensor:
        """The mean squared error of those points that are there."""
        squares = ops.square(self.model(self._inputs) - self._labels)
        return ops.sum(self._counts * squares) / ops.sum(self._counts)

    @capture
    def _step(self) -> None:
        weights = self.model.trainable_weights
        _, slopes = variable_grads(self._loss, weights)
        self._optimizer.apply(slopes, weights)

    @capture
    def _look(self) -> Tensor:
        curve = ops.reshape(self.model(self._shown), (-1,))
        weights = ops.reshape(self.model.weights[0], (-1,))
        return ops.concat([ops.reshape(self._loss(), (1,)), curve, weights])

    def train(self, steps: int) -> None:
        """So many steps over all points, of which nothing is read."""
        for _ in range(steps):
            self._step()
        self.steps += steps

    async def look(self) -> Look:
        """How it is by now, in one read."""
        values = (await self._look().data()).tolist()
        loss, curve, weights = values[0], values[1 : SHOWN + 1], values[SHOWN + 1 :]
        scale = self.scale
        diverged = not all(map(math.isfinite, values)) or loss > BOUND
        polynomial = self.options.model == "polynomial" and not diverged
        return Look(
            loss * scale.y_half**2,
            [scale.y_middle + scale.y_half * y for y in curve],
            coefficients(weights, scale) if polynomial else None,
            diverged,
        )

    def r2(self, loss: float) -> float | None:
        """The share of the points' variance that the curve explains; None where they
        have none.
        """
        mean = math.fsum(y for _, y in self.points) / len(self.points)
        variance = math.fsum((y - mean) ** 2 for _, y in self.points) / len(self.points)
        return 1 - loss / variance if variance else None
