"""What is largest, what is true, which boxes stay: some of these read back how many."""

from __future__ import annotations

from typing import Any

from .... import ops
from ....core.tensor import tensor
from .table import TF_OPS


@TF_OPS.op("TopKV2", host=[1])
def top_k(x: Any, k: int) -> Any:
    return list(ops.top_k(x, k))


@TF_OPS.op("LowerBound")
def lower_bound(row: Any, values: Any) -> Any:
    return ops.lower_bound(row, values)


@TF_OPS.op("UpperBound")
def upper_bound(row: Any, values: Any) -> Any:
    return ops.upper_bound(row, values)


@TF_OPS.op("SparseSegmentSum", "SparseSegmentMean", host=[2])
def sparse_segments(data: Any, indices: Any, segment_ids: list[int], *, op: str) -> Any:
    is_sum = op == "SparseSegmentSum"
    join = ops.sparse.sparse_segment_sum if is_sum else ops.sparse.sparse_segment_mean
    count = segment_ids[-1] + 1 if segment_ids else 0
    return join(data, indices, tensor(segment_ids, dtype="int32"), num_segments=count)


@TF_OPS.op("Where")
async def where(condition: Any) -> Any:
    return await ops.where_async(condition.astype("bool"))


@TF_OPS.op("Unique")
async def unique(x: Any) -> Any:
    return list(await ops.unique_async(x))


@TF_OPS.op("UniqueV2", host=[1])
async def unique_along(x: Any, axis: list[int]) -> Any:
    return list(await ops.unique_async(x, axis=axis[0] if axis else None))


@TF_OPS.op("ListDiff")
async def list_diff(x: Any, y: Any) -> Any:
    return list(await ops.setdiff1d_async(x, y))


@TF_OPS.op("NonMaxSuppressionV2", "NonMaxSuppressionV3", host=[2, 3, 4])
async def non_max_suppression(
    boxes: Any, scores: Any, most: int, overlap: float, threshold: float = float("-inf")
) -> Any:
    return await ops.image.non_max_suppression_async(boxes, scores, most, overlap, threshold)


@TF_OPS.op("NonMaxSuppressionV4", host=[2, 3, 4])
async def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    most: int,
    overlap: float,
    threshold: float,
    *,
    pad_to_max_output_size: bool = False,
) -> Any:
    padded = await ops.image.non_max_suppression_padded_async(
        boxes, scores, most, overlap, threshold, pad_to_max_output_size=pad_to_max_output_size
    )
    return list(padded)


@TF_OPS.op("NonMaxSuppressionV5", host=[2, 3, 4, 5])
async def non_max_suppression_with_score(
    boxes: Any, scores: Any, most: int, overlap: float, threshold: float, sigma: float
) -> Any:
    picked = await ops.image.non_max_suppression_with_score_async(
        boxes, scores, most, overlap, threshold, sigma
    )
    return list(picked)
