"""Dense layers on weights in bytes: the same as with the weights written out, for odd
sizes, on every host.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywebml import ops


def drawn(m: int, k: int, n: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(m + 100 * k + 10_000 * n)
    data = rng.integers(0, 256, (n, -(-k // 4) * 4), dtype=np.uint8)
    scale, low, bias = (rng.normal(size=n).astype(np.float32) for _ in range(3))
    return rng.normal(size=(m, k)).astype(np.float32), data, np.abs(scale) / 100, low, bias


@given(st.integers(0, 9), st.integers(1, 40), st.integers(1, 11))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_odd_sizes(host: str, m: int, k: int, n: int) -> None:
    x, data, scale, low, bias = drawn(m, k, n)
    weights = data[:, :k].astype(np.float64) * scale[:, None] + low[:, None]
    y = ops.bytes_dense(x, data, scale, low, bias)
    assert y.shape == (m, n)
    np.testing.assert_allclose(y.numpy(), x @ weights.T + bias, atol=2e-4, rtol=1e-4)


def test_leading_axes_and_activations(host: str) -> None:
    x, data, scale, low, bias = drawn(6, 5, 3)
    flat = ops.bytes_dense(x, data, scale, low, bias, activation="relu").numpy()
    cube = ops.bytes_dense(x.reshape(2, 3, 5), data, scale, low, bias, activation="relu")
    np.testing.assert_array_equal(cube.numpy().reshape(6, 3), flat)
    assert flat.min() == 0 < flat.max()


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({0: np.zeros((2, 9), np.float32)}, ValueError, "rounded up to a multiple of 4"),
        ({1: np.zeros((3, 5), np.uint8)}, ValueError, "rounded up to a multiple of 4"),
        ({2: np.zeros(2, np.float32)}, ValueError, r"must have shape \(3,\), got \(2,\)"),
        ({4: np.zeros(3, np.int32)}, TypeError, "the rest float32"),
    ],
)
def test_what_does_not_fit(change: dict[int, Any], error: type[Exception], says: str) -> None:
    arrays = list(drawn(2, 5, 3))
    for i, array in change.items():
        arrays[i] = array
    with pytest.raises(error, match=says):
        ops.bytes_dense(*arrays)
    with pytest.raises(ValueError, match="activation"):
        ops.bytes_dense(*drawn(2, 5, 3), activation="gelu")
