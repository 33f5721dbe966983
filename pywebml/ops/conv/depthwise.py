"""Depthwise 2-D convolution (every channel with its own filters), its two gradients,
and separable convolution.

Filters are [kh, kw, channels, multiplier] (HWCM, as in Keras and TensorFlow.js);
channel c * multiplier + m of the output is channel c convolved with filter (c, m). The
three ops are each other's gradients, so derivatives of any order exist.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.calls import Calls
from ...core.choices import Choice
from ...core.fusion import Activates
from ...core.lowering import Lowering, Slot, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel, typed_kernel
from ...device.seam import Adapter
from ...device.threads import spread
from ...host.lazy import np
from ..support.activation import CODES, FUSED, activate, activation_grad, check_activation
from ..support.typed import floats
from ..support.window import (
    NO_PADDING,
    Padding,
    Pair,
    check_bias,
    check_filter,
    check_pictures,
    coordinates,
    crop_pictures,
    extent,
    output_size,
    pad_pictures,
    pair,
    resolve_padding,
    windowed,
)
from ..support.xnnpack_calls import convolution
from .conv2d import bias_grad
from .launches import BUSY, launch_filter_grad
from .samples import sample_gradient

__all__ = [
    "DepthwiseConv2D",
    "DepthwiseConv2DFilterGrad",
    "DepthwiseConv2DInputGrad",
    "depthwise_conv2d",
]

BLOCK_BYTES = 128 << 10  # of products at a time, so that they stay in the cache (NumPy)
# samples that every form computes; 'slide' only the first
EVERY_FORM = ("3x3 same", "stride 2, even size")
AXES = "[height, width, channels, multiplier]"


@register
@dataclass(frozen=True)
class DepthwiseConv2D(Activates):
    """x [n,h,w,c], w [kh,kw,c,m], optional bias [c*m] -> [n,oh,ow,c*m], with an
    activation at the end.
    """

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    activation: str | None = None
    activations = FUSED
    halves = True

    def infer(self, *ins: Spec) -> Spec:
        x, w, *bias = ins
        check_pictures(self.name, x, dtypes=FLOATS)
        check_filter(self.name, w, AXES, x.dtype)
        check_activation(self.name, self.activation)
        kh, kw, c, m = w.shape
        if x.shape[3] != c:
            raise ValueError(
                f"{self.name}: input {x.shape} has {x.shape[3]} channels, but filter {w.shape}"
                f" {AXES} wants {c}"
            )
        check_bias(self.name, bias, c * m, x.dtype)
        size = output_size(
            self.name, x.shape[1:3], (kh, kw), self.strides, self.padding, self.dilations
        )
        return Spec((x.shape[0], *size, c * m), x.dtype)

    def numpy(self, x: Any, w: Any, bias: Any = None) -> Any:
        kh, kw, c, m = w.shape
        x = pad_pictures(np.repeat(x, m, axis=3) if m > 1 else x, self.padding)
        size = output_size(
            self.name, x.shape[1:3], (kh, kw), self.strides, NO_PADDING, self.dilations
        )
        y = np.empty((x.shape[0], size[0], size[1] * c * m), x.dtype)
        factors = along_row(w, size[1])
        start = 0.0 if bias is None else np.tile(bias, size[1])

        def pictures(x: Any, y: Any) -> None:
            for picture, out in zip(x, y, strict=True):
                columns = phases(picture, self.strides[1])
                for rows, products, sources in shifted(
                    columns, self, (kh, kw), (out.shape[0], size[1]), c * m
                ):
                    part = out[rows]
                    part[...] = start
                    for tap, source in enumerate(sources):
                        part += np.multiply(source, factors[tap], out=products)
                    activate(part, self.activation)

        if len(y) > 1:
            spread(lambda a, b: pictures(x[a:b], y[a:b]), len(y))
        else:  # rows of the one picture
            stride, reach = self.strides[0], extent(kh, self.dilations[0])
            spread(
                lambda a, b: pictures(x[:, a * stride : (b - 1) * stride + reach], y[:, a:b]),
                size[0],
                8,
            )
        return y.reshape(-1, *size, c * m)

    def gpu(self, k: Lowering) -> None:
        bias = k.ins[2] if len(k.ins) > 2 else None
        lower_gather(
            k,
            False,
            k.ins[0],
            k.ins[1],
            bias,
            self.strides,
            self.padding,
            self.dilations,
            self.activation,
        )

    def xnnpack(self, k: Calls) -> None:
        bias = k.ins[2] if len(k.ins) > 2 else None
        convolution(k, "FusedDepthwiseConv2D", k.ins[0], k.ins[1], bias, None, self)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, w = ins[:2]
        dy = activation_grad(self.activation, outs[0], grads[0])
        dx = DepthwiseConv2DInputGrad(self.strides, self.padding, self.dilations, x.shape[1:3])(
            dy, w
        )
        dw = DepthwiseConv2DFilterGrad(self.strides, self.padding, self.dilations, w.shape[:2])(
            x, dy
        )
        return (dx, dw, bias_grad(dy))[: len(ins)]

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * outs[0].size * ins[1].shape[0] * ins[1].shape[1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, bias in sample_convolutions():
            yield Case(name, op, (x, w) if bias is None else (x, w, bias))
            if name in EVERY_FORM:
                for form in COLUMNS:
                    yield Case(
                        f"{form}: {name}",
                        op,
                        (x, w) if bias is None else (x, w, bias),
                        forms=(("depthwise_conv2d", form),),
                    )


@register
@dataclass(frozen=True)
class DepthwiseConv2DInputGrad(Op):
    """dy [n,oh,ow,c*m], w [kh,kw,c,m] -> dx [n,h,w,c], the gradient to an input of
    height and width `size`.
    """

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    size: Pair = (1, 1)

    def infer(self, *ins: Spec) -> Spec:
        dy, w = ins
        check_pictures(self.name, dy, "gradient")
        check_filter(self.name, w, AXES)
        kh, kw, c, m = w.shape
        size = output_size(
            self.name, self.size, (kh, kw), self.strides, self.padding, self.dilations
        )
        if dy.shape[1:] != (*size, c * m):
            wanted = f"[n, {size[0]}, {size[1]}, {c * m}]"
            raise ValueError(
                f"{self.name}: a gradient {wanted} belongs to size {self.size} and filter"
                f" {w.shape}, got {dy.shape}"
            )
        return Spec((dy.shape[0], *self.size, c))

    def numpy(self, dy: Any, w: Any) -> Any:
        kh, kw, c, m = w.shape
        size = dy.shape[1:3]
        (top, bottom), (left, right) = self.padding
        dx = np.zeros(
            (dy.shape[0], self.size[0] + top + bottom, self.size[1] + left + right, c * m), dy.dtype
        )
        factors = along_row(w, size[1])
        gradients = dy.reshape(-1, size[0], size[1] * c * m)

        def pictures(start: int, stop: int) -> None:
            for gradient, out in zip(gradients[start:stop], dx[start:stop], strict=True):
                columns = phases(out, self.strides[1])
                for rows, products, targets in shifted(columns, self, (kh, kw), size, c * m):
                    for tap, target in enumerate(targets):
                        target += np.multiply(gradient[rows], factors[tap], out=products)
                for phase, column in enumerate(columns):
                    out[:, phase :: self.strides[1]] = column.reshape(out.shape[0], -1, c * m)

        spread(pictures, len(dx))
        dx = crop_pictures(dx, self.padding)
        return np.ascontiguousarray(dx) if m == 1 else dx.reshape(*dx.shape[:3], c, m).sum(-1)

    def gpu(self, k: Lowering) -> None:
        lower_gather(
            k, True, k.ins[0], k.ins[1], None, self.strides, self.padding, self.dilations, None
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        dy, w = ins
        g = grads[0]
        return (
            DepthwiseConv2D(self.strides, self.padding, self.dilations)(g, w),
            DepthwiseConv2DFilterGrad(self.strides, self.padding, self.dilations, w.shape[:2])(
                g, dy
            ),
        )

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * ins[0].size * ins[1].shape[0] * ins[1].shape[1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, _ in sample_convolutions():
            grad, given = (
                cls(op.strides, op.padding, op.dilations, x.shape[1:3]),
                (
                    sample_gradient(op, x, w),
                    w,
                ),
            )
            yield Case(name, grad, given)
            if name in EVERY_FORM:
                yield from (
                    Case(f"{form}: {name}", grad, given, forms=(("depthwise_conv2d", form),))
                    for form in COLUMNS
                )


@register
@dataclass(frozen=True)
class DepthwiseConv2DFilterGrad(Op):
    """x [n,h,w,c], dy [n,oh,ow,c*m] -> dw [kh,kw,c,m], the gradient to a filter of
    height and width `size`.
    """

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    size: Pair = (1, 1)

    def infer(self, *ins: Spec) -> Spec:
        x, dy = ins
        check_pictures(self.name, x)
        check_pictures(self.name, dy, "gradient")
        size = output_size(
            self.name, x.shape[1:3], self.size, self.strides, self.padding, self.dilations
        )
        n, c = x.shape[0], x.shape[3]
        if dy.shape[:3] != (n, *size) or dy.shape[3] % c:
            wanted = f"[{n}, {size[0]}, {size[1]}, {c} * m]"
            raise ValueError(
                f"{self.name}: a gradient {wanted} belongs to input {x.shape} and size {self.size},"
                f" got {dy.shape}"
            )
        return Spec((*self.size, c, dy.shape[3] // c))

    def numpy(self, x: Any, dy: Any) -> Any:
        c, size = x.shape[3], dy.shape[1:3]
        m = dy.shape[3] // c
        x = pad_pictures(np.repeat(x, m, axis=3) if m > 1 else x, self.padding)
        # still by output column
        sums = np.zeros((self.size[0] * self.size[1], size[1] * c * m), x.dtype)
        for picture, gradient in zip(x, dy.reshape(-1, size[0], size[1] * c * m), strict=True):
            for rows, products, sources in shifted(
                phases(picture, self.strides[1]), self, self.size, size, c * m
            ):
                for tap, source in enumerate(sources):
                    sums[tap] += np.multiply(source, gradient[rows], out=products).sum(0)
        return sums.reshape(-1, size[1], c * m).sum(1).reshape(*self.size, c, m)

    def gpu(self, k: Lowering) -> None:
        lower_filter_grad(
            k, k.ins[0], k.ins[1], self.size, self.strides, self.padding, self.dilations
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, dy = ins
        g = grads[0]
        return (
            DepthwiseConv2DInputGrad(self.strides, self.padding, self.dilations, x.shape[1:3])(
                dy, g
            ),
            DepthwiseConv2D(self.strides, self.padding, self.dilations)(x, g),
        )

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * ins[1].size * self.size[0] * self.size[1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, _ in sample_convolutions():
            yield Case(
                name,
                cls(op.strides, op.padding, op.dilations, w.shape[:2]),
                (x, sample_gradient(op, x, w)),
            )


# The NumPy meaning multiplies and adds whole rows of pixels at once. `phases` sorts a
# picture's columns so that what a filter position sees is always a contiguous piece of
# a row, whatever the stride; `shifted` cuts out these pieces.


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
    columns: list[Any], op: Any, window: Pair, size: Pair, channels: int
) -> Iterator[tuple[slice, Any, Iterator[Any]]]:
    """For blocks of output rows that stay in the cache: (the rows, room for their
    products, for each filter position the piece of `columns` that they see).
    """
    (sh, sw), (dh, dw) = op.strides, op.dilations
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


class Depthwise(NamedTuple):
    """What a form is chosen for: output rows (of all pictures) and columns, channels of
    y, the filter's positions; `neighbours`: four neighbouring outputs share their
    inputs.
    """

    rows: int
    columns: int
    channels: int
    multiplier: int
    taps: int
    neighbours: bool
    gradient: bool = False
    halves: bool = False


COLUMNS = {"slide": 4, "quad": 4, "pixel": 1, "scalar": 1}
"""Output columns that an invocation of each entry point computes, of four channels but
for 'scalar'.
"""


def _candidates(adapter: Adapter, shape: Depthwise) -> list[str]:
    if shape.multiplier != 1 or shape.channels % 4:
        return ["scalar"]
    return [form for form in COLUMNS if form != "slide" or shape.neighbours]


def _rule(adapter: Adapter, shape: Depthwise) -> str:
    """Four columns an invocation where there is work for all, or on software adapters,
    which have no idle lanes to fill.
    """
    if shape.multiplier != 1 or shape.channels % 4:
        return "scalar"
    if adapter.software or invocations("quad", shape) >= BUSY:
        return "slide" if shape.neighbours else "quad"
    return "pixel"


choose = Choice("depthwise_conv2d", ("conv/depthwise",), _candidates, _rule)


def invocations(form: str, shape: Depthwise) -> int:
    return (
        shape.rows
        * -(-shape.columns // COLUMNS[form])
        * shape.channels
        // (1 if form == "scalar" else 4)
    )


def lower_gather(
    k: Lowering,
    gradient: bool,
    x: Slot,
    w: Slot,
    bias: Slot | None,
    strides: Pair,
    padding: Padding,
    dilations: Pair,
    activation: str | None,
) -> None:
    """Launches of a depthwise convolution, or of its gradient to the input (then x is
    dy).
    """
    y = k.outs[0]
    kh, kw, _, m = w.shape
    neighbours = strides[1] == dilations[1] == 1
    shape = Depthwise(
        y.shape[0] * y.shape[1],
        y.shape[2],
        y.shape[3],
        m,
        kh * kw,
        neighbours,
        gradient,
        x.dtype == "float16",
    )
    entry = choose(k.adapter, shape)
    threads = invocations(entry, shape)
    params = pack(
        "7I8i3I",
        threads, *y.shape[1:], *x.shape[1:],
        *coordinates(gradient, strides, padding, dilations),
        m, CODES[activation], int(bias is not None),
    )  # fmt: skip
    program = typed_kernel("conv/depthwise", floats(x, y), entry, KH=kh, KW=kw, GRADIENT=gradient)
    k.launch_flat(program, (x, w, bias or w, y), params, threads)


def lower_filter_grad(
    k: Lowering, x: Slot, dy: Slot, size: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> None:
    """Launches of the gradient to the filter."""
    quad = x.shape[3] == dy.shape[3] and x.shape[3] % 4 == 0
    program = kernel("conv/depthwise_filter_grad", "quad" if quad else "scalar")
    where = coordinates(False, strides, padding, dilations)
    launch_filter_grad(k, program, x, dy, size, where, k.outs[0].size // (4 if quad else 1))


def depthwise_conv2d(
    x: Any,
    filter: Any,
    strides: int | Pair = 1,
    padding: str | Padding = "valid",
    dilations: int | Pair = 1,
    bias: Any = None,
    activation: str | None = None,
) -> Tensor:
    """Convolves every channel of x [n,h,w,c] with its own m filters [kh,kw,c,m];
    arguments as for `conv2d`.

    Returns [n,oh,ow,c*m]. ValueError for shapes that do not fit together.
    """
    x, filter = as_tensor(x), as_tensor(filter)
    op = windowed(DepthwiseConv2D, x, filter, strides, padding, dilations, activation)
    return op(x, filter) if bias is None else op(x, filter, bias)


def sample_convolutions() -> Iterator[tuple[str, DepthwiseConv2D, Any, Any, Any]]:
    """(name, op, x, w, bias or None): what the three ops' sample cases are made from."""
    draw = np.random.default_rng(6)

    def sample(
        name: str,
        x: tuple[int, ...],
        w: tuple[int, ...],
        stride: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        **more: Any,
    ) -> Any:
        strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
        op = DepthwiseConv2D(
            strides, resolve_padding(padding, x[1:3], w[:2], strides, dilations), dilations
        )
        bias = draw.standard_normal(w[2] * w[3]).astype("float32") if more.get("bias") else None
        values = (
            draw.standard_normal(x).astype("float32"),
            (draw.standard_normal(w) / (w[0] * w[1]) ** 0.5).astype("float32"),
        )
        return name, dataclasses.replace(op, activation=more.get("activation")), *values, bias

    yield sample("3x3 same", (1, 7, 7, 8), (3, 3, 8, 1), 1, "same", bias=True, activation="relu6")
    yield sample(
        "stride 2, even size",
        (2, 14, 14, 12),
        (3, 3, 12, 1),
        2,
        "same",
        bias=True,
        activation="relu",
    )
    yield sample("stride 2, odd size", (1, 15, 13, 4), (3, 3, 4, 1), 2, "same")
    yield sample("5x5", (1, 9, 6, 20), (5, 5, 20, 1), 1, "same", bias=True, activation="tanh")
    yield sample("wide window", (1, 4, 10, 4), (1, 7, 4, 1), (2, 1), ((1, 0), (5, 2)))
    yield sample(
        "channels not a multiple of 4",
        (2, 6, 7, 5),
        (3, 3, 5, 1),
        1,
        "same",
        bias=True,
        activation="sigmoid",
    )
    yield sample("multiplier 2", (2, 8, 7, 6), (3, 2, 6, 2), (2, 1), "same", bias=True)
    yield sample("multiplier 4, one channel", (1, 6, 6, 1), (3, 3, 1, 4), 1, "valid")
    yield sample("dilation", (1, 11, 12, 8), (3, 3, 8, 1), 1, "same", (3, 2))
    yield sample("explicit padding", (1, 5, 6, 3), (3, 3, 3, 1), (3, 2), ((0, 2), (3, 1)))
    yield sample("one pixel", (3, 1, 1, 8), (1, 1, 8, 1), bias=True)
    yield sample("stride over the edge", (1, 8, 8, 4), (2, 2, 4, 1), 3)
    yield sample("window as large as the picture", (2, 7, 7, 16), (7, 7, 16, 1))
