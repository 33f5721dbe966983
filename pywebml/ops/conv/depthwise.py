"""Depthwise 2-D convolution (every channel with its own filters), and its two
gradients.

Filters are [kh, kw, channels, multiplier] (HWCM, as in Keras and TensorFlow.js);
channel c * multiplier + m of the output is channel c convolved with filter (c, m). The
three ops are each other's gradients, so derivatives of any order exist.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.calls import Calls
from ...core.fusion import Activates, Joins
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor
from ..support.activation import (
    FUSED,
    activation_grad,
    bias_grad,
    check_activation,
    join_grad,
    joined,
    joined_spec,
)
from ..support.layout import as_filter, as_floats, laid_out
from ..support.window import (
    NO_PADDING,
    Padding,
    Pair,
    check_bias,
    check_filter,
    check_pictures,
    output_size,
    windowed,
)
from ..support.xnnpack_calls import convolution
from .borders import PadsInput, PadsResult, PadsSeenInput
from .depthwise_launches import COLUMNS, lower_filter_grad, lower_gather
from .depthwise_meaning import convolve, filter_gradient, input_gradient
from .samples import sample_depthwise_convolutions, sample_gradient

__all__ = [
    "DepthwiseConv2D",
    "DepthwiseConv2DFilterGrad",
    "DepthwiseConv2DInputGrad",
    "depthwise_conv2d",
]

# samples that every form computes; 'slide' only the first
EVERY_FORM = ("3x3 same", "stride 2, even size")
AXES = "[height, width, channels, multiplier]"


@register
@dataclass(frozen=True)
class DepthwiseConv2D(Activates, PadsInput):
    """x [n,h,w,c], w [kh,kw,c,m], optional bias [c*m] -> [n,oh,ow,c*m], with an
    activation at the end.
    """

    not_finite = (
        "NaN or infinity in a filter comes to what padding's zeros make of it, or is left out there"
    )
    not_finite_inputs = (0, 2, 3)

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    activation: str | None = None
    activations = FUSED
    halves = True
    halves_back = False

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
        return convolve(x, w, bias, self.strides, self.padding, self.dilations, self.activation)

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
        for name, op, x, w, bias in sample_depthwise_convolutions(DepthwiseConv2D):
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
class DepthwiseConv2DInputGrad(Joins, PadsResult):
    """dy [n,oh,ow,c*m], w [kh,kw,c,m] -> dx [n,h,w,c], the gradient to an input of
    height and width `size`. With a `join` a last input, as large as dx, is joined to it
    (see `activation.JOINS`): a relu before the convolution.
    """

    not_finite = (
        "NaN or infinity in a filter comes to what padding's zeros make of it, or is left out there"
    )
    not_finite_inputs = (0, 2, 3)

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    size: Pair = (1, 1)
    join: str | None = None

    def infer(self, *ins: Spec) -> Spec:
        if self.join is not None:
            return joined_spec(self, ins)
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

    def numpy(self, dy: Any, w: Any, other: Any = None) -> Any:
        dx = input_gradient(dy, w, self.size, self.strides, self.padding, self.dilations)
        return joined(dx, self.join, other)

    def gpu(self, k: Lowering) -> None:
        where = self.strides, self.padding, self.dilations
        lower_gather(k, True, k.ins[0], k.ins[1], None, *where, None, self.join)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        dy, w = ins[:2]
        g, to_other = join_grad(self.join, ins[-1], grads[0])
        return (
            DepthwiseConv2D(self.strides, self.padding, self.dilations)(g, w),
            DepthwiseConv2DFilterGrad(self.strides, self.padding, self.dilations, w.shape[:2])(
                g, dy
            ),
            to_other,
        )[: len(ins)]

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * ins[0].size * ins[1].shape[0] * ins[1].shape[1]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, _ in sample_depthwise_convolutions(DepthwiseConv2D):
            grad = cls(op.strides, op.padding, op.dilations, x.shape[1:3])
            inputs = sample_gradient(op, x, w), w
            yield Case(name, grad, inputs)
            if name in EVERY_FORM:
                yield from (
                    Case(f"{form}: {name}", grad, inputs, forms=(("depthwise_conv2d", form),))
                    for form in COLUMNS
                )
                for join in ("add", "relu_grad", "relu6_grad"):
                    after = dataclasses.replace(grad, join=join)
                    for form in COLUMNS if join == "add" else ("quad",):
                        case = f"{form}, {join}: {name}"
                        forced = (("depthwise_conv2d", form),)
                        yield Case(case, after, (*inputs, x * 4), forms=forced)


@register
@dataclass(frozen=True)
class DepthwiseConv2DFilterGrad(PadsSeenInput):
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
        return filter_gradient(x, dy, self.size, self.strides, self.padding, self.dilations)

    def gpu(self, k: Lowering) -> None:
        if not k.ins[0].size:  # an empty batch
            fill(k, k.outs[0], 0)
            return
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
        for name, op, x, w, _ in sample_depthwise_convolutions(DepthwiseConv2D):
            yield Case(
                name,
                cls(op.strides, op.padding, op.dilations, w.shape[:2]),
                (x, sample_gradient(op, x, w)),
            )


def depthwise_conv2d(
    x: Any,
    filter: Any,
    strides: int | Pair = 1,
    padding: str | int | Padding = "valid",
    data_format: str | None = "NHWC",
    dilations: int | Pair = 1,
    dim_rounding_mode: str | None = None,
    *,
    bias: Any = None,
    activation: str | None = None,
) -> Tensor:
    """Convolves every channel of x [n,h,w,c] or [h,w,c] with its own m filters
    [kh,kw,c,m]; arguments as for `conv2d`.

    Returns [n,oh,ow,c*m]. ValueError for shapes that do not fit together.

    Example:
        >>> pictures, filter = ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 2, 1))
        >>> ops.depthwise_conv2d(pictures, filter, bias=[0.0, 1.0]).numpy()[0, 0]
        array([[ 9., 10.],
               [ 9., 10.]], dtype=float32)
    """
    laid = laid_out("depthwise_conv2d", x, 2, data_format)
    axes = ("height", "width", "channels", "multiplier")
    w = as_filter("depthwise_conv2d", filter, axes, laid.x, 2)
    op = windowed(
        DepthwiseConv2D, "depthwise_conv2d", laid, w, strides, padding, dilations,
        dim_rounding_mode, activation,
    )  # fmt: skip
    return laid.back(op(laid.x, w) if bias is None else op(laid.x, w, as_floats(bias)))
