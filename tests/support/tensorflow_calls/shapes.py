"""Moving values: shapes, slices, joins, gathers, scatters."""

from __future__ import annotations

from collections.abc import Iterator

from .call import Call, array, bools, call, floats, ints


def calls() -> Iterator[Call]:
    for x in (floats(2, 3, 4), ints(2, 3, 4), bools(2, 3, 4)):
        yield call("reshape", x, [4, -1])
        yield call("transpose", x, [2, 0, 1])
        yield call("transpose", x)
        yield call("tile", x, [1, 2, 3])
        yield call("reverse", x, [0, -1])
        yield call("reverse", x)
        yield call("slice", x, [0, 1, 2], [2, -1, 1])
        yield call("slice", x, [1, 0])
        yield call("expand_dims", x, -1)
        yield call("unstack", x, axis=1)
        yield call("split", x, 2, -1)
        yield call("stack", [x, x, x], 1)
        yield call("concat", [x, x], -2)
        yield call("clone", x)
        yield call("gather", x, array(2, 0, 0, 1, dtype="int32"), 1)
        yield call("strided_slice", x, [0, 2, 3], [2, 0, 0], [1, -1, -2], slopes=False)
        yield call("broadcast_to", x[:, :1], [5, 2, 3, 4])
    yield call("squeeze", floats(1, 3, 1, 2))
    yield call("squeeze", floats(1, 3, 1, 2), [2])
    yield call("concat", [floats(2, 0), floats(2, 3)], 1)
    yield call("concat", [floats(2, 3), floats(1, 3), floats(4, 3)], 0)
    yield call("broadcast_args", array(1, 5, 3, dtype="int32"), array(4, 1, 1, dtype="int32"))
    yield call("ensure_shape", floats(2, 3), [None, 3], slopes=False)
    yield call("meshgrid", floats(3), floats(2), slopes=False)
    yield call("meshgrid", ints(3), ints(2))
    yield from _strided()
    yield from _padded()
    yield from _gathered()
    yield from _segments()
    yield from _blocks()


def _strided() -> Iterator[Call]:
    x = floats(4, 5)
    for begin, end, strides, *masks in (
        ([1, 0], [4, 5], [2, 3]),
        ([-1, -2], [-4, -6], [-1, -1]),
        ([0, 1], [0, 3], [1, 1], 1),
        ([0, 1], [2, 0], [1, 1], 0, 2),
        ([1], [2], [1], 0, 0, 0, 0, 1),
        ([0, 1], [1, 4], [1, 2], 0, 0, 1),
        ([0, 0, 1], [0, 4, 3], [1, 1, 1], 0, 0, 0, 1),
    ):  # begin, end, ellipsis, new axis and shrink masks; TensorFlow.js has no gradient
        yield call("strided_slice", x, begin, end, strides, *masks, slopes=False)


def _padded() -> Iterator[Call]:
    for x in (floats(2, 3), ints(2, 3)):
        yield call("pad", x, [[1, 0], [0, 2]])
        yield call("pad", x, [[0, 1], [2, 2]], constant_value=7)
        for mode in ("reflect", "symmetric"):
            yield call("mirror_pad", x, [[1, 0], [2, 1]], mode, slopes=False)
    for rank in (1, 2, 3, 4):
        x = floats(*range(2, 2 + rank))
        paddings = [[1, i] for i in range(rank)]
        yield call(f"pad{rank}d", x, paddings[0] if rank == 1 else paddings, 1.5)
        begin, size = [0] * rank, [1] * rank
        sliced = (0, 2) if rank == 1 else (begin, size)
        yield call(f"slice{rank}d", x, *sliced)
        axis = () if rank == 1 else (rank - 1,)
        yield call(f"reverse{rank}d", x, *axis)
        yield call(f"concat{rank}d", [x, x], *axis)


def _gathered() -> Iterator[Call]:
    x = floats(3, 4, 2)
    yield call("gather", x, ints(2, 2, low=0, high=4), 1)
    yield call("gather", x, ints(3, 5, low=0, high=4), 1, batch_dims=1, slopes=False)
    yield call("gather", x, ints(2, low=0, high=2), -1)
    yield call("gather_nd", x, array([0, 1], [2, 3], dtype="int32"), slopes=False)
    yield call("gather_nd", x, array([2], [0], dtype="int32"), slopes=False)
    where = array([0], [2], [0], dtype="int32")
    yield call("scatter_nd", where, floats(3, 2), [4, 2], slopes=False)
    yield call("scatter_nd", where, ints(3), [4])
    spots = array([0, 1], [1, 2], dtype="int32")
    yield call("tensor_scatter_update", floats(2, 3), spots, floats(2), slopes=False)
    yield call("sparse_to_dense", array(0, 2, 5, dtype="int32"), floats(3), [7], 9.0, slopes=False)
    yield call("sparse_to_dense", spots, ints(2), [3, 4], 0)
    yield call("boolean_mask", floats(4, 3), bools(4), slopes=False, theirs="booleanMaskAsync")
    yield call("boolean_mask", ints(2, 3), bools(2, 3), theirs="booleanMaskAsync")
    yield call("where_async", bools(3, 4))
    yield call("setdiff1d", ints(9), ints(3), theirs="setdiff1dAsync")
    for dtype in ("float32", "int32", "bool"):
        yield call("one_hot", ints(2, 3, low=-1, high=4), 4, on_value=1, off_value=0, dtype=dtype)


def _segments() -> Iterator[Call]:
    rows, ids = array(0, 2, 2, 4, dtype="int32"), array(0, 0, 1, 2, dtype="int32")
    for name in ("sparse.sparse_segment_sum", "sparse.sparse_segment_mean"):
        yield call(name, floats(5, 3), rows, ids, slopes=False)
        yield call(name, floats(5), rows[:1], ids[:1], slopes=False)
    yield call("sparse.sparse_segment_sum", ints(5, 2), rows, ids)


def _blocks() -> Iterator[Call]:
    yield call("depth_to_space", floats(2, 3, 2, 8), 2, "NHWC", slopes=False)
    yield call("space_to_batch_nd", floats(1, 4, 5, 2), [2, 3], [[0, 0], [1, 0]])
    yield call("batch_to_space_nd", floats(6, 2, 2, 1), [2, 3], [[0, 1], [1, 0]])
    yield call("diag", floats(4), slopes=False)
    yield call("diag", ints(2, 3))
    yield call("linalg.band_part", floats(4, 5), 1, 2, slopes=False)
    yield call("linalg.band_part", floats(2, 3, 3), -1, 0, slopes=False)
    yield call("linalg.band_part", ints(3, 4), 0, -1)
