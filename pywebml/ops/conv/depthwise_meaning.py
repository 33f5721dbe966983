"""What a depthwise convolution and its gradients mean, in NumPy, which multiplies and
adds whole rows of pixels at once.

`phases` sorts a picture's columns so that what a filter position sees is always a
contiguous piece of a row, whatever the stride; `shifted` cuts out these pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...device.threads import spread
from ...host.lazy import np
from ..support.activation import activate
from ..support.window import (
    NO_PADDING,
    Padding,
    Pair,
    crop_pictures,
    extent,
    output_size,
    pad_pictures,
)

BLOCK_BYTES = 128 << 10  # of products at a time, so that they stay in the cache


def convolve(
    x: Any,
    w: Any,
    bias: Any,
    strides: Pair,
    padding: Padding,
    dilations: Pair,
    activation: str | None,
) -> Any:
    """x [n, h, w, c], w [kh, kw, c, m] -> [n, oh, ow, c * m]."""
    kh, kw, c, m = w.shape
    x = pad_pictures(np.repeat(x, m, axis=3) if m > 1 else x, padding)  # [n, h, w, c * m]
    size = output_size("DepthwiseConv2D", x.shape[1:3], (kh, kw), strides, NO_PADDING, dilations)
    y = np.empty((x.shape[0], size[0], size[1] * c * m), x.dtype)  # [n, oh, ow * c * m]
    factors = along_row(w, size[1])
    start = 0.0 if bias is None else np.tile(bias, size[1])

    def pictures(x: Any, y: Any) -> None:
        for picture, out in zip(x, y, strict=True):
            columns = phases(picture, strides[1])
            blocks = shifted(columns, strides, dilations, (kh, kw), (len(out), size[1]), c * m)
            for rows, products, sources in blocks:
                part = out[rows]
                part[...] = start
                for tap, source in enumerate(sources):
                    part += np.multiply(source, factors[tap], out=products)
                activate(part, activation)

    if len(y) > 1:
        spread(lambda a, b: pictures(x[a:b], y[a:b]), len(y))
    else:  # rows of the one picture
        stride, reach = strides[0], extent(kh, dilations[0])
        spread(
            lambda a, b: pictures(x[:, a * stride : (b - 1) * stride + reach], y[:, a:b]),
            size[0],
            8,
        )
    return y.reshape(-1, *size, c * m)  # [n, oh, ow, c * m]


def input_gradient(
    dy: Any, w: Any, inputs: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """dy [n, oh, ow, c * m], w [kh, kw, c, m] -> dx [n, *inputs, c]."""
    kh, kw, c, m = w.shape
    size = dy.shape[1:3]
    (top, bottom), (left, right) = padding
    dx = np.zeros(
        (dy.shape[0], inputs[0] + top + bottom, inputs[1] + left + right, c * m), dy.dtype
    )
    factors = along_row(w, size[1])
    gradients = dy.reshape(-1, size[0], size[1] * c * m)  # [n, oh, ow * c * m]

    def pictures(start: int, stop: int) -> None:
        for gradient, out in zip(gradients[start:stop], dx[start:stop], strict=True):
            columns = phases(out, strides[1])
            blocks = shifted(columns, strides, dilations, (kh, kw), size, c * m)
            for rows, products, targets in blocks:
                for tap, target in enumerate(targets):
                    target += np.multiply(gradient[rows], factors[tap], out=products)
            for phase, column in enumerate(columns):
                out[:, phase :: strides[1]] = column.reshape(out.shape[0], -1, c * m)

    spread(pictures, len(dx))
    dx = crop_pictures(dx, padding)  # [n, h, w, c * m]
    return np.ascontiguousarray(dx) if m == 1 else dx.reshape(*dx.shape[:3], c, m).sum(-1)


def filter_gradient(
    x: Any, dy: Any, window: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> Any:
    """x [n, h, w, c], dy [n, oh, ow, c * m] -> dw [*window, c, m]."""
    c, size = x.shape[3], dy.shape[1:3]
    m = dy.shape[3] // c
    x = pad_pictures(np.repeat(x, m, axis=3) if m > 1 else x, padding)  # [n, h, w, c * m]
    # still by output column
    sums = np.zeros((window[0] * window[1], size[1] * c * m), x.dtype)
    for picture, gradient in zip(x, dy.reshape(-1, size[0], size[1] * c * m), strict=True):
        columns = phases(picture, strides[1])
        for rows, products, sources in shifted(columns, strides, dilations, window, size, c * m):
            for tap, source in enumerate(sources):
                sums[tap] += np.multiply(source, gradient[rows], out=products).sum(0)
    return sums.reshape(-1, size[1], c * m).sum(1).reshape(*window, c, m)


def phases(picture: Any, stride: int) -> list[Any]:
    """Columns phase, phase + stride, ... of a picture [h,w,c] for each phase, as rows
    [h, columns * c]. Views at stride 1.
    """
    return [
        np.ascontiguousarray(picture[:, phase::stride]).reshape(picture.shape[0], -1)
        for phase in range(stride)
    ]


def along_row(w: Any, columns: int) -> Any:
    """The filter as [positions, columns * c * m]: each position's values repeated for
    every output column of a row.
    """
    return np.tile(w.reshape(w.shape[0] * w.shape[1], -1), (1, columns))


def shifted(
    columns: list[Any], strides: Pair, dilations: Pair, window: Pair, size: Pair, channels: int
) -> Iterator[tuple[slice, Any, Iterator[Any]]]:
    """For blocks of output rows that stay in the cache: (the rows, room for their
    products, for each filter position the piece of `columns` that they see).
    """
    (sh, sw), (dh, dw) = strides, dilations
    width = size[1] * channels
    block = max(1, min(size[0], BLOCK_BYTES // (width * columns[0].itemsize)))
    products = np.empty((block, width), columns[0].dtype)

    def pieces(first: int, count: int) -> Iterator[Any]:
        for ky in range(window[0]):
            start = first * sh + ky * dh
            for kx in range(window[1]):
                offset, phase = divmod(kx * dw, sw)
                yield columns[phase][
                    start : start + (count - 1) * sh + 1 : sh,
                    offset * channels : offset * channels + width,
                ]

    for first in range(0, size[0], block):
        count = min(block, size[0] - first)
        yield slice(first, first + count), products[:count], pieces(first, count)
