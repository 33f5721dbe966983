"""Results whose size the data says: awaited and waited for, on every shape and dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pywebml as pw
from pywebml import ops
from pywebml.host.awaited import Awaited

few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
shapes = st.lists(st.integers(0, 5), min_size=1, max_size=4).map(tuple)


@few
@given(shapes, st.integers(0, 99))
def test_where(host: str, shape: tuple[int, ...], seed: int) -> None:
    x = np.random.default_rng(seed).integers(-1, 2, shape)
    for condition in (x > 0, x.astype(np.int32), x.astype(np.float32)):
        got = ops.where(pw.tensor(condition))
        assert got.dtype == "int32"
        assert got.shape == np.argwhere(condition).shape
        np.testing.assert_array_equal(got.numpy(), np.argwhere(condition))


@few
@given(st.data(), shapes.filter(lambda s: 0 not in s), st.sampled_from(["float32", "bool"]))
def test_boolean_mask(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    at = data.draw(st.integers(0, len(shape) - 1))
    end = data.draw(st.integers(at + 1, len(shape)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x, mask = rng.integers(0, 2, shape).astype(dtype), rng.random(shape[at:end]) < 0.5
    want = x[(slice(None),) * at + (mask,)]
    got = ops.boolean_mask(pw.tensor(x), pw.tensor(mask), at)
    assert got.shape == want.shape
    np.testing.assert_array_equal(got.numpy(), want)


@few
@given(
    st.data(), shapes.filter(lambda s: 0 not in s), st.sampled_from(["float32", "int32", "bool"])
)
def test_unique(host: str, data: Any, shape: tuple[int, ...], dtype: str) -> None:
    axis = data.draw(st.none() | st.integers(0, len(shape) - 1))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = rng.integers(0, 2, shape).astype(dtype)
    values, indices = ops.unique(pw.tensor(x), axis=axis)
    along = x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0)
    rows = [row.tobytes() for row in along]
    firsts = list(dict.fromkeys(rows))
    assert indices.tolist() == [firsts.index(row) for row in rows]
    got = values.numpy() if axis is None else np.moveaxis(values.numpy(), axis, 0)
    np.testing.assert_array_equal(got, along[[rows.index(first) for first in firsts]])
    np.testing.assert_array_equal(got[indices.numpy()], along)


def test_special_values(host: str) -> None:
    values, indices = ops.unique([np.nan, 0.0, -0.0, np.nan, np.inf])
    assert indices.tolist() == [0, 1, 1, 0, 2] and len(values) == 3
    assert ops.unique(pw.zeros(0)).values.shape == (0,)
    assert ops.unique(pw.zeros((3, 0)), axis=0).indices.tolist() == [0, 0, 0]
    assert ops.where(pw.tensor(True)).shape == (1, 0)
    many = np.random.default_rng(0).integers(0, 900, 5000).astype(np.int32)
    values, indices = ops.unique(pw.tensor(many))
    np.testing.assert_array_equal(values.numpy()[indices.numpy()], many)
    assert len(values) == len(set(many.tolist()))


def test_setdiff1d(host: str) -> None:
    for x, y in [([1, 2, 3, 4, 2], [2, 9]), ([5, 5], [5]), ([7], [])]:
        a, b = pw.tensor(x, dtype="int32"), pw.tensor(y, dtype="int32")
        values, indices = ops.setdiff1d(a, b)
        want = [i for i, v in enumerate(x) if v not in y]
        assert indices.tolist() == want and values.tolist() == [x[i] for i in want]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.where_async([True]), r"`await ops\.where_async.*or ops\.where\("),
        (lambda: ops.boolean_mask_async([1], [True]), r"or ops\.boolean_mask\("),
        (lambda: ops.unique_async([1]), r"or ops\.unique\("),
        (lambda: ops.setdiff1d_async([1], [2]), r"or ops\.setdiff1d\("),
    ],
)
def test_awaited(host: str, call: Any, words: str) -> None:
    async def both() -> Any:
        return await call()

    assert pw.run_sync(both()) is not None
    begun = call()
    assert isinstance(begun, Awaited)
    with pytest.raises(AttributeError, match=words):
        _ = begun.values
    begun.close()


def test_refusals(host: str) -> None:
    for call, error, words in [
        (lambda: ops.boolean_mask([1, 2], [True]), ValueError, "must be the shape of x"),
        (lambda: ops.setdiff1d([[1]], [1]), ValueError, r"must be \[n\]"),
        (lambda: ops.setdiff1d([1], [1.0]), TypeError, "cast one of them"),
        (lambda: ops.unique([1], axis=1), ValueError, "unique: axis 1 is out of range"),
        (lambda: ops.where([True], 1.0), TypeError, "a condition alone"),
        (lambda: pw.capture(lambda x: ops.where(x))(pw.tensor([1])), RuntimeError, "was read"),
    ]:
        with pytest.raises(error, match=words):
            call()
