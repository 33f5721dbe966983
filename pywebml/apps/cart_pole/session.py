"""What the page talks to: a policy that plays and learns, an iteration a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.tensor import tensor
from ...formats.loading import write_model
from ...models import clone_model
from ..app import method
from .files import policy_bytes, read_policy
from .learner import Learner, PoleOptions
from .results import summary

PLACE = "indexeddb://cart-pole"


class PoleSession:
    """The policy that the page trains and shows."""

    def __init__(self) -> None:
        self._options = PoleOptions()
        self._learner: Learner | None = None
        self._weights: list[Any] = []  # what is known again after a lost device

    @property
    def _current(self) -> Learner:
        if self._learner is None:
            self._learner = Learner(self._options)
        return self._learner

    async def _take(self, model: Any) -> dict[str, Any]:
        self._learner = Learner(self._options, model)
        self._weights = [(w.shape, await w.data()) for w in model.weights]
        return self.state()

    @method()
    def state(self) -> dict[str, Any]:
        """`{iterations, hidden}`: how often the policy has learned since it was begun
        or loaded, and how many neurons it has.
        """
        learner = self._current
        hidden = learner.model.weights[1].shape[0]
        return {"iterations": learner.iterations, "hidden": hidden}

    @method(options=PoleOptions)
    def begin(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """State, of a policy that knows nothing yet. ValueError for options out of
        their limits.
        """
        self._options = PoleOptions(**options)
        self._learner, self._weights = Learner(self._options), []
        return self.state()

    @method()
    async def iterate(self) -> dict[str, Any]:
        """`{iterations, mean_steps, longest, shortest, solved, states}`: plays all
        games, and learns from them once. `states`: of a game that was as long as most,
        four numbers a step (Float32Array): the cart's place in m and its speed, the
        pole's angle in radians and its speed. `solved`: whether the goal is reached.
        """
        learner = self._current
        played = await learner.iterate()
        lengths = played.lengths
        game = min(range(len(lengths)), key=lambda i: abs(lengths[i] - played.mean))
        states = await played.episode.states_of(game, int(lengths[game]))
        self._weights = [(w.shape, await w.data()) for w in learner.model.weights]
        return {
            "iterations": learner.iterations,
            "mean_steps": played.mean,
            "longest": int(max(lengths)),
            "shortest": int(min(lengths)),
            "solved": learner.solved,
            "states": states,
        }

    @method()
    async def show(self) -> dict[str, Any]:
        """`{states}`: a new game of the policy, as `iterate` has them, always pushed as
        it likes best.
        """
        return {"states": await self._current.show()}

    @method()
    async def summary(self) -> dict[str, Any]:
        """What the command's --json writes, but for its history and seconds: the policy
        plays 100 new games.
        """
        return summary(self._current, await self._current.test())

    @method()
    async def keep(self) -> None:
        """Null. Keeps the policy in this browser, in place of one that was there."""
        await write_model(self._current.model, PLACE)

    @method(options=PoleOptions)
    async def restore(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """`{...state, back}`: of the policy that is kept in this browser; where none
        is, or none that can be read, `back` is false, and the policy knows nothing.
        """
        self._options = PoleOptions(**options)
        try:
            model = await read_policy(PLACE, "the policy that was kept")
        except (OSError, RuntimeError, ValueError):
            return {**self.begin(options), "back": False}
        return {**await self._take(model), "back": True}

    @method()
    async def save(self) -> bytes:
        """The policy as a file, cart_pole.zip."""
        return await policy_bytes(self._current.model)

    @method()
    async def load(self, bytes: Any, name: str = "the file") -> dict[str, Any]:
        """State with the policy in a file. ValueError for what holds none; the one that
        is there then stays.
        """
        return await self._take(await read_policy(memoryview(bytes).tobytes(), name))

    def revive(self) -> None:
        """Goes on with the policy on a new device."""
        if not self._weights:
            self._learner = None
            return
        before = self._current
        model = clone_model(before.model)
        model.build((None, 4))
        for weight, (shape, data) in zip(model.weights, self._weights, strict=True):
            weight.assign(tensor(data, shape=shape))
        self._learner = Learner(self._options, model)
        self._learner.iterations = before.iterations
