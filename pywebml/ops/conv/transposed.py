"""Transposed convolutions: what gradients of convolutions to their inputs are, as a
layer's output. Filters are those of the convolution that is turned round, whose input
is the result here: [*window, out channels, in channels].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.calling import ints, is_int
from ...core.composite import Sample, composite
from ...core.tensor import Tensor
from ...host.lazy import np
from ..support.layout import Layout, as_filter, laid_out
from ..support.window import (
    AXES,
    Padding,
    Pair,
    Sliding,
    extent,
    numbers,
    outputs_along,
    paddings,
    sliding,
)
from .conv2d import Conv2DInputGrad
from .samples import drawn

__all__ = ["conv2d_transpose"]


def full_shape(
    op: str,
    laid: Layout,
    w: Tensor,
    output_shape: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    rounding: str | None = None,
    output_padding: Any = None,
) -> tuple[tuple[int, ...], Sliding]:
    """The result's shape [n, *sizes, channels], and how the convolution that is turned
    round goes over it. ValueError where it would make another input of that.

    Without an `output_shape` a stride of s makes a size n to s * n for 'same', and else
    to what the windows of n outputs cover.
    """
    (n, *inner, _), window, c = laid.x.shape, w.shape[:-2], w.shape[-2]
    count, sizes = len(window), []
    if output_padding is not None:
        if output_shape is not None or not isinstance(padding, str):
            raise ValueError(
                f"{op}: output_padding goes with padding 'valid' or 'same' alone, and says what"
                " output_shape would; give one of them"
            )
        steps = numbers(strides, count, f"{op}: strides")
        rates = numbers(dilations, count, f"{op}: dilations")
        extras = extra_sizes(op, output_padding, steps)
        each = zip(inner, window, steps, rates, extras, strict=True)
        ends = [along(padding.lower(), *of) for of in each]
        sizes, padding = [size for size, _ in ends], [cut for _, cut in ends]
    elif output_shape is None:
        sizes = _covered(op, inner, window, strides, padding, dilations, laid.first)
    else:
        if isinstance(output_shape, str) or is_int(output_shape):
            raise TypeError(
                f"{op}: output_shape must be the sizes of the result or None, got {output_shape!r};"
                " strides come behind it"
            )
        shape = ints(output_shape, f"{op}: output_shape")
        if len(shape) == count + 1:
            shape = (n, *shape)
        place = 1 if laid.first else count + 1
        sizes = [size for axis, size in enumerate(shape) if axis not in (0, place)]
        channels = shape[place] if len(shape) == count + 2 else -1
        if len(shape) != count + 2 or shape[0] not in (n, -1) or channels not in (c, -1):
            raise ValueError(
                f"{op}: output_shape must be a batch of {n}, {count} sizes and {c} channels, as x"
                f" {laid.x.shape} and the filter {w.shape} say, got {output_shape!r}"
            )
    slides = sliding(op, sizes, window, strides, padding, dilations, rounding, laid.first)
    back = [
        outputs_along(op, *of) for of in zip(AXES[-count:], sizes, window, *slides, strict=True)
    ]
    if back != inner:
        raise ValueError(
            f"{op}: a convolution with strides {strides}, padding {padding!r} and the filter"
            f" {w.shape} makes sizes {back} of output_shape {output_shape!r}, but x has {inner}"
        )
    return (n, *sizes, c), slides


def extra_sizes(op: str, output_padding: Any, strides: Sequence[int]) -> tuple[int, ...]:
    """How much larger than the least each size is to be. ValueError unless its stride
    is larger.
    """
    extras = (output_padding,) * len(strides) if is_int(output_padding) else output_padding
    extras = tuple(extras)
    fits = len(extras) == len(strides) and all(
        is_int(n) and 0 <= n < step for n, step in zip(extras, strides, strict=True)
    )
    if not fits:
        raise ValueError(
            f"{op}: output_padding must be at least 0 and smaller than the strides"
            f" {tuple(strides)}, got {output_padding}"
        )
    return extras


def along(
    padding: str, n: int, window: int, stride: int, dilation: int, extra: int | None
) -> tuple[int, Pair]:
    """Along one axis: (the size that n inputs become, what is cut off before and after
    all that their windows cover). Keras's rule: `extra` is added to the least size, of
    'same' windows with half of them cut off; where it is None, 'same' makes n * stride,
    and 'valid' at least that.
    """
    reach = extent(window, dilation)
    if padding == "valid":
        extra = max(stride - reach, 0) if extra is None else extra
        return (n - 1) * stride + reach + extra, (0, 0)
    size = n * stride if extra is None else (n - 1) * stride + reach % 2 + extra
    cut = (n - 1) * stride + reach - size
    before = max(cut // 2, 0)
    return size, (before, max(cut - before, 0))


def _covered(
    op: str, inner: Any, window: Any, strides: Any, padding: Any, dilations: Any, first: bool
) -> list[int]:
    count = len(window)
    steps = numbers(strides, count, f"{op}: strides")
    if isinstance(padding, str) and padding.lower() == "same":
        return [n * step for n, step in zip(inner, steps, strict=True)]
    rates = numbers(dilations, count, f"{op}: dilations")
    pads = paddings(padding, inner, window, steps, rates, first=first)
    if isinstance(padding, str):  # no output of 'valid' is smaller than its stride
        return [
            n * step + max(extent(size, rate) - step, 0)
            for n, step, size, rate in zip(inner, steps, window, rates, strict=True)
        ]
    return [
        (n - 1) * step + extent(size, rate) - before - after
        for n, step, size, rate, (before, after) in zip(
            inner, steps, window, rates, pads, strict=True
        )
    ]


def transposed_meaning(x: Any, w: Any, shape: Any, strides: Any = 1, padding: Any = "valid") -> Any:
    """The meaning, for any number of sizes: every input adds its window's values."""
    count = len(w.shape) - 2
    steps, pads, _ = sliding("", shape[1:-1], w.shape[:count], strides, padding)
    edges = [(0, 0), *pads, (0, 0)]
    y = np.zeros([n + a + b for n, (a, b) in zip(shape, edges, strict=True)], x.dtype)
    for place in np.ndindex(*w.shape[:count]):
        reach = zip(place, x.shape[1:-1], steps, strict=True)
        seen = tuple(slice(p, p + (n - 1) * step + 1, step) for p, n, step in reach)
        y[(slice(None), *seen)] += x @ w[place].T
    return y[tuple(slice(a, n - b) for n, (a, b) in zip(y.shape, edges, strict=True))]


def _samples() -> Iterator[Sample]:
    return drawn(
        3,
        ("stride 2", (2, 3, 4, 8), (3, 3, 4, 8), {"output_shape": (2, 7, 9, 4), "strides": 2}),
        ("same, odd", (1, 3, 2, 5), (2, 3, 3, 5), {"output_shape": (1, 5, 6, 3), "strides": (2, 3),
                                                   "padding": "same"}),
        ("pairs", (1, 4, 4, 4), (4, 4, 4, 4), {"output_shape": (1, 8, 7, 4), "strides": 2,
                                               "padding": ((1, 1), (1, 2))}),
    )  # fmt: skip


@composite(
    meaning=lambda x, w, output_shape, strides=1, padding="valid": transposed_meaning(
        x, w, output_shape, strides, padding
    ),
    cases=_samples,
    halves=True,
)
def conv2d_transpose(
    x: Any,
    filter: Any,
    output_shape: Sequence[int] | None = None,
    strides: int | Pair = 1,
    padding: str | int | Padding = "valid",
    dim_rounding_mode: str | None = None,
    *,
    data_format: str | None = "NHWC",
    dilations: int | Pair = 1,
    output_padding: int | Sequence[int] | None = None,
) -> Tensor:
    """What `conv2d` makes of pictures, turned round: x [n,h,w,f] or [h,w,f] and a
    filter [kh,kw,c,f] -> pictures [n,oh,ow,c] of which a convolution with these
    arguments makes x's size ("deconvolution").

    Several sizes may be made to one by strides, so `output_shape` says which is meant
    (with or without the batch); by default strides times x's for 'same', and else what
    the windows cover. `output_padding` says it as Keras does: how much is added to the
    least size. The other arguments are those of `conv2d`. ValueError where the shapes
    do not fit together.

    Example:
        >>> x, filter = pw.tensor([[[[1.0], [2.0]]]]), ops.ones((2, 2, 1, 1))
        >>> ops.conv2d_transpose(x, filter, strides=2).numpy()[0, :, :, 0]
        array([[1., 1., 2., 2.],
               [1., 1., 2., 2.]], dtype=float32)
    """
    name = "conv2d_transpose"
    laid = laid_out(name, x, 2, data_format)
    axes = ("height", "width", "out channels", "in channels")
    w = as_filter(name, filter, axes, laid.x, 3)
    shape, slides = full_shape(
        name, laid, w, output_shape, strides, padding, dilations, dim_rounding_mode, output_padding
    )
    return laid.back(Conv2DInputGrad(*slides, shape[1:3])(laid.x, w))  # type: ignore[arg-type]
