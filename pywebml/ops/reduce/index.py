"""Where the largest or smallest element stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, WGSL_TYPE, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import typed_kernel
from ...host.lazy import np
from ..support.axes import normalize_axis
from .forms import SERIAL, around, check_axes, reduced

__all__ = ["argmax", "argmin"]

_NEIGHBOURS = 16  # invocations that read a long row side by side
_LARGE = 1 << 20  # values, from which on that is worth a second launch


@register
@dataclass(frozen=True)
class ArgReduce(Op):
    """int32 index of the largest (or smallest) along `axis`: the first of equals, and
    the first NaN if there is one.
    """

    axis: int
    largest: bool = True
    keepdims: bool = False
    halves = True

    def infer(self, x: Spec) -> Spec:
        check_axes(self, (self.axis,), x)
        if not x.shape[self.axis]:
            raise ValueError(f"{self.name}: axis {self.axis} of shape {x.shape} has no elements")
        return Spec(reduced(x.shape, (self.axis,), self.keepdims), "int32")

    def numpy(self, x: Any) -> Any:
        return (np.argmax if self.largest else np.argmin)(x, axis=self.axis, keepdims=self.keepdims)

    def gpu(self, k: Lowering) -> None:
        x, y = k.ins[0], k.outs[0]
        outer, n, inner = around(x.shape, (self.axis,))
        count = min(max(1, n // 64), max(1, -(-4096 // (outer * inner))))
        if inner == 1 and n >= 8 * _NEIGHBOURS and x.size >= _LARGE:
            count = max(count, _NEIGHBOURS)
        length = min(-(-n // count), SERIAL)
        chunks = -(-n // length)
        step, chunk = (chunks, 1) if inner == 1 and chunks > 1 else (1, length)
        elements = WGSL_TYPE["float32" if x.dtype in FLOATS else x.dtype], WGSL_TYPE[x.dtype]
        constants = {"LARGEST": int(self.largest), "FLOAT": int(x.dtype in FLOATS)}
        params = pack("8I", outer, n, inner, chunks, step, chunk, 0, 0)
        best = k.scratch((outer, chunks, inner), "int32") if chunks > 1 else y
        k.launch_flat(
            typed_kernel("arg_reduce", elements, "chunk", **constants),
            [x, x, best],
            params,
            outer * chunks * inner,
        )
        if chunks > 1:
            k.launch_flat(
                typed_kernel("arg_reduce", elements, "merge", **constants),
                [x, best, y],
                params,
                outer * inner,
            )

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(2)
        for shape, axis in [
            ((5, 7), 1),
            ((4, 3, 5), 1),
            ((1,), 0),
            ((3000, 2), 0),
            ((6, 1), 1),
            ((2, 1000), 1),
        ]:
            yield Case(
                f"{shape} {axis}",
                cls(axis, axis == 1, shape[0] == 4),
                (rng.normal(size=shape).astype(np.float32),),
                0,
                0,
            )
        yield Case("equals", cls(0), (np.array([1, 3, 3, 2], np.float32),), 0, 0)
        yield Case("nan", cls(0, False), (np.array([1, -3, np.nan, -9, np.nan], np.float32),), 0, 0)
        yield Case("int32", cls(1), (rng.integers(-3, 3, (4, 200), dtype=np.int32),), 0, 0)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int32 index of the largest along `axis`, the first of equals; of the flattened x
    without an axis. NaN counts as largest.

    Example:
        >>> ops.argmax([[1.0, 5.0], [3.0, 3.0]], axis=1).tolist()
        [1, 0]
    """
    return _arg(x, axis, keepdims, True)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """int32 index of the smallest along `axis`, the first of equals; of the flattened x
    without an axis. NaN counts as smallest.

    Example:
        >>> ops.argmin([[1.0, 5.0], [3.0, 2.0]], axis=1).tolist()
        [0, 1]
    """
    return _arg(x, axis, keepdims, False)


def _arg(x: Any, axis: int | None, keepdims: bool, largest: bool) -> Any:
    x = as_tensor(x)
    if axis is None:
        y = ArgReduce(0, largest)(x.reshape((x.size,)))
        return y.reshape((1,) * x.ndim) if keepdims else y
    return ArgReduce(normalize_axis(axis, x.ndim), largest, keepdims)(x)
