"""Reductions: values over any axes, both kernels, extremes and ties, gradients against
float64 differences.
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
from pywebml.device import get_device

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def shapes_and_axes(draw: Any) -> tuple[tuple[int, ...], Any]:
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=5)))
    axes = draw(
        st.none()
        | st.integers(-len(shape), len(shape) - 1)
        | st.sets(st.integers(0, len(shape) - 1), min_size=1).map(tuple)
    )
    return shape, axes


@few
@given(
    shapes_and_axes(),
    st.booleans(),
    st.sampled_from(["sum", "mean", "max", "min", "prod"]),
    st.integers(0, 99),
)
def test_reductions_over_any_axes(
    host: str, shape_axes: Any, keepdims: bool, kind: str, seed: int
) -> None:
    shape, axes = shape_axes
    x = np.random.default_rng(seed).uniform(-1.5, 1.5, shape).astype(np.float32)
    got = getattr(ops, kind)(tensor(x), axes, keepdims).numpy()
    want = getattr(np, kind)(x.astype(np.float64), axis=axes, keepdims=keepdims)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


@few
@given(st.integers(1, 3), st.integers(1, 3000), st.integers(1, 70), st.sampled_from(["sum", "max"]))
def test_long_axes_in_both_kernels(host: str, outer: int, n: int, inner: int, kind: str) -> None:
    n = max(1, n // inner) if inner > 8 else n
    x = np.random.default_rng(n).normal(size=(outer, n, inner)).astype(np.float32)
    want = getattr(np, kind)(x.astype(np.float64), axis=1)
    np.testing.assert_allclose(getattr(ops, kind)(tensor(x), 1).numpy(), want, rtol=1e-5, atol=2e-4)
    with real_gpu_kernels():
        np.testing.assert_allclose(
            getattr(ops, kind)(tensor(x), 1).numpy(), want, rtol=1e-5, atol=2e-4
        )


@pytest.mark.parametrize("shape", [(300_001,), (2, 140_000), (70_000, 3), (9, 8, 1000)])
def test_chunked_sums(host: str, shape: tuple[int, ...]) -> None:
    """More than lavapipe's 65,535 iterations, and more than one launch."""
    x = np.random.default_rng(1).normal(1, 1, shape).astype(np.float32)
    axis = 0 if len(shape) == 1 or shape[0] == 70_000 else -1
    want = x.astype(np.float64).sum(axis)
    np.testing.assert_allclose(ops.sum(tensor(x), axis).numpy(), want, rtol=1e-5)
    np.testing.assert_allclose(ops.mean(tensor(x)).numpy(), x.astype(np.float64).mean(), rtol=1e-5)
    assert ops.argmax(tensor(x)).item() == int(np.argmax(x))
    with real_gpu_kernels():
        np.testing.assert_allclose(ops.sum(tensor(x), axis).numpy(), want, rtol=1e-5)
        np.testing.assert_allclose(
            ops.mean(tensor(x)).numpy(), x.astype(np.float64).mean(), rtol=1e-5
        )


def test_sums_repeat_bit_by_bit(host: str) -> None:
    x = tensor(np.random.default_rng(2).normal(size=50_000).astype(np.float32))
    assert ops.sum(x).item() == ops.sum(x).item()


def test_booleans_and_integers(host: str) -> None:
    x = np.random.default_rng(3).integers(-5, 5, (6, 7), dtype=np.int32)
    assert ops.sum(tensor(x), 0).dtype == "int32"
    np.testing.assert_array_equal(ops.sum(tensor(x), 0).numpy(), x.sum(0))
    np.testing.assert_array_equal(ops.min(tensor(x), (0, 1)).numpy(), x.min())
    np.testing.assert_allclose(ops.mean(tensor(x), 1).numpy(), x.mean(1), rtol=1e-6)
    truth = x > 2
    assert ops.sum(tensor(truth)).item() == truth.sum()
    assert ops.any(tensor(truth), 1).dtype == "bool"
    np.testing.assert_array_equal(ops.any(tensor(truth), 1).numpy(), truth.any(1))
    np.testing.assert_array_equal(
        ops.all(tensor(truth | (x < 2)), 0).numpy(), (truth | (x < 2)).all(0)
    )
    # not zero counts as true
    np.testing.assert_array_equal(ops.all(tensor(x), 0).numpy(), x.all(0))


@few
@given(shapes_and_axes(), st.booleans(), st.integers(0, 99))
def test_arguments(host: str, shape_axes: Any, keepdims: bool, seed: int) -> None:
    shape, axes = shape_axes
    axis = axes[0] if isinstance(axes, tuple) else axes
    # many ties: the first wins
    x = np.random.default_rng(seed).integers(-3, 3, shape).astype(np.float32)
    for ours, theirs in ((ops.argmax, np.argmax), (ops.argmin, np.argmin)):
        got = ours(tensor(x), axis, keepdims)
        assert got.dtype == "int32"
        np.testing.assert_array_equal(got.numpy(), theirs(x, axis=axis, keepdims=keepdims))


def test_nan_and_infinity(host: str) -> None:
    x = np.array(
        [[1, np.nan, 3], [np.inf, 2, 1], [-np.inf, -np.inf, -np.inf], [np.inf, -np.inf, 0]],
        np.float32,
    )
    with np.errstate(invalid="ignore"):
        for kind in ("sum", "mean", "max", "min"):
            np.testing.assert_array_equal(
                getattr(ops, kind)(tensor(x), 1).numpy(), getattr(np, kind)(x, axis=1)
            )
    with real_gpu_kernels():
        np.testing.assert_array_equal(ops.max(tensor(x), 1).numpy(), np.max(x, axis=1))
    np.testing.assert_array_equal(ops.argmax(tensor(x), 1).numpy(), np.argmax(x, 1))
    np.testing.assert_allclose(ops.logsumexp(tensor(x[1:3]), 1).numpy(), [np.inf, -np.inf])


@few
@given(shapes_and_axes(), st.booleans(), st.floats(-500, 500))
def test_logsumexp(host: str, shape_axes: Any, keepdims: bool, shift: float) -> None:
    shape, axes = shape_axes
    x = (np.random.default_rng(4).normal(size=shape) + shift).astype(np.float32)
    wide = x.astype(np.float64)
    want = np.log(np.exp(wide - shift).sum(axis=axes, keepdims=keepdims)) + shift
    np.testing.assert_allclose(
        ops.logsumexp(tensor(x), axes, keepdims).numpy(), want, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
@pytest.mark.parametrize("kind", ["sum", "mean", "max", "min", "prod", "logsumexp"])
def test_gradients(host: str, kind: str, axis: Any) -> None:
    x = np.random.default_rng(5).permutation(np.linspace(0.4, 1.9, 24)).reshape(2, 3, 4)

    def meaning(v: np.ndarray) -> np.ndarray:
        if kind == "logsumexp":
            return np.log(np.exp(v).sum(axis=axis))
        return np.asarray(getattr(np, kind)(v, axis=axis))

    check_gradient(
        lambda t: getattr(ops, kind)(t, axis), meaning, x, atol=2e-4 if kind != "prod" else 1e-2
    )


def test_ties_share_the_gradient(host: str) -> None:
    slope = grad(lambda t: ops.max(t, 1).sum())(
        tensor([[1.0, 3.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0]])
    )
    np.testing.assert_allclose(slope.numpy(), [[0, 0.5, 0.5, 0], [0.25] * 4])


@pytest.mark.parametrize(
    "row", [[2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [-2.0, 4.0, 0.5]]
)
def test_product_with_zeros(host: str, row: list[float]) -> None:
    slope = grad(lambda t: ops.prod(t))(tensor(row))
    np.testing.assert_allclose(
        slope.numpy(), [np.prod(row[:i] + row[i + 1 :]) for i in range(3)], rtol=1e-6
    )


def test_second_gradient_of_a_variance(host: str) -> None:
    """sum of squares about the mean: its Hessian is 2 (I - 1/n), so along ones it
    vanishes.
    """

    def spread(t: Any) -> Any:
        centered = t - ops.mean(t)
        return ops.sum(centered * centered)

    x = np.array([1.0, 4.0, -2.0], np.float32)
    row = grad(lambda t: (grad(spread)(t) * tensor([1.0, 0.0, 0.0])).sum())(tensor(x))
    np.testing.assert_allclose(row.numpy(), [4 / 3, -2 / 3, -2 / 3], atol=1e-5)


def test_refusals(host: str) -> None:
    x = tensor(np.ones((2, 3), np.float32))
    with pytest.raises(ValueError, match="axis 2 is out of range for a tensor of rank 2"):
        ops.sum(x, 2)
    with pytest.raises(ValueError, match="twice"):
        ops.sum(x, (0, -2))
    with pytest.raises(TypeError, match="axis must be an int"):
        ops.max(x, 1.5)
    with pytest.raises(TypeError, match="pixels_to_tensor"):
        ops.sum(tensor(np.zeros((2, 2, 4), np.uint8), dtype="uint8"))


def test_device_is_the_one_asked_for(host: str) -> None:
    assert get_device().adapter.language == ("numpy" if host == "cpu" else "wgsl")
