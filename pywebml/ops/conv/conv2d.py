"""2-D convolution of NHWC pictures with an HWIO filter, and its two gradients.

The three ops are each other's gradients, so derivatives of any order exist:

    y  = Conv2D(x, w)             y[n,i,j,f]  = sum_{k,l,c} x[n, i*s + k*d - top, j*s +
    l*d - left, c] * w[k,l,c,f] dx = Conv2DInputGrad(dy, w)   every input pixel gathers
    the outputs that saw it dw = Conv2DFilterGrad(x, dy)  sum over pictures and output
    pixels of x times dy
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.calls import Calls
from ...core.fusion import Activates, Joins, Parted, SumsRows
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.precision import half_sums
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor
from ...device.seam import Adapter
from ...host.lazy import np
from ..linalg.matmul import MatMul
from ..linalg.samples import HALF_SUMS_TOLERANCE
from ..support.activation import (
    FUSED,
    activation_grad,
    bias_grad,
    check_activation,
    join_grad,
    joined,
    joined_spec,
)
from ..support.layout import as_filter, laid_out
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
from .groups import in_groups
from .launches import FILTER_FORMS, FORMS, lower_filter_grad, lower_gather, lower_product, pointwise
from .meaning import convolve, filter_gradient, input_gradient
from .samples import sample_convolutions, sample_gradient

__all__ = ["Conv2D", "Conv2DFilterGrad", "Conv2DInputGrad", "conv2d"]

AXES = ("height", "width", "in channels", "out channels")
# samples with channels in fours, which every form computes
EVERY_FORM = ("stride 2, odd size", "tiles not full")


class _Gathering(Joins):
    """Joins where it is pointwise, and so a matrix product."""

    strides: Pair
    padding: Padding

    def joins(self, ins: Sequence[Spec]) -> bool:
        return pointwise(ins[1].shape[:2], self.strides, self.padding)  # type: ignore[arg-type]


@register
@dataclass(frozen=True)
class Conv2D(Activates, _Gathering, PadsInput):
    """x [n,h,w,c], w [kh,kw,c,f], optional bias [f] -> [n,oh,ow,f], with an activation
    at the end.

    Where it is pointwise `core.epilogues` may set `join`, as for MatMul: then the last
    input, as large as the result, is joined to it. `half_sums` as for MatMul.
    """

    not_finite = (
        "NaN or infinity in a filter comes to what padding's zeros make of it, or is left out there"
    )
    not_finite_inputs = (0, 2, 3)

    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilations: Pair = (1, 1)
    activation: str | None = None
    join: str | None = None
    half_sums: bool = False
    activations = FUSED
    halves = True
    halves_back = False

    def infer(self, *ins: Spec) -> Spec:
        if self.join is not None:
            return joined_spec(self, ins)
        x, w, *bias = ins
        check_pictures(self.name, x, dtypes=FLOATS)
        check_filter(self.name, w, "[height, width, in channels, out channels]", x.dtype)
        check_activation(self.name, self.activation)
        kh, kw, c, f = w.shape
        if x.shape[3] != c:
            raise ValueError(
                f"{self.name}: input {x.shape} has {x.shape[3]} channels, but filter {w.shape}"
                f" (HWIO) wants {c}"
            )
        check_bias(self.name, bias, f, x.dtype)
        size = output_size(
            self.name, x.shape[1:3], (kh, kw), self.strides, self.padding, self.dilations
        )
        return Spec((x.shape[0], *size, f), x.dtype)

    def numpy(self, x: Any, w: Any, *rest: Any) -> Any:
        if self.join is not None:
            f = w.shape[3]
            y = self._product.numpy(
                x.reshape(-1, w.shape[2]), w.reshape(-1, f), *rest[:-1], rest[-1].reshape(-1, f)
            )  # [n * h * w, f]
            return y.reshape(*x.shape[:3], f)
        bias = rest[0] if rest else None
        return convolve(x, w, bias, self.strides, self.padding, self.dilations, self.activation)

    @property
    def _product(self) -> MatMul:
        """What a pointwise convolution with a join is."""
        return MatMul(activation=self.activation, join=self.join, half_sums=self.half_sums)

    def gpu(self, k: Lowering) -> None:
        if self.join is not None:
            lower_product(k, self._product)
            return
        bias = k.ins[2] if len(k.ins) > 2 else None
        x, w, how = k.ins[0], k.ins[1], (self.strides, self.padding, self.dilations)
        lower_gather(k, False, x, w, bias, *how, self.activation, self.half_sums)

    def xnnpack(self, k: Calls) -> None:
        x, w, *rest = k.ins
        other = rest.pop() if self.join else None
        convolution(k, "FusedConv2D", x, w, rest[0] if rest else None, other, self)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, w = ins[:2]
        dy, to_other = join_grad(
            self.join, ins[-1], activation_grad(self.activation, outs[0], grads[0])
        )
        dx = Conv2DInputGrad(self.strides, self.padding, self.dilations, x.shape[1:3])(dy, w)
        dw = Conv2DFilterGrad(self.strides, self.padding, self.dilations, w.shape[:2])(x, dy)
        if self.join is None:
            return (dx, dw, bias_grad(dy))[: len(ins)]
        return (dx, dw, *([bias_grad(dy)] if len(ins) == 4 else []), to_other)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        kh, kw, c, _ = ins[1].shape
        return 2 * outs[0].size * kh * kw * c

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, bias in sample_convolutions(Conv2D):
            yield Case(name, op, (x, w) if bias is None else (x, w, bias))
            if name in EVERY_FORM:
                yield from (
                    Case(f"{form}: {name}", op, (x, w, bias), forms=(("conv2d", form),))
                    for form in FORMS
                )
                for form in (form for form, kind in FORMS.items() if kind.entry == "tiled"):
                    summed = dataclasses.replace(op, half_sums=True)
                    case = Case(
                        f"{form}: sums in float16, {name}",
                        summed,
                        (x, w, bias),
                        *HALF_SUMS_TOLERANCE,
                        (("conv2d", form),),
                    )
                    yield case.in_float16()
            if name == "long sum, few outputs":
                yield from (
                    Case(f"in {n} parts: {name}", op, (x, w), forms=(("conv2d_split", n),))
                    for n in ("1", "2", "4", "8", "16")
                )
            if name == "pointwise":
                other = (
                    np.random.default_rng(8)
                    .standard_normal((*x.shape[:3], w.shape[3]))
                    .astype("float32")
                )
                yield Case(
                    f"{name}, a residual", dataclasses.replace(op, join="add"), (x, w, bias, other)
                )
                yield Case(f"{name}, a gradient", cls(join="relu_grad"), (x, w, other))


@register
@dataclass(frozen=True)
class Conv2DInputGrad(_Gathering, PadsResult):
    """dy [n,oh,ow,f], w [kh,kw,c,f] -> dx [n,h,w,c], the gradient of Conv2D to an input
    of height and width `size`. A `join` as for Conv2D.
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
    halves = True
    halves_back = False

    def infer(self, *ins: Spec) -> Spec:
        if self.join is not None:
            return joined_spec(self, ins)
        dy, w = ins
        check_pictures(self.name, dy, "gradient", FLOATS)
        check_filter(self.name, w, "[height, width, in channels, out channels]", dy.dtype)
        size = output_size(
            self.name, self.size, w.shape[:2], self.strides, self.padding, self.dilations
        )
        if dy.shape[1:] != (*size, w.shape[3]):
            wanted = f"[n, {size[0]}, {size[1]}, {w.shape[3]}]"
            raise ValueError(
                f"{self.name}: a gradient {wanted} belongs to size {self.size} and filter"
                f" {w.shape}, got {dy.shape}"
            )
        return Spec((dy.shape[0], *self.size, w.shape[2]), dy.dtype)

    def numpy(self, dy: Any, w: Any, other: Any = None) -> Any:
        dx = input_gradient(dy, w, self.size, self.strides, self.padding, self.dilations)
        return joined(dx, self.join, other)

    def gpu(self, k: Lowering) -> None:
        if self.join is not None:
            lower_product(k, MatMul(transpose_b=True, join=self.join))
            return
        lower_gather(
            k, True, k.ins[0], k.ins[1], None, self.strides, self.padding, self.dilations, None
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        dy, w = ins[:2]
        g, to_other = join_grad(self.join, ins[-1], grads[0])
        return (
            Conv2D(self.strides, self.padding, self.dilations)(g, w),
            Conv2DFilterGrad(self.strides, self.padding, self.dilations, w.shape[:2])(g, dy),
            to_other,
        )[: len(ins)]

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        kh, kw, c, _ = ins[1].shape
        return 2 * ins[0].size * kh * kw * c

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, _ in sample_convolutions(Conv2D):
            grad = cls(op.strides, op.padding, op.dilations, x.shape[1:3])
            dy = sample_gradient(op, x, w)
            yield Case(name, grad, (dy, w))
            if name in EVERY_FORM:
                yield from (
                    Case(f"{form}: {name}", grad, (dy, w), forms=(("conv2d", form),))
                    for form in FORMS
                )
            if name == "pointwise":
                for join in ("add", "relu6_grad"):
                    yield Case(f"{name}, {join}", dataclasses.replace(grad, join=join), (dy, w, x))


@register
@dataclass(frozen=True)
class Conv2DFilterGrad(PadsSeenInput, SumsRows):
    """x [n,h,w,c], dy [n,oh,ow,f] -> dw [kh,kw,c,f], the gradient of Conv2D to a filter
    of height and width `size`.
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
        if dy.shape[:3] != (x.shape[0], *size):
            wanted = f"[{x.shape[0]}, {size[0]}, {size[1]}, f]"
            raise ValueError(
                f"{self.name}: a gradient {wanted} belongs to input {x.shape} and size {self.size},"
                f" got {dy.shape}"
            )
        return Spec((*self.size, x.shape[3], dy.shape[3]))

    def in_parts(self, ins: Sequence[Spec], adapter: Adapter) -> Parted | None:
        if not all(s.size for s in ins) or not pointwise(self.size, self.strides, self.padding):
            return None
        flat = [Spec((s.size // s.shape[-1], s.shape[-1]), s.dtype) for s in ins]
        return MatMul(transpose_a=True).in_parts(flat, adapter)

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
            Conv2DInputGrad(self.strides, self.padding, self.dilations, x.shape[1:3])(dy, g),
            Conv2D(self.strides, self.padding, self.dilations)(x, g),
        )

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 2 * ins[1].size * outs[0].size // outs[0].shape[3]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, op, x, w, _ in sample_convolutions(Conv2D):
            grad = cls(op.strides, op.padding, op.dilations, w.shape[:2])
            dy = sample_gradient(op, x, w)
            yield Case(name, grad, (x, dy))
            if name in EVERY_FORM:
                yield from (
                    Case(f"{form}: {name}", grad, (x, dy), forms=(("conv2d_filter_grad", form),))
                    for form in FILTER_FORMS
                )
            if name == "first layer, stride 2, even size":
                for n in ("1", "2", "4", "8", "16", "32"):
                    yield Case(
                        f"in {n} parts: {name}", grad, (x, dy), forms=(("filter_grad_split", n),)
                    )
                for entry in ("main", "lanes"):
                    yield Case(
                        f"{entry}, 32 parts: {name}",
                        grad,
                        (x, dy),
                        forms=(("filter_grad_split", "32"), ("sum_partials", entry)),
                    )


def conv2d(
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
    groups: int = 1,
) -> Tensor:
    """Convolves pictures x [n,h,w,c], or one [h,w,c], with a filter [kh,kw,c,f]; bias
    [f] and activation are applied in the same kernel. Returns [n,oh,ow,f].

    `padding` is 'valid', 'same' (TensorFlow's rule), a number or ((top, bottom), (left,
    right)); with numbers `dim_rounding_mode` 'ceil' or 'round' has a last window stick
    out. With `data_format` 'NCHW' or 'channels_first' x and the result are [n,c,h,w].
    `activation` is None, 'relu', 'relu6', 'sigmoid' or 'tanh'. With `groups` the
    channels of x and those of the result are cut into as many parts, of which each sees
    its own: the filter is [kh,kw,c/groups,f]. ValueError for shapes that do not fit
    together, and for strides with dilations.

    Example:
        >>> pictures, filter = ops.ones((1, 3, 3, 2)), ops.ones((3, 3, 2, 1))
        >>> ops.conv2d(pictures, filter, padding="same").numpy()[0, :, :, 0]
        array([[ 8., 12.,  8.],
               [12., 18., 12.],
               [ 8., 12.,  8.]], dtype=float32)
    """
    laid = laid_out("conv2d", x, 2, data_format)
    w = as_filter("conv2d", filter, AXES, laid.x, 2, groups)
    op = windowed(
        Conv2D, "conv2d", laid, w, strides, padding, dilations, dim_rounding_mode, activation,
        half_sums=half_sums(laid.x.dtype),
    )  # fmt: skip
    return laid.back(in_groups("conv2d", op, laid.x, w, bias, groups))
