"""Max pooling of NHWC pictures, with gradients of any order.

It also returns where in its window each largest value was (ky * width + kx; of equals
the first, as in TensorFlow, and of NaNs the last). Its gradient, and the gradient of
that, are linear maps along those places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.calls import Calls
from ...core.fusion import Joins, Narrows
from ...core.lowering import Lowering
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, Spec
from ...host.lazy import np
from ..support.activation import JOINS, check_join, join_grad, joined
from ..support.window import Pair, check_pictures, crop_pictures, pad_pictures
from ..support.xnnpack_calls import largest
from .base import Pool, sample_pools

__all__ = ["MaxPool", "MaxPoolGather", "MaxPoolGrad"]


@register
@dataclass(frozen=True)
class MaxPool(Pool, Narrows):
    """x [n,h,w,c] -> (y [n,oh,ow,c], argmax int32 [n,oh,ow,c]); x may be int32, too.
    Without `places` y alone.
    """

    places: bool = True
    halves = True
    halves_back = False

    def first_alone(self) -> Op:
        return replace(self, places=False)

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        (x,) = ins
        check_pictures(self.name, x, dtypes=(*FLOATS, "int32"))
        shape = (x.shape[0], *self.outputs_of(x.shape[1:3]), x.shape[3])
        return (Spec(shape, x.dtype), Spec(shape, "int32"))[: 1 + self.places]

    def numpy(self, x: Any) -> Any:
        size = self.outputs_of(x.shape[1:3])
        least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        x = pad_pictures(x, self.padding, least)
        y = np.full((x.shape[0], *size, x.shape[3]), least, x.dtype)  # [n, oh, ow, c]
        if not self.places:
            for _, seen in self.windows(size):
                np.maximum(y, x[seen], out=y)  # NaN in, NaN out
            return y
        argmax = np.zeros(y.shape, np.int32)
        for place, seen in self.windows(size):
            better = (x[seen] > y) | np.isnan(x[seen])
            np.copyto(y, x[seen], where=better)
            np.copyto(argmax, place, where=better)
        return y, argmax

    def gpu(self, k: Lowering) -> None:
        y = k.outs[0]
        argmax = k.outs[1] if self.places else k.scratch(y.shape, "int32")
        whole = y.dtype == "int32"
        self.launch(
            k, "pool/max", "main", (k.ins[0], y, argmax), y.size, k.ins[0], y,
            elements=("i32",) * 3 if whole else None, FLOAT=not whole,
        )  # fmt: skip

    def xnnpack(self, k: Calls) -> None:
        largest(k, k.ins[0], self)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        if grads[0] is None or ins[0].dtype == "int32":
            return (None,)
        places = outs[1] if self.places else replace(self, places=True)(ins[0])[1]
        grad = MaxPoolGrad(self.pool_size, self.strides, self.padding, ins[0].shape[1:3])
        return (grad(grads[0], places),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            yield Case(name, cls(*pooling), (x,))
            yield Case(f"{name}, without places", cls(*pooling, places=False), (x,))
            if name == "overlapping, same":
                yield Case(f"{name}, int32", cls(*pooling), (np.int32(x * 1000),), 0, 0)


@register
@dataclass(frozen=True)
class MaxPoolGrad(Pool, Joins):
    """dy [n,oh,ow,c], argmax (as dy) -> dx [n,h,w,c]: every input adds up the outputs
    it was the largest for.

    With a `join` a last input, as large as dx, is joined to it (see
    `activation.JOINS`): a relu before the pooling.
    """

    size: Pair = (2, 2)
    join: str | None = None

    def infer(self, *ins: Spec) -> Spec:
        dy, argmax, *other = ins
        check_join(self.name, self.join)
        self.check_gradient(dy, self.size)
        self.check_places(dy, argmax)
        dx = Spec((dy.shape[0], *self.size, dy.shape[3]))
        if other != [dx] * (self.join is not None):
            wanted = "no other input" if self.join is None else f"one other input {dx}"
            raise ValueError(f"{self.name}: join={self.join!r} takes {wanted}, got {other}")
        return dx

    def numpy(self, dy: Any, argmax: Any, other: Any = None) -> Any:
        dx = self.zeros(dy, self.size)  # padded
        for place, seen in self.windows(dy.shape[1:3]):
            dx[seen] += np.where(argmax == place, dy, 0)  # [n, oh, ow, c]
        return joined(np.ascontiguousarray(crop_pictures(dx, self.padding)), self.join, other)

    def gpu(self, k: Lowering) -> None:
        dy, argmax = k.ins[:2]
        dx = k.outs[0]
        other = k.ins[2] if self.join else dy
        self.launch(
            k,
            "pool/max_grad",
            "grad",
            (dy, argmax, other, dx),
            dx.size,
            dx,
            dy,
            JOIN=JOINS[self.join],
        )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        g, to_other = join_grad(self.join, ins[-1], grads[0])
        return (
            MaxPoolGather(self.pool_size, self.strides, self.padding)(g, ins[1]),
            None,
            to_other,
        )[: len(ins)]

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            y, argmax = MaxPool(*pooling).numpy(x)
            yield Case(name, cls(*pooling, x.shape[1:3]), (np.cos(y), argmax))
            for join in ("add", "relu_grad", "relu6_grad"):
                yield Case(
                    f"{name}, {join}", cls(*pooling, x.shape[1:3], join), (np.cos(y), argmax, x * 4)
                )


@register
@dataclass(frozen=True)
class MaxPoolGather(Pool):
    """x [n,h,w,c], argmax [n,oh,ow,c] -> the values of x at those places of its
    windows: the gradient of MaxPoolGrad.
    """

    def infer(self, *ins: Spec) -> Spec:
        x, argmax = ins
        check_pictures(self.name, x)
        pooled = Spec((x.shape[0], *self.outputs_of(x.shape[1:3]), x.shape[3]))
        self.check_places(pooled, argmax)
        return pooled

    def numpy(self, x: Any, argmax: Any) -> Any:
        y = np.zeros(argmax.shape, x.dtype)
        x = pad_pictures(x, self.padding)
        for place, seen in self.windows(argmax.shape[1:3]):
            np.copyto(y, x[seen], where=argmax == place)
        return y

    def gpu(self, k: Lowering) -> None:
        x, argmax = k.ins
        y = k.outs[0]
        self.launch(k, "pool/max_grad", "gather", (x, argmax, x, y), y.size, x, y)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (
            MaxPoolGrad(self.pool_size, self.strides, self.padding, ins[0].shape[1:3])(
                grads[0], ins[1]
            ),
            None,
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            _, argmax = MaxPool(*pooling).numpy(x)
            yield Case(name, cls(*pooling), (np.cos(x), argmax))
