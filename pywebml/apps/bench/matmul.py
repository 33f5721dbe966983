"""`bench matmul`: float32 products of square matrices, in TFLOP/s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import Tensor, tensor
from ...device import get_device
from ...device.seam import Adapter
from ...ops import matmul
from .beside import torch_peer
from .measure import Row, Work, compare, rated, repeated

CHAIN = 20
"""Products recorded in one replay on a GPU, where a small one takes no longer than
starting a replay.
"""


def _sizes(adapter: Adapter) -> tuple[int, int, int] | tuple[int, int]:
    """Products that take long enough to be timed, and not minutes."""
    if not adapter.software:
        return 1024, 2048, 4096
    return (256, 512) if adapter.language == "wgsl" else (512, 1024, 2048)


def rows() -> Iterator[Row]:
    """One row per size and peer. Several products go in a row before one wait, so that
    it is the product that is timed.
    """
    adapter = get_device().adapter
    sizes = _sizes(adapter)
    torch = torch_peer().load_torch()
    generator = np.random.default_rng(0)
    for n in sizes:
        # products stay near 1
        left, right = (
            generator.random((n, n), np.float32),
            generator.random((n, n), np.float32) * (2 / n),
        )
        peers: dict[str, Work] = {}
        if adapter.language == "wgsl":
            peers["NumPy"] = repeated(partial(np.matmul, left, right), np.shape)
        if torch is not None:
            peers |= torch_peer().matmuls(torch, left, right)
        work = ours(left, right, 1 if adapter.software else CHAIN)
        yield from rated(compare("matmul", f"{n} x {n} x {n}", work, peers), 2 * n**3)


def ours(left: Any, right: Any, chain: int, dtype: str = "float32") -> Work:
    """`products`, timed."""
    replay = products(left, right, chain, dtype)
    return repeated(replay, lambda corner: corner.data_sync(), each=chain)


def products(left: Any, right: Any, chain: int, dtype: str) -> Callable[[], Tensor]:
    """left . right . right ..., `chain` products in a replay, which gives a corner of
    the last. `left` is an argument: what depends on none may be computed once and
    never again.
    """
    a, b = tensor(left, dtype=dtype), tensor(right, dtype=dtype)

    def chained(c: Tensor) -> Tensor:
        for _ in range(chain):
            c = matmul(c, b)
        return c[:1, :1]

    return partial(capture(chained), a)
