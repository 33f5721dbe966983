"""The network: an encoder reads the characters, a decoder writes the ISO date sign by
sign, and attention tells it where to look before each (Luong, Pham & Manning 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ... import ops
from ...core.capture import capture
from ...core.tensor import Tensor, tensor
from ...layers import LSTM, Attention, Bidirectional, Concatenate, Dense, Embedding, Input
from ...models import Model
from ...train.losses import SparseCategoricalCrossentropy
from ...train.schedules import CosineDecay
from ..lessons import Lessons
from .ways import ISO, LETTERS, LONGEST, PADDING, SIGNS, START, Written, numbers, signs

EMBEDDED = 32  # numbers that stand for a character


def network(units: int) -> Model:
    """[the text's numbers [n, characters], the signs before [n, ISO]] -> [scores of
    each sign [n, ISO, SIGNS], where it looked [n, ISO, characters]].
    """
    text = Input((None,), dtype="int32", name="text")
    before = Input((None,), dtype="int32", name="before")
    letters = Embedding(len(LETTERS) + 2, EMBEDDED, mask_zero=True, name="letters")(text)
    reader = LSTM(units // 2, return_sequences=True, return_state=True, name="reader")
    states, ahead, ahead_cell, back, back_cell = Bidirectional(reader, name="encoder")(letters)
    begin = [
        Concatenate(name="begin")([ahead, back]),
        Concatenate(name="begin_cell")([ahead_cell, back_cell]),
    ]
    writer = LSTM(units, return_sequences=True, name="decoder")
    query = writer(Embedding(START + 1, EMBEDDED, name="signs")(before), initial_state=begin)
    attention = Attention(name="attention")
    context, looked = attention([query, states], return_attention_scores=True)
    both = Concatenate(name="both")([query, context])
    joined = Dense(units, activation="tanh", name="joined")(both)
    return Model([text, before], [Dense(len(SIGNS), name="scores")(joined), looked], name="dates")


class Reading(NamedTuple):
    """What was read: the date, how sure each of its signs is, and how much the network
    looked at each character before it, ISO rows that sum to 1.
    """

    iso: str
    sure: list[float]
    looked: list[list[float]]


class Reader:
    """Reads dates: all signs, each after the one before, are one plan and one read."""

    def __init__(self, model: Model):
        self.model = model
        layer: dict[str, Any] = {each.name: each for each in model.layers}
        outputs = [layer[name].output for name in ("encoder", "begin", "begin_cell")]
        self._encoder = Model(model.inputs[0], [outputs[0][0], *outputs[1:]])
        self._layer = layer

    @capture
    def _read(self, text: Any) -> Any:
        n, layer = text.shape[0], self._layer
        states, *memory = self._encoder(text)
        there = text.not_equal(PADDING)
        sign = ops.fill((n,), START, "int32")
        rows = []
        for _ in range(ISO):
            query, memory = layer["decoder"].cell(layer["signs"](sign), memory)
            context, looked = layer["attention"](
                [query.reshape(n, 1, -1), states], [None, there], return_attention_scores=True
            )
            joined = layer["joined"](layer["both"]([query, context[:, 0]]))
            shares = layer["scores"](joined).softmax()
            sign = ops.argmax(shares, -1).astype("int32")
            best = shares.max(-1).reshape(n, 1)
            rows.append(ops.concat([sign.reshape(n, 1).astype("float32"), best, looked[:, 0]], -1))
        return ops.stack(rows, 1)

    async def read(self, texts: Sequence[str]) -> list[Reading]:
        """What each text says. ValueError for one that is too long."""
        shape = (len(texts), LONGEST)
        data = await self._read(tensor(numbers(texts), shape=shape, dtype="int32")).data()
        values = memoryview(data).cast("B").cast("f")
        width = 2 + LONGEST
        rows = [list(values[i : i + width]) for i in range(0, len(values), width)]
        readings = []
        for i, text in enumerate(texts):
            mine = rows[ISO * i : ISO * (i + 1)]
            iso = "".join(SIGNS[int(row[0])] for row in mine)
            looked = [row[2 : 2 + len(text)] for row in mine]
            readings.append(Reading(iso, [row[1] for row in mine], looked))
        return readings


def lessons(
    model: Model,
    written: Sequence[Written],
    *,
    steps: int,
    batch: int = 48,
    learning_rate: float = 0.02,
    seed: int = 0,
) -> Lessons:
    """To learn these dates: the decoder is told the right signs before each that it
    guesses (teacher forcing); losses are in nats a sign. The rate falls along half a
    cosine over `steps`.
    """
    n, width = len(written), max(len(each.text) for each in written)
    texts = numbers([each.text for each in written], width)
    right = signs([each.iso for each in written])
    examples = [
        tensor(texts, shape=(n, width), dtype="int32"),
        tensor(right, shape=(n, ISO), dtype="int32"),
    ]
    loss = SparseCategoricalCrossentropy(from_logits=True)

    def loss_of(text: Tensor, date: Tensor) -> Tensor:
        start = ops.fill((batch, 1), START, "int32")
        before = ops.concat([start, date[:, :-1]], 1)
        return loss(date, model([text, before], training=True)[0])

    rate = CosineDecay(learning_rate, steps)
    return Lessons(model, examples, loss_of, rate, steps=steps, batch=batch, seed=seed)
