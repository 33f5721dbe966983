"""A depthwise convolution and the 1x1 convolution behind it as one launch, which
`core.epilogues` makes of the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.composite import Sample, composite
from ...core.fusion import PAIRS
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...device.kernels import typed_kernel
from ...device.seam import Adapter
from ...host.lazy import np
from ..support.activation import CODES
from ..support.layout import as_filter, laid_out
from ..support.typed import floats
from ..support.window import Padding, Pair, coordinates, resolve_padding, windowed
from .conv2d import AXES, Conv2D, conv2d
from .depthwise import DepthwiseConv2D
from .launches import pointwise

__all__ = ["SeparableConv2D", "separable_conv2d"]

TILE = 16  # pixels and outputs per workgroup
PER_ROUND = 128  # workgroups a large GPU runs side by side
# products per invocation for `mid`; each costs about a nanosecond, and a launch
# that is saved several thousand
MOST_TAPS = 7000


@register
@dataclass(frozen=True)
class SeparableConv2D(Op):
    """`pointwise` of what `depthwise` gives: inputs are those of `depthwise` (x, filter
    and, with `depthwise_bias`, bias), then those of `pointwise` without its first.
    [n,h,w,c] -> [n,oh,ow,f]. ValueError unless c and f are multiples of 4, with one
    filter per channel and a 1x1 filter behind; the second's `join` may only be 'add'.
    """

    not_finite = (
        "NaN or infinity in a filter comes to what padding's zeros make of it, or is left out there"
    )
    not_finite_inputs = (0, 2, 3)

    depthwise: DepthwiseConv2D
    pointwise: Conv2D
    depthwise_bias: bool = False
    halves = True
    halves_back = False

    def _parts(self, ins: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        count = 3 if self.depthwise_bias else 2
        return tuple(ins[:count]), tuple(ins[count:])

    def infer(self, *ins: Spec) -> Spec:
        first, rest = self._parts(ins)
        out = self.pointwise.infer(self.depthwise.infer(*first), *rest)
        if not fits(self.depthwise, first, self.pointwise, rest):
            raise ValueError(
                f"{self.name}: filters {first[1].shape} and {rest[0].shape} and join"
                f" {self.pointwise.join!r} do not fit one launch; use depthwise_conv2d and conv2d"
            )
        return out

    def numpy(self, *arrays: Any) -> Any:
        first, rest = self._parts(arrays)
        return self.pointwise.numpy(self.depthwise.numpy(*first), *rest)

    def gpu(self, k: Lowering) -> None:
        (x, taps, *taps_bias), rest = self._parts(k.ins)
        w, y = rest[0], k.outs[0]
        other = rest[-1] if self.pointwise.join else None
        bias = rest[1] if len(rest) - (other is not None) > 1 else None
        pixels, f = math.prod(y.shape[:3]), y.shape[3]
        d = self.depthwise
        params = pack(
            "7I8i5I",
            pixels, x.shape[3], f, *x.shape[1:3], *y.shape[1:3],
            *coordinates(False, d.strides, d.padding, d.dilations),
            len(taps_bias), bias is not None, other is not None,
            CODES[d.activation], CODES[self.pointwise.activation],
        )  # fmt: skip
        slots = (x, taps, taps_bias[0] if taps_bias else taps, w, bias or w, other or x, y)
        program = typed_kernel(
            "conv/separable",
            floats(x, y),
            KH=taps.shape[0],
            KW=taps.shape[1],
        )
        k.launch_flat(program, slots, params, tiles(pixels, f) * 256, 256)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        first, rest = self._parts(ins)
        middle = self.depthwise(*first)
        to_middle, *to_rest = self.pointwise.vjp((middle, *rest), outs, grads)
        return (*self.depthwise.vjp(first, (middle,), (to_middle,)), *to_rest)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        first, rest = self._parts(ins)
        middle = self.depthwise.infer(*first)
        return self.depthwise.flops(first, [middle]) + self.pointwise.flops((middle, *rest), outs)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(0)

        def case(
            name: str,
            x: tuple[int, ...],
            size: int,
            f: int,
            stride: int = 1,
            dilation: int = 1,
            **more: Any,
        ) -> Case:
            c, strides, dilations = x[3], (stride, stride), (dilation, dilation)
            padding = resolve_padding("same", x[1:3], (size, size), strides, dilations)
            depthwise = DepthwiseConv2D(strides, padding, dilations, more.get("middle"))
            op = cls(
                depthwise,
                Conv2D(activation=more.get("activation"), join=more.get("join")),
                bool(more.get("middle_bias")),
            )
            shapes = [
                x,
                (size, size, c, 1),
                *([(c,)] if op.depthwise_bias else []),
                (1, 1, c, f),
                *([(f,)] if more.get("bias") else []),
            ]
            if op.pointwise.join:
                shapes.append((x[0], -(-x[1] // stride), -(-x[2] // stride), f))
            arrays = [random.standard_normal(s, np.float32) for s in shapes]
            arrays[1] /= size
            arrays[2 + op.depthwise_bias] /= math.sqrt(c)
            return Case(name, op, tuple(arrays))

        yield case("3x3", (1, 7, 7, 8), 3, 16)
        yield case(
            "biases, relu6",
            (1, 14, 14, 128),
            3,
            128,
            middle="relu6",
            activation="relu6",
            middle_bias=True,
            bias=True,
        )
        yield case(
            "a residual",
            (1, 9, 7, 136),
            5,
            20,
            middle="relu",
            middle_bias=True,
            bias=True,
            join="add",
        )
        yield case(
            "stride 2, pictures",
            (3, 15, 14, 12),
            3,
            24,
            2,
            middle="sigmoid",
            activation="tanh",
            bias=True,
        )
        yield case(
            "dilation",
            (2, 8, 9, 4),
            3,
            4,
            dilation=2,
            middle_bias=True,
            activation="relu",
            join="add",
        )
        yield case(
            "one pixel", (1, 1, 1, 260), 3, 36, middle="tanh", activation="sigmoid", bias=True
        )


def tiles(pixels: int, f: int) -> int:
    return -(-pixels // TILE) * -(-f // TILE)


def fits(
    depthwise: DepthwiseConv2D, first: Sequence[Spec], conv: Conv2D, rest: Sequence[Spec]
) -> bool:
    """Whether the kernel can do these two, given their inputs (`rest` without what
    comes from `depthwise`).
    """
    kernel_size, filters = rest[0].shape[:2], rest[0].shape[3]
    channels, multiplier = first[1].shape[2:]
    is_pointwise = pointwise((kernel_size[0], kernel_size[1]), conv.strides, conv.padding)
    return (
        is_pointwise
        and multiplier == 1
        and channels % 4 == filters % 4 == 0
        and conv.join in (None, "add")
    )


def joined_up(
    depthwise: DepthwiseConv2D,
    first: Sequence[Spec],
    conv: Conv2D,
    rest: Sequence[Spec],
    adapter: Adapter,
) -> SeparableConv2D | None:
    """Both as one op, where that is faster: on a real GPU, when making `mid` anew for
    each 16 outputs costs less than a launch.
    """
    if adapter.software or adapter.language != "wgsl" or not fits(depthwise, first, conv, rest):
        return None
    kh, kw, channels, _ = first[1].shape
    n, oh, ow, _ = depthwise.infer(*first).shape
    rounds = -(-tiles(n * oh * ow, rest[0].shape[3]) // PER_ROUND)
    if rounds * channels * kh * kw > MOST_TAPS:
        return None
    return SeparableConv2D(depthwise, conv, len(first) == 3)


PAIRS[DepthwiseConv2D, Conv2D] = joined_up


def _one_after_the_other(x: Any, depthwise: Any, pointwise: Any, padding: str = "valid") -> Any:
    resolved = resolve_padding(padding, x.shape[1:3], depthwise.shape[:2], (1, 1))
    return Conv2D().numpy(DepthwiseConv2D(padding=resolved).numpy(x, depthwise), pointwise)


def _sample_pairs() -> Iterator[Sample]:
    random = np.random.default_rng(9)
    for name, x, taps, f in [
        ("one filter per channel", (1, 6, 5, 4), (3, 3, 4, 1), 8),
        ("two filters per channel", (2, 5, 5, 3), (3, 2, 3, 2), 5),
    ]:
        shapes = (x, taps, (1, 1, taps[2] * taps[3], f))
        arrays = tuple(random.normal(size=s).astype(np.float32) for s in shapes)
        yield Sample(name, arrays, {"padding": "same"}, 1e-4)


@composite(meaning=_one_after_the_other, cases=_sample_pairs)
def separable_conv2d(
    x: Any,
    depthwise: Any,
    pointwise: Any,
    strides: int | Pair = 1,
    padding: str | int | Padding = "valid",
    dilations: int | Pair = 1,
    data_format: str | None = "NHWC",
    *,
    bias: Any = None,
    activation: str | None = None,
) -> Tensor:
    """A depthwise convolution [kh,kw,c,m], then a 1x1 convolution [1,1,c*m,f] that
    mixes its channels: x [n,h,w,c] or [h,w,c] -> [n,oh,ow,f]; arguments as for
    `conv2d`.

    ValueError for shapes that do not fit together.

    Example:
        >>> pictures, depthwise = ops.ones((1, 3, 3, 2)), ops.ones((3, 3, 2, 1))
        >>> ops.separable_conv2d(pictures, depthwise, ops.ones((1, 1, 2, 5))).shape
        (1, 1, 1, 5)
    """
    laid = laid_out("separable_conv2d", x, 2, data_format)
    axes = ("height", "width", "channels", "multiplier")
    taps = as_filter("separable_conv2d", depthwise, axes, laid.x, 2)
    first = windowed(
        DepthwiseConv2D, "separable_conv2d", laid, taps, strides, padding, dilations, None, None
    )
    middle = first(laid.x, taps)
    mixing = as_filter("separable_conv2d", pointwise, AXES, middle, 2)
    if mixing.shape[:2] != (1, 1):
        raise ValueError(
            f"separable_conv2d: the pointwise filter must be [1, 1, {middle.shape[3]}, out"
            f" channels], got shape {mixing.shape}"
        )
    return laid.back(conv2d(middle, mixing, bias=bias, activation=activation))
