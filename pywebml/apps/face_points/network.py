"""The network that finds points, and what it learns them from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...core.tensor import Tensor
from ...layers import Dense, Flatten, Input, Rescaling, recipes
from ...layers.initializers import RandomNormal
from ...models import Model
from ...train.schedules import LearningRateSchedule
from ..lessons import Lessons, floats
from .faces import POINTS, SIDE, Faces

SPREAD = 4.0  # what is learned is (place - 1/2) times this, so that it varies by about 1


def network(skips: bool = True, blocks: int = 3, filters: int = 12) -> Model:
    """Pictures [n, SIDE, SIDE, 1] -> (places - 1/2) * SPREAD [n, 2 * POINTS]. Each
    block halves the picture, and has twice as many filters as the one before.
    """
    picture = Input((SIDE, SIDE, 1))
    x = Rescaling(4.0, -2.0)(picture)
    for i in range(blocks):
        x = recipes.dense_block(x, filters << i, first=i == 0, skips=skips)
    small = RandomNormal(stddev=0.002)
    places = Dense(2 * len(POINTS), kernel_initializer=small)(Flatten()(x))
    return Model(picture, places, name="face_points")


def targets(points: Tensor) -> Tensor:
    """What the network is to say for points."""
    return (points - 0.5) * SPREAD


async def places(model: Model, pictures: Tensor) -> Sequence[float]:
    """Where it sees the points of each picture, x and y from 0 to 1, one after the
    other.
    """
    return await floats(model.predict(pictures) / SPREAD + 0.5)


def how_far(seen: Sequence[float], true: Sequence[float]) -> float:
    """How far points are off on average, as a share of the picture's width."""
    pairs = zip(seen[::2], true[::2], seen[1::2], true[1::2], strict=True)
    return sum(math.hypot(x - x0, y - y0) for x, x0, y, y0 in pairs) / (len(true) / 2)


async def error_of(model: Model, faces: Faces) -> float:
    """How far off its points of these faces are."""
    return how_far(await places(model, faces.pictures), await floats(faces.points))


def lessons(
    model: Model, learnt: Faces, rate: LearningRateSchedule, *, steps: int, batch: int, seed: int
) -> Lessons:
    """To learn the points of these faces."""

    def loss_of(pictures: Tensor, answers: Tensor) -> Tensor:
        return ((model(pictures, training=True) - answers) ** 2).mean()

    examples = [learnt.pictures, targets(learnt.points)]
    return Lessons(model, examples, loss_of, rate, steps=steps, batch=batch, seed=seed)
