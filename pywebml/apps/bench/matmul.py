"""`bench matmul`: float32 products of square matrices, in TFLOP/s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import tensor
from ...device import get_device
from ...ops import matmul
from .measure import Row, compare
from .torch_peer import load_torch, matmuls


def rows() -> Iterator[Row]:
    """One row a size and peer. Several products go in a row before one wait, so that it is the product that is timed."""
    adapter = get_device().adapter
    sizes = (1024, 2048, 4096) if not adapter.software else (256, 512) if adapter.language == "wgsl" else (512, 1024, 2048)
    torch = load_torch()
    generator = np.random.default_rng(0)
    for n in sizes:
        repeats = 20 if not adapter.software else 1
        left, right = generator.random((n, n), np.float32), generator.random((n, n), np.float32) * (2 / n)  # products stay near 1
        b = tensor(right)

        a = tensor(left)

        def chain(a: Any = a, b: Any = b, repeats: int = repeats) -> Any:
            for _ in range(repeats):
                a = matmul(a, b)
            return a[:1, :1]

        captured = capture(chain)

        def ours(captured: Any = captured) -> object:
            return captured().data_sync()

        def in_numpy(left: Any = left, right: Any = right, repeats: int = repeats) -> object:
            for _ in range(repeats):
                left = left @ right
            return left

        peers: dict[str, Callable[[], object]] = {}
        if adapter.language == "wgsl":
            peers["NumPy"] = in_numpy
        if torch is not None:
            peers |= matmuls(torch, left, right, repeats)
        for row in compare("matmul", f"{n} x {n} x {n}", ours, peers):
            row["ours_ms"] /= repeats
            row["note"] = f"{2 * n**3 / row['ours_ms'] / 1e9:.3g} TFLOP/s"
            if row["peer_ms"] is not None:
                row["peer_ms"] /= repeats
                row["note"] += f", {row['peer']} {2 * n**3 / row['peer_ms'] / 1e9:.3g}"
            yield row
