"""Parts of tensors, and tensors put together of parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import ops
from .table import TF_OPS


@TF_OPS.op("ConcatV2", host=[-1])
def concat(*inputs: Any) -> Any:
    *tensors, axis = inputs
    return ops.concat(tensors, axis)


@TF_OPS.op("Concat", host=[0])
def concat_first(axis: int, *tensors: Any) -> Any:
    return ops.concat(list(tensors), axis)


@TF_OPS.op("Pack")
def pack(*tensors: Any, axis: int = 0) -> Any:
    return ops.stack([x.reshape(tensors[0].shape) for x in tensors], axis)


@TF_OPS.op("Unpack")
def unpack(x: Any, *, axis: int = 0) -> Any:
    return list(ops.unstack(x, axis=axis))


@TF_OPS.op("Split", host=[0])
def split(axis: int, x: Any, *, num_split: int) -> Any:
    return list(ops.split(x, num_split, axis))


@TF_OPS.op("SplitV", host=[1, 2])
def split_sizes(x: Any, sizes: Sequence[int], axis: int) -> Any:
    rest = x.shape[axis] - sum(size for size in sizes if size >= 0)
    return list(ops.split(x, sizes=[rest if size < 0 else size for size in sizes], axis=axis))


@TF_OPS.op("Tile", host=[1])
def tile(x: Any, times: Sequence[int]) -> Any:
    return ops.tile(x, times)


@TF_OPS.op("Reverse", host=[1])
def reverse(x: Any, flags: Sequence[bool]) -> Any:
    return ops.flip(x, [axis for axis, flag in enumerate(flags) if flag])


@TF_OPS.op("ReverseV2", host=[1])
def reverse_axes(x: Any, axes: Sequence[int]) -> Any:
    return ops.flip(x, axes)


@TF_OPS.op("Slice", host=[1, 2])
def slice_of(x: Any, begin: Sequence[int], size: Sequence[int]) -> Any:
    return ops.slice(x, begin, size)


@TF_OPS.op("StridedSlice", host=[1, 2, 3])
def strided_slice(
    x: Any,
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Any:
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    return ops.strided_slice(x, begin, end, strides, *masks)


@TF_OPS.op("Gather")
def gather(x: Any, indices: Any) -> Any:
    return ops.gather(x, indices.astype("int32"))


@TF_OPS.op("GatherV2", host=[2])
def gather_along(x: Any, indices: Any, axis: int, *, batch_dims: int = 0) -> Any:
    return ops.gather(x, indices.astype("int32"), axis, batch_dims=batch_dims)


@TF_OPS.op("GatherNd")
def gather_nd(x: Any, indices: Any) -> Any:
    return ops.gather_nd(x, indices.astype("int32"))


@TF_OPS.op("ScatterNd", host=[2])
def scatter_nd(indices: Any, updates: Any, sizes: Sequence[int]) -> Any:
    return ops.scatter_nd(indices, updates, sizes)


@TF_OPS.op("TensorScatterUpdate")
def tensor_scatter_update(x: Any, indices: Any, updates: Any) -> Any:
    return ops.tensor_scatter_update(x, indices, updates)


@TF_OPS.op("SparseToDense", host=[1, 3])
def sparse_to_dense(indices: Any, sizes: Sequence[int], values: Any, default: float = 0) -> Any:
    return ops.sparse_to_dense(indices, values, sizes, default)
