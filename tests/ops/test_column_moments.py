"""Moments of channels, and batch normalization by them: values and gradients, the
gradient of a gradient, and long columns far from 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.ops.column_moments import ColumnMoments, ColumnPairs, normalize_columns


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    return [random.standard_normal(shape, np.float32) for shape in shapes]


def test_a_mean_far_from_0_costs_no_digits(host: str) -> None:
    """Sums of squares alone would leave nothing of a variance of 1 at 3,000."""
    (x,) = arrays((5000, 7))
    mean, variance = ColumnMoments()(pw.tensor(x + 3000))
    np.testing.assert_allclose(mean.numpy(), (x + 3000).mean(0, dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(variance.numpy(), (x + 3000).var(0, dtype=np.float64), rtol=1e-3)


def same_gradients(own: Any, formula: Any, inputs: list[pw.Tensor]) -> None:
    """Of all inputs, and of the first one's gradient again."""
    ours, expected = pw.grads(own)(inputs), pw.grads(formula)(inputs)
    for one, two in zip(ours, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=2e-4, atol=2e-4)
    (w,) = (pw.tensor(a) for a in arrays(inputs[0].shape))

    def twice(f: Any) -> Any:
        slope = pw.grad(lambda x: f(x, *inputs[1:]))
        return pw.grad(lambda x: (slope(x) * w).sum())(inputs[0]).numpy()

    np.testing.assert_allclose(twice(own), twice(formula), rtol=2e-3, atol=2e-3)


def test_gradients(host: str) -> None:
    shapes = ((3, 2, 4), (3, 2, 4), (4,), (4,), (4,), (4,))
    x, g, mean, factor, w, v = (pw.tensor(a) for a in arrays(*shapes))

    def moments(x: pw.Tensor) -> pw.Tensor:
        first, second = ColumnMoments()(x)
        return (first.square() * w + second.square() * v).sum()

    def moments_formula(x: pw.Tensor) -> pw.Tensor:
        first = x.mean((0, 1))
        second = (x - first).square().mean((0, 1))
        return (first.square() * w + second.square() * v).sum()

    def pairs(g: pw.Tensor, x: pw.Tensor, mean: pw.Tensor, factor: pw.Tensor) -> pw.Tensor:
        first, second = ColumnPairs()(g, x, mean, factor)
        return (first * w + second.square()).sum()

    def pairs_formula(g: pw.Tensor, x: pw.Tensor, mean: pw.Tensor, factor: pw.Tensor) -> pw.Tensor:
        second = (g * (x - mean)).sum((0, 1)) * factor
        return (g.sum((0, 1)) * w + second.square()).sum()

    same_gradients(moments, moments_formula, [x])
    same_gradients(pairs, pairs_formula, [g, x, mean, factor])


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("shifted", [True, False])
def test_normalizing_is_what_its_formula_says(host: str, scaled: bool, shifted: bool) -> None:
    x, gamma, beta, w = (pw.tensor(a) for a in arrays((5, 3, 4), (4,), (4,), (5, 3, 4)))

    def own(x: pw.Tensor, gamma: pw.Tensor, beta: pw.Tensor) -> pw.Tensor:
        y, _, _ = normalize_columns(x, gamma if scaled else None, beta if shifted else None, 1e-3)
        return (y * w).square().sum() + (gamma + beta).sum()

    def formula(x: pw.Tensor, gamma: pw.Tensor, beta: pw.Tensor) -> pw.Tensor:
        d = x - x.mean((0, 1))
        y = d * (d.square().mean((0, 1)) + 1e-3).rsqrt()
        y = y * gamma if scaled else y
        y = y + beta if shifted else y
        return (y * w).square().sum() + (gamma + beta).sum()

    same_gradients(own, formula, [x, gamma, beta])


def test_shapes_that_do_not_fit_are_refused() -> None:
    x, g, mean = (pw.tensor(a) for a in arrays((3, 4), (2, 4), (4,)))
    with pytest.raises(ValueError, match=r"got \(2, 4\), \(3, 4\), \(4,\) and \(4,\)"):
        ColumnPairs()(g, x, mean, mean)
    with pytest.raises(ValueError, match=r"at least one for each, got int32 \(2,\)"):
        ColumnMoments()(pw.tensor([1, 2]))
