"""Layer normalization: slopes, second ones, and refusals; values are `check`'s."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import differences

import pywebml as pw
from pywebml import ops

X = np.random.default_rng(0).normal(1, 2, size=(4, 6)).astype(np.float32)
GAMMA, BETA = np.random.default_rng(1).uniform(0.5, 1.5, size=(2, 6)).astype(np.float32)
WEIGHT = np.random.default_rng(2).normal(size=(4, 6)).astype(np.float32)


def layer_norm(x: Any, gamma: Any, beta: Any) -> Any:
    d = x - x.mean(-1, keepdims=True)
    return d / np.sqrt((d * d).mean(-1, keepdims=True) + 0.01) * gamma + beta


def rms_norm(x: Any, gamma: Any, beta: Any) -> Any:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 0.01) * gamma + beta


BOTH = [
    (layer_norm, lambda x, g, b: ops.layer_normalization(x, g, b, epsilon=0.01)),
    (rms_norm, lambda x, g, b: ops.rms_normalization(x, g, epsilon=0.01) + b),
]


@pytest.mark.parametrize(("meaning", "ours"), BOTH)
def test_slopes(host: str, meaning: Any, ours: Any) -> None:
    arrays = [X, GAMMA, BETA]

    def loss(*ins: Any) -> Any:
        return (ours(*ins) * pw.tensor(WEIGHT)).sum()

    slopes = pw.grad(loss, argnums=(0, 1, 2))(*map(pw.tensor, arrays))
    for i, slope in enumerate(slopes):

        def of(a: Any, i: int = i) -> float:
            ins = [a if j == i else other.astype(float) for j, other in enumerate(arrays)]
            return float((meaning(*ins) * WEIGHT).sum())

        np.testing.assert_allclose(
            slope.numpy(), differences(of, arrays[i].astype(float)), rtol=2e-3, atol=1e-3
        )


@pytest.mark.parametrize(("meaning", "ours"), BOTH)
def test_slopes_of_slopes(host: str, meaning: Any, ours: Any) -> None:
    """Beside the same made of plain ops."""

    def plain(x: Any, g: Any, b: Any) -> Any:
        d = x - x.mean(-1, True) if meaning is layer_norm else x
        return d * (d.square().mean(-1, True) + 0.01).rsqrt() * g + b

    def second(function: Any) -> list[Any]:
        def first(x: Any, g: Any, b: Any) -> Any:
            both = pw.grad(lambda x, g: (function(x, g, b) ** 3).sum(), argnums=(0, 1))(x, g)
            return sum((slope**2).sum() for slope in both)

        return [
            s.numpy() for s in pw.grad(first, argnums=(0, 1))(*map(pw.tensor, (X, GAMMA, BETA)))
        ]

    for got, want in zip(second(ours), second(plain), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-3, atol=2e-3 * abs(want).max())


def test_many_rows(host: str) -> None:
    """More than one chunk of rows is summed for gamma and beta."""
    x = np.random.default_rng(0).normal(size=(3000, 5)).astype(np.float32)
    ins = [pw.tensor(a) for a in (x, GAMMA[:5], BETA[:5])]
    to_gamma, to_beta = pw.grad(
        lambda x, g, b: (ops.layer_normalization(x, g, b) * x).sum(), argnums=(1, 2)
    )(*ins)
    want = ((x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True) * x).sum(0)
    np.testing.assert_allclose(to_gamma.numpy(), want, rtol=1e-3)
    np.testing.assert_allclose(to_beta.numpy(), x.sum(0), rtol=1e-3, atol=1e-2)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="axis 2 is out of range"):
        ops.layer_normalization(X, axis=2)
    with pytest.raises(ValueError, match=r"weights must have the shape of axis -1, \(6,\)"):
        ops.layer_normalization(X, GAMMA[:5])
    with pytest.raises(ValueError, match="at least one axis"):
        ops.rms_normalization(X, axis=[])
    assert ops.layer_normalization(np.zeros((0, 6), np.float32), GAMMA).shape == (0, 6)
