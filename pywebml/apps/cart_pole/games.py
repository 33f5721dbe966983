"""Many games side by side, played by one policy: a recorded plan makes some steps of
all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ... import ops
from ...core.capture import capture
from ...core.tensor import Tensor, Variable
from ...ops.random import Generator
from .physics import MOST_STEPS, STARTS, moved, upright

AT_ONCE = 25  # steps of a plan; then it is asked how many games go on


class Episode(NamedTuple):
    """What was played: [steps, games, 4] states, and [steps, games, 1] whether the cart
    was pushed to the right in them, and whether the game still went on (1 or 0).
    """

    states: Tensor
    rights: Tensor
    alive: Tensor

    async def lengths(self) -> list[float]:
        """Steps of each game."""
        return list((await ops.sum(self.alive, axis=(0, 2)).data()).tolist())

    async def states_of(self, game: int, length: int) -> Any:
        """Four float32 per step of one game, one after the other: a memoryview."""
        values = await ops.reshape(self.states[:length, game], (-1,)).data()
        return values.cast("B").cast("f")


class Games:
    """`count` games of a policy, which says how much it is for a push to the right (a
    logit). They are pushed by chance, as likely as it says; or, with `sure`, always
    as it likes best.
    """

    def __init__(self, policy: Callable[[Tensor], Tensor], count: int, seed: int, sure: bool):
        self.policy, self.count, self.sure = policy, count, sure
        self._random = Generator(seed)
        self._state = Variable(ops.zeros((count, 4)), trainable=False)
        self._alive = Variable(ops.ones((count, 1)), trainable=False)

    @capture
    def _begin(self) -> None:
        self._state.assign(self._random.uniform((self.count, 4), low=-STARTS, high=STARTS))
        self._alive.assign(ops.ones((self.count, 1)))

    @capture
    def _play(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Some steps of all games, and how many of them go on. A game that is over
        stays where it ended.
        """
        state: Tensor = self._state
        alive: Tensor = self._alive
        steps: list[tuple[Tensor, Tensor, Tensor]] = []
        chances = None
        if not self.sure:
            chances = self._random.uniform((AT_ONCE, self.count, 1))
        for i in range(AT_ONCE):
            likes = self.policy(state)
            right = likes > 0 if chances is None else chances[i] < ops.sigmoid(likes)
            pushed = ops.cast(right, "float32")
            steps.append((state, pushed, alive))
            state = ops.where(alive > 0, moved(state, pushed), state)
            alive = alive * upright(state)
        states, rights, going = (ops.stack(list(each)) for each in zip(*steps, strict=True))
        self._state.assign(state)
        self._alive.assign(alive)
        return states, rights, going, ops.sum(alive)

    async def play(self) -> Episode:
        """New games, until all are over, after MOST_STEPS at the latest."""
        self._begin()
        parts: list[Any] = []
        going = 1.0
        while going and len(parts) < MOST_STEPS // AT_ONCE:
            *part, left = self._play()
            parts.append(part)
            (going,) = await left.data()
        return Episode(*(ops.concat(list(each), axis=0) for each in zip(*parts, strict=True)))
