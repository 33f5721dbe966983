"""Convolutions of sequences: those of pictures with one row, which are views."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.precision import half_sums
from ...core.tensor import Tensor, reshape
from ...host.lazy import np
from ..support.layout import as_filter, laid_out
from ..support.window import NO_PADDING, Pair, sliding
from . import meaning
from .conv2d import Conv2D
from .depthwise import depthwise_conv2d
from .groups import in_groups
from .samples import drawn
from .transposed import conv2d_transpose, full_shape, transposed_meaning

__all__ = ["conv1d", "conv1d_transpose", "depthwise_conv1d", "separable_conv1d"]


def _meaning(
    x: Any, w: Any, stride: int = 1, padding: Any = "valid", dilation: int = 1, groups: int = 1
) -> Any:
    if groups > 1:
        return meaning.grouped(lambda x, w: _meaning(x, w, stride, padding, dilation), x, w, groups)
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
        ("groups", (2, 7, 6), (3, 2, 9), {"groups": 3, "padding": "same"}),
        ("a group for each channel", (2, 7, 3), (2, 1, 6), {"groups": 3, "stride": 2}),
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
    groups: int = 1,
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
    w = as_filter("conv1d", filter, ("width", "in channels", "out channels"), laid.x, 1, groups)
    (step,), (pads,), (rate,) = sliding(
        "conv1d", (width,), w.shape[:1], stride, padding, dilation, dim_rounding_mode, laid.first
    )
    op = Conv2D((1, step), ((0, 0), pads), (1, rate), activation, half_sums=half_sums(laid.x.dtype))
    rows, filter = reshape(laid.x, (n, 1, width, c)), reshape(w, (1, *w.shape))
    y = in_groups("conv1d", op, rows, filter, bias, groups)
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
    output_padding: int | Sequence[int] | None = None,
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
        name, laid, w, output_shape, strides, padding, dilations, dim_rounding_mode, output_padding
    )
    y = conv2d_transpose(
        reshape(laid.x, (n, 1, width, c)), reshape(w, (1, *w.shape)), (n, 1, *shape[1:]),
        (1, step), ((0, 0), pads), dilations=(1, rate),
    )  # fmt: skip
    return laid.back(reshape(y, shape))


def _depthwise(x: Any, w: Any, **words: Any) -> Any:
    """The meaning of `depthwise_conv1d`: a convolution in as many groups as channels."""
    k, c, m = w.shape
    return _meaning(x, w.reshape(k, 1, c * m), groups=c, **words)


@composite(
    meaning=_depthwise,
    cases=lambda: drawn(
        3,
        ("same", (2, 9, 4), (3, 4, 1), {"padding": "same"}),
        ("stride 2, two filters", (1, 10, 3), (4, 3, 2), {"stride": 2}),
        ("dilation", (1, 11, 2), (3, 2, 1), {"dilation": 2, "padding": ((4, 0),)}),
    ),
    halves=True,
)
def depthwise_conv1d(
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
    """Convolves every channel of sequences x [n,w,c] or [w,c] with its own m filters
    [k,c,m] -> [n,ow,c*m]; arguments as for `conv1d`.

    Example:
        >>> x, filter = ops.arange(8.0).reshape(1, 4, 2), ops.ones((2, 2, 1))
        >>> ops.depthwise_conv1d(x, filter).numpy()[0]
        array([[ 2.,  4.],
               [ 6.,  8.],
               [10., 12.]], dtype=float32)
    """
    name = "depthwise_conv1d"
    laid = laid_out(name, x, 1, data_format)
    n, width, c = laid.x.shape
    w = as_filter(name, filter, ("width", "channels", "multiplier"), laid.x, 1)
    (step,), (pads,), (rate,) = sliding(
        name, (width,), w.shape[:1], stride, padding, dilation, dim_rounding_mode, laid.first
    )
    y = depthwise_conv2d(
        reshape(laid.x, (n, 1, width, c)), reshape(w, (1, *w.shape)), (1, step), ((0, 0), pads),
        dilations=(1, rate), bias=bias, activation=activation,
    )  # fmt: skip
    return laid.back(reshape(y, (n, *y.shape[2:])))


def _separable_samples() -> Iterator[Sample]:
    random = np.random.default_rng(6)
    shapes = (2, 6, 3), (3, 3, 2), (1, 6, 5)
    arrays = tuple(random.standard_normal(s, np.float32) for s in shapes)
    yield Sample("two filters per channel", arrays, {"padding": "same"})
    yield Sample("stride 2", arrays, {"stride": 2})


@composite(
    meaning=lambda x, taps, mixing, **words: _depthwise(x, taps, **words) @ mixing[0],
    cases=_separable_samples,
)
def separable_conv1d(
    x: Any,
    depthwise: Any,
    pointwise: Any,
    stride: int = 1,
    padding: str | int | Sequence[Pair] = "valid",
    dilation: int = 1,
    data_format: str | None = "NWC",
    *,
    bias: Any = None,
    activation: str | None = None,
) -> Tensor:
    """A depthwise convolution [k,c,m] of sequences x [n,w,c] or [w,c], then one of
    width 1 [1,c*m,f] that mixes its channels -> [n,ow,f]; arguments as for `conv1d`.

    Example:
        >>> x, taps, mixing = ops.ones((1, 4, 2)), ops.ones((2, 2, 1)), ops.ones((1, 2, 1))
        >>> ops.separable_conv1d(x, taps, mixing).numpy()[0, :, 0]
        array([4., 4., 4.], dtype=float32)
    """
    laid = laid_out("separable_conv1d", x, 1, data_format)
    middle = depthwise_conv1d(laid.x, depthwise, stride, padding, dilation=dilation)
    mixing = as_filter(
        "separable_conv1d", pointwise, ("width", "in channels", "out channels"), middle, 1
    )
    if mixing.shape[0] != 1:
        raise ValueError(
            f"separable_conv1d: the pointwise filter must be [1, {middle.shape[2]}, out channels],"
            f" got shape {mixing.shape}"
        )
    return laid.back(conv1d(middle, mixing, bias=bias, activation=activation))
