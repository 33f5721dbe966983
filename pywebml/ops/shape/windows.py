"""Rows whose place is known on the device only: a window read, and rows written into a
window.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.axes import check_words, ramp
from ..support.typed import moved_as


def _check_window(op: Op, x: Spec, start: Spec) -> None:
    check_words(op, x)
    if not x.shape:
        raise ValueError(f"{op.name}: x must have at least one axis, got a scalar")
    if start.size != 1 or start.dtype != "int32":
        raise ValueError(
            f"{op.name}: start must be one int32, got shape {start.shape} of {start.dtype}"
        )


@register
@dataclass(frozen=True)
class DynamicSlice(Op):
    """out = x[start : start + rows]; `start` is int32 [1] on the device, clamped so
    that the window lies in x.
    """

    rows: int
    halves = True
    complexes = True

    def infer(self, x: Spec, start: Spec) -> Spec:
        _check_window(self, x, start)
        if not 1 <= self.rows <= x.shape[0]:
            raise ValueError(
                f"dynamic_slice: size {self.rows} must lie between 1 and the {x.shape[0]} rows of"
                f" shape {x.shape}"
            )
        return Spec((self.rows, *x.shape[1:]), x.dtype)

    def numpy(self, x: Any, start: Any) -> Any:
        at = int(np.clip(start.reshape(()), 0, x.shape[0] - self.rows))
        return x[at : at + self.rows].copy()

    def gpu(self, k: Lowering) -> None:
        _launch_window(k, "window")

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return DynamicPlace(ins[0].shape[0])(grads[0], ins[1]), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, start, rows in [
            ((7, 3), 2, 4),
            ((9, 2, 8), 5, 3),
            ((5,), 9, 2),
            ((5, 1), -3, 1),
            ((4, 4), 0, 4),
        ]:
            yield Case(
                f"{shape}[{start}+{rows}]",
                cls(rows),
                (ramp(shape), np.array([start], np.int32)),
                0,
                0,
            )


@register
@dataclass(frozen=True)
class DynamicPlace(Op):
    """The adjoint of DynamicSlice: x as rows start ... of `rows` rows that are 0
    elsewhere.
    """

    rows: int
    halves = True
    complexes = True

    def infer(self, x: Spec, start: Spec) -> Spec:
        _check_window(self, x, start)
        if self.rows < x.shape[0]:
            raise ValueError(f"DynamicPlace: {x.shape[0]} rows do not fit in {self.rows}")
        return Spec((self.rows, *x.shape[1:]), x.dtype)

    def numpy(self, x: Any, start: Any) -> Any:
        at = int(np.clip(start.reshape(()), 0, self.rows - x.shape[0]))
        out = np.zeros((self.rows, *x.shape[1:]), x.dtype)
        out[at : at + x.shape[0]] = x
        return out

    def gpu(self, k: Lowering) -> None:
        _launch_window(k, "place")

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return DynamicSlice(ins[0].shape[0])(grads[0], ins[1]), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for shape, start, rows in [((4, 3), 2, 7), ((3, 2, 8), 5, 9), ((2,), 9, 5), ((4, 4), 0, 4)]:
            yield Case(
                f"{shape} at {start} of {rows}",
                cls(rows),
                (ramp(shape), np.array([start], np.int32)),
                0,
                0,
            )


def _launch_window(k: Lowering, entry: str) -> None:
    x, start = k.ins
    out = k.outs[0]
    inner = math.prod(x.shape[1:])
    element, lanes = moved_as(x.dtype, inner)
    params = pack("4I", out.size // lanes, x.shape[0], out.shape[0], inner // lanes)
    k.launch_flat(
        typed_kernel("gather", element, entry), [x, start, out], params, out.size // lanes
    )
