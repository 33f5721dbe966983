"""A network that writes: character after character, what it remembers stays on the
device.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from ... import ops
from ...core.capture import capture
from ...core.tensor import Variable, tensor

TOP = 6  # likeliest characters that are told
ROOM = 40  # characters between two reads


class Letter(NamedTuple):
    """A character that was written: how likely the network held it to be, and which
    ones it held to be likeliest.
    """

    letter: str
    share: float
    likeliest: tuple[tuple[str, float], ...]


class Pen:
    """Writes with a network (`network.py`), one plan a character, one read for `ROOM`
    of them. Shares are the network's own, whatever the temperature.
    """

    def __init__(self, model: Any, letters: Sequence[str], seed: int = 0):
        self.letters, self.top = letters, min(TOP, len(letters))
        self.embedding, *self.lstms, self.dense = model.layers
        self.memory = [
            [Variable(ops.zeros((1, lstm.units)), False, name) for name in ("h", "c")]
            for lstm in self.lstms
        ]
        self.random = ops.Generator(seed)
        self.temperature = Variable(1.0, False, "temperature")
        self.place = Variable(0, False, "place", dtype="int32")
        self.rows = Variable(ops.zeros((ROOM, 2 + 2 * self.top)), False, "rows")
        self._busy = asyncio.Lock()  # one text at a time

    @capture
    def _hear(self, letter: Any) -> None:
        """Goes one character on; int32 [1]."""
        x = self.embedding(letter.reshape(1, 1))[:, 0]
        for lstm, states in zip(self.lstms, self.memory, strict=True):
            x, after = lstm.cell(x, states)
            for state, value in zip(states, after, strict=True):
                state.assign(value)

    @capture
    def _write(self) -> None:
        """Draws a character, writes it down, and goes on."""
        scores = self.dense(self.memory[-1][0])
        shares = scores.softmax()
        letter = self.random.multinomial((scores / self.temperature).softmax(), 1)[0]
        best = ops.top_k(shares[0], self.top)
        told = [letter.astype("float32"), ops.gather(shares[0], letter), best.values]
        row = ops.concat([*told, best.indices.astype("float32")])
        here = ops.range(0, ROOM, 1, "int32").reshape(ROOM, 1).equal(self.place)
        self.rows.assign(ops.where(here, row, self.rows))
        self.place.assign(self.place + 1)
        self._hear(letter)

    async def write(
        self, count: int, temperature: float, start: str = ""
    ) -> AsyncIterator[list[Letter]]:
        """`count` characters after `start`, some at a time. What `start` has that the
        network does not know is passed over; an empty one is a line's beginning.
        """
        async with self._busy:
            for state in (state for states in self.memory for state in states):
                state.assign(ops.zeros(state.shape))
            self.temperature.assign(temperature)
            for number in self._known(start):
                self._hear(tensor([number], dtype="int32"))
            for done in range(0, count, ROOM):
                self.place.assign(0)
                now = min(ROOM, count - done)
                for _ in range(now):
                    self._write()
                yield self._letters(await self.rows.data(), now)

    def _known(self, start: str) -> list[int]:
        numbers = {letter: i for i, letter in enumerate(self.letters)}
        known = [numbers[letter] for letter in start if letter in numbers]
        return known or [numbers.get("\n", 0)]

    def _letters(self, data: Any, count: int) -> list[Letter]:
        values = memoryview(data).cast("B").cast("f")
        width = 2 + 2 * self.top
        letters = []
        for i in range(count):
            number, share, *best = values[i * width : (i + 1) * width].tolist()
            pairs = zip(best[self.top :], best[: self.top], strict=True)
            likeliest = tuple((self.letters[int(j)], p) for j, p in pairs)
            letters.append(Letter(self.letters[int(number)], share, likeliest))
        return letters
