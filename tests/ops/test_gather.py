"""gather, one_hot and unsorted_segment_sum: values, indices outside, gradients, sums
that repeat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient, real_gpu_kernels

from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.tensor import tensor

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = st.lists(st.sampled_from([1, 2, 3, 4, 7, 8]), min_size=1, max_size=4).map(tuple)
index_shapes = st.lists(st.integers(1, 5), max_size=2).map(tuple)


@few
@given(st.data(), shapes, index_shapes, st.sampled_from(["float32", "int32", "bool"]))
def test_gather(
    host: str, data: Any, shape: tuple[int, ...], picks: tuple[int, ...], dtype: str
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = rng.integers(-9, 9, shape).astype(dtype)
    at = rng.integers(0, shape[axis], picks, dtype=np.int32)
    got = ops.gather(tensor(x), tensor(at), axis)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got.numpy(), np.take(x, at, axis))
    for numbers in (at, at.tolist(), memoryview(at)):
        np.testing.assert_array_equal(
            ops.gather(tensor(x), numbers, axis).numpy(), np.take(x, at, axis)
        )


@pytest.mark.parametrize(("axis", "at"), [(0, [3, 0, 0, 1]), (1, [[2, 2], [0, 1]]), (-1, 1)])
def test_gather_gradient(host: str, axis: int, at: Any) -> None:
    check_gradient(
        lambda t: ops.gather(t, at, axis),
        lambda v: np.take(v, at, axis),
        np.random.default_rng(1).normal(size=(4, 3, 2)),
    )


def test_second_gradient(host: str) -> None:
    def f(t: Any) -> Any:
        y = ops.gather(t, [1, 1, 0])
        return ops.sum(y * y * y)

    second = grad(lambda t: ops.sum(grad(f)(t)))(tensor([2.0, -1.0, 5.0]))
    np.testing.assert_allclose(second.numpy(), [12.0, -12.0, 0.0])


def test_indices_outside(host: str) -> None:
    """Numbers are checked; a tensor's are clamped, and its gradient goes to the row
    that was read.
    """
    x = tensor([10.0, 20.0, 30.0])
    for bad in ([0, 3], -1, np.array([[1, 7]])):
        with pytest.raises(ValueError, match=r"is outside axis 0 of shape \(3,\); use 0 to 2"):
            ops.gather(x, bad)
    outside = tensor([-5, 9, 1])
    np.testing.assert_array_equal(ops.gather(x, outside).numpy(), [10, 30, 20])
    slope = grad(lambda t: (ops.gather(t, outside) * tensor([1.0, 2.0, 4.0])).sum())(x)
    np.testing.assert_array_equal(slope.numpy(), [1, 4, 2])


def test_gather_refusals(host: str) -> None:
    x = tensor([[1.0, 2.0]])
    with pytest.raises(TypeError, match="must be int32, got float32"):
        ops.gather(x, tensor([0.0]))
    with pytest.raises(TypeError, match=r"must be ints, got 0.5"):
        ops.gather(x, [0.5])
    with pytest.raises(TypeError, match="array of float64"):
        ops.gather(x, np.array([0.0, 1.0]))
    with pytest.raises(TypeError, match="must be int32, got float32"):
        ops.one_hot(tensor([1.0]), 3)
    with pytest.raises(ValueError, match="out of range"):
        ops.gather(x, [0], 2)


@few
@given(index_shapes, st.integers(1, 9), st.integers(0, 99))
def test_one_hot(host: str, shape: tuple[int, ...], depth: int, seed: int) -> None:
    at = np.random.default_rng(seed).integers(-1, depth + 1, shape, dtype=np.int32)
    want = (at[..., None] == np.arange(depth)).astype(np.float32)
    np.testing.assert_array_equal(ops.one_hot(tensor(at), depth).numpy(), want)
    np.testing.assert_array_equal(
        ops.one_hot(tensor(at), depth, on_value=3.0, off_value=-2.0).numpy(), want * 5 - 2
    )


def test_one_hot_refusals(host: str) -> None:
    with pytest.raises(ValueError, match="depth must be at least 1, got 0"):
        ops.one_hot(tensor([1]), 0)


def sums(x: np.ndarray, ids: np.ndarray, n: int) -> np.ndarray:
    out = np.zeros((n, *x.shape[1:]))
    for row, i in zip(x, ids, strict=True):
        if 0 <= i < n:
            out[i] += row
    return out


@few
@given(
    st.integers(1, 40),
    st.sampled_from([(), (1,), (3,), (2, 4)]),
    st.integers(1, 6),
    st.integers(0, 99),
)
def test_unsorted_segment_sum(
    host: str, rows: int, rest: tuple[int, ...], n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, *rest)).astype(np.float32)
    ids = rng.integers(-1, n + 1, rows, dtype=np.int32)
    np.testing.assert_allclose(
        ops.unsorted_segment_sum(tensor(x), tensor(ids), n).numpy(),
        sums(x, ids, n),
        rtol=1e-5,
        atol=1e-5,
    )
    slope = grad(lambda t: (ops.unsorted_segment_sum(t, ids, n) ** 2).sum())(tensor(x)).numpy()
    inside = ((ids >= 0) & (ids < n)).reshape(-1, *[1] * len(rest))
    np.testing.assert_allclose(
        slope, 2 * sums(x, ids, n)[np.clip(ids, 0, n - 1)] * inside, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("inner", [3, 8])
def test_many_rows(host: str, inner: int) -> None:
    """More rows than one invocation may look at; the sum repeats bit by bit."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(70_000, inner)).astype(np.float32)
    ids = rng.integers(0, 3, 70_000, dtype=np.int32)
    want = np.stack([x[ids == i].astype(np.float64).sum(0) for i in range(3)])
    got = ops.unsorted_segment_sum(tensor(x), tensor(ids), 3).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=2e-2)  # 23,000 numbers of size 1 each
    np.testing.assert_array_equal(ops.unsorted_segment_sum(tensor(x), tensor(ids), 3).numpy(), got)
    with real_gpu_kernels():
        np.testing.assert_allclose(
            ops.unsorted_segment_sum(tensor(x), tensor(ids), 3).numpy(), want, rtol=1e-4, atol=2e-2
        )


def test_integer_sums_and_refusals(host: str) -> None:
    x = np.arange(12, dtype=np.int32).reshape(4, 3)
    np.testing.assert_array_equal(
        ops.unsorted_segment_sum(tensor(x), [1, 0, 1, 1], 2).numpy(), [x[1], x[[0, 2, 3]].sum(0)]
    )
    with pytest.raises(ValueError, match=r"must be \[rows\] for x \[rows, \.\.\.\]"):
        ops.unsorted_segment_sum(tensor(x), [1, 0], 2)
    with pytest.raises(ValueError, match="num_segments must be at least 1"):
        ops.unsorted_segment_sum(tensor(x), [0, 0, 0, 0], 0)
