"""A policy that learns from the games it plays: REINFORCE, with a baseline.

R. J. Williams, "Simple statistical gradient-following algorithms for connectionist
reinforcement learning", Machine Learning 8, 1992.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ... import ops
from ...core.autodiff import variable_grads
from ...core.capture import capture
from ...core.tensor import Tensor
from ...layers import Dense, set_seed
from ...models import Sequential
from ...train.optimizers import Adam
from ..options import Options, option
from .games import Episode, Games
from .physics import MOST_STEPS

TESTED = 100  # games, as Gym counts them
MOST_HIDDEN = 256


@dataclass(frozen=True)
class PoleOptions(Options):
    """The policy, and how it learns."""

    hidden: int = option(
        32, "neurons of the policy's hidden layer", low=1, high=MOST_HIDDEN,
        choices=(8, 16, 32, 64, 128),
    )  # fmt: skip
    games: int = option(
        32, "games side by side, from which it learns once", low=2, high=1024,
        choices=(8, 16, 32, 64, 128),
    )  # fmt: skip
    iterations: int = option(
        60, "how often it plays and learns, at most", low=0, high=10_000,
        choices=(20, 60, 200, 1000),
    )  # fmt: skip
    goal: float = option(
        475.0, "mean steps of the last 100 games at which it knows enough", low=1, high=MOST_STEPS,
        choices=(195, 400, 475, 500),
    )  # fmt: skip
    discount: float = option(
        0.99, "what the next step counts, beside this one", low=0, below=1,
        choices=(0.9, 0.95, 0.99, 0.995),
    )  # fmt: skip
    learning_rate: float = option(
        0.05, "how far it goes in a step of learning", above=0, high=1,
        choices=(0.003, 0.01, 0.03, 0.05, 0.1),
    )  # fmt: skip
    seed: int = option(0, "another one plays other games", low=0, high=1_000_000, form=False)


class Played(NamedTuple):
    """An iteration: how long its games were, in steps, and the games."""

    lengths: list[float]
    episode: Episode

    @property
    def mean(self) -> float:
        return mean(self.lengths)


class Learner:
    """A policy, from four numbers to how much it is for a push to the right."""

    def __init__(self, options: PoleOptions, model: Sequential | None = None):
        """Goes on with a policy where one is given."""
        self.options, self.iterations = options, 0
        self._last: list[float] = []  # steps of the newest games, TESTED at most
        set_seed(options.seed)
        self.model = model or network(options.hidden)
        self._optimizer = Adam(options.learning_rate)
        self._games = Games(self.model, options.games, options.seed, sure=False)
        self._tests = Games(self.model, TESTED, options.seed + 1, sure=True)
        self._shown = Games(self.model, 1, options.seed + 2, sure=True)

    async def iterate(self) -> Played:
        """Plays the games, and learns from them once."""
        episode = await self._games.play()
        self._learn(*episode)
        self.iterations += 1
        lengths = await episode.lengths()
        self._last = [*self._last, *lengths][-TESTED:]
        return Played(lengths, episode)

    @property
    def solved(self) -> bool:
        """Whether the last 100 games were as long as the goal says, on average."""
        return len(self._last) == TESTED and mean(self._last) >= self.options.goal

    async def test(self) -> list[float]:
        """Steps of 100 new games, always pushed as it likes best."""
        return await (await self._tests.play()).lengths()

    async def show(self) -> Any:
        """One such game: four float32 per step."""
        episode = await self._shown.play()
        (length,) = await episode.lengths()
        return await episode.states_of(0, int(length))

    @capture
    def _learn(self, states: Tensor, rights: Tensor, alive: Tensor) -> None:
        """One step along the policy gradient: pushes after which a game went on longer
        than others did from that step on become likelier, and the other way round.
        """
        weights = self.model.trainable_weights
        worth = advantages(alive, self.options.discount)

        def loss() -> Tensor:
            likes = ops.reshape(self.model(ops.reshape(states, (-1, 4))), rights.shape)
            surprise = ops.softplus(ops.where(rights > 0, -likes, likes))  # -log of its chance
            return ops.sum(worth * surprise) / ops.sum(alive)

        _, slopes = variable_grads(loss, weights)
        self._optimizer.apply(slopes, weights)


def advantages(alive: Tensor, discount: float) -> Tensor:
    """[steps, games, 1]: the discounted return of each step (1 for each step from it
    on), less the mean of the games that still go on there, over the standard deviation
    of all. 0 where a game is over.

    Example:
        >>> from pywebml.apps.cart_pole.learner import advantages
        >>> alive = pw.tensor([[[1.0], [1.0]], [[1.0], [0.0]]])  # two steps, two games
        >>> [round(v, 2) for v in advantages(alive, 0.5)[0].reshape(-1).tolist()]
        [1.22, -1.22]
    """
    steps = alive.shape[0]
    passed = ops.reshape(ops.arange(steps, dtype="float32"), (steps, 1, 1))
    left = ops.sum(alive, axis=0, keepdims=True) - passed
    returns = (1 - ops.exp(math.log(discount) * left)) / (1 - discount) if discount else alive
    going = ops.maximum(ops.sum(alive, axis=1, keepdims=True), 1)
    baseline = ops.sum(returns * alive, axis=1, keepdims=True) / going
    worth = (returns - baseline) * alive
    deviation = ops.sqrt(ops.sum(worth * worth) / ops.sum(alive))
    return worth / ops.maximum(deviation, 1e-3)


def mean(lengths: Sequence[float]) -> float:
    return math.fsum(lengths) / len(lengths)


def network(hidden: int) -> Sequential:
    """A policy that knows nothing yet."""
    model = Sequential([Dense(hidden, activation="tanh"), Dense(1)])
    model.build((None, 4))
    return model
