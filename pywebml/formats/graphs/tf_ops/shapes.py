"""Other shapes of the same values, and borders around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from .table import TF_OPS

Pairs = Sequence[Sequence[int]]


@TF_OPS.op("Reshape", host=[1])
def reshape(x: Any, sizes: Sequence[int]) -> Any:
    return x.reshape(sizes)


@TF_OPS.op("EnsureShape")
def ensure_shape(x: Any, *, shape: Sequence[int] | None = None) -> Any:
    if shape is None:
        return x
    return ops.ensure_shape(x, [None if size < 0 else size for size in shape])


@TF_OPS.op("ExpandDims", host=[1])
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    return ops.expand_dims(x, axis if isinstance(axis, int) else axis[0])


@TF_OPS.op("Squeeze")
def squeeze(x: Any, *, squeeze_dims: Sequence[int] = (), axis: Sequence[int] = ()) -> Any:
    return ops.squeeze(x, tuple(squeeze_dims or axis) or None)


@TF_OPS.op("Transpose", host=[1])
def transpose(x: Any, order: Sequence[int]) -> Any:
    return x.transpose(order)


@TF_OPS.op("Pad", "PadV2", host=[1, 2])
def pad(x: Any, paddings: Pairs, value: float = 0.0) -> Any:
    return ops.pad(x, paddings, constant_value=value)


@TF_OPS.op("MirrorPad", host=[1])
def mirror_pad(x: Any, paddings: Pairs, *, mode: str) -> Any:
    return ops.mirror_pad(x, paddings, mode.lower())


@TF_OPS.op("SpaceToBatchND", host=[1, 2])
def space_to_batch(x: Any, blocks: Sequence[int], paddings: Pairs) -> Any:
    return ops.space_to_batch_nd(x, blocks, paddings)


@TF_OPS.op("BatchToSpaceND", host=[1, 2])
def batch_to_space(x: Any, blocks: Sequence[int], crops: Pairs) -> Any:
    return ops.batch_to_space_nd(x, blocks, crops)


@TF_OPS.op("DepthToSpace")
def depth_to_space(x: Any, *, block_size: int, data_format: str = "NHWC") -> Any:
    return ops.depth_to_space(x, block_size, data_format)


@TF_OPS.op("BroadcastTo", host=[1])
def broadcast_to(x: Any, sizes: Sequence[int]) -> Any:
    return ops.broadcast_to(x, sizes)


@TF_OPS.op("BroadcastArgs", host=[0, 1])
def broadcast_args(a: Sequence[int], b: Sequence[int]) -> Any:
    return ops.broadcast_args(a, b)
