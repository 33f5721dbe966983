"""Convolutions of sequences: those of pictures with one row, which are views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.precision import half_sums
from ...core.tensor import Tensor, reshape
from ...host.lazy import np
from ..support.layout import as_filter, as_floats, laid_out
from ..support.window import NO_PADDING, Pair, sliding
from . import meaning
from .conv2d import Conv2D
from .samples import drawn
from .transposed import conv2d_transpose, full_shape, transposed_meaning

__all__ = ["conv1d", "conv1d_transpose"]


def _meaning(x: Any, w: Any, stride: int = 1, padding: Any = "valid", dilation: int = 1) -> Any:
    _, (pads,), _ = sliding("conv1d", x.shape[1:2], w.shape[:1], stride, padding, dilation)
    row, filter = x[:, None], w[None]
    row = np.pad(row, ((0, 0), (0, 0), pads, (0, 0)))
    out = meaning.convolve(row, filter, None, (1, stride), NO_PADDING, (1, dilation), None)
    return out[:, 0]


def _samples() -> Iterator[Sample]:
    return drawn(
        1,
        ("same", (2, 9, 4), (3, 4, 8), {"padding": "same"}),
        ("stride 2, pairs", (1, 10, 3), (4, 3, 2), {"stride": 2, "padding": ((3, 0),)}),
        ("dilation", (1, 11, 2), (3, 2, 5), {"dilation": 3}),
    )


@composite(meaning=_meaning, cases=_samples, halves=True)
def conv1d(
    x: Any,
    filter: Any,
    stride: int = 1,
    padding: str | int | Sequence[Pair] = "valid",
    data_format: str | None = "NWC",
    dilation: int = 1,
    dim_rounding_mode: str | None = None,
    *,
    bias: Any = None,
    activation: str | None = None,
) -> Tensor:
    """Convolves sequences x [n,w,c], or one [w,c], with a filter [k,c,f] -> [n,ow,f];
    arguments as for `conv2d`, with `padding` in numbers as ((before, after),).

    ValueError for shapes that do not fit together, and for a stride with a dilation.

    Example:
        >>> x, filter = ops.arange(5.0).reshape(1, 5, 1), ops.ones((3, 1, 1))
        >>> ops.conv1d(x, filter, padding="same").numpy()[0, :, 0]
        array([1., 3., 6., 9., 7.], dtype=float32)
    """
    laid = laid_out("conv1d", x, 1, data_format)
    n, width, c = laid.x.shape
    w = as_filter("conv1d", filter, ("width", "in channels", "out channels"), laid.x, 1)
    (step,), (pads,), (rate,) = sliding(
        "conv1d", (width,), w.shape[:1], stride, padding, dilation, dim_rounding_mode, laid.first
    )
    op = Conv2D((1, step), ((0, 0), pads), (1, rate), activation, half_sums=half_sums(laid.x.dtype))
    ins = [reshape(laid.x, (n, 1, width, c)), reshape(w, (1, *w.shape))]
    y = op(*ins) if bias is None else op(*ins, as_floats(bias))
    return laid.back(reshape(y, (n, *y.shape[2:])))


def _transposed_samples() -> Iterator[Sample]:
    return drawn(
        2,
        ("stride 2", (2, 5, 3), (3, 4, 3), {"output_shape": (2, 11, 4), "strides": 2}),
        ("same", (1, 6, 4), (4, 2, 4), {"output_shape": (1, 12, 2), "strides": 2,
                                        "padding": "same"}),
    )  # fmt: skip


@composite(
    meaning=lambda x, w, output_shape, strides=1, padding="valid": transposed_meaning(
        x, w, output_shape, strides, padding
    ),
    cases=_transposed_samples,
    halves=True,
)
def conv1d_transpose(
    x: Any,
    filter: Any,
    output_shape: Sequence[int] | None = None,
    strides: int = 1,
    padding: str | int | Sequence[Pair] = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NWC",
    dilations: int = 1,
) -> Tensor:
    """What `conv1d` makes of sequences, turned round: x [n,w,f] or [w,f] and a filter
    [k,c,f] -> [n,ow,c]; arguments as for `conv2d_transpose`.

    Example:
        >>> x, filter = pw.tensor([[[1.0], [2.0]]]), ops.ones((2, 1, 1))
        >>> ops.conv1d_transpose(x, filter, strides=2).numpy()[0, :, 0]
        array([1., 1., 2., 2.], dtype=float32)
    """
    name = "conv1d_transpose"
    laid = laid_out(name, x, 1, data_format)
    n, width, c = laid.x.shape
    w = as_filter(name, filter, ("width", "out channels", "in channels"), laid.x, 2)
    shape, ((step,), (pads,), (rate,)) = full_shape(
        name, laid, w, output_shape, strides, padding, dilations, dim_rounding_mode
    )
    y = conv2d_transpose(
        reshape(laid.x, (n, 1, width, c)), reshape(w, (1, *w.shape)), (n, 1, *shape[1:]),
        (1, step), ((0, 0), pads), dilations=(1, rate),
    )  # fmt: skip
    return laid.back(reshape(y, shape))
