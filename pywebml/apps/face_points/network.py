"""The network that finds points, and what it learns them from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ... import ops
from ...core.capture import capture
from ...core.tensor import Tensor, Variable
from ...layers import Dense, Flatten, Input, Rescaling, recipes
from ...layers.initializers import RandomNormal
from ...models import Model
from ...train.optimizers import Adam
from ...train.schedules import LearningRateSchedule
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


async def floats(values: Tensor) -> Sequence[float]:
    """Numbers of a tensor, row by row."""
    return memoryview(await values.data()).cast("B").cast("f").tolist()


def how_far(seen: Sequence[float], true: Sequence[float]) -> float:
    """How far points are off on average, as a share of the picture's width."""
    pairs = zip(seen[::2], true[::2], seen[1::2], true[1::2], strict=True)
    return sum(math.hypot(x - x0, y - y0) for x, x0, y, y0 in pairs) / (len(true) / 2)


async def error_of(model: Model, faces: Faces) -> float:
    """How far off its points of these faces are."""
    return how_far(await places(model, faces.pictures), await floats(faces.points))


class Lessons:
    """A network and the faces that it learns from. `step` is one replay, in which
    nothing is read back; losses add up on the device until `figures` asks for them.
    """

    def __init__(
        self,
        model: Model,
        learnt: Faces,
        *,
        steps: int,
        batch: int,
        rate: LearningRateSchedule,
        seed: int = 0,
    ):
        self.model, self.batch, self.steps, self.done = model, batch, steps, 0
        self._pictures, self._targets = learnt.pictures, targets(learnt.points)
        self._rate, self._optimizer = rate, Adam(rate)
        self._random = ops.Generator(seed)
        self._sum = Variable(0.0, trainable=False, name="losses")
        self._summed = 0

    def step(self) -> None:
        """One step on faces that are drawn by lot."""
        self._step()
        self.done += 1
        self._summed += 1

    @capture
    def _step(self) -> None:
        rows = self._random.uniform_int((self.batch,), high=self._pictures.shape[0])
        pictures, answers = ops.gather(self._pictures, rows), ops.gather(self._targets, rows)
        loss = self._optimizer.minimize(
            lambda: ((self.model(pictures, training=True) - answers) ** 2).mean(),
            True,
            self.model.trainable_weights,
        )
        self._sum.assign(self._sum + loss)

    async def figures(self) -> tuple[float, float]:
        """(mean loss of the steps since it was asked last, learning rate of the last
        one). ValueError where the loss is no number any more.
        """
        both = ops.stack([self._sum + 0.0, self._rate(self.done - 1)])
        total, rate = await floats(both)
        mean = total / max(1, self._summed)
        self._sum.assign(0.0)
        self._summed = 0
        if not math.isfinite(mean):
            raise ValueError(
                "the training went astray: its loss is no number any more; begin anew with a"
                " smaller learning rate"
            )
        return mean, rate
