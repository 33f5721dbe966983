"""Entries picked along the last axis by places of their own in each row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import fill
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.axes import check_words, ramp

__all__ = ["PutAlong", "TakeAlong"]


def _check(op: Op, x: Spec, places: Spec) -> None:
    check_words(op, x)
    if places.dtype != "int32":
        raise TypeError(f"{op.name}: places must be int32, got {places.dtype}; cast them first")
    if not x.shape or x.shape[:-1] != places.shape[:-1]:
        raise ValueError(
            f"{op.name}: x {x.shape} and places {places.shape} must be equal in all axes but the"
            " last"
        )


@register
@dataclass(frozen=True)
class TakeAlong(Op):
    """out[..., i] = x[..., places[..., i]]; no place may come twice in a row, as its
    gradient is not summed. Places are clamped to the row.
    """

    halves = True

    def infer(self, x: Spec, places: Spec) -> Spec:
        _check(self, x, places)
        if places.size and not x.size:
            raise ValueError(f"{self.name}: x of shape {x.shape} has nothing to pick")
        return Spec(places.shape, x.dtype)

    def numpy(self, x: Any, places: Any) -> Any:
        return np.take_along_axis(x, np.clip(places, 0, x.shape[-1] - 1), -1)

    def gpu(self, k: Lowering) -> None:
        x, places = k.ins
        rows = math.prod(x.shape[:-1])
        params = pack("3I", rows, x.shape[-1], places.shape[-1])
        element = "f16" if x.dtype == "float16" else "u32"
        k.launch_flat(
            typed_kernel("sort/along", element, "take"), [*k.ins, *k.outs], params, places.size
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return PutAlong(ins[0].shape[-1])(grads[0], ins[1]), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        places = np.array([[3, 0], [1, 2], [4, 3]], np.int32)
        yield Case("3 x 5", cls(), (ramp((3, 5)), places), 0, 0)
        yield Case("int32", cls(), (ramp((3, 5)).astype(np.int32), places), 0, 0)
        yield Case("bool", cls(), (ramp((3, 5)) > 3, places), 0, 0)


@register
@dataclass(frozen=True)
class PutAlong(Op):
    """The adjoint: out[..., places[..., i]] = x[..., i], rows of `n`, 0 elsewhere; no
    place may come twice in a row, and those outside are left out.
    """

    n: int
    halves = True

    def infer(self, x: Spec, places: Spec) -> Spec:
        _check(self, x, places)
        if x.shape != places.shape:
            raise ValueError(f"{self.name}: x {x.shape} and places {places.shape} must be equal")
        return Spec((*x.shape[:-1], self.n), x.dtype)

    def numpy(self, x: Any, places: Any) -> Any:
        out = np.zeros((*x.shape[:-1], self.n + 1), x.dtype)
        inside = (places >= 0) & (places < self.n)
        np.put_along_axis(out, np.where(inside, places, self.n), x, -1)
        return out[..., :-1]

    def gpu(self, k: Lowering) -> None:
        x, out = k.ins[0], k.outs[0]
        fill(k, out, 0)
        params = pack("3I", math.prod(x.shape[:-1]), self.n, x.shape[-1])
        element = "f16" if x.dtype == "float16" else "u32"
        k.launch_flat(typed_kernel("sort/along", element, "put"), [*k.ins, out], params, x.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return TakeAlong()(grads[0], ins[1]), None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        places = np.array([[3, 0], [1, 2], [4, 9]], np.int32)
        yield Case("3 x 5", cls(5), (ramp((3, 2)), places), 0, 0)
