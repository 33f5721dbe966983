"""`bench lstm`: one training step of a character model, as TensorFlow.js's
lstm-text-generation example has it: 40 characters -> LSTM of 128 -> the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import LSTM, Dense
from ...models import Sequential
from ...ops import mean, softmax_cross_entropy
from .adam import adam_step
from .beside import torch_peer
from .head import read
from .measure import Row, compare, repeated

STEPS, CHARACTERS, UNITS, BATCH, RATE = 40, 60, 128, 128, 1e-3


def training_step(batch: int = BATCH, steps: int = STEPS, units: int = UNITS) -> Callable[[], Any]:
    """A function that does one Adam step on fixed random text and returns the loss as a
    tensor: run it eagerly or capture it.
    """
    text = np.random.default_rng(0).integers(0, CHARACTERS, (batch, steps + 1))
    characters = np.eye(CHARACTERS, dtype=np.float32)
    x, y = tensor(characters[text[:, :-1]]), tensor(characters[text[:, -1]])
    net = Sequential([LSTM(units), Dense(CHARACTERS)])
    net(x)  # makes the weights
    return adam_step(lambda: mean(softmax_cross_entropy(y, net(x))), net.trainable_weights, RATE)


def rows() -> Iterator[Row]:
    peers = {"pywebml, eager": repeated(training_step(), read)}
    torch = torch_peer().load_torch()
    if torch is not None:
        peers |= torch_peer().lstm_steps(torch, STEPS, CHARACTERS, UNITS, BATCH, RATE)
    ours = repeated(capture(training_step()), read)
    note = "ours captured; many steps, then the loss read once"
    work = f"LSTM {UNITS} on {STEPS} characters, training step, batch {BATCH}, Adam"
    yield from compare("lstm", work, ours, peers, note)
