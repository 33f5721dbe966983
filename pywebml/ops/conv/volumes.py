"""Convolutions of volumes [batch, depth, height, width, channels].

The planes that a window sees along the depth are laid out beside each other, as
channels of one plane; then the volumes are pictures, and all forms of the convolution
of pictures serve. On a GPU that copies the input once per position along the depth, a
small part of what multiplying takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...core.composite import Sample, composite
from ...core.precision import half_sums
from ...core.tensor import Tensor, reshape
from ...host.lazy import np
from ..support.layout import as_filter, laid_out
from ..support.window import AXES, Pair, sliding
from .conv2d import Conv2D, Conv2DInputGrad
from .groups import in_groups
from .meaning import grouped
from .samples import drawn
from .transposed import full_shape, transposed_meaning
from .unfold import Fold, Unfold

__all__ = ["conv3d", "conv3d_transpose"]

Triple = tuple[int, int, int]
Volumes = Sequence[Pair]


def _flat(w: Tensor) -> Tensor:
    """A filter [kd, kh, kw, c, f] as that of pictures [kh, kw, kd * c, f]."""
    kd, kh, kw, c, f = w.shape
    return reshape(w.transpose((1, 2, 0, 3, 4)) if kd > 1 else w, (kh, kw, kd * c, f))


def _meaning(
    x: Any, w: Any, strides: Any = 1, padding: Any = "valid", dilations: Any = 1, groups: int = 1
) -> Any:
    if groups > 1:
        return grouped(lambda x, w: _meaning(x, w, strides, padding, dilations), x, w, groups)
    steps, pads, rates = sliding("", x.shape[1:4], w.shape[:3], strides, padding, dilations)
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    reach = [(k - 1) * rate + 1 for k, rate in zip(w.shape[:3], rates, strict=True)]
    view = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2, 3))
    for axis, (step, rate) in enumerate(zip(steps, rates, strict=True)):
        view = view[(slice(None),) * (axis + 1) + (slice(None, None, step),)]
        view = view[(slice(None),) * (axis + 5) + (slice(None, None, rate),)]
    return np.einsum("ndhwcijk,ijkcf->ndhwf", view, w)


def _samples() -> Iterator[Sample]:
    return drawn(
        3,
        ("same", (1, 4, 5, 6, 4), (3, 3, 3, 4, 8), {"padding": "same"}),
        ("strides, pairs", (2, 5, 4, 6, 3), (2, 3, 2, 3, 4),
         {"strides": (2, 1, 3), "padding": ((1, 0), (1, 1), (0, 2))}),
        ("dilation", (1, 5, 6, 5, 2), (2, 2, 3, 2, 3), {"dilations": (3, 1, 2)}),
        ("one plane", (2, 3, 4, 4, 4), (1, 2, 2, 4, 4), {}),
        ("groups", (1, 3, 4, 3, 4), (2, 3, 2, 2, 6), {"groups": 2}),
    )  # fmt: skip


@composite(meaning=_meaning, cases=_samples, halves=True)
def conv3d(
    x: Any,
    filter: Any,
    strides: int | Triple = 1,
    padding: str | int | Volumes = "valid",
    data_format: str | None = "NDHWC",
    dilations: int | Triple = 1,
    *,
    bias: Any = None,
    activation: str | None = None,
    groups: int = 1,
) -> Tensor:
    """Convolves volumes x [n,d,h,w,c], or one [d,h,w,c], with a filter [kd,kh,kw,c,f]
    -> [n,od,oh,ow,f]; arguments as for `conv2d`, with three sizes.

    ValueError for shapes that do not fit together, and for strides with dilations.

    Example:
        >>> volumes, filter = ops.ones((1, 3, 3, 3, 1)), ops.ones((2, 2, 2, 1, 1))
        >>> ops.conv3d(volumes, filter, strides=2).tolist()
        [[[[[8.0]]]]]
    """
    laid = laid_out("conv3d", x, 3, data_format)
    n, depth, height, width, _ = laid.x.shape
    w = as_filter("conv3d", filter, (*AXES, "in channels", "out channels"), laid.x, 3, groups)
    steps, pads, rates = sliding(
        "conv3d", laid.x.shape[1:4], w.shape[:3], strides, padding, dilations, first=laid.first
    )
    op = Conv2D(steps[1:], pads[1:], rates[1:], activation, half_sums=half_sums(laid.x.dtype))  # type: ignore[arg-type]

    def convolve(x: Tensor, w: Tensor, *bias: Tensor) -> Tensor:
        planes = reshape(x, (n, depth, height * width, x.shape[-1]))
        if (w.shape[0], steps[0], pads[0]) != (1, 1, (0, 0)):
            planes = Unfold(w.shape[0], steps[0], pads[0], rates[0])(planes)
        outs = planes.shape[1]
        pictures = reshape(planes, (n * outs, height, width, planes.shape[3]))
        y = op(pictures, _flat(w), *bias)
        return reshape(y, (n, outs, *y.shape[1:]))

    return laid.back(in_groups("conv3d", convolve, laid.x, w, bias, groups))


def _transposed_samples() -> Iterator[Sample]:
    return drawn(
        4,
        ("stride 2", (1, 2, 3, 2, 4), (3, 2, 2, 4, 4),
         {"output_shape": (1, 5, 6, 4, 4), "strides": 2}),
        ("same", (2, 2, 3, 2, 3), (2, 3, 2, 2, 3),
         {"output_shape": (2, 4, 3, 6, 2), "strides": (2, 1, 3), "padding": "same"}),
    )  # fmt: skip


@composite(
    meaning=lambda x, w, output_shape, strides=1, padding="valid": transposed_meaning(
        x, w, output_shape, strides, padding
    ),
    cases=_transposed_samples,
    halves=True,
)
def conv3d_transpose(
    x: Any,
    filter: Any,
    output_shape: Sequence[int] | None = None,
    strides: int | Triple = 1,
    padding: str | int | Volumes = "valid",
    *,
    data_format: str | None = "NDHWC",
    dilations: int | Triple = 1,
    output_padding: int | Sequence[int] | None = None,
) -> Tensor:
    """What `conv3d` makes of volumes, turned round: x [n,d,h,w,f] or [d,h,w,f] and a
    filter [kd,kh,kw,c,f] -> [n,od,oh,ow,c]; arguments as for `conv2d_transpose`.

    Example:
        >>> x, filter = ops.ones((1, 1, 1, 1, 1)), ops.ones((2, 2, 2, 1, 1))
        >>> ops.conv3d_transpose(x, filter).shape
        (1, 2, 2, 2, 1)
    """
    name = "conv3d_transpose"
    laid = laid_out(name, x, 3, data_format)
    n, depth, height, width, f = laid.x.shape
    w = as_filter(name, filter, (*AXES, "out channels", "in channels"), laid.x, 4)
    shape, (steps, pads, rates) = full_shape(
        name, laid, w, output_shape, strides, padding, dilations, output_padding=output_padding
    )
    inner = shape[2:4]
    ins = [reshape(laid.x, (n * depth, height, width, f)), _flat(w)]
    if laid.x.dtype == "float16":  # planes are added up: round once
        ins = [t.cast("float32") for t in ins]
    planes = Conv2DInputGrad(steps[1:], pads[1:], rates[1:], inner)(*ins)  # type: ignore[arg-type]
    y = reshape(planes, (n, depth, inner[0] * inner[1], planes.shape[3]))
    if (w.shape[0], steps[0], pads[0]) != (1, 1, (0, 0)):
        y = Fold(w.shape[0], steps[0], pads[0], rates[0], shape[1])(y)
    return laid.back(reshape(y, shape).cast(laid.x.dtype))
