"""Ops that move elements: Transpose, Slice, Flip, BroadcastTo, Pad.

All are one kernel: a walk over up to six axes with a stride through the source and one
through the target. Adjacent axes that one stride describes are merged first, and four
words move at a time where rows allow it; half floats in pairs.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.fusion import Border, Borders, Broadcasts
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import BOUNDS, Spec
from ...host.lazy import np
from ..support.axes import MAX_RANK, _kernel, check_words, copy, normalize_axis, ramp, strides
from ..support.typed import moved_as


@register
@dataclass(frozen=True)
class Transpose(Op):
    """out.shape[i] = x.shape[perm[i]]."""

    perm: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if sorted(self.perm) != list(range(len(x.shape))):
            raise ValueError(
                f"transpose: perm {self.perm} must name each axis of shape {x.shape} once"
            )
        return Spec(tuple(x.shape[i] for i in self.perm), x.dtype)

    def numpy(self, x: Any) -> Any:
        return np.ascontiguousarray(np.transpose(x, self.perm))

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        from_ = strides(x.shape)
        copy(k, x, y, zip(y.shape, [from_[i] for i in self.perm], strides(y.shape), strict=True))

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (Transpose(tuple(self.perm.index(i) for i in range(len(self.perm))))(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, perm in [
            ((5, 7), (1, 0)),
            ((2, 3, 4, 8), (0, 2, 1, 3)),
            ((2, 1, 3, 2, 1, 5), (5, 3, 0, 4, 2, 1)),
            ((1,), (0,)),
        ]:
            yield Case(f"{shape}->{perm}", cls(perm), (ramp(shape),), 0, 0)
        yield Case("int32", cls((1, 0)), (np.arange(6, dtype=np.int32).reshape(2, 3),), 0, 0)


@register
@dataclass(frozen=True)
class Slice(Borders):
    """out = x[begin[0] : begin[0] + size[0], ...]."""

    begin: tuple[int, ...]
    size: tuple[int, ...]
    halves = True
    complexes = True

    def margin(self, x: Spec) -> Border:
        cut = zip(self.begin, self.size, x.shape, strict=True)
        return tuple((b, n - b - s) for b, s, n in cut)

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if len(self.begin) != len(x.shape) or len(self.size) != len(x.shape):
            raise ValueError(
                f"slice: begin {self.begin} and size {self.size} must have one entry for each axis"
                f" of shape {x.shape}"
            )
        for axis, (b, s, n) in enumerate(zip(self.begin, self.size, x.shape, strict=True)):
            if b < 0 or s < 0 or b + s > n:
                raise ValueError(
                    f"slice: {b}:{b + s} does not lie in axis {axis} of shape {x.shape}"
                )
        return Spec(self.size, x.dtype)

    def numpy(self, x: Any) -> Any:
        return np.ascontiguousarray(
            x[tuple(slice(b, b + s) for b, s in zip(self.begin, self.size, strict=True))]
        )

    def gpu(self, k: Lowering) -> None:
        from_ = strides(k.ins[0].shape)
        start = sum(b * s for b, s in zip(self.begin, from_, strict=True))
        copy(k, k.ins[0], k.outs[0], zip(self.size, from_, strides(self.size), strict=True), start)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (Pad(self.margin(ins[0].spec))(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, begin, size in [
            ((9,), (3,), (5,)), ((5, 7), (1, 2), (3, 5)), ((4, 6, 8), (1, 0, 4), (2, 6, 4)),
            ((2, 3, 2, 3, 2, 3), (1, 0, 1, 1, 0, 2), (1, 3, 1, 2, 2, 1)),
        ]:  # fmt: skip
            yield Case(f"{shape}[{begin}+{size}]", cls(begin, size), (ramp(shape),), 0, 0)


@register
@dataclass(frozen=True)
class Flip(Op):
    """x with the order along `axes` reversed."""

    axes: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        for axis in self.axes:
            normalize_axis(axis, len(x.shape))
        return x

    def numpy(self, x: Any) -> Any:
        return np.ascontiguousarray(np.flip(x, self.axes))

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        to = strides(x.shape)
        from_ = [-s if i in self.axes else s for i, s in enumerate(to)]
        start = sum(
            (n - 1) * s for i, (n, s) in enumerate(zip(x.shape, to, strict=True)) if i in self.axes
        )
        copy(k, x, k.outs[0], zip(x.shape, from_, to, strict=True), start)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (self(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, axes in [
            ((7,), (0,)),
            ((3, 5), (1,)),
            ((2, 5, 4), (1,)),
            ((2, 3, 4, 5), (0, 1, 3)),
            ((1, 1), (0, 1)),
        ]:
            yield Case(f"{shape} {axes}", cls(axes), (ramp(shape),), 0, 0)


@register
@dataclass(frozen=True)
class BroadcastTo(Broadcasts):
    """x repeated along axes of size 1 and along new leading axes, until it has `shape`
    (NumPy's rule).
    """

    shape: tuple[int, ...]
    halves = True
    complexes = True

    def infer(self, x: Spec) -> Spec:
        out = Spec(self.shape, x.dtype)
        check_words(self, x, out)
        lead = len(self.shape) - len(x.shape)
        if lead < 0 or any(
            n not in (1, m) for n, m in zip(x.shape, self.shape[lead:], strict=True)
        ):
            raise ValueError(
                f"broadcast_to: shape {x.shape} does not fit {self.shape}; from the last on, each"
                " axis must be equal or 1"
            )
        return out

    def numpy(self, x: Any) -> Any:
        return np.ascontiguousarray(np.broadcast_to(x, self.shape))

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        shape = (1,) * (len(self.shape) - len(x.shape)) + x.shape
        from_ = [0 if n == 1 else s for n, s in zip(shape, strides(shape), strict=True)]
        copy(k, x, k.outs[0], zip(self.shape, from_, strides(self.shape), strict=True))

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        x, lead = ins[0], len(self.shape) - ins[0].ndim
        axes = tuple(
            i for i, n in enumerate(self.shape) if i < lead or (x.shape[i - lead] == 1 and n > 1)
        )
        return (grads[0].sum(axes).reshape(x.shape) if axes else grads[0],)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, to in [
            ((), (3, 5)), ((4,), (3, 4)), ((3, 1), (3, 7)), ((2, 1, 3, 1), (2, 5, 3, 4)),
            ((1, 1, 8), (6, 5, 8)), ((3,), (3,)),
        ]:  # fmt: skip
            yield Case(f"{shape}->{to}", cls(to), (ramp(shape),), 0, 0)


@register
@dataclass(frozen=True)
class Pad(Borders):
    """x inside a border of `value`; `paddings` are (before, after) for each axis."""

    paddings: tuple[tuple[int, int], ...]
    value: float = 0.0
    halves = True
    complexes = True

    @property
    def border(self) -> Border | None:
        return self.paddings if self.value == 0 else None

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if len(self.paddings) != len(x.shape):
            raise ValueError(
                f"pad: paddings {self.paddings} must have one (before, after) for each axis of"
                f" shape {x.shape}"
            )
        if x.dtype == "complex64" and self.value:
            raise ValueError(f"pad: complex64 is padded with 0 alone, got {self.value}")
        if any(min(pair) < 0 for pair in self.paddings):
            raise ValueError(f"pad: paddings {self.paddings} must not be negative; cut with slice")
        if (bounds := BOUNDS.get(x.dtype)) and not (
            self.value == self.value // 1 and bounds[0] <= self.value <= bounds[1]
        ):
            raise ValueError(
                f"pad: constant_value {self.value} does not fit {x.dtype} ({bounds[0]} to"
                f" {bounds[1]}, whole numbers); cast the tensor first"
            )
        return Spec(
            tuple(n + a + b for n, (a, b) in zip(x.shape, self.paddings, strict=True)), x.dtype
        )

    def numpy(self, x: Any) -> Any:
        return np.pad(x, self.paddings, constant_values=self.value)

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        axes: list[list[int]] = []  # target extent, source extent, before, after
        for n, (a, b) in zip(x.shape, self.paddings, strict=True):
            if axes and not (a or b or axes[-1][2] or axes[-1][3]):
                axes[-1][0] *= n
                axes[-1][1] *= n
            # rows that are not padded themselves lengthen the border's unit
            elif axes and not (a or b):
                axes[-1] = [m * n for m in axes[-1]]
            else:
                axes.append([n + a + b, n, a, b])
        axes = axes or [[1, 1, 0, 0]]
        element, lanes = moved_as(x.dtype, *axes[-1])
        axes[-1] = [m // lanes for m in axes[-1]]
        from_ = strides([n for _, n, _, _ in axes])
        words = [w for (m, n, a, _), s in zip(axes, from_, strict=True) for w in (m, s, n, a)] + [
            0
        ] * (4 * (MAX_RANK - len(axes)))
        count = math.prod(m for m, _, _, _ in axes)
        if x.dtype == "float32" or element == "f16":
            bits = struct.pack("<f", self.value)
        else:
            bits = (
                struct.pack("<ee", self.value, self.value)
                if x.dtype == "float16"
                else struct.pack("<q", int(self.value))[:4]
            )
        (fill,) = struct.unpack("<I", bits)
        params = pack("32I", count, len(axes), 0, 0, fill, 0, 0, 0, *words)
        k.launch_flat(_kernel(element, "pad"), [x, y], params, count)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (Slice(tuple(a for a, _ in self.paddings), ins[0].shape)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, paddings, value in [
            ((5,), ((2, 3),), 0.0), ((3, 4), ((0, 0), (1, 0)), -1.5),
            ((1, 5, 5, 8), ((0, 0), (0, 1), (0, 1), (0, 0)), 0.0),
            ((2, 3, 3, 3), ((0, 0), (1, 2), (0, 1), (0, 0)), 7.0),
            ((2, 3, 4), ((0, 0), (0, 0), (0, 0)), 1.0),
            ((2, 4, 3), ((1, 0), (0, 0), (2, 1)), 0.5),
        ]:  # fmt: skip
            yield Case(f"{shape} {paddings}", cls(paddings, value), (ramp(shape),), 0, 0)
        yield Case(
            "int32", cls(((1, 1), (0, 2)), -3), (np.arange(6, dtype=np.int32).reshape(2, 3),), 0, 0
        )
