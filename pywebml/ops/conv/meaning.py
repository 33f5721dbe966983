"""What a 2-D convolution and its gradients mean, in NumPy: im2col (windows as rows of a
matrix) and a matrix product, in blocks that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...device.threads import spread
from ...host.lazy import np
from ..support.activation import activate
from ..support.window import (
    NO_PADDING,
    Padding,
    Pair,
    crop_pictures,
    output_size,
    pad_pictures,
    window_slices,
)

BLOCK_BYTES = 1 << 20  # of unrolled windows at a time, so that they stay in the cache


def convolve(
    x: Any,
    w: Any,
    bias: Any,
    strides: Pair,
    padding: Padding,
    dilations: Pair,
    activation: str | None,
) -> Any:
    """x [n, h, w, c], w [kh, kw, c, f] -> [n, oh, ow, f]."""
    kh, kw, _, f = w.shape
    x = pad_pictures(x, padding)
    size = output_size("Conv2D", x.shape[1:3], (kh, kw), strides, NO_PADDING, dilations)
    y = np.empty((x.shape[0], *size, f), x.dtype)  # [n, oh, ow, f]
    matrix = w.reshape(-1, f)  # [kh * kw * c, f]

    def part(x: Any, y: Any) -> None:
        for block, windows in unrolled(x, (kh, kw), y.shape[1:3], strides, dilations, f):
            rows = np.matmul(windows, matrix, out=y[block].reshape(-1, f))  # [outputs, f]
            if bias is not None:
                rows += bias
            activate(rows, activation)

    if len(y) > 1:
        spread(lambda a, b: part(x[a:b], y[a:b]), len(y))
    else:  # rows of the one picture
        spread(lambda a, b: part(x[:, a * strides[0] :], y[:, a:b]), size[0], 8)
    return y


def input_gradient(
    dy: Any, w: Any, inputs: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """dy [n, oh, ow, f], w [kh, kw, c, f] -> dx [n, *inputs, c]."""
    kh, kw, c, f = w.shape
    n, size = dy.shape[0], dy.shape[1:3]
    matrix = w.reshape(-1, f).T  # [f, kh * kw * c]
    if (kh, kw) == strides == (1, 1) and padding == NO_PADDING:
        return (dy.reshape(-1, f) @ matrix).reshape(n, *size, c)
    (top, bottom), (left, right) = padding
    dx = np.zeros((n, inputs[0] + top + bottom, inputs[1] + left + right, c), dy.dtype)
    step = max(1, BLOCK_BYTES // (size[0] * size[1] * matrix.shape[1] * dy.itemsize))

    def pictures(start: int, stop: int) -> None:
        for i in range(start, stop, step):
            block = slice(i, min(i + step, stop))
            windows = dy[block].reshape(-1, f) @ matrix  # [outputs, kh * kw * c]
            windows = windows.reshape(-1, *size, kh, kw, c)
            for ky, kx, seen in window_slices((kh, kw), size, strides, dilations):
                dx[block][seen] += windows[:, :, :, ky, kx]  # [n, oh, ow, c]

    spread(pictures, n)
    return np.ascontiguousarray(crop_pictures(dx, padding))


def filter_gradient(
    x: Any, dy: Any, window: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """x [n, h, w, c], dy [n, oh, ow, f] -> dw [*window, c, f]."""
    c, f = x.shape[3], dy.shape[3]
    if not len(x):
        return np.zeros((*window, c, f), x.dtype)
    x = pad_pictures(x, padding)
    sums: dict[int, Any] = {}

    def pictures(start: int, stop: int) -> None:
        dw = sums[start] = np.zeros((window[0] * window[1] * c, f), x.dtype)
        for block, windows in unrolled(x[start:stop], window, dy.shape[1:3], strides, dilations, f):
            dw += windows.T @ dy[start:stop][block].reshape(-1, f)  # [kh * kw * c, f]

    spread(pictures, len(x))
    return sum(sums[start] for start in sorted(sums)).reshape(*window, c, f)


def unrolled(
    x: Any, window: Pair, size: Pair, strides: Pair, dilations: Pair, channels: int
) -> Iterator[tuple[tuple[slice, ...], Any]]:
    """NumPy: the windows of padded pictures as rows of a matrix, in blocks that stay in
    the cache with their outputs.

    Yields (which pictures and output rows, matrix [outputs in the block, kh*kw*c]); the
    matrix is only good until the next one. For 1x1 windows at stride 1 it is a view, so
    pointwise convolution copies nothing.
    """
    n, _, _, c = x.shape
    sn, sh, sw, sc = x.strides
    view = np.lib.stride_tricks.as_strided(
        x,
        (n, *size, *window, c),
        (sn, sh * strides[0], sw * strides[1], sh * dilations[0], sw * dilations[1], sc),
        writeable=False,
    )  # [n, oh, ow, kh, kw, c]
    inner = window[0] * window[1] * c
    # output rows per block
    rows = max(1, BLOCK_BYTES // (size[1] * max(inner, channels) * x.itemsize))
    pictures, rows = max(1, rows // size[0]), min(rows, size[0])
    copies = window != (1, 1) or strides != (1, 1)
    buffer: Any = np.empty((min(pictures, n), rows, *view.shape[2:]), x.dtype) if copies else None
    for i in range(0, n, pictures):
        for r in range(0, size[0], rows):
            block = (slice(i, i + pictures), slice(r, r + rows))
            part = view[block]
            if copies:
                part = buffer[: part.shape[0], : part.shape[1]]
                part[...] = view[block]
            yield block, part.reshape(-1, inner)


def grouped(convolve: Callable[[Any, Any], Any], x: Any, w: Any, groups: int) -> Any:
    """`convolve` of each group of x's channels with its filters, side by side."""
    parts = zip(np.split(x, groups, -1), np.split(w, groups, -1), strict=True)
    return np.concatenate([convolve(*part) for part in parts], -1)
