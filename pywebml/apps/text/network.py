"""A recurrent network that guesses the next character, and how it is trained: each step
reads some pieces from anywhere in the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.capture import capture
from ...core.tensor import Variable, tensor
from ...layers import LSTM, Dense, Embedding, Input
from ...layers.initializers import GlorotUniform, Orthogonal, RandomUniform
from ...models import Sequential
from ...train.losses import SparseCategoricalCrossentropy
from ...train.optimizers import Adam
from .reading import split

MOST_ASIDE = 64  # pieces that it is tested on


def network(letters: int, units: int, layers: int, seed: int) -> Any:
    """Numbers of characters [batch, steps] -> scores of the next one [batch, steps,
    letters].
    """

    def memory(i: int) -> Any:
        return LSTM(
            units,
            return_sequences=True,
            kernel_initializer=GlorotUniform(seed=seed + 10 * i + 1),
            recurrent_initializer=Orthogonal(seed=seed + 10 * i + 2),
        )

    return Sequential(
        [
            Input((None,), dtype="int32"),
            Embedding(letters, 32, embeddings_initializer=RandomUniform(seed=seed)),
            *(memory(i) for i in range(layers)),
            Dense(letters, kernel_initializer=GlorotUniform(seed=seed + 3)),
        ]
    )


class Lessons:
    """A network and the text that it reads. `step` is one replay, in which nothing is
    read back; losses add up on the device until `figures` asks for them.
    """

    def __init__(
        self,
        model: Any,
        numbers: Sequence[int],
        *,
        length: int = 40,
        batch: int = 32,
        learning_rate: float = 0.01,
        seed: int = 0,
    ):
        learnt, aside, self.length = split(numbers, length)
        self.model, self.batch, self.characters = model, batch, len(learnt)
        self.optimizer = Adam(learning_rate)
        self.text = tensor(learnt, dtype="int32")
        self.random = ops.Generator(seed)
        self.sum = Variable(0.0, trainable=False, name="losses")
        self.steps = 0  # whose losses are in the sum
        rows = min(MOST_ASIDE, (len(aside) - 1) // self.length)
        end = rows * self.length
        self.aside = tensor(aside[: end + 1], dtype="int32")
        self.rows = rows
        self._loss = SparseCategoricalCrossentropy(from_logits=True)

    def step(self) -> None:
        """One step on some pieces."""
        self._step()
        self.steps += 1

    @capture
    def _step(self) -> None:
        first = self.random.uniform_int((self.batch, 1), high=self.characters - self.length)
        pieces = ops.gather(self.text, first + ops.range(0, self.length + 1, 1, "int32"))
        loss = self.optimizer.minimize(
            lambda: self._loss(pieces[:, 1:], self.model(pieces[:, :-1], training=True)),
            True,
            self.model.trainable_weights,
        )
        self.sum.assign(self.sum + loss)

    @capture
    def _test(self) -> Any:
        shape = (self.rows, self.length)
        guesses = self.model(self.aside[:-1].reshape(shape))
        return ops.stack([self.sum, self._loss(self.aside[1:].reshape(shape), guesses)])

    async def figures(self) -> tuple[float, float]:
        """(mean loss of the steps since it was asked last, loss on what is kept aside),
        in nats a character. ValueError where they are no numbers any more.
        """
        total, aside = map(float, list(await self._test().data()))
        loss = total / max(1, self.steps)
        self.sum.assign(0.0)
        self.steps = 0
        if not (math.isfinite(loss) and math.isfinite(aside)):
            raise ValueError(
                "the training went astray: its loss is no number any more; begin anew with a"
                " smaller learning rate"
            )
        return loss, aside
