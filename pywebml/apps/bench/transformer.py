"""`bench transformer`: one training step of a transformer block, as encoders stack them
(Vaswani et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...layers import Dense, LayerNormalization, MultiHeadAttention
from ...ops import mean
from .adam import adam_step
from .beside import torch_peer
from .head import read
from .measure import Row, Work, compare, repeated

WIDTH, HEADS, INNER, TOKENS, BATCH, RATE = 256, 4, 1024, 128, 32, 1e-4


def block() -> tuple[Callable[[Any], Any], list[Any]]:
    """(the block, its layers): attention of every token to all, then two dense layers,
    each with a way around it and a normalization behind.
    """
    attention = MultiHeadAttention(HEADS, WIDTH // HEADS)
    wide, narrow = Dense(INNER, activation="relu"), Dense(WIDTH)
    first, second = LayerNormalization(epsilon=1e-5), LayerNormalization(epsilon=1e-5)

    def call(x: Any) -> Any:
        y = first(x + attention(x, x))
        return second(y + narrow(wide(y)))

    return call, [attention, first, wide, narrow, second]


def training_step(batch: int = BATCH, tokens: int = TOKENS) -> Callable[[], Any]:
    """A function that does one Adam step on fixed random data and returns the loss as a
    tensor: run it eagerly or capture it.
    """
    generator = np.random.default_rng(0)
    x, y = (tensor(generator.standard_normal((batch, tokens, WIDTH), np.float32)) for _ in range(2))
    call, layers = block()
    call(x)  # makes the weights
    weights = [weight for layer in layers for weight in layer.trainable_weights]
    return adam_step(lambda: mean((call(x) - y).square()), weights, RATE)


def torch_steps(torch: Any) -> dict[str, Work]:
    """The same in PyTorch, eager and on CUDA as a graph: {peer's name: work}."""
    peer = torch_peer()
    peers: dict[str, Work] = {}
    for place in peer.places(torch):
        x, y = (torch.randn(BATCH, TOKENS, WIDTH, device=place) for _ in range(2))
        net = torch.nn.TransformerEncoderLayer(
            WIDTH, HEADS, INNER, dropout=0.0, activation="relu", batch_first=True
        ).to(place)
        loss = torch.nn.functional.mse_loss
        peers |= peer.training_steps(torch, place, net, x, y, RATE, loss)
    return peers


def rows() -> Iterator[Row]:
    peers = {"pywebml, eager": repeated(training_step(), read)}
    torch = torch_peer().load_torch()
    if torch is not None:
        peers |= torch_steps(torch)
    ours = repeated(capture(training_step()), read)
    work = (
        f"transformer block training step, width {WIDTH}, {HEADS} heads, {TOKENS} tokens, batch"
        f" {BATCH}, Adam"
    )
    note = "ours captured; many steps, then the loss read once"
    yield from compare("transformer", work, ours, peers, note)
