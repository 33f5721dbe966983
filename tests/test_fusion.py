"""The passes over a trace: each does away with the launches it is for, and replays still mean what eager runs mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pywebml as pw
from pywebml import ops


def kernels(captured: Any) -> list[str]:
    return [row.kernel for row in captured.plans()[0].rows]


def same(function: Callable[..., Any], *arrays: Any, rtol: float = 1e-5) -> list[str]:
    """Runs `function` eagerly and captured, compares, and returns the plan's kernels."""
    captured = pw.capture(function)
    want = function(*(pw.tensor(a) for a in arrays))
    for _ in range(2):
        got = captured(*arrays)
        for w, g in zip(want if isinstance(want, tuple) else (want,), got if isinstance(got, tuple) else (got,), strict=True):
            assert w.shape == g.shape and w.dtype == g.dtype
            np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=rtol, atol=1e-6)
    return kernels(captured)


X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def test_constants_move_into_chains(host: str) -> None:
    assert len(same(lambda x: ops.tanh(x * pw.ones((4,)) + ops.fill((5, 1), 0.25)), X)) == 1
    assert len(same(lambda x: x - pw.ones((5, 4)) / 3.0 * ops.fill((), 2.0), X)) == 1, "arithmetic on constants is done beforehand"


def test_constants_that_shape_a_result_stay(host: str) -> None:
    row = X[0]
    assert "fill" in " ".join(same(lambda x: x + pw.zeros((3, 4)), row)).lower()
    same(lambda x: pw.zeros((3, 1)) + pw.ones((1, 4)) * x[:1], row)
    same(lambda x: (pw.zeros((2, 3)), ops.exp(pw.ones((2, 2))), x), row)
    same(lambda x: ops.where(pw.ones((4,)), x, ops.fill((4,), 2.0)), row)
    same(lambda x: x + ops.cast(ops.fill((4,), 2.5), "int32"), row)
    same(lambda x: x + ops.fill((4,), 1.0) / ops.fill((4,), 0.0), row)
    same(lambda x: ops.cast(x, "int32") + ops.fill((4,), 2, "int32"), row)


def test_constants_of_other_types_keep_them(host: str) -> None:
    x = np.uint32([1, 2, 3])
    same(lambda x: x * ops.fill((3,), 3, "uint32"), x)
    same(lambda x: x * ops.fill((3,), 0.5), x)


def test_broadcasts_move_into_chains(host: str) -> None:
    names = same(lambda x: ops.broadcast_to(x[:1], (5, 4)) * x + ops.broadcast_to(x[:, :1], (5, 4)), X)
    assert len(names) == 3, "two slices and one chain"
    same(lambda x: ops.broadcast_to(x[:1], (5, 4)) + 1.0, X)
    same(lambda x: ops.broadcast_to(x[:1], (5, 4)).reshape(4, 5) * x.reshape(4, 5), X)
    same(lambda x: ops.broadcast_to(x[:1, :1].reshape(1), (20,)).reshape(5, 4) * x, X)
    same(lambda x: (ops.broadcast_to(x[:1], (5, 4)), ops.broadcast_to(x[:1], (5, 4)) * x), X)


def test_a_broadcast_of_a_variable_is_taken_before_the_variable_changes(host: str) -> None:
    v = pw.Variable([[1.0, 2.0, 3.0, 4.0]])

    @pw.capture
    def step(x: pw.Tensor) -> Any:
        before = ops.broadcast_to(v, (5, 4))
        v.assign(v * 2.0)
        return before * x

    for factor in (1, 2, 4):
        np.testing.assert_allclose(step(X).numpy(), X * np.float32([1, 2, 3, 4]) * factor, rtol=1e-6)


def test_the_gradient_of_a_mean_needs_no_fill_and_no_copy(host: str) -> None:
    names = same(lambda x: pw.grad(lambda t: ops.square(t).mean())(x), X)
    assert len(names) == 1


LABELS = np.eye(4, dtype=np.float32)[[0, 3, 1, 1, 2]]


def test_a_mean_cross_entropy_and_its_gradient_are_two_launches(host: str) -> None:
    """One for losses, probabilities and the gradient, with 1 / rows in it; one for the mean."""

    labels = pw.tensor(LABELS)
    names = same(lambda x: pw.value_and_grad(lambda t: ops.softmax_cross_entropy(labels, t).mean())(x), X)
    assert len(names) == 2
    classes = pw.tensor(np.int32([0, 3, 1, 1, 2]))
    assert len(same(lambda x: pw.value_and_grad(lambda t: ops.sparse_softmax_cross_entropy(classes, t).mean())(x), X)) == 2


def test_a_scaled_gradient_that_is_read_twice_stays(host: str) -> None:
    labels = pw.tensor(LABELS)

    def twice(x: pw.Tensor) -> Any:
        gradient = ops.SoftmaxCrossEntropy()(labels, x)[2]
        return gradient * 0.5, ops.square(gradient)

    same(twice, X)
    same(lambda x: ops.SoftmaxCrossEntropy()(labels, x)[2] * 0.5 * x, X)
    same(lambda x: ops.SoftmaxCrossEntropy()(labels, x)[2].reshape(20) * 0.5, X)
    same(lambda x: (lambda g: (g, g * 0.5))(ops.SoftmaxCrossEntropy()(labels, x)[2]), X)
