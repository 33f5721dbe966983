"""Tensors behind one another, two by two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.calls import Calls
from ...core.lowering import Lowering, Slot, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.axes import check_words, copy, normalize_axis, ramp, strides
from ..support.typed import moved_as
from .moves import Slice

__all__ = ["Concat"]

_WORTH = 16  # floats of a row that a call of its own moves faster than NumPy does


@register
@dataclass(frozen=True)
class Concat(Op):
    """Any number of tensors joined along `axis`; a launch for every two, so that no
    binding limit counts.
    """

    axis: int
    halves = True
    complexes = True

    def infer(self, *xs: Spec) -> Spec:
        if not xs:
            raise ValueError("concat: needs at least one tensor, got none")
        check_words(self, *xs)
        first, axis = xs[0], normalize_axis(self.axis, len(xs[0].shape))
        for x in xs[1:]:
            if x.dtype != first.dtype:
                raise TypeError(
                    f"concat: dtypes {first.dtype} and {x.dtype} differ; cast one of them"
                )
            if (
                x.shape[:axis] != first.shape[:axis]
                or x.shape[axis + 1 :] != first.shape[axis + 1 :]
            ):
                raise ValueError(
                    f"concat: shapes {first.shape} and {x.shape} must be equal in all axes but"
                    f" {axis}"
                )
        return Spec(
            (*first.shape[:axis], sum(x.shape[axis] for x in xs), *first.shape[axis + 1 :]),
            first.dtype,
        )

    def numpy(self, *xs: Any) -> Any:
        return np.concatenate(xs, self.axis)

    def gpu(self, k: Lowering) -> None:
        out, at = k.outs[0], 0
        axis, to = self.axis % len(out.shape), strides(out.shape)
        for pair in zip(k.ins[::2], k.ins[1::2], strict=False):
            at = _side_by_side(k, *pair, out, axis, at)
        if len(k.ins) % 2:
            x = k.ins[-1]
            copy(k, x, out, zip(x.shape, strides(x.shape), to, strict=True), 0, at)

    def xnnpack(self, k: Calls) -> None:
        y = k.outs[0]
        axis, at = self.axis % len(y.shape), 0
        rows, stride = math.prod(y.shape[:axis]), math.prod(y.shape[axis:])
        widths = [math.prod(x.shape[axis:]) for x in k.ins]
        if rows > 1 and min(widths) < _WORTH:
            return
        for x, n in zip(k.ins, widths, strict=True):
            k.call("lay", x, rows, n, y, at, stride, writes=y)
            at += n

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        axis, at, parts = self.axis % ins[0].ndim, 0, []
        for x in ins:
            parts.append(
                Slice(tuple(at if i == axis else 0 for i in range(x.ndim)), x.shape)(grads[0])
            )
            at += x.shape[axis]
        return parts

    @classmethod
    def cases(cls) -> Iterable[Case]:
        joins: list[tuple[str, int, list[tuple[int, ...]]]] = [
            ("rows", 0, [(2, 3), (1, 3), (4, 3)]),
            ("channels", -1, [(2, 3, 5), (2, 3, 4), (2, 3, 1)]),
            ("vec4", 2, [(1, 2, 8), (1, 2, 4)]),
            ("wide rows", -1, [(2, 3, 24), (2, 3, 40), (2, 3, 16)]),
            ("one", 0, [(3,)]), ("eleven", 1, [(2, i + 1) for i in range(11)]),
        ]  # fmt: skip
        for name, axis, shapes in joins:
            yield Case(name, cls(axis), tuple(ramp(s) + i for i, s in enumerate(shapes)), 0, 0)


def _side_by_side(k: Lowering, one: Slot, two: Slot, target: Slot, axis: int, at: int) -> int:
    """Both behind one another along `axis` of target, from element `at` of its rows on;
    returns where the next would begin.
    """
    first, second, row = (math.prod(slot.shape[axis:]) for slot in (one, two, target))
    element, lanes = moved_as(one.dtype, first, second, row, at)
    count = one.size + two.size
    params = pack("5I", *(n // lanes for n in (count, first, second, row, at)))
    k.launch_flat(typed_kernel("concat", element), [one, two, target], params, count // lanes)
    return at + first + second
