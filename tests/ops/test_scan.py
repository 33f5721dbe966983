"""Running sums and products: every axis and direction, rows longer than a workgroup
walks through, gradients with zeros among the factors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient, real_gpu_kernels

import pywebml as pw
from pywebml import ops

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def scanned(x: Any, axis: int, product: bool, exclusive: bool, reverse: bool) -> Any:
    x = np.flip(x, axis) if reverse else x
    y = (np.cumprod if product else np.cumsum)(x, axis)
    if exclusive:
        y = np.moveaxis(y, axis, 0)
        y = np.moveaxis(np.concatenate([np.full_like(y[:1], int(product)), y[:-1]]), 0, axis)
    return np.flip(y, axis) if reverse else y


@few
@given(
    st.data(),
    st.lists(st.sampled_from([1, 2, 3, 9, 40]), min_size=1, max_size=4).map(tuple),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["int32", "float32"]),
)
def test_every_axis(
    host: str, data: Any, shape: tuple[int, ...], exclusive: bool, reverse: bool, dtype: str
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(0).integers(-3, 4, shape).astype(dtype)
    for name, product in (("cumsum", False), ("cumprod", True)):
        got = getattr(ops, name)(pw.tensor(x), axis, exclusive=exclusive, reverse=reverse)
        assert got.dtype == dtype
        want = scanned(x, axis, product, exclusive, reverse)
        np.testing.assert_allclose(got.numpy(), want.astype(dtype), 1e-5)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("n", [2047, 4097, 70_001])
def test_long_rows(host: str, rows: int, n: int) -> None:
    x = np.random.default_rng(1).integers(-99, 99, (rows, n), dtype=np.int32)
    for exclusive, reverse in ((False, False), (True, True)):
        got = ops.cumsum(pw.tensor(x), 1, exclusive=exclusive, reverse=reverse).numpy()
        np.testing.assert_array_equal(got, scanned(x, 1, False, exclusive, reverse))
    floats = np.random.default_rng(2).normal(size=(rows, n)).astype(np.float32)
    with real_gpu_kernels():
        got = ops.cumsum(pw.tensor(floats), 1).numpy()
    np.testing.assert_allclose(got, np.cumsum(floats, 1, np.float64), 1e-4, 1e-2)
    np.testing.assert_array_equal(ops.cumsum(pw.tensor(floats), 1).numpy(), got)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("zeros", [[], [1], [0, 3], [1, 2, 4]])
def test_gradients(host: str, exclusive: bool, reverse: bool, zeros: list[int]) -> None:
    x = np.random.default_rng(3).uniform(0.5, 2, (2, 5))
    x[:, zeros] = 0
    for ours, product in ((ops.cumsum, False), (ops.cumprod, True)):
        check_gradient(
            lambda t, f=ours: f(t, 1, exclusive=exclusive, reverse=reverse),
            lambda v, p=product: scanned(v, 1, p, exclusive, reverse),
            x,
        )


def test_second_gradients(host: str) -> None:
    def slope(t: Any) -> Any:
        return pw.grad(lambda u: (ops.cumprod(u) ** 2).sum())(t)

    x = np.array([1.5, -0.5, 2.0])
    check_gradient(slope, lambda v: _slope_of_squares(v), x, 2e-2)


def _slope_of_squares(v: Any) -> Any:
    y = np.cumprod(v)
    return np.array([2 * (y[i:] ** 2).sum() / v[i] for i in range(len(v))])


def test_refusals(host: str) -> None:
    for call, words in [
        (lambda: ops.cumsum(3.0), "out of range"),
        (lambda: ops.cumsum([1.0], 1), "cumsum: axis 1 is out of range"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(TypeError, match="exclusive=True"):
        ops.cumsum([1.0], 0, True)  # type: ignore[misc]
