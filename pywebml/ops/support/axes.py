"""Axes and strides, and the one kernel that moves values from one place to another."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

from ...core.calling import is_int
from ...core.lowering import Lowering, Slot, pack
from ...core.op import Op
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import typed_kernel
from ...device.seam import Program
from ...host.lazy import np
from .typed import moved_as

MAX_RANK = 6


Axis = tuple[int, int, int]
"""Extent, source stride, target stride."""


def normalize_axis(axis: int, ndim: int, what: str = "axis") -> int:
    """`axis` counted from the front; ValueError where there is no such axis."""
    if not is_int(axis):
        raise TypeError(f"{what} must be an int, got {axis!r}")
    axis = operator.index(axis)
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"{what} {axis} is out of range for a tensor of rank {ndim}: use {-ndim} to {ndim - 1}"
        )
    return axis % ndim


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Elements from one entry of an axis to the next, row-major."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def check_words(op: Op, *specs: Spec) -> None:
    """Refuses bytes (the kernels move words and half floats) and ranks above 6."""
    for spec in specs:
        if spec.dtype == "uint8":
            raise TypeError(
                f"{op.name}: uint8 pixels cannot be moved one by one; make floats of them with"
                " pixels_to_tensor first"
            )
        if len(spec.shape) > MAX_RANK:
            raise ValueError(
                f"{op.name}: rank {len(spec.shape)} of shape {spec.shape} is above {MAX_RANK};"
                " reshape to fewer axes first"
            )


def check_ids(op: Op, ids: Spec, what: str) -> None:
    """Refuses what is no int32."""
    if ids.dtype != "int32":
        raise TypeError(f"{op.name}: {what} must be int32, got {ids.dtype}; cast them first")


def numbers(values: Any) -> Tensor:
    """int32 numbers for the kernels; a tensor stays what it is, so that floats are
    refused and not cut.
    """
    return values if isinstance(values, Tensor) else as_tensor(values, "int32")


def floating(x: Any) -> Tensor:
    """x as a tensor of floats: integers and bools become float32."""
    x = as_tensor(x)
    return x if x.dtype in FLOATS else x.astype("float32")  # type: ignore[no-any-return]


def _merged(axes: Iterable[Axis]) -> list[Axis]:
    """The same walk with fewer axes: those of extent 1 dropped, those that continue
    their neighbour joined to it.
    """
    out: list[Axis] = []
    for extent, source, target in axes:
        if extent == 1:
            continue
        if out and out[-1][1] == extent * source and out[-1][2] == extent * target:
            out[-1] = (out[-1][0] * extent, source, target)
        else:
            out.append((extent, source, target))
    return out or [(1, 1, 1)]


def copy(
    k: Lowering,
    source: Slot,
    target: Slot,
    axes: Iterable[Axis],
    source_start: int = 0,
    target_start: int = 0,
) -> None:
    """target[target_start + i . target strides] = source[source_start + i . source
    strides], for every index i.
    """
    walk = _merged(axes)
    numbers = [n for _, s, t in walk[:-1] for n in (s, t)] + [
        source_start,
        target_start,
        walk[-1][0],
    ]
    element, lanes = moved_as(source.dtype, *(numbers if walk[-1][1:] == (1, 1) else [1]))
    if lanes > 1:
        walk = [(n, s // lanes, t // lanes) for n, s, t in walk[:-1]] + [
            (walk[-1][0] // lanes, 1, 1)
        ]
        source_start, target_start = source_start // lanes, target_start // lanes
    count = math.prod(n for n, _, _ in walk)
    words = [w % 2**32 for n, s, t in walk for w in (n, s, t, 0)] + [0] * (
        4 * (MAX_RANK - len(walk))
    )
    params = pack("32I", count, len(walk), source_start, target_start, 0, 0, 0, 0, *words)
    k.launch_flat(_kernel(element, "copy"), [source, target], params, count)


def _kernel(element: str, entry: str) -> Program:
    return typed_kernel("shape", (element, "f32" if element == "f16" else "u32"), entry)


def ramp(shape: tuple[int, ...]) -> Any:
    """Sample values, all different."""
    return np.arange(math.prod(shape), dtype=np.float32).reshape(shape) - 3
