"""What the tests of ops share: slopes by finite differences, gradients against them,
and the kernels of real GPUs on any adapter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from pywebml.core.autodiff import grad
from pywebml.core.op import Op
from pywebml.core.tensor import flush, tensor
from pywebml.device import get_device


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Central differences of f at x, in float64."""
    slope = np.empty_like(x)
    for i in np.ndindex(x.shape):
        high, low = x.copy(), x.copy()
        high[i] += step
        low[i] -= step
        slope[i] = (f(high) - f(low)) / (2 * step)
    return slope


def check_gradient(
    ours: Callable[[Any], Any],
    meaning: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    atol: float = 2e-4,
) -> None:
    """The gradient of a weighted sum of `ours(x)` against differences of `meaning`."""
    x = np.asarray(x, np.float32).astype(np.float64)
    weights = np.random.default_rng(0).normal(size=np.shape(meaning(x))).astype(np.float32)
    got = grad(lambda t: (ours(t) * tensor(weights)).sum())(tensor(x.astype(np.float32))).numpy()
    want = differences(lambda v: float((meaning(v) * weights).sum()), x)
    np.testing.assert_allclose(got, want, rtol=2e-3, atol=atol)


def run(op: Op, *arrays: Any) -> Any:
    """The op on tensors of these arrays, read back."""
    return op(*(tensor(a) for a in arrays)).numpy()


@contextmanager
def real_gpu_kernels() -> Iterator[None]:
    """The kernels that a real GPU gets, on whatever adapter is in use."""
    device = get_device()
    before = device.adapter
    flush()
    device.adapter = dataclasses.replace(before, software=False)
    try:
        yield
    finally:
        flush()
        device.adapter = before
