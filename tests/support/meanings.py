"""What layers compute, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def windows(
    x: Array, size: Any, stride: Any = 1, dilation: Any = 1, fill: float = 0.0, same: bool = False
) -> Array:
    """[n, *outputs, *size, c]: what each output of a window sees, of x [n, *sizes, c]
    with any number of sizes.
    """
    rank = x.ndim - 2
    size, stride, dilation = (np.broadcast_to(v, rank) for v in (size, stride, dilation))
    reach = (size - 1) * dilation + 1
    if same:
        inner = np.array(x.shape[1:-1])
        pads = np.maximum((-(-inner // stride) - 1) * stride + reach - inner, 0)
        edges = [(p // 2, p - p // 2) for p in pads]
        x = np.pad(x, ((0, 0), *edges, (0, 0)), constant_values=fill)
    axes = tuple(range(1, rank + 1))
    seen = np.lib.stride_tricks.sliding_window_view(x, tuple(reach), axes)
    outer = tuple(slice(None, None, step) for step in stride)
    inner_steps = tuple(slice(None, None, step) for step in dilation)
    return np.moveaxis(seen[(slice(None), *outer, slice(None), *inner_steps)], rank + 1, -1)


def convolved(x: Array, k: Array, *args: Any, groups: int = 1, **words: Any) -> Array:
    """A convolution of x [n, *sizes, c] with k [*window, c / groups, f]; what `windows`
    takes behind.
    """
    rank = x.ndim - 2
    parts = [
        np.tensordot(windows(a, b.shape[:rank], *args, **words), b, rank + 1)
        for a, b in zip(np.split(x, groups, -1), np.split(k, groups, -1), strict=True)
    ]
    return np.concatenate(parts, -1)


def deconvolved(x: Array, k: Array, stride: Any, cuts: Any, dilation: Any = 1) -> Array:
    """Every input adds its window of k [*window, f, c], and the sizes are cut by
    (before, after), or made larger where that is negative.
    """
    rank = x.ndim - 2
    window = np.array(k.shape[:rank])
    stride, dilation = np.broadcast_to(stride, rank), np.broadcast_to(dilation, rank)
    sizes = (np.array(x.shape[1:-1]) - 1) * stride + (window - 1) * dilation + 1
    y = np.zeros((x.shape[0], *sizes, k.shape[-2]), x.dtype)
    for place in np.ndindex(*x.shape[1:-1]):
        start = np.array(place) * stride
        seen = tuple(
            slice(a, a + (n - 1) * d + 1, d)
            for a, n, d in zip(start, window, dilation, strict=True)
        )
        at = (slice(None), *place)
        y[(slice(None), *seen)] += np.moveaxis(np.tensordot(x[at], k, (-1, -1)), 0, 0)
    for axis, (before, after) in enumerate(cuts, 1):
        y = np.take(y, range(before, y.shape[axis] - max(after, 0)), axis)
        y = np.pad(y, [(0, max(-after, 0) if i == axis else 0) for i in range(y.ndim)])
    return y


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def swish(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
