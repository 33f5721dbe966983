"""Gradients of vectors and with dy, nested ones of every family, functions with
gradients of their own, products with Jacobians and second derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numeric import differences

import pywebml as pw
from pywebml import ops
from pywebml.core import tape
from pywebml.ops.elementwise.op import call
from pywebml.ops.elementwise.table import TABLE

X = np.float32([0.3, 1.1, -0.7])


def test_a_vector_s_gradient_is_that_of_its_sum(host: str) -> None:
    assert pw.grad(lambda x: x * x)([1.0, -2.0]).tolist() == [2.0, -4.0]
    value, gradient = pw.value_and_grad(lambda x: x * x)([1.0, -2.0], dy=[1.0, 10.0])
    assert value.tolist() == [1.0, 4.0] and gradient.tolist() == [2.0, -40.0]
    ga, gb = pw.grads(lambda a, b: a @ b)([np.eye(2, dtype="f4"), np.ones((2, 2), "f4")])
    assert ga.tolist() == [[2, 2], [2, 2]] and gb.tolist() == [[1, 1], [1, 1]]
    value, both = pw.value_and_grads(lambda a, b: a * b)([[2.0], [3.0]], [5.0])
    assert value.tolist() == [6.0] and [g.tolist() for g in both] == [[15.0], [10.0]]


def test_what_is_asked_wrongly_is_said(host: str) -> None:
    with pytest.raises(ValueError, match=r"\(dy\) must be the value's, \(2,\), got \(3,\)"):
        pw.grad(lambda x: x * x)([1.0, 2.0], dy=[1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"as a list, got a Tensor; write \[x\]"):
        pw.grads(lambda x: x)(pw.tensor([1.0]))
    with pytest.raises(TypeError, match="argnums names argument 1"):
        pw.grad(lambda x: x, 1)(X)
    with pytest.raises(ValueError, match=r"tangents must have the arguments' shapes, \[\(3,\)\]"):
        pw.jvp(lambda x: x, [X], [X[:2]])
    with pytest.raises(TypeError, match="primals must be a list"):
        pw.hvp(lambda x: x, X, [X])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="hvp: f must give a scalar"):
        pw.hvp(lambda x: x * x, [X], [X])
    with pytest.raises(ValueError, match="it is for at most 4096"):
        pw.jacobian(lambda x: x.broadcast_to((5000, 3)))(X)
    assert not tape.is_open()


def test_variables_are_found(host: str) -> None:
    w, b = pw.Variable([1.0, 2.0], name="w"), pw.Variable([3.0], name="b")
    still = pw.Variable([1.0], trainable=False, name="still")
    value, gradients = pw.variable_grads(lambda: (w * w * still + b).sum())
    assert value.item() == 11 and list(gradients) == ["w", "b"]
    assert gradients["w"].tolist() == [2, 4] and gradients["b"].tolist() == [2]
    twin = pw.Variable([1.0, 1.0], name="w")
    with pytest.raises(ValueError, match="2 variables are named 'w'"):
        pw.variable_grads(lambda: (w * twin).sum())
    assert w._node is None and not tape.is_open()

    def penalty() -> Any:  # gradients inside a gradient
        _, inner = pw.variable_grads(lambda: (w * w * w).sum())
        return (inner["w"] * inner["w"]).sum()

    _, outer = pw.variable_grads(penalty)
    np.testing.assert_allclose(outer["w"].numpy(), [36, 36 * 8], rtol=1e-5)


FAMILIES: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "dense": (lambda x: ops.dense(x, W, B, activation="sigmoid"), (2, 3)),
    "dense relu": (lambda x: ops.dense(x, W, B, activation="relu") ** 2.0, (2, 3)),
    "matmul": (lambda x: (x @ W) * (x @ W), (2, 3)),
    "matmul of itself": (lambda x: ops.matmul(x, x, transpose_b=True), (2, 3)),
    "sum": (lambda x: ops.sum(x * x * x, 0), (2, 3)),
    "mean": (lambda x: ops.mean(x * x, 1) ** 2.0, (2, 3)),
    "max": (lambda x: ops.max(x * x * x, 1), (2, 3)),
    "min": (lambda x: ops.min(x * x * x), (2, 3)),
    "prod": (lambda x: ops.prod(x, 1), (2, 3)),
    "logsumexp": (lambda x: ops.logsumexp(x * 2.0, 1), (2, 3)),
    "softmax": (lambda x: ops.softmax(x * 2.0), (2, 3)),
    "log_softmax": (lambda x: ops.log_softmax(x * x), (2, 3)),
    "cross-entropy": (lambda x: ops.softmax_cross_entropy(P, x), (2, 3)),
    "concat": (lambda x: ops.concat([x * x, x * x * x], 1), (2, 3)),
    "slice": (lambda x: (x * x * x)[:, 1:], (2, 3)),
    "pad": (lambda x: ops.pad(x * x * x, ((1, 0), (0, 2))), (2, 3)),
    "transpose": (lambda x: ops.transpose(x * x) @ x, (2, 3)),
    "broadcast": (lambda x: x.sum(0) * x * x, (2, 3)),
    "gather": (lambda x: ops.gather(x * x * x, [1, 0, 1]), (2, 3)),
    "segment sum": (lambda x: ops.unsorted_segment_sum(x * x * x, [1, 1], 3), (2, 3)),
    "where": (lambda x: ops.where(x > 0, x * x, x * x * x), (2, 3)),
    "resize": (lambda x: ops.resize_bilinear((x * x).reshape(2, 3, 1), (3, 4)) ** 2.0, (2, 3)),
    "nearest": (lambda x: ops.resize_nearest_neighbor((x * x).reshape(2, 3, 1), (3, 4)), (2, 3)),
}
W = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
B = np.random.default_rng(2).normal(size=4).astype(np.float32)
P = np.float32([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])


def check_second(f: Callable[[Any], Any], x: np.ndarray) -> None:
    """The gradient of a weighted sum of the gradient, against differences of it."""
    rng = np.random.default_rng(3)
    mix = rng.normal(size=x.shape).astype(np.float32)
    weights = rng.normal(size=f(pw.tensor(x)).shape).astype(np.float32)

    def slope(x: Any) -> Any:
        return (pw.grad(f)(x, dy=weights) * mix).sum()

    got = pw.grad(slope)(pw.tensor(x)).numpy()
    want = differences(lambda v: slope(pw.tensor(v)).item(), x, 4e-3)
    np.testing.assert_allclose(got, want, rtol=2e-2, atol=2e-2 * max(1, np.abs(want).max()))


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_of_gradients(host: str, name: str) -> None:
    f, shape = FAMILIES[name]
    check_second(f, np.random.default_rng(4).normal(size=shape).astype(np.float32))


ROWS = [n for n, row in TABLE.items() if row.gradient and "cast" not in n and n != "where"]


@pytest.mark.parametrize("name", ROWS)
def test_gradients_of_gradients_of_rows(name: str) -> None:
    pw.set_device("cpu")
    row = TABLE[name]
    rng = np.random.default_rng(5)
    domains = (row.domain + row.domain[-1:] * row.arity)[: row.arity]
    own = [(max(d.low, 0.3), min(d.high, 1.9)) for d in domains]
    own = [two if two[0] < two[1] else d[:2] for two, d in zip(own, domains, strict=True)]
    x, *others = (rng.uniform(low, high, 3).astype(np.float32) for low, high in own)
    check_second(lambda x: call(name, x, *others), x)


def test_a_function_says_its_gradient(host: str) -> None:
    @pw.custom_gradient
    def doubled(x: Any) -> Any:
        return x * 3.0, lambda dy: dy * 2.0

    value, gradient = pw.value_and_grad(doubled)([1.0, 2.0], dy=[1.0, 10.0])
    assert value.tolist() == [3, 6] and gradient.tolist() == [2, 20]
    assert doubled([1.0]).tolist() == [3]  # where nobody asks for gradients
    captured = pw.capture(lambda x: pw.grad(lambda x: doubled(x * x))(x))
    for _ in range(2):
        assert captured([1.0, 2.0]).tolist() == [4, 8]


@pytest.mark.parametrize("saves", [False, True])
def test_its_gradient_has_gradients(host: str, saves: bool) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * x * y, lambda dy: [dy * 2.0 * x * y, dy * x * x]

    def g(x: Any, y: Any, save: Any) -> Any:
        save([x, y])
        return x * x * y, lambda dy, saved: [dy * 2.0 * saved[0] * saved[1], dy * saved[0] ** 2.0]

    own = pw.custom_gradient(g if saves else f)
    x, y = pw.tensor([1.5, -2.0]), pw.tensor([0.5, 3.0])
    plain = lambda x, y: x * x * y  # noqa: E731
    for argnums in (0, 1):
        first = pw.grad(own, argnums)(x * 1.0, y)
        np.testing.assert_allclose(first.numpy(), pw.grad(plain, argnums)(x, y).numpy(), rtol=1e-6)
        second = pw.grad(lambda x, y, i=argnums: pw.grad(own, i)(x * 1.0, y), (0, 1))(x, y)
        want = pw.grad(lambda x, y, i=argnums: pw.grad(plain, i)(x, y), (0, 1))(x, y)
        for a, b in zip(second, want, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


def test_gradients_inside_such_a_function(host: str) -> None:
    """A tape that is opened there, and what is closed over, belong to nobody outside."""
    w = pw.Variable([2.0])

    @pw.custom_gradient
    def f(x: Any) -> Any:
        inner = pw.grad(lambda x: x * x * x)(x)
        return inner + w, lambda dy: dy * inner

    _, (gw,) = pw.variable_grads(lambda: f(w * 3.0).sum(), [w])
    assert gw.tolist() == [3 * 3 * 36]


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda x: x, TypeError, r"must return \(value, gradient function\)"),
        (lambda x: (x, x), TypeError, r"must return \(value, gradient function\)"),
        (lambda x: (x * 1.0, lambda dy: [dy, dy]), ValueError, "gave 2 tensors for 1 inputs"),
        (lambda x: (x * 1.0, lambda dy: dy.sum()), ValueError, r"shape \(\) where its input has"),
    ],
)
def test_wrong_gradients_are_refused(host: str, f: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pw.grad(pw.custom_gradient(f))(X)
    assert not tape.is_open()


def test_jvp_hvp_and_jacobian_agree(host: str) -> None:
    a = np.random.default_rng(6).normal(size=(4, 3)).astype(np.float32)
    f = lambda x, y: (pw.tensor(a) @ (x * y).reshape(3, 1)).reshape(-1).tanh()  # noqa: E731
    x, y = X, np.float32([0.4, -0.2, 0.9])
    jx, jy = pw.jacobian(f, (0, 1))(x, y)
    assert jx.shape == jy.shape == (4, 3)
    want = np.stack([pw.grad(lambda x, i=i: f(x, y)[i])(x).numpy() for i in range(4)])
    np.testing.assert_allclose(jx.numpy(), want, rtol=1e-5, atol=1e-6)
    tx, ty = np.float32([1.0, -0.5, 2.0]), np.float32([0.3, 0.2, 0.1])
    value, change = pw.jvp(f, [x, y], [tx, ty])
    np.testing.assert_allclose(value.numpy(), f(pw.tensor(x), pw.tensor(y)).numpy(), rtol=1e-6)
    np.testing.assert_allclose(
        change.numpy(), jx.numpy() @ tx + jy.numpy() @ ty, rtol=1e-4, atol=1e-5
    )
    scalar = lambda x, y: (f(x, y) * f(x, y)).sum()  # noqa: E731
    value, (px, py) = pw.hvp(scalar, [x, y], [tx, ty])
    hessian = lambda i: pw.jacobian(pw.grad(scalar, i), (0, 1))(x, y)  # noqa: E731
    for product, i in ((px, 0), (py, 1)):
        hx, hy = hessian(i)
        want = hx.numpy() @ tx + hy.numpy() @ ty
        np.testing.assert_allclose(product.numpy(), want, rtol=1e-3, atol=1e-4)
    assert value.item() == pytest.approx(scalar(pw.tensor(x), pw.tensor(y)).item(), rel=1e-6)


def test_derivatives_are_captured(host: str) -> None:
    f = lambda x: (x * x * x).sum()  # noqa: E731
    product = pw.capture(lambda x, t: pw.hvp(f, [x], [t])[1][0])
    for _ in range(2):
        np.testing.assert_allclose(product(X, X).numpy(), 6 * X * X, rtol=1e-5)
    matrix = pw.capture(pw.jacobian(lambda x: x * x))
    np.testing.assert_allclose(matrix(X).numpy(), np.diag(2 * X), rtol=1e-6)
