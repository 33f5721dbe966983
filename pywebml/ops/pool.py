"""Max and average pooling of NHWC pictures, with gradients of any order.

Max pooling also returns where in its window each largest value was (ky * width + kx; of
equals the first, as in TensorFlow). Its gradient, and the gradient of that, are linear
maps along those places. Average pooling divides by the number of values inside the
picture: padding does not count, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.fusion import Joins
from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, Spec
from ..core.tensor import Tensor, as_tensor
from ..device.kernels import typed_kernel
from ..host.lazy import np
from .support.activation import JOINS, check_join, join_grad, joined
from .support.typed import floats
from .support.window import (
    NO_PADDING,
    Padding,
    Pair,
    check_pictures,
    crop_pictures,
    output_size,
    pad_pictures,
    pair,
    resolve_padding,
    window_slices,
)

__all__ = [
    "AvgPool",
    "AvgPoolGrad",
    "MaxPool",
    "MaxPoolGather",
    "MaxPoolGrad",
    "avg_pool",
    "max_pool",
]


@dataclass(frozen=True)
class Pool(Op):
    """The attributes the pooling ops share. `padding` must be smaller than the window,
    so that none is all padding.
    """

    pool_size: Pair = (2, 2)
    strides: Pair = (2, 2)
    padding: Padding = NO_PADDING

    def outputs_of(self, size: Sequence[int]) -> Pair:
        for (before, after), window in zip(self.padding, self.pool_size, strict=True):
            if max(before, after) >= window:
                raise ValueError(
                    f"{self.name}: padding {self.padding} must be smaller than the window"
                    f" {self.pool_size}; use pad() for more"
                )
        return output_size(self.name, size, self.pool_size, self.strides, self.padding)

    def check_gradient(self, dy: Spec, size: Sequence[int]) -> None:
        check_pictures(self.name, dy, "gradient")
        if dy.shape[1:3] != (fits := self.outputs_of(size)):
            raise ValueError(
                f"{self.name}: size {size} is pooled to {fits}, but the gradient has shape"
                f" {dy.shape}"
            )

    def check_places(self, values: Spec, argmax: Spec) -> None:
        if argmax.dtype != "int32" or argmax.shape != values.shape:
            raise ValueError(
                f"{self.name}: argmax must be int32 {values.shape}, as MaxPool returns it, got"
                f" {argmax.dtype} {argmax.shape}"
            )

    def windows(self, size: Pair) -> Iterator[tuple[int, tuple[slice, ...]]]:
        """NumPy: (place in the window, slices of the padded pictures that all outputs
        see there).
        """
        for ky, kx, seen in window_slices(self.pool_size, size, self.strides):
            yield ky * self.pool_size[1] + kx, seen

    def zeros(self, like: Any, size: Pair) -> Any:
        """NumPy: padded pictures of height and width `size`, in the type of `like`."""
        (top, bottom), (left, right) = self.padding
        return np.zeros(
            (like.shape[0], size[0] + top + bottom, size[1] + left + right, like.shape[3]),
            like.dtype,
        )

    def counts(self, size: Pair, outputs: Pair) -> Any:
        """NumPy: how many values inside the picture each window has, [oh, ow, 1]."""
        both = []
        for n, m, window, stride, (before, _) in zip(
            size, outputs, self.pool_size, self.strides, self.padding, strict=True
        ):
            start = np.arange(m) * stride - before
            both.append(np.minimum(start + window, n) - np.maximum(start, 0))
        return (both[0][:, None] * both[1])[:, :, None]

    def launch(
        self,
        k: Lowering,
        name: str,
        entry: str,
        slots: Sequence[Slot],
        threads: int,
        pictures: Slot,
        pooled: Slot,
        **constants: float,
    ) -> None:
        (top, _), (left, _) = self.padding
        params = pack(
            "2I10i",
            threads, pictures.shape[3], *pictures.shape[1:3], *pooled.shape[1:3],
            *self.pool_size, *self.strides, top, left,
        )  # fmt: skip
        program = typed_kernel(name, floats(k.ins[0], k.outs[0]), entry, **constants)
        k.launch_flat(program, slots, params, threads)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return min(ins[0].size, outs[0].size) * self.pool_size[0] * self.pool_size[1]


@register
@dataclass(frozen=True)
class MaxPool(Pool):
    """x [n,h,w,c] -> (y [n,oh,ow,c], argmax int32 [n,oh,ow,c])."""

    halves = True

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        (x,) = ins
        check_pictures(self.name, x, dtypes=FLOATS)
        shape = (x.shape[0], *self.outputs_of(x.shape[1:3]), x.shape[3])
        return Spec(shape, x.dtype), Spec(shape, "int32")

    def numpy(self, x: Any) -> Any:
        size = self.outputs_of(x.shape[1:3])
        x = pad_pictures(x, self.padding, -np.inf)
        y = np.full((x.shape[0], *size, x.shape[3]), -np.inf, x.dtype)
        argmax = np.zeros(y.shape, np.int32)
        for place, seen in self.windows(size):
            better = x[seen] > y
            np.copyto(y, x[seen], where=better)
            np.copyto(argmax, place, where=better)
        return y, argmax

    def gpu(self, k: Lowering) -> None:
        y, argmax = k.outs
        self.launch(k, "pool/max", "main", (k.ins[0], y, argmax), y.size, k.ins[0], y)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        if grads[0] is None:
            return (None,)
        return (
            MaxPoolGrad(self.pool_size, self.strides, self.padding, ins[0].shape[1:3])(
                grads[0], outs[1]
            ),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, pooling, x in sample_pools():
            yield Case(name, cls(*pooling), (x,))


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
        dx = self.zeros(dy, self.size)
        for place, seen in self.windows(dy.shape[1:3]):
            dx[seen] += dy * (argmax == place)
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


@register
@dataclass(frozen=True)
class AvgPool(Pool):
    """x [n,h,w,c] -> [n,oh,ow,c], the mean of each window's values inside the picture."""

    halves = True

    def infer(self, *ins: Spec) -> Spec:
        (x,) = ins
        check_pictures(self.name, x, dtypes=FLOATS)
        return Spec((x.shape[0], *self.outputs_of(x.shape[1:3]), x.shape[3]), x.dtype)

    def numpy(self, x: Any) -> Any:
        inner = x.shape[1:3]
        size = self.outputs_of(inner)
        x = pad_pictures(x, self.padding)
        y = np.zeros((x.shape[0], *size, x.shape[3]), x.dtype)
        for _, seen in self.windows(size):
            y += x[seen]
        y /= self.counts(inner, size)
        return y

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        self.launch(k, "pool/average", "main", (x, y), y.size, x, y)

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
        dx = self.zeros(dy, self.size)
        share = dy / self.counts(self.size, dy.shape[1:3]).astype(dy.dtype)
        for _, seen in self.windows(dy.shape[1:3]):
            dx[seen] += share
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


def max_pool(
    x: Any,
    pool_size: int | Pair,
    strides: int | Pair | None = None,
    padding: str | Padding = "valid",
) -> Tensor:
    """The largest value of each window of x [n,h,w,c] -> [n,oh,ow,c].

    `strides` defaults to `pool_size`; `padding` is 'valid', 'same' (TensorFlow's rule)
    or ((top, bottom), (left, right)). ValueError for another rank or a window that does
    not fit.
    """
    x = as_tensor(x)
    return MaxPool(*attributes(x, pool_size, strides, padding))(x)[0]


def avg_pool(
    x: Any,
    pool_size: int | Pair,
    strides: int | Pair | None = None,
    padding: str | Padding = "valid",
) -> Tensor:
    """The mean of each window of x [n,h,w,c] -> [n,oh,ow,c], over values inside the
    picture only; arguments as `max_pool`.
    """
    x = as_tensor(x)
    return AvgPool(*attributes(x, pool_size, strides, padding))(x)


def attributes(x: Any, pool_size: Any, strides: Any, padding: Any) -> tuple[Pair, Pair, Padding]:
    """pool_size, strides and resolved padding; wrong ranks are left for `infer` to
    explain.
    """
    window = pair(pool_size, "pool_size")
    steps = window if strides is None else pair(strides, "strides")
    return (
        window,
        steps,
        resolve_padding(padding, x.shape[1:3], window, steps) if len(x.shape) == 4 else NO_PADDING,
    )


def sample_pools() -> Iterator[tuple[str, tuple[Pair, Pair, Padding], Any]]:
    """(name, (pool_size, strides, padding), x): what the pooling ops' sample cases are
    made from.
    """
    draw = np.random.default_rng(8)

    def sample(name: str, shape: tuple[int, ...], *arguments: Any, ties: bool = False) -> Any:
        x = draw.integers(-2, 3, shape) if ties else draw.standard_normal(shape)
        x = x.astype("float32")
        return name, attributes(x, *arguments), x

    yield sample("2x2", (2, 8, 6, 5), 2, None, "valid")
    yield sample("odd size, valid", (1, 7, 9, 4), 2, None, "valid")
    yield sample("odd size, same", (1, 7, 9, 4), 2, None, "same")
    yield sample("overlapping, same", (2, 8, 7, 3), 3, 2, "same")
    yield sample("ties", (1, 6, 6, 2), 3, 1, "same", ties=True)
    yield sample("stride over the edge", (1, 8, 8, 2), 2, 3, "valid")
    yield sample("explicit padding, pairs", (2, 6, 5, 3), (3, 2), (2, 1), ((2, 1), (0, 1)))
    yield sample("one pixel", (3, 1, 1, 7), 1, None, "valid")
    yield sample("whole picture", (2, 7, 7, 12), 7, None, "valid")
