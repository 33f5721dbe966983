"""Ops that move elements: values for any shape up to rank 6, the merged and four-wide
walks, gradients, refusals.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient

from pywebml import ops
from pywebml.core.autodiff import grad
from pywebml.core.tensor import tensor

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = (
    st.lists(st.sampled_from([1, 2, 3, 4, 5, 8]), min_size=1, max_size=6)
    .map(tuple)
    .filter(lambda s: np.prod(s) < 3000)
)
dtypes = st.sampled_from(["float32", "int32", "bool"])


def ramp(shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return x % 3 == 0 if dtype == "bool" else x.astype(dtype)


def same(got: Any, want: np.ndarray) -> None:
    got = got.numpy()
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


@few
@given(st.data(), shapes, dtypes)
def test_transpose(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    x = ramp(shape, dtype)
    perm = data.draw(st.permutations(range(len(shape))))
    same(ops.transpose(tensor(x), perm), np.transpose(x, perm))
    same(ops.transpose(tensor(x)), x.T)


@pytest.mark.parametrize(
    ("shape", "perm"),
    [
        ((2, 3, 1, 2, 2, 3, 2), (0, 1, 4, 5, 2, 3, 6)),
        ((2, 1, 3, 2, 1, 2, 2, 3), (6, 7, 0, 1, 2, 5, 4, 3)),
    ],
)
def test_transpose_of_many_axes_that_move_together(
    host: str, shape: tuple[int, ...], perm: tuple[int, ...]
) -> None:
    x = ramp(shape, "float32")
    same(ops.transpose(tensor(x), perm), np.transpose(x, perm))


@few
@given(st.data(), shapes, dtypes)
def test_slice_and_pad(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    x = ramp(shape, dtype)
    begin = [data.draw(st.integers(0, n - 1)) for n in shape]
    size = [data.draw(st.integers(1, n - b)) for n, b in zip(shape, begin, strict=True)]
    same(
        ops.slice(tensor(x), begin, size),
        x[tuple(slice(b, b + s) for b, s in zip(begin, size, strict=True))],
    )
    paddings = [
        (data.draw(st.sampled_from([0, 0, 1, 4])), data.draw(st.sampled_from([0, 0, 2, 4])))
        for _ in shape
    ]
    if np.prod([n + a + b for n, (a, b) in zip(shape, paddings, strict=True)]) < 20_000:
        same(ops.pad(tensor(x), paddings, constant_value=1), np.pad(x, paddings, constant_values=1))


@few
@given(st.data(), shapes, dtypes)
def test_concat_split_stack(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    lengths = data.draw(st.lists(st.sampled_from([1, 2, 4]), min_size=1, max_size=4))
    parts = []
    for i, n in enumerate(lengths):
        cut = list(shape)
        cut[axis] = n
        parts.append(
            ramp(tuple(cut), dtype) if dtype == "bool" else ramp(tuple(cut), dtype) + 100 * i
        )
    whole = np.concatenate(parts, axis)
    joined = ops.concat([tensor(p.astype(dtype)) for p in parts], axis)
    same(joined, whole.astype(dtype))
    for got, want in zip(ops.split(joined, axis=axis, sizes=lengths), parts, strict=True):
        same(got, want.astype(dtype))
    if len(shape) < 6:
        x = ramp(shape, dtype)
        stacked = ops.stack([tensor(x)] * 3, axis)
        same(stacked, np.stack([x] * 3, axis))
        for got in ops.unstack(stacked, axis=axis):
            same(got, x)


def test_more_inputs_than_bindings(host: str) -> None:
    parts = [ramp((2, 1 + i % 3)) + i for i in range(23)]
    same(ops.concat([tensor(p) for p in parts], 1), np.concatenate(parts, 1))


@few
@given(st.data(), shapes, dtypes)
def test_broadcast_tile_flip(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    x = ramp(shape, dtype)
    narrow = tuple(data.draw(st.sampled_from([1, n])) for n in shape)[
        data.draw(st.integers(0, len(shape))) :
    ]
    y = ramp(narrow, dtype)
    same(ops.broadcast_to(tensor(y), shape), np.broadcast_to(y, shape))
    axes = data.draw(st.none() | st.sets(st.integers(0, len(shape) - 1), min_size=1).map(tuple))
    same(ops.flip(tensor(x), axes), np.flip(x, axes))
    reps = data.draw(st.lists(st.sampled_from([1, 1, 2, 3]), min_size=1, max_size=len(shape)))
    if x.size * np.prod(reps) < 20_000:
        same(ops.tile(tensor(x), reps), np.tile(x, reps))


@few
@given(st.integers(1, 9), st.sampled_from([(), (3,), (4,), (2, 8)]), st.integers(-5, 12), st.data())
def test_dynamic_slice(host: str, rows: int, rest: tuple[int, ...], start: int, data: Any) -> None:
    x = ramp((rows, *rest))
    size = data.draw(st.integers(1, rows))
    at = min(max(start, 0), rows - size)  # a start that would leave x is clamped
    same(ops.dynamic_slice(tensor(x), tensor([start]), size), x[at : at + size])
    weights = np.arange(1, x[at : at + size].size + 1, dtype=np.float32).reshape(size, *rest)
    slope = grad(lambda t: (ops.dynamic_slice(t, tensor([start]), size) * tensor(weights)).sum())(
        tensor(x)
    )
    want = np.zeros_like(x)
    want[at : at + size] = weights
    same(slope, want)


def test_views(host: str) -> None:
    x = ramp((2, 1, 3, 1))
    same(ops.expand_dims(tensor(x), -1), x[..., None])
    same(ops.squeeze(tensor(x)), x.squeeze())
    same(ops.squeeze(tensor(x), 1), x.squeeze(1))
    same(ops.reshape(tensor(x), (3, -1)), x.reshape(3, -1))
    same(ops.split(tensor(ramp((6, 2))), 3)[1], ramp((6, 2))[2:4])
    same(ops.split(tensor(ramp((6, 2))), sizes=[1, -1])[1], ramp((6, 2))[1:])
    same(ops.slice(tensor(ramp((6, 2))), 4, 1), ramp((6, 2))[4:5])


def test_tile_of_rank_six(host: str) -> None:
    x = ramp((2, 1, 2, 1, 2, 3))
    same(ops.tile(tensor(x), (2, 1, 2, 3, 1, 2)), np.tile(x, (2, 1, 2, 3, 1, 2)))


def test_negative_zero_and_nan_move_unchanged(host: str) -> None:
    x = np.array([[np.nan, -0.0], [np.inf, 1e-40]], np.float32)
    got = ops.transpose(tensor(x)).numpy()
    np.testing.assert_array_equal(np.signbit(got), np.signbit(x.T))
    np.testing.assert_array_equal(got, x.T)


@pytest.mark.parametrize(
    ("ours", "meaning"),
    [
        (lambda t: ops.transpose(t, (2, 0, 1)), lambda v: v.transpose(2, 0, 1)),
        (lambda t: ops.slice(t, (0, 1, 1), (2, 2, 2)), lambda v: v[:, 1:3, 1:3]),
        (
            lambda t: ops.pad(t, ((1, 0), (0, 2), (1, 1)), constant_value=3.0),
            lambda v: np.pad(v, ((1, 0), (0, 2), (1, 1)), constant_values=3.0),
        ),
        (lambda t: ops.concat([t, t * 2, t], 1), lambda v: np.concatenate([v, v * 2, v], 1)),
        (lambda t: ops.stack([t, t * t], -1), lambda v: np.stack([v, v * v], -1)),
        (lambda t: ops.flip(t, (0, 2)), lambda v: np.flip(v, (0, 2))),
        (lambda t: ops.tile(t, (2, 1, 3)), lambda v: np.tile(v, (2, 1, 3))),
        (lambda t: ops.broadcast_to(t, (4, 2, 3, 4)), lambda v: np.broadcast_to(v, (4, 2, 3, 4))),
        (
            lambda t: ops.broadcast_to(ops.slice(t, 0, 1), (5, 3, 4)),
            lambda v: np.broadcast_to(v[:1], (5, 3, 4)),
        ),
        (
            lambda t: ops.split(t, 2, 2)[1] * ops.unstack(t)[0][0, 0],
            lambda v: v[:, :, 2:] * v[0, 0, 0],
        ),
    ],
    ids=[
        "transpose",
        "slice",
        "pad",
        "concat",
        "stack",
        "flip",
        "tile",
        "broadcast",
        "broadcast row",
        "split",
    ],
)
def test_gradients(host: str, ours: Any, meaning: Any) -> None:
    check_gradient(ours, meaning, np.random.default_rng(1).normal(size=(2, 3, 4)))


def test_second_gradient(host: str) -> None:
    def f(t: Any) -> Any:
        y = ops.pad(ops.transpose(t), ((1, 0), (0, 1)))
        return ops.sum(y * y * y)

    x = np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)
    second = grad(lambda t: ops.sum(grad(f)(t)))(tensor(x))
    np.testing.assert_allclose(second.numpy(), 6 * x, rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: ops.transpose(x, (0, 0)), "once"),
        (lambda x: ops.slice(x, (0, 2), (2, 2)), "does not lie in axis 1"),
        (lambda x: ops.slice(x, (0, 0, 0), (1, 1, 1)), "more entries"),
        (lambda x: ops.pad(x, ((1, 1),)), "one \\(before, after\\) for each axis"),
        (lambda x: ops.pad(x, ((-1, 1), (0, 0))), "negative"),
        (lambda x: ops.concat([x, ops.transpose(x)], 0), "must be equal in all axes but 0"),
        (lambda x: ops.concat([]), "at least one"),
        (lambda x: ops.stack([x, ops.transpose(x)]), "all of one shape"),
        (lambda x: ops.split(x, 2, 1), "does not divide"),
        (lambda x: ops.split(x, axis=1, sizes=[1, 1]), "add up to 3"),
        (lambda x: ops.squeeze(x, 0), "must have size 1"),
        (lambda x: ops.broadcast_to(x, (3, 3)), "does not fit"),
        (lambda x: ops.tile(x, (-1, 1)), "must not be negative"),
        (lambda x: ops.flip(x, 5), "out of range"),
        (lambda x: ops.dynamic_slice(x, 0, 3), "between 1 and the 2 rows"),
        (lambda x: ops.broadcast_to(x, (1, 1, 1, 1, 1, 2, 3)), "above 6"),
    ],
)
def test_refusals(host: str, call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(tensor(ramp((2, 3))))


def test_types_that_do_not_mix(host: str) -> None:
    with pytest.raises(TypeError, match="cast one"):
        ops.concat([tensor([1], dtype="uint32"), tensor([1])])
    with pytest.raises(TypeError, match="pixels_to_tensor"):
        ops.transpose(tensor(np.zeros((2, 4), np.uint8), dtype="uint8"))
