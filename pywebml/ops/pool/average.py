"""Average pooling of NHWC pictures, with gradients of any order. It divides by the
number of values inside the picture: padding does not count, as in TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.calls import Calls
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import FLOATS, Spec
from ...host.lazy import np
from ..support.window import Pair, check_pictures, crop_pictures, pad_pictures
from ..support.xnnpack_calls import TAPS, average
from .base import Pool, sample_pools

__all__ = ["AvgPool", "AvgPoolGrad"]


@register
@dataclass(frozen=True)
class AvgPool(Pool):
    """x [n,h,w,c] -> [n,oh,ow,c], each window's mean of the values in the picture."""

    halves = True
    halves_back = False

    def infer(self, *ins: Spec) -> Spec:
        (x,) = ins
        check_pictures(self.name, x, dtypes=FLOATS)
        return Spec((x.shape[0], *self.outputs_of(x.shape[1:3]), x.shape[3]), x.dtype)

    def numpy(self, x: Any) -> Any:
        inner = x.shape[1:3]
        size = self.outputs_of(inner)
        x = pad_pictures(x, self.padding)
        y = np.zeros((x.shape[0], *size, x.shape[3]), x.dtype)  # [n, oh, ow, c]
        for _, seen in self.windows(size):
            y += x[seen]
        y /= self.counts(inner, size)
        return y

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        self.launch(k, "pool/average", "main", (x, y), y.size, x, y)

    def xnnpack(self, k: Calls) -> None:
        if math.prod(self.pool_size) <= TAPS and not any(map(any, self.padding)):
            average(k, k.ins[0], k.outs[0], self.pool_size, self.strides)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (
            AvgPoolGrad(self.pool_size, self.strides, self.padding, ins[0].shape[1:3])(grads[0]),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            yield Case(name, cls(*pooling), (x,))


@register
@dataclass(frozen=True)
class AvgPoolGrad(Pool):
    """dy [n,oh,ow,c] -> dx [n,h,w,c], the gradient of AvgPool to an input of height and
    width `size`.
    """

    size: Pair = (2, 2)

    def infer(self, *ins: Spec) -> Spec:
        (dy,) = ins
        self.check_gradient(dy, self.size)
        return Spec((dy.shape[0], *self.size, dy.shape[3]))

    def numpy(self, dy: Any) -> Any:
        dx = self.zeros(dy, self.size)  # padded
        share = dy / self.counts(self.size, dy.shape[1:3]).astype(dy.dtype)
        for _, seen in self.windows(dy.shape[1:3]):
            dx[seen] += share  # [n, oh, ow, c]
        return np.ascontiguousarray(crop_pictures(dx, self.padding))

    def gpu(self, k: Lowering) -> None:
        dy, dx = k.ins[0], k.outs[0]
        self.launch(k, "pool/average", "grad", (dy, dx), dx.size, dx, dy)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (AvgPool(self.pool_size, self.strides, self.padding)(grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            yield Case(name, cls(*pooling, x.shape[1:3]), (np.cos(AvgPool(*pooling).numpy(x)),))
