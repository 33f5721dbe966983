"""Tensors made of numbers, and what passes them on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from ..known import Known
from .table import TF_OPS, dtype_of


@TF_OPS.op(
    "Identity", "StopGradient", "Snapshot", "Print",
    "FakeQuantWithMinMaxVars", "PlaceholderWithDefault",
)  # fmt: skip
def identity(x: Any, *others: Any) -> Any:
    return x


@TF_OPS.op("IdentityN")
def identity_n(*tensors: Any) -> Any:
    return list(tensors)


@TF_OPS.op("Shape")
def shape(x: Any) -> Any:
    return Known.of(x.shape)


@TF_OPS.op("ShapeN")
def shape_n(*tensors: Any) -> Any:
    return [Known.of(x.shape) for x in tensors]


@TF_OPS.op("Size")
def size(x: Any) -> Any:
    return Known.of(x.size)


@TF_OPS.op("Rank")
def rank(x: Any) -> Any:
    return Known.of(x.ndim)


@TF_OPS.op("Cast")
def cast(x: Any, *, DstT: Any) -> Any:
    return x.astype(dtype_of(DstT))


@TF_OPS.op("Fill", host=[0])
def fill(sizes: Sequence[int], value: Any) -> Any:
    return ops.broadcast_to(value, sizes)


@TF_OPS.op("Ones", host=[0])
def ones(sizes: Sequence[int], *, T: Any = "DT_FLOAT") -> Any:
    return ops.ones(sizes, dtype_of(T))


@TF_OPS.op("Zeros", host=[0])
def zeros(sizes: Sequence[int], *, T: Any = "DT_FLOAT") -> Any:
    return ops.zeros(sizes, dtype_of(T))


@TF_OPS.op("OnesLike")
def ones_like(x: Any) -> Any:
    return ops.ones(x.shape, x.dtype)


@TF_OPS.op("ZerosLike")
def zeros_like(x: Any) -> Any:
    return ops.zeros(x.shape, x.dtype)


@TF_OPS.op("Range", host=[0, 1, 2])
def arange(start: float, stop: float, step: float, *, Tidx: Any = "DT_INT32") -> Any:
    return ops.arange(start, stop, step, dtype=dtype_of(Tidx))


@TF_OPS.op("LinSpace", host=[0, 1, 2])
def linspace(start: float, stop: float, number: int) -> Any:
    return ops.linspace(start, stop, number)


@TF_OPS.op("OneHot", host=[1, 2, 3])
def one_hot(
    indices: Any, depth: int, on: float, off: float, *, axis: int = -1, T: Any = "DT_FLOAT"
) -> Any:
    y = ops.one_hot(indices, depth, on_value=on, off_value=off, dtype=dtype_of(T))
    if axis in (-1, y.ndim - 1):
        return y
    order = list(range(y.ndim - 1))
    return y.transpose([*order[:axis], y.ndim - 1, *order[axis:]])
