"""`bench convnet`: one training step of a small convolutional net on 28x28 digits, as
TensorFlow.js's MNIST example has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import Conv2D, Dense, Flatten, MaxPooling2D
from ...models import Sequential
from ...ops import mean, softmax_cross_entropy
from .adam import adam_step
from .beside import torch_peer
from .head import read
from .measure import Row, compare, repeated

SIDE, CLASSES, BATCH, RATE = 28, 10, 128, 1e-3


def network() -> Any:
    """Two 3x3 convolutions of 16 and 32 channels with pooling, one more of 32, a dense
    layer of 64, ten classes (as logits).
    """
    return Sequential(
        [
            Conv2D(16, 3, activation="relu"),
            MaxPooling2D(2),
            Conv2D(32, 3, activation="relu"),
            MaxPooling2D(2),
            Conv2D(32, 3, activation="relu"),
            Flatten(),
            Dense(64, activation="relu"),
            Dense(CLASSES),
        ]
    )


def training_step(batch: int = BATCH) -> Callable[[], Any]:
    """A function that does one Adam step on fixed random data and returns the loss as a
    tensor: run it eagerly or capture it.
    """
    generator = np.random.default_rng(0)
    x = tensor(generator.random((batch, SIDE, SIDE, 1), np.float32))
    y = tensor(np.eye(CLASSES, dtype=np.float32)[np.arange(batch) % CLASSES])
    net = network()
    net(x)  # makes the weights
    return adam_step(lambda: mean(softmax_cross_entropy(y, net(x))), net.trainable_weights, RATE)


def rows() -> Iterator[Row]:
    peers = {"pywebml, eager": repeated(training_step(), read)}
    torch = torch_peer().load_torch()
    if torch is not None:
        peers |= torch_peer().convnet_steps(torch, SIDE, CLASSES, BATCH, RATE)
    ours = repeated(capture(training_step()), read)
    note = "ours captured; many steps, then the loss read once"
    yield from compare(
        "convnet", f"MNIST conv net training step, batch {BATCH}, Adam", ours, peers, note
    )
