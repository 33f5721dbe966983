"""What the Playground page talks to."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any

from ... import ops
from ...core.tensor import tensor
from ..app import method
from .network import EVERY, FEATURES, SIDE, Playground, PlaygroundOptions, cells, figures_of
from .points import DATA, REACH, draw

MOST_STEPS = 2000  # of one frame
SAMPLE = 120  # points that stand for a data set where it is chosen


class PlaygroundSession:
    """The network that the page shows and trains."""

    def __init__(self) -> None:
        self._playground: Playground | None = None
        self._options = PlaygroundOptions()

    def revive(self) -> None:
        """On a new device the network begins anew."""
        self._playground = Playground(self._options)

    @property
    def _current(self) -> Playground:
        if self._playground is None:
            self.revive()
        assert self._playground is not None
        return self._playground

    @method()
    async def samples(self) -> dict[str, Any]:
        """`{points: {name: Float32Array}, features: {name: Float32Array}}`: a few
        points of each data set, x1, x2 and label of each; and what each feature is over
        the plane, from -1 to 1, row by row.
        """
        points = {name: _flat(draw(name, SAMPLE)) for name in DATA}
        x, y = (tensor([cell[axis] for cell in cells(SIDE // EVERY)]) for axis in (0, 1))
        features = {}
        for name, feature in FEATURES.items():
            values = feature(x, y)
            features[name] = await (values / ops.max(ops.abs(values))).data()
        return {"points": points, "features": features}

    @method(options=PlaygroundOptions)
    async def build(self, options: Mapping[str, Any], anew: bool = False) -> dict[str, Any]:
        """`{points, training, side, map_side, reach, weights, steps_per_epoch,
        ...frame}`: draws the points (Float32Array, x1, x2 and label of each; the first
        `training` are learned from) and makes the network, which keeps its weights
        where their sizes stay as they are, unless `anew`. `weights`: [inputs, neurons]
        of each layer. ValueError for options that are out of their limits.
        """
        chosen = PlaygroundOptions(**options)
        before = None if anew else self._playground
        playground = self._playground = Playground(chosen, before)
        self._options = chosen
        return {
            "points": _flat(playground.points),
            "training": playground.training,
            "side": SIDE,
            "map_side": SIDE // EVERY,
            "reach": REACH,
            "weights": [list(weight.shape) for weight in playground.model.weights[::2]],
            "steps_per_epoch": playground.steps_per_epoch,
            **await self.frame(0),
        }

    @method()
    async def frame(self, steps: int) -> dict[str, Any]:
        """`{steps, epoch, train_loss, test_loss, train_accuracy, test_accuracy, seen}`
        after so many more steps (2,000 at most). `seen`: the one Float32Array that was
        read, as `Playground.look` in `pywebml/apps/playground/network.py` says it.
        Accuracies are null where there are no classes.
        """
        if not 0 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must be from 0 to {MOST_STEPS}, got {steps}")
        playground = self._current
        playground.train(steps)
        steps, epoch = playground.steps, playground.epoch  # others may come while it is read
        seen = await playground.look()
        figures = figures_of(seen, playground.options.classifies)
        return {"steps": steps, "epoch": epoch, **figures, "seen": seen}

    @method()
    async def summary(self) -> dict[str, Any]:
        """What the command's --json writes, but for its history and seconds."""
        return await summary(self._current)


async def summary(playground: Playground) -> dict[str, Any]:
    """What came of a training, as JSON data."""
    options = playground.options
    figures = figures_of(await playground.look(), options.classifies)
    chosen = {each.name: getattr(options, each.name) for each in options.declared()}
    parameters = sum(weight.size for weight in playground.model.weights)
    return {
        "options": chosen,
        "parameters": parameters,
        "steps": playground.steps,
        "epochs": playground.epoch,
        **{name: _finite(value) for name, value in figures.items()},
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _flat(points: list[tuple[float, float, float]]) -> memoryview:
    return memoryview(array("f", [number for point in points for number in point]))
