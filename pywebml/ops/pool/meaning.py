"""What pooling means, window by window, and samples of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.composite import Sample
from ...host.lazy import np
from ..support.window import numbers, sliding


def meaning(kind: str, sizes: int) -> Any:
    """What pooling over so many sizes means, window by window."""

    def pooled(x: Any, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Any:
        window = numbers(pool_size, sizes, "pool_size")
        inner = x.shape[1:-1]
        steps, pads, _ = sliding("pool", inner, window, strides or window, padding)
        axes = tuple(range(1, sizes + 1))

        def windows(values: Any, outside: float) -> Any:
            padded = np.pad(values, ((0, 0), *pads, (0, 0)), constant_values=outside)
            view = np.lib.stride_tricks.sliding_window_view(padded, window, axes)
            view = view[(slice(None), *(slice(None, None, step) for step in steps))]
            return view.reshape(*view.shape[:-sizes], -1)

        if kind == "max":
            return windows(x, -np.inf).max(-1)
        return windows(x, 0).sum(-1) / windows(np.ones_like(x), 0).sum(-1)

    return pooled


def sample_windows(sizes: int) -> Iterator[Sample]:
    random = np.random.default_rng(sizes)

    def x(*shape: int) -> tuple[Any]:
        return (random.standard_normal(shape, np.float32),)

    edge = (9, 5, 6)[:sizes]
    yield Sample("windows side by side", x(2, *edge, 3), {"pool_size": 2})
    yield Sample("overlapping, same", x(1, *edge, 4), {"pool_size": 3, "strides": 2,
                                                       "padding": "same"})  # fmt: skip
    pads = ((2, 1), (0, 1), (1, 0))[:sizes]
    more = {"pool_size": (3, 2, 2)[:sizes], "strides": (1, 2, 3)[:sizes], "padding": pads}
    yield Sample("each size its own", x(2, *edge, 2), more)
