"""Softmax and cross-entropies: values, extremes, both kernels, and gradients of both
orders against float64 differences.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywebml.core.autodiff import grad
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.device import get_device
from pywebml.ops.cross_entropy import (
    SoftmaxCrossEntropy,
    SparseSoftmaxCrossEntropy,
    softmax_cross_entropy,
    sparse_softmax_cross_entropy,
)
from pywebml.ops.softmax import LogSoftmax, Softmax, log_softmax, softmax

few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def reference(x: np.ndarray) -> np.ndarray:
    """log(softmax(x)) in float64."""
    d = np.asarray(x, np.float64) - np.max(x, -1, keepdims=True)
    return d - np.log(np.exp(d).sum(-1, keepdims=True))


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Central differences of f at x in float64."""
    slope = np.empty_like(x)
    for i in np.ndindex(x.shape):
        high, low = x.copy(), x.copy()
        high[i] += step
        low[i] -= step
        slope[i] = (f(high) - f(low)) / (2 * step)
    return slope


def single(x: np.ndarray) -> Any:
    return tensor(np.asarray(x, np.float32))


shapes = st.one_of(
    st.tuples(st.integers(1, 70), st.integers(1, 40)),
    st.tuples(st.integers(1, 3), st.integers(200, 600)),
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 9)),
)


@few
@given(
    shape=shapes,
    scale=st.sampled_from([0.1, 3.0, 1e4]),
    workgroups=st.booleans(),
    seed=st.integers(0, 99),
)
def test_values(
    host: str, shape: tuple[int, ...], scale: float, workgroups: bool, seed: int
) -> None:
    """On any shape, near and far out, with the kernels of software adapters and those
    of real GPUs.
    """
    random = np.random.default_rng(seed)
    x = (random.standard_normal(shape) * scale).astype(np.float32)
    labels = random.random(shape, np.float32)
    classes = random.integers(0, shape[-1], shape[:-1], np.int32)
    logs = reference(x)
    device = get_device()
    adapter = device.adapter
    try:
        if workgroups and host == "gpu":
            device.adapter = dataclasses.replace(adapter, software=False)
        np.testing.assert_allclose(softmax(x).numpy(), np.exp(logs), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(log_softmax(x).numpy(), logs, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(
            softmax_cross_entropy(labels, x).numpy(), -(labels * logs).sum(-1), rtol=1e-4, atol=1e-5
        )
        picked = -np.take_along_axis(logs, classes[..., None], -1)[..., 0]
        np.testing.assert_allclose(
            sparse_softmax_cross_entropy(classes, x).numpy(), picked, rtol=1e-5, atol=1e-5
        )
    finally:
        device.adapter = adapter


def test_extremes_stay_finite(host: str) -> None:
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], np.float32)
    labels = np.array([[0, 1, 0], [0, 0, 1]], np.float32)
    np.testing.assert_allclose(
        softmax_cross_entropy(labels, x).numpy(), [2e4, np.log(3)], rtol=1e-6
    )
    slope = grad(lambda z: softmax_cross_entropy(labels, z).sum())(single(x)).numpy()
    np.testing.assert_allclose(slope, [[1, -1, 0], [1 / 3, 1 / 3, -2 / 3]], atol=1e-6)


def test_masked_classes_cost_nothing_without_a_label(host: str) -> None:
    x = np.array([[0.0, -np.inf, 0.0]], np.float32)
    np.testing.assert_allclose(
        softmax_cross_entropy(np.array([[1, 0, 0]], np.float32), x).numpy(), [np.log(2)], rtol=1e-6
    )


def test_labels_that_are_no_class_give_nan(host: str) -> None:
    loss = sparse_softmax_cross_entropy(
        np.array([-1, 2, 3], np.int32), np.zeros((3, 3), np.float32)
    ).numpy()
    np.testing.assert_allclose(loss, [np.nan, np.log(3), np.nan], rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_other_axes(host: str, axis: int) -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 5)).astype(np.float32)
    want = np.moveaxis(reference(np.moveaxis(x, axis, -1)), -1, axis)
    np.testing.assert_allclose(softmax(x, axis).numpy(), np.exp(want), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(log_softmax(x, axis).numpy(), want, rtol=1e-5, atol=1e-5)


# gradients: f(x) in tensors and in float64, on x [2, 4]

random = np.random.default_rng(7)
X = random.standard_normal((2, 4))
WEIGHT = random.standard_normal((2, 4))
ROWS = np.array([0.5, -2.0])
LABELS = random.random((2, 4)) * 3  # rows that do not sum to 1
CLASSES = np.array([3, 1], np.int32)


def all_outputs(loss: Any, y: Any, slope: Any) -> Any:
    return (
        (loss * single(ROWS)).sum()
        + (y * y * single(WEIGHT)).sum()
        + (slope * slope * single(WEIGHT)).sum()
    )


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[np.ndarray], float]]] = {
    "softmax": (
        lambda x: (softmax(x) * single(WEIGHT)).sum(),
        lambda x: float((np.exp(reference(x)) * WEIGHT).sum()),
    ),
    "log_softmax": (
        lambda x: (log_softmax(x) * single(WEIGHT)).sum(),
        lambda x: float((reference(x) * WEIGHT).sum()),
    ),
    "cross-entropy": (
        lambda x: (softmax_cross_entropy(single(LABELS), x) * single(ROWS)).sum(),
        lambda x: float(-((LABELS * reference(x)).sum(-1) * ROWS).sum()),
    ),
    "cross-entropy of the labels": (
        lambda x: (softmax_cross_entropy(x, single(WEIGHT)) * single(ROWS)).sum(),
        lambda x: float(-((x * reference(WEIGHT)).sum(-1) * ROWS).sum()),
    ),
    "all outputs": (
        lambda x: all_outputs(*SoftmaxCrossEntropy()(single(LABELS), x)),
        lambda x: float(
            -((LABELS * reference(x)).sum(-1) * ROWS).sum()
            + (np.exp(2 * reference(x)) * WEIGHT).sum()
            + ((LABELS.sum(-1, keepdims=True) * np.exp(reference(x)) - LABELS) ** 2 * WEIGHT).sum()
        ),
    ),
    "the gradient as a function of the labels": (
        lambda x: (SoftmaxCrossEntropy(0.5)(x, single(WEIGHT))[2] ** 2 * single(WEIGHT)).sum(),
        lambda x: float(
            (0.25 * (x.sum(-1, keepdims=True) * np.exp(reference(WEIGHT)) - x) ** 2 * WEIGHT).sum()
        ),
    ),
    "scaled": (
        lambda x: (
            lambda loss, y, slope: (loss * single(ROWS)).sum() + (slope * single(WEIGHT)).sum()
        )(*SparseSoftmaxCrossEntropy(0.5)(tensor(CLASSES), x)),
        lambda x: float(
            -(reference(x)[[0, 1], CLASSES] * ROWS).sum()
            + 0.5 * ((np.exp(reference(x)) - np.eye(4)[CLASSES]) * WEIGHT).sum()
        ),
    ),
    "sparse": (
        lambda x: (sparse_softmax_cross_entropy(tensor(CLASSES), x) * single(ROWS)).sum(),
        lambda x: float(-(reference(x)[[0, 1], CLASSES] * ROWS).sum()),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradient(host: str, name: str) -> None:
    ours, wide = FUNCTIONS[name]
    np.testing.assert_allclose(
        grad(ours)(single(X)).numpy(), differences(wide, X), rtol=1e-4, atol=1e-5
    )


# linear in its labels
@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "cross-entropy of the labels"])
def test_second_gradient(host: str, name: str) -> None:
    ours, wide = FUNCTIONS[name]
    want = differences(lambda x: float((differences(wide, x) ** 2).sum()), X)
    got = grad(lambda x: (lambda g: (g * g).sum())(grad(ours)(x)))(single(X)).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-3)


# mistakes


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match=r"one shape, got \(2, 3\) and \(2, 4\); use one_hot"):
        SoftmaxCrossEntropy().infer(Spec((2, 3)), Spec((2, 4)))
    with pytest.raises(TypeError, match="labels are class numbers of int32, got float32"):
        SparseSoftmaxCrossEntropy().infer(Spec((2,)), Spec((2, 4)))
    with pytest.raises(ValueError, match=r"labels must have shape \(2,\)"):
        SparseSoftmaxCrossEntropy().infer(Spec((2, 1), "int32"), Spec((2, 4)))
    with pytest.raises(TypeError, match="logits must be float32 or float16, got int32"):
        Softmax().infer(Spec((2, 4), "int32"))
    with pytest.raises(ValueError, match="no empty one"):
        LogSoftmax().infer(Spec((2, 0)))
    with pytest.raises(ValueError, match=r"axis 2 is out of range for shape \(2, 3\)"):
        softmax(np.zeros((2, 3), np.float32), 2)
