"""Dilation of grey pictures (mathematical morphology): a convolution that adds and
takes the largest, where the plain one multiplies and adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.basic import Fill
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, reshape
from ...host.lazy import np
from ..support.layout import as_filter, laid_out
from ..support.window import Padding, Pair, sliding
from .samples import drawn
from .unfold import Unfold

__all__ = ["dilation2d"]

LOWEST = -3.4028234663852886e38  # of float32: infinity would make NaN of a gradient's 0


def _meaning(x: Any, w: Any, strides: Any = 1, padding: Any = "valid", dilations: Any = 1) -> Any:
    window = w.shape[:2]
    steps, pads, rates = sliding(
        "dilation2d", x.shape[1:3], window, strides, padding, dilations, both=True
    )
    x = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=-np.inf)
    rows, columns = (
        n - (k - 1) * rate for n, k, rate in zip(x.shape[1:3], window, rates, strict=True)
    )
    seen = [
        x[:, i * rates[0] :][:, : rows : steps[0], j * rates[1] :][:, :, : columns : steps[1]]
        + w[i, j]
        for i, j in np.ndindex(*window)
    ]
    return np.max(seen, axis=0)


def _samples() -> Iterator[Sample]:
    return drawn(
        2,
        ("same", (1, 5, 4, 3), (3, 2, 3), {"padding": "same"}),
        ("strides", (2, 6, 7, 4), (2, 3, 4), {"strides": (2, 3)}),
        ("dilations", (1, 7, 6, 2), (2, 3, 2), {"dilations": (3, 1), "padding": "same"}),
    )


@composite(meaning=_meaning, cases=_samples)
def dilation2d(
    x: Any,
    filter: Any,
    strides: int | Pair = 1,
    padding: str | int | Padding = "valid",
    dilations: int | Pair = 1,
    data_format: str | None = "NHWC",
) -> Tensor:
    """The largest of x + filter in each window, of pictures x [n,h,w,c] or [h,w,c] and
    a filter [kh,kw,c]: y[n,i,j,c] = max over k, l of x[n, i*s + k*d, j*s + l*d, c] +
    filter[k,l,c]. The other arguments are those of `conv2d`; padding never is the
    largest.

    ValueError for shapes that do not fit together. Of equal sums the first gets the
    gradient.

    Example:
        >>> x = pw.tensor([[[1.0], [5.0]], [[2.0], [3.0]]])
        >>> ops.dilation2d(x, ops.zeros((2, 2, 1))).tolist()
        [[[5.0]]]
    """
    laid = laid_out("dilation2d", x, 2, data_format)
    n, _, _, c = laid.x.shape
    w = as_filter("dilation2d", filter, ("height", "width", "channels"), laid.x, 2)
    (kh, kw), size = w.shape[:2], laid.x.shape[1:3]
    steps, pads, rates = sliding(
        "dilation2d", size, (kh, kw), strides, padding, dilations, first=laid.first, both=True
    )
    padded = laid.x.pad(((0, 0), *pads, (0, 0)), constant_value=LOWEST)
    height, width = padded.shape[1:3]
    columns = Unfold(kw, steps[1], dilation=rates[1])(
        reshape(padded, (n * height, width, 1, c))
    )  # [n * h, ow, 1, kw * c]
    ow = columns.shape[1]
    windows = Unfold(kh, steps[0], dilation=rates[0])(
        reshape(columns, (n, height, ow, kw * c))
    )  # [n, oh, ow, kh * kw * c]
    taps = kh * kw
    sums = reshape(windows, (n, windows.shape[1], ow, taps, c)) + reshape(w, (taps, c))
    place = reshape(sums.argmax(3), (n, windows.shape[1], ow, 1, c))
    first = place.equal(Fill((taps, 1), 0, 1, "int32")())
    return laid.back(first.where(sums, 0.0).sum(3))
