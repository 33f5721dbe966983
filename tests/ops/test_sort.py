"""In order: rows of every length, equal values, NaN, chosen ones, and searching."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient

import pywebml as pw
from pywebml import ops

few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LENGTHS = [1, 2, 3, 17, 64, 1000, 1024, 1025, 2048, 2049, 5000]


def drawn(dtype: str, shape: Any, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    if dtype == "float32":
        return np.round(rng.normal(size=shape) * 300).astype(np.float32)
    low = 0 if dtype == "uint32" else -(2**31)
    return rng.integers(low, low + 2**32, shape).astype(dtype)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint32", "bool"])
def test_sorted_as_numpy_sorts(host: str, dtype: str, n: int) -> None:
    x = drawn(dtype, (3, n))
    np.testing.assert_array_equal(ops.sort(pw.tensor(x)).numpy(), np.sort(x))
    places = np.argsort(x, -1, kind="stable")
    np.testing.assert_array_equal(ops.argsort(pw.tensor(x)).numpy(), places)
    down = ops.argsort(pw.tensor(x), descending=True).numpy()
    np.testing.assert_array_equal(down, n - 1 - np.argsort(x[:, ::-1], -1, kind="stable")[:, ::-1])


@pytest.mark.parametrize("n", [8, 3000])
def test_what_is_no_number_comes_last(host: str, n: int) -> None:
    x = np.resize(np.array([np.nan, 1, -np.inf, 0.0, np.inf, -0.0, -np.nan], np.float32), n)
    for got in (ops.sort(pw.tensor(x)), ops.sort(pw.tensor(x), descending=True)[::-1]):
        np.testing.assert_array_equal(got.numpy(), np.sort(x))
    np.testing.assert_array_equal(ops.argsort(pw.tensor(x)).numpy(), np.argsort(x, kind="stable"))
    assert np.isnan(ops.top_k(pw.tensor(x), 2).values.numpy()).any()


@few
@given(st.data(), st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple))
def test_every_axis(host: str, data: Any, shape: tuple[int, ...]) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = drawn("float32", shape) % 3
    np.testing.assert_array_equal(ops.sort(pw.tensor(x), axis).numpy(), np.sort(x, axis))
    places = np.argsort(x, axis, kind="stable")
    np.testing.assert_array_equal(ops.argsort(pw.tensor(x), axis).numpy(), places)


@pytest.mark.parametrize("n", [5, 1024, 1300, 20_000])
@pytest.mark.parametrize("k", [1, 5, 256, 257, 1300])
def test_the_largest(host: str, n: int, k: int) -> None:
    x = drawn("float32", (2, n)) % 100
    if k > n:
        with pytest.raises(ValueError, match=f"from 0 to {n}"):
            ops.top_k(pw.tensor(x), k)
        return
    values, indices = ops.top_k(pw.tensor(x), k)
    want = np.argsort(-x, -1, kind="stable")[:, :k]
    np.testing.assert_array_equal(indices.numpy(), want)
    np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, want, -1))


@pytest.mark.parametrize(
    ("ours", "meaning"),
    [
        (lambda t: ops.sort(t, 0) ** 2, lambda v: np.sort(v, 0) ** 2),
        (lambda t: ops.sort(t, descending=True), lambda v: -np.sort(-v)),
        (lambda t: ops.top_k(t, 2).values ** 2, lambda v: np.sort(v)[..., :-3:-1] ** 2),
    ],
)  # fmt: skip
def test_gradients(host: str, ours: Any, meaning: Any) -> None:
    check_gradient(ours, meaning, np.random.default_rng(1).normal(size=(3, 4)))


def test_second_gradient(host: str) -> None:
    slope = pw.grad(lambda t: pw.grad(lambda u: (ops.top_k(u, 2).values ** 3).sum())(t).sum())
    np.testing.assert_allclose(slope(pw.tensor([1.0, 3.0, 2.0])).numpy(), [0, 18, 12], 1e-6)


def test_inside_a_capture(host: str) -> None:
    x = drawn("float32", (3000,))
    both = pw.capture(lambda t: (ops.sort(t), ops.top_k(t, 3).indices, ops.cumsum(t)))(pw.tensor(x))
    np.testing.assert_array_equal(both[0].numpy(), np.sort(x))
    np.testing.assert_array_equal(both[1].numpy(), np.argsort(-x, kind="stable")[:3])


@few
@given(st.integers(1, 40), st.integers(1, 9), st.booleans(), st.integers(0, 99))
def test_searching(host: str, n: int, m: int, whole: bool, seed: int) -> None:
    dtype = "int32" if whole else "float32"
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.integers(-9, 9, (2, n)), -1).astype(dtype)
    values = rng.integers(-11, 11, (2, m)).astype(dtype)
    for name, side in (("lower_bound", "left"), ("upper_bound", "right")):
        want = [np.searchsorted(r, v, side) for r, v in zip(rows, values, strict=True)]
        got = getattr(ops, name)(pw.tensor(rows), pw.tensor(values))
        np.testing.assert_array_equal(got.numpy(), want)
        np.testing.assert_array_equal(
            ops.search_sorted(pw.tensor(rows), pw.tensor(values), side).numpy(), want
        )


def test_in_top_k_and_refusals(host: str) -> None:
    scores = [[1.0, 3.0, 3.0], [5.0, 4.0, 6.0]]
    assert ops.in_top_k(scores, [2, 1], 2).tolist() == [True, False]
    assert ops.in_top_k(scores, [2, 2]).tolist() == [False, True]
    for call, error, words in [
        (lambda: ops.in_top_k([2, 1], scores, 2), TypeError, "predictions .* first"),
        (lambda: ops.top_k(3.0), ValueError, "got a scalar"),
        (lambda: ops.sort(3.0), ValueError, "out of range"),
        (lambda: ops.search_sorted([1, 2], [1.0]), TypeError, "must be one"),
        (lambda: ops.search_sorted([1, 2], [1], "up"), ValueError, "'left' or 'right'"),
        (lambda: ops.search_sorted([[1, 2]], [1]), ValueError, "in all axes but the last"),
    ]:
        with pytest.raises(error, match=words):
            call()
