"""Places that are data: picked, summed, put and counted there, on few rows and many,
with repeats, in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient

import pywebml as pw
from pywebml import ops
from pywebml.ops.scatter.segments import SegmentSum

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


@few
@given(st.data(), shapes, st.integers(0, 6), st.sampled_from(["float32", "int32"]))
def test_picked_summed_and_put(
    host: str, data: Any, shape: tuple[int, ...], rows: int, dtype: str
) -> None:
    depth = data.draw(st.integers(1, len(shape)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    at = np.stack([rng.integers(0, n, (rows, 2)) for n in shape[:depth]], -1).astype(np.int32)
    x = rng.integers(-9, 9, shape).astype(dtype)
    updates = rng.integers(-9, 9, (rows, 2, *shape[depth:])).astype(dtype)
    key = tuple(np.moveaxis(at, -1, 0))
    sums, put = np.zeros(shape, dtype), x.copy()
    np.add.at(sums, key, updates)
    put[key] = updates  # of several the last
    for places in (at, pw.tensor(at)):
        np.testing.assert_array_equal(ops.gather_nd(pw.tensor(x), places).numpy(), x[key])
        got = ops.scatter_nd(places, pw.tensor(updates), shape)
        np.testing.assert_array_equal(got.numpy(), sums)
        got = ops.tensor_scatter_update(pw.tensor(x), places, pw.tensor(updates))
        np.testing.assert_array_equal(got.numpy(), put)


@pytest.mark.parametrize("inner", [1, 3, 4])
@pytest.mark.parametrize(
    ("rows", "segments"), [(63, 70_000), (4097, 3), (5000, 1), (5000, 300), (9000, 9000)]
)
def test_sorted_sums(host: str, rows: int, segments: int, inner: int) -> None:
    """More than are compared with each other: the same bits each time, NumPy's sums."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, inner)).astype(np.float32)
    ids = rng.integers(-1, segments + 1, rows).astype(np.int32)
    for clip in (False, True):
        own = np.clip(ids, 0, segments - 1) if clip else ids
        inside = (own >= 0) & (own < segments)
        want = np.zeros((segments, inner))
        np.add.at(want, own[inside], x[inside])
        op = SegmentSum(segments, clip)
        got = op(pw.tensor(x), pw.tensor(ids)).numpy()
        np.testing.assert_allclose(got, want, 1e-4, 1e-3)
        np.testing.assert_array_equal(op(pw.tensor(x), pw.tensor(ids)).numpy(), got)
    whole = rng.integers(-99, 99, (rows, inner), dtype=np.int32)
    want = np.zeros((segments, inner), np.int32)
    inside = (ids >= 0) & (ids < segments)
    np.add.at(want, ids[inside], whole[inside])
    np.testing.assert_array_equal(
        ops.unsorted_segment_sum(pw.tensor(whole), ids, segments).numpy(), want
    )


def test_gradients(host: str) -> None:
    rng = np.random.default_rng(1)
    at = [[1, 0], [0, 2], [1, 0]]
    key = tuple(np.array(at).T)
    check_gradient(
        lambda t: ops.gather_nd(t, at) ** 2, lambda v: v[key] ** 2, rng.normal(size=(2, 3))
    )

    def scattered(v: Any) -> Any:
        out = np.zeros((2, 3))
        np.add.at(out, key, v)
        return out**2

    check_gradient(lambda t: ops.scatter_nd(at, t, (2, 3)) ** 2, scattered, rng.normal(size=3))

    def put(v: Any, updates: Any) -> Any:
        out = v.copy()
        out[key] = updates
        return out**2

    x, u = rng.normal(size=(2, 3)), rng.normal(size=3).astype(np.float32)
    check_gradient(lambda t: ops.tensor_scatter_update(t, at, u) ** 2, lambda v: put(v, u), x)
    x32 = x.astype(np.float32)
    check_gradient(
        lambda t: ops.tensor_scatter_update(x32, at, t) ** 2,
        lambda v: put(x32, v),
        rng.normal(size=3),
    )


def test_places_of_a_tensor_that_are_outside(host: str) -> None:
    at = pw.tensor([[0], [5], [-1]])
    assert ops.scatter_nd(at, [1.0, 2.0, 4.0], (2,)).tolist() == [1, 0]
    assert ops.tensor_scatter_update([7, 7], at, [1, 2, 4]).tolist() == [1, 7]
    assert ops.gather_nd([3, 9], at).tolist() == [3, 9, 3]


def test_counted(host: str) -> None:
    x = [0, 3, 3, -1, 9]
    assert ops.bincount(x, size=4).tolist() == [1, 0, 0, 2]
    assert ops.bincount(x, [0.5, 1, 2, 9, 9], size=4).tolist() == [0.5, 0, 0, 3]
    assert ops.bincount(x, pw.tensor([]), size=2).tolist() == [1, 0]
    assert ops.dense_bincount([x, x], None, 4, True).tolist() == [[1, 0, 0, 1]] * 2
    weights = [[1.0] * 5, [2.0] * 5]
    assert ops.dense_bincount([x, x], weights, 4).tolist() == [[1, 0, 0, 2], [2, 0, 0, 4]]
    assert ops.confusion_matrix([0, 1, 5], [1, 1, 0], 2).tolist() == [[0, 1], [0, 1]]
    assert ops.sparse_to_dense(2, 7.5, (4,)).tolist() == [0, 0, 7.5, 0]
    assert ops.sparse_to_dense([[0, 1], [1, 0]], 3, (2, 2), 1).tolist() == [[1, 3], [3, 1]]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ops.gather_nd([1, 2], [[2]]), ValueError, "index 2 is outside axis 0"),
        (lambda: ops.gather_nd([1, 2], [[0, 0]]), ValueError, "depth of up to 1"),
        (lambda: ops.gather_nd([1, 2], [[0.5]]), TypeError, "must be ints"),
        (lambda: ops.scatter_nd([[-1]], [1], (2,)), ValueError, "index -1 is outside"),
        (lambda: ops.scatter_nd([[0]], [1, 2], (2,)), ValueError, r"updates must be \(1,\)"),
        (lambda: ops.tensor_scatter_update([1], [[0]], [1.0]), TypeError, "differ; cast"),
        (lambda: ops.bincount([[1]], size=2), ValueError, "dense_bincount takes rows"),
        (lambda: ops.bincount([1], size=-2), ValueError, "from 0 on"),
        (lambda: ops.bincount([1], [1, 2], size=2), ValueError, "must have x's shape"),
        (lambda: ops.confusion_matrix([1], [1, 2], 2), ValueError, r"must both be \[n\]"),
        (lambda: ops.confusion_matrix([1], [1], 0), ValueError, "from 1 on"),
    ],
)
def test_refusals(host: str, call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
