"""What layers compute, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def windows(
    x: Array, size: int, stride: int = 1, dilation: int = 1, fill: float = 0.0, same: bool = False
) -> Array:
    """[n, h', w', size, size, c]: what each output of a window sees."""
    reach = (size - 1) * dilation + 1
    if same:
        pads = [max((-(-n // stride) - 1) * stride + reach - n, 0) for n in x.shape[1:3]]
        x = np.pad(x, ((0, 0), *((p // 2, p - p // 2) for p in pads), (0, 0)), constant_values=fill)
    # n, h, w, c, reach, reach
    seen = np.lib.stride_tricks.sliding_window_view(x, (reach, reach), axis=(1, 2))
    return seen[:, ::stride, ::stride, :, ::dilation, ::dilation].transpose(0, 1, 2, 4, 5, 3)


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def swish(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
