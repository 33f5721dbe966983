"""`bench conv` and `bench depthwise`: single convolutions of float32, in GFLOP/s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...device import get_device
from ...ops import conv2d, depthwise_conv2d
from .beside import torch_peer
from .measure import Row, Work, compare, rated, repeated

CHAIN = 20
"""Convolutions recorded in one replay on a GPU, where a small one takes no longer than
starting a replay.
"""


class Layer(NamedTuple):
    """A convolution that keeps its input's size, so that one can follow another: stride
    1, padding 'same'.
    """

    batch: int
    side: int
    channels: int
    window: int

    @property
    def flops(self) -> int:
        """Of a depthwise convolution; an ordinary one has `channels` times as many."""
        return 2 * self.batch * self.side**2 * self.channels * self.window**2

    def __str__(self) -> str:
        return f"{self.window}x{self.window}, {self.batch}x{self.side}x{self.side}x{self.channels}"

    def arrays(self, outs: int) -> tuple[Any, Any]:
        """Pictures and a filter to so many channels for each of theirs, or in all; the
        convolution keeps the size of values.
        """
        generator, (n, side, c, k) = np.random.default_rng(0), self
        x = generator.standard_normal((n, side, side, c), np.float32)
        return x, generator.standard_normal((k, k, c, outs), np.float32) / np.float32(
            (k * k * outs) ** 0.5
        )


CONVOLUTIONS = (
    Layer(1, 56, 64, 3),
    Layer(32, 56, 64, 3),
    Layer(32, 28, 128, 3),
    Layer(32, 14, 256, 3),
    Layer(32, 28, 256, 1),
)
DEPTHWISE = (
    Layer(1, 112, 32, 3),
    Layer(1, 28, 240, 5),
    Layer(32, 112, 32, 3),
    Layer(32, 56, 144, 3),
    Layer(32, 28, 240, 5),
)


def rows() -> Iterator[Row]:
    """Ordinary convolutions."""
    yield from _rows("conv", CONVOLUTIONS, conv2d)


def depthwise_rows() -> Iterator[Row]:
    """Depthwise convolutions."""
    yield from _rows("depthwise", DEPTHWISE, depthwise_conv2d)


def _rows(bench: str, layers: tuple[Layer, ...], op: Callable[..., Any]) -> Iterator[Row]:
    software = get_device().adapter.software
    torch = torch_peer().load_torch()
    for layer in layers:
        if software and layer.batch > 1:
            layer = layer._replace(batch=4)
        outs = layer.channels if bench == "conv" else 1
        x, w = layer.arrays(outs)
        peers = (
            {} if torch is None else torch_peer().convolutions(torch, x, w, bench == "depthwise")
        )
        work = f"{layer} -> {outs}" if bench == "conv" else str(layer)
        yield from rated(
            compare(bench, work, ours(op, x, w, 1 if software else CHAIN), peers),
            layer.flops * outs,
            "GFLOP/s",
        )


def ours(op: Callable[..., Any], x: Any, w: Any, chain: int, dtype: str = "float32") -> Work:
    """`op` of x and the filter w, of what that gives and w, and so on, `chain` times in
    a replay.
    """
    start, filter = tensor(x, dtype=dtype), tensor(w, dtype=dtype)

    def convolved(y: Any) -> Any:
        for _ in range(chain):
            y = op(y, filter, padding="same")
        return y[:1, :1, :1, :1]

    replay = partial(capture(convolved), start)
    return repeated(replay, lambda corner: corner.data_sync(), each=chain)
