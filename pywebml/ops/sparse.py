"""`ops.sparse`: rows picked by number, and summed or averaged by segment."""

from __future__ import annotations

from typing import Any

from ..core.composite import Sample, composite
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np
from .scatter.segments import unsorted_segment_sum
from .support.axes import numbers

__all__ = ["sparse_segment_mean", "sparse_segment_sum"]


def _sum(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None) -> Any:
    out = np.zeros((segment_ids[-1] + 1, *data.shape[1:]), data.dtype)
    np.add.at(out, segment_ids, data[indices])
    return out


def _mean(data: Any, indices: Any, segment_ids: Any, num_segments: Any = None) -> Any:
    counts = np.maximum(np.bincount(segment_ids), 1)
    return _sum(data, indices, segment_ids) / counts.reshape(-1, *[1] * (data.ndim - 1))


def _samples() -> list[Sample]:
    data = np.arange(12, dtype=np.float32).reshape(4, 3)
    ids = np.array([0, 3, 1], np.int32), np.array([0, 0, 2], np.int32)
    return [Sample("3 of 4 rows", (data, *ids), {"num_segments": 3})]


def _checked(name: str, data: Any, indices: Any, segment_ids: Any, count: int | None) -> Any:
    """(rows, ids, how many segments there are), the last one's number read back where
    that is not said.
    """
    at, ids = numbers(indices), numbers(segment_ids)
    if at.ndim != 1 or at.shape != ids.shape:
        raise ValueError(
            f"{name}: indices and segment_ids must both be [n], got {at.shape} and {ids.shape}"
        )
    if count is None:
        count = int(ids[-1].item()) + 1 if ids.size else 0
    rows = as_tensor(data).gather(at)
    return rows, ids, count


@composite(meaning=_sum, cases=_samples)
def sparse_segment_sum(
    data: Any, indices: Any, segment_ids: Any, *, num_segments: int | None = None
) -> Tensor:
    """[segments, ...]: the rows of data that int32 `indices` [n] pick, summed where
    their ascending `segment_ids` [n] are equal. How many segments there are is read
    back (in a tab that needs JSPI) where `num_segments` does not say it.

    Example:
        >>> ops.sparse.sparse_segment_sum([[1.0], [2.0], [4.0]], [0, 2, 1], [0, 0, 1]).tolist()
        [[5.0], [2.0]]
    """
    rows, ids, count = _checked("sparse_segment_sum", data, indices, segment_ids, num_segments)
    return unsorted_segment_sum(rows, ids, count) if count else rows


@composite(meaning=_mean, cases=_samples)
def sparse_segment_mean(
    data: Any, indices: Any, segment_ids: Any, *, num_segments: int | None = None
) -> Tensor:
    """`sparse_segment_sum` divided by how many rows a segment has; 0 for one without.

    Example:
        >>> ops.sparse.sparse_segment_mean([[1.0], [2.0], [4.0]], [0, 2, 1], [0, 0, 1]).tolist()
        [[2.5], [2.0]]
    """
    rows, ids, count = _checked("sparse_segment_mean", data, indices, segment_ids, num_segments)
    if not count:
        return rows
    ones = ids.equal(ids).astype("float32")
    counts = unsorted_segment_sum(ones, ids, count).maximum(1.0)
    sums = unsorted_segment_sum(rows, ids, count)
    return sums / counts.reshape(count, *[1] * (rows.ndim - 1))
