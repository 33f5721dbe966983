"""Slices with steps, forwards and backwards, by brackets and by TensorFlow's masks."""

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
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
ends = st.none() | st.integers(-8, 8)
entries = (
    st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, 3, -1, -2, -5]))
    | st.integers(-1, 0)
    | st.none()
)


@few
@given(shapes, st.lists(entries, max_size=4), st.booleans())
def test_brackets_are_numpys(host: str, shape: tuple[int, ...], keys: Any, dots: bool) -> None:
    x = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    while sum(k is not None for k in keys) > len(shape):
        keys.pop()
    key = (*keys, ...) if dots else tuple(keys)
    want = x[key]
    got = pw.tensor(x)[key]
    assert got.shape == want.shape
    np.testing.assert_array_equal(got.numpy(), want)


@few
@given(st.data(), shapes)
def test_masks_are_slices(host: str, data: Any, shape: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    n = data.draw(st.integers(1, len(shape)))
    draw = st.lists(st.integers(-7, 7), min_size=n, max_size=n)
    begin, end = data.draw(draw), data.draw(draw)
    steps = data.draw(st.lists(st.sampled_from([1, 2, -1, -3]), min_size=n, max_size=n))
    first, last = data.draw(st.integers(0, 15)), data.draw(st.integers(0, 15))
    key = tuple(
        slice(None if first >> i & 1 else b, None if last >> i & 1 else e, s)
        for i, (b, e, s) in enumerate(zip(begin, end, steps, strict=True))
    )
    got = ops.strided_slice(pw.tensor(x), begin, end, steps, first, last)
    assert got.shape == x[key].shape
    np.testing.assert_array_equal(got.numpy(), x[key])


def test_the_other_masks(host: str) -> None:
    x = np.arange(24).reshape(2, 3, 4)
    t = pw.tensor(x)
    cut = ops.strided_slice
    np.testing.assert_array_equal(cut(t, [1], [2], shrink_axis_mask=1).numpy(), x[1])
    np.testing.assert_array_equal(cut(t, [0, 1], [0, 3], ellipsis_mask=1).numpy(), x[..., 1:3])
    np.testing.assert_array_equal(cut(t, [0, 1], [0, 2], new_axis_mask=1).numpy(), x[None, 1:2])
    assert cut(t, [0, 9], [2, 12]).shape == (2, 0, 4)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: ops.strided_slice(x, [0], [1], [0]), ValueError, "must not be 0"),
        (lambda x: ops.strided_slice(x, [0], [1, 2]), ValueError, "one length"),
        (lambda x: ops.strided_slice(x, [0] * 4, [1] * 4), IndexError, "4 indices"),
        (lambda x: ops.strided_slice(x, [9], [9], None, 0, 0, 0, 0, 1), IndexError, "index 9"),
        (lambda x: ops.strided_slice(x, [0, 0], [1, 1], ellipsis_mask=3), ValueError, "one bit"),
        (lambda x: x[::0], IndexError, "the step not 0"),
        (lambda x: x[0.5:], IndexError, "whole numbers"),
        (lambda x: x["a"], IndexError, "expected integers"),
    ],
)
def test_refusals(host: str, call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(pw.zeros((2, 3)))


@pytest.mark.parametrize("key", [np.s_[::2], np.s_[:, ::-2], np.s_[-1:0:-1, 1::3], np.s_[1, ::-1]])
def test_gradients(host: str, key: Any) -> None:
    x = np.random.default_rng(0).normal(size=(4, 5))
    check_gradient(lambda t: t[key] * t[key], lambda v: v[key] * v[key], x)


def test_second_gradient(host: str) -> None:
    slope = pw.grad(lambda t: (pw.grad(lambda u: (u[::-2] ** 3).sum())(t) * 2).sum())
    np.testing.assert_allclose(slope(pw.tensor([1.0, 2.0, 3.0])).numpy(), [12, 0, 36], 1e-6)
