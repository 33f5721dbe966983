"""`bench head`: one training step of a head as the webcam example has it, with Adam:
captured, eager, peers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import Dense
from ...models import Sequential
from ...ops import mean, softmax_cross_entropy
from .adam import adam_step
from .beside import torch_peer
from .measure import Row, compare, repeated

FEATURES, UNITS, CLASSES, BATCH, RATE = 12544, 100, 4, 40, 1e-4
SIZES = [(features, batch) for features in (12544, 1280) for batch in (40, 16, 128)]


def training_step(features: int = FEATURES, batch: int = BATCH) -> Callable[[], Any]:
    """A function that does one step on fixed random data and returns the loss as a
    tensor: run it eagerly or capture it.
    """
    generator = np.random.default_rng(0)
    x = tensor(generator.random((batch, features), np.float32))
    y = tensor(np.eye(CLASSES, dtype=np.float32)[np.arange(batch) % CLASSES])
    head = Sequential(
        [Dense(UNITS, activation="relu", kernel_initializer="variance_scaling"), Dense(CLASSES)]
    )
    head(x)  # makes the weights
    return adam_step(lambda: mean(softmax_cross_entropy(y, head(x))), head.trainable_weights, RATE)


def rows() -> Iterator[Row]:
    torch = torch_peer().load_torch()
    for features, batch in SIZES:
        peers = {
            "pywebml, eager": repeated(training_step(features, batch), read),
            "NumPy": repeated(numpy_step(features, batch), float),
        }
        if torch is not None:
            peers |= torch_peer().head_steps(torch, features, UNITS, CLASSES, batch)
        ours = repeated(capture(training_step(features, batch)), read)
        note = "ours captured; many steps, then the loss read once"
        yield from compare(
            "head",
            f"training step {features}-{UNITS}-{CLASSES}, batch {batch}, Adam",
            ours,
            peers,
            note,
        )


def read(loss: Any) -> float:
    """Waits for a loss."""
    return float(loss.item())


def numpy_step(features: int = FEATURES, batch: int = BATCH) -> Callable[[], float]:
    """The same step written out in NumPy; returns the loss."""
    generator = np.random.default_rng(0)
    x = generator.random((batch, features), np.float32)
    y = np.eye(CLASSES, dtype=np.float32)[np.arange(batch) % CLASSES]
    w = [
        generator.normal(0, features**-0.5, (features, UNITS)).astype(np.float32),
        np.zeros(UNITS, np.float32),
    ]
    w += [
        generator.normal(0, UNITS**-0.5, (UNITS, CLASSES)).astype(np.float32),
        np.zeros(CLASSES, np.float32),
    ]
    m, v = [np.zeros_like(a) for a in w], [np.zeros_like(a) for a in w]
    count = 0

    def step() -> float:
        nonlocal count
        count += 1
        hidden = np.maximum(x @ w[0] + w[1], 0)
        logits = hidden @ w[2] + w[3]
        shifted = logits - logits.max(1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        out = (np.exp(logp) - y) / batch
        back = (out @ w[2].T) * (hidden > 0)
        rate = RATE * np.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        for i, g in enumerate((x.T @ back, back.sum(0), hidden.T @ out, out.sum(0))):
            m[i] += 0.1 * (g - m[i])
            v[i] += 0.001 * (g * g - v[i])
            w[i] -= rate * m[i] / (np.sqrt(v[i]) + 1e-7)
        return float(-(logp * y).sum(1).mean())

    return step
