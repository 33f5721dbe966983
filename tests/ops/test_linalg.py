"""Linear algebra beyond plain products: einsum, norms, factors, systems; meaning in NumPy,
gradients by differences, on every host.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numeric import check_gradient

import pywebml as pw
from pywebml import ops
from pywebml.ops.linalg.factors import _svd

few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RANDOM = np.random.default_rng(0)


def drawn(*shape: int) -> Any:
    return RANDOM.standard_normal(shape).astype(np.float32)


def close(got: Any, want: Any, atol: float = 1e-5) -> None:
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-4, atol=atol)


# einsum

SIZES = {"a": 2, "b": 3, "c": 4, "d": 1}  # and two of "...": ops have up to six axes


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, list[tuple[int, ...]]]:
    """Any equation of up to three tensors, with the tensors' shapes."""
    letters = st.lists(st.sampled_from("abcd"), max_size=4)
    parts = draw(st.lists(letters, min_size=1, max_size=3))
    dots = draw(st.lists(st.integers(0, 2), min_size=len(parts), max_size=len(parts)))
    places = [draw(st.integers(0, len(p))) for p in parts]
    texts, shapes = [], []
    for part, hidden, place in zip(parts, dots, places, strict=True):
        lead = [draw(st.sampled_from([1, n])) for n in (6, 7)[2 - hidden :]]
        shown = ["..."] if hidden else []
        texts.append("".join([*part[:place], *shown, *part[place:]]))
        sizes = [SIZES[x] for x in part]
        shapes.append((*sizes[:place], *lead, *sizes[place:]))
    result = draw(st.lists(st.sampled_from("abcd"), unique=True))
    result = [x for x in result if any(x in p for p in parts)]
    if draw(st.booleans()):
        shown = "..." if any(dots) else ""
        return f"{','.join(texts)}->{shown}{''.join(result)}", shapes
    return ",".join(texts), shapes


@few
@given(equations())
def test_einsum_of_any_equation(case: tuple[str, list[tuple[int, ...]]]) -> None:
    equation, shapes = case
    xs = [drawn(*shape) for shape in shapes]
    want = np.einsum(equation, *xs)
    close(ops.einsum(equation, *xs), want, 1e-4)


def test_einsum_broadcasts_axes_of_one(host: str) -> None:
    a, b = drawn(1, 3), drawn(2, 3)
    close(ops.einsum("ij,ij->ij", a, b), a * b)
    close(ops.einsum("ij,ij->", a, b), (a * b).sum(), 1e-4)
    close(ops.einsum("ij,ij->i", b, a), (a * b).sum(1), 1e-4)


def test_einsum_of_integers_is_exact(host: str) -> None:
    a = np.array([[2**20 + 1, 3], [5, 7]], np.int32)
    got = ops.einsum("ij,jk->ik", a, a)
    assert got.dtype == "int32" and got.numpy().tolist() == (a @ a).tolist()
    assert ops.einsum("i,i", [True, True], [True, False]).item() == 1


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [("ij,jk->ik", [(2, 3), (3, 2)]), ("ii->i", [(3, 3)]), ("...i,i->...", [(2, 3), (3,)])],
)
def test_gradients_of_einsum(host: str, equation: str, shapes: list[tuple[int, ...]]) -> None:
    first, *others = (drawn(*shape) for shape in shapes)
    check_gradient(
        lambda t: ops.einsum(equation, t, *others), lambda x: np.einsum(equation, x, *others), first
    )


@pytest.mark.parametrize(
    ("equation", "shapes", "words"),
    [
        ("ij,jk", [(2, 3)], "names 2 tensors, got 1"),
        ("ij", [(2, 3, 4)], "2 letters for a tensor of rank 3"),
        ("ij...", [(2,)], "2 letters for a tensor of rank 1"),
        ("ij,jk->ik", [(2, 3), (4, 2)], "'j' in .* stands for 3 and 4"),
        ("ii", [(2, 3)], "'i' in 'ii' stands for 2 and 3 in one tensor"),
        ("ij->k", [(2, 3)], "'k' of the result"),
        ("ij->ii", [(2, 3)], "'i' of the result"),
        ("i1", [(2, 3)], "'1' in 'i1' is no letter"),
        ("i.j", [(2, 3)], "'.' in 'i.j' is no letter"),
    ],
)
def test_equations_that_do_not_fit(equation: str, shapes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ops.einsum(equation, *(np.zeros(shape, np.float32) for shape in shapes))


def test_the_equation_comes_first() -> None:
    with pytest.raises(TypeError, match="the equation comes first"):
        ops.einsum(drawn(2, 2), "ij")
    with pytest.raises(TypeError, match="einsum has no argument 'out'"):
        ops.einsum("i", [1.0], out=None)


# products


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 1, 2, 3), (5, 3, 2)), ((2, 3), (5, 3, 4)),
     ((7, 2, 3), (3,)), ((3,), (7, 3, 2))],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_matmul_as_numpy_has_it(host: str, a: Any, b: Any, dtype: str) -> None:
    x, y = ((drawn(*shape) * 9).astype(dtype) for shape in (a, b))
    got = ops.matmul(x, y)
    assert got.dtype == dtype
    np.testing.assert_allclose(got.numpy(), x @ y, 1e-4, 1e-3)


def test_integers_meet_floats_in_a_product(host: str) -> None:
    assert ops.matmul([[1, 2]], [[0.5], [0.25]]).tolist() == [[1.0]]
    assert ops.matmul([[True, True]], [[True], [True]]).tolist() == [[2]]


@pytest.mark.parametrize("axis", [0, -1, (0, 1), (1, 0), (2, 0), None])
@pytest.mark.parametrize("ord", [1, 2, math.inf, -math.inf, "euclidean", "fro"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms(ord: Any, axis: Any, keepdims: bool) -> None:
    x = drawn(2, 3, 4)
    several = isinstance(axis, tuple)
    if ord == 2 and several:
        with pytest.raises(ValueError, match="ord must be 'euclidean'"):
            ops.norm(x, ord, axis)
        return
    order = ord if not isinstance(ord, str) else ("fro" if several else 2)
    flat = x.reshape(-1) if axis is None else x
    want = np.linalg.norm(flat, order, axis, keepdims)
    if axis is None and keepdims:
        want = want.reshape(1, 1, 1)
    close(ops.norm(x, ord, axis, keepdims), want)


def test_norms_at_the_edges(host: str) -> None:
    assert ops.norm(-3).item() == 3 and ops.norm([3, 4]).dtype == "float32"
    assert math.isnan(ops.norm([1.0, math.nan]).item())
    gradient = pw.grad(lambda x: ops.norm(x, axis=1).sum())(pw.tensor([[0.0, 0.0], [3.0, 4.0]]))
    np.testing.assert_allclose(gradient.numpy(), [[0, 0], [0.6, 0.8]], atol=1e-6)
    with pytest.raises(ValueError, match="got 3 over axes"):
        ops.norm([1.0], 3)
    with pytest.raises(ValueError, match="got 1 over axes"):
        ops.norm(drawn(2, 2, 2), 1, (0, 1, 2))


@pytest.mark.parametrize("ord", [1, 2, math.inf])
def test_gradients_of_norms(ord: Any) -> None:
    check_gradient(lambda t: ops.norm(t, ord, 1), lambda x: np.linalg.norm(x, ord, 1), drawn(3, 4))


def test_moments_of_integers_and_bools(host: str) -> None:
    mean, variance = ops.moments(np.array([1, 5, 7, 3], np.int32))
    assert (mean.item(), variance.item(), mean.dtype) == (4.0, 5.0, "float32")
    got = ops.moments([True, False, False, True, True])
    assert got.variance.item() == pytest.approx(0.24)


# parts


@pytest.mark.parametrize("low", [-1, 0, 1, 3])
@pytest.mark.parametrize("high", [-1, 0, 2, 4])
def test_bands(low: int, high: int) -> None:
    x = np.arange(1, 13, dtype=np.int32).reshape(3, 4)
    want = np.triu(np.tril(x, 4 if high < 0 else high), -3 if low < 0 else -low)
    for numbers in ((low, high), (pw.tensor(low), pw.tensor(high))):
        got = ops.linalg.band_part(x, *numbers)
        assert got.dtype == "int32" and got.tolist() == want.tolist()


def test_bands_drop_what_is_not_finite() -> None:
    assert ops.linalg.band_part([[1.0, math.nan], [math.inf, 2.0]], 0, 0).tolist() == [
        [1, 0],
        [0, 2],
    ]


# factors and systems


def regular(*shape: int) -> Any:
    return drawn(*shape) + 3 * np.eye(shape[-1], dtype=np.float32)


def positive(n: int) -> Any:
    a = drawn(n, n)
    return a @ a.T + np.eye(n, dtype=np.float32)


@pytest.mark.parametrize("shape", [(1, 1), (6, 4), (4, 6), (2, 3, 5, 5), (70, 30)])
@pytest.mark.parametrize("full", [False, True])
def test_qr(host: str, shape: tuple[int, ...], full: bool) -> None:
    x = drawn(*shape)
    q, r = ops.linalg.qr(x, full)
    want = np.linalg.qr(x, "complete" if full else "reduced")
    assert (q.shape, r.shape) == (want.Q.shape, want.R.shape)
    close(ops.matmul(q, r), x, 1e-4)
    close(
        ops.matmul(q, q, True),
        np.broadcast_to(np.eye(q.shape[-1]), (*shape[:-2], *[q.shape[-1]] * 2)),
        1e-4,
    )
    np.testing.assert_allclose(np.abs(r.numpy()), np.abs(want.R), atol=1e-4, rtol=1e-3)


def test_signs_of_qr_are_those_of_tensorflow_js(host: str) -> None:
    for got, want in zip(ops.linalg.qr([[10.0]]), (-1, -10), strict=True):
        close(got, [[want]])
    close(ops.linalg.qr([[0.0, 2], [1, 1]])[1], [[1, 1], [0, -2]])


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 5, 5), (40, 12)])
def test_singular_values(host: str, shape: tuple[int, ...]) -> None:
    x = drawn(*shape)
    u, s, vh = ops.linalg.svd(x)
    close(s, np.linalg.svd(x, compute_uv=False), 1e-4)
    close(ops.matmul(u * s.reshape(*s.shape[:-1], 1, -1), vh), x, 1e-4)
    close(
        ops.matmul(u, u, True),
        np.broadcast_to(np.eye(min(shape[-2:])), (*shape[:-2], *[min(shape[-2:])] * 2)),
        1e-4,
    )


def test_singular_values_of_a_matrix_of_low_rank(host: str) -> None:
    x = np.outer([1, 2, 3, 4], [1, 1, 2]).astype(np.float32)
    u, s, vh = ops.linalg.svd(x)
    close(s, [np.sqrt(180), 0, 0], 1e-4)
    close(ops.matmul(u, u, True), np.eye(3), 1e-4)
    close(ops.matmul(vh, vh, False, True), np.eye(3), 1e-4)


def test_systems(host: str) -> None:
    a, b = regular(2, 6, 6), drawn(2, 6, 3)
    want = np.linalg.solve(a, b)
    close(ops.linalg.solve(a, b), want, 1e-4)
    close(ops.linalg.solve(a, b[0]), np.linalg.solve(a, b[0][None]), 1e-4)
    close(ops.linalg.solve(a[0], b[0, :, 0]), np.linalg.solve(a[0], b[0, :, 0]), 1e-4)
    close(ops.linalg.inv(a), np.linalg.inv(a), 1e-4)
    close(ops.linalg.det(a), np.linalg.det(a), 1e-1)
    close(ops.linalg.solve_triangular(a, b), np.linalg.solve(np.triu(a), b), 1e-4)


def test_what_has_no_solution(host: str) -> None:
    singular = np.stack([np.ones((2, 2)), np.eye(2)]).astype(np.float32)
    got = ops.linalg.solve(singular, np.ones((2, 2, 1), np.float32)).numpy()
    assert not np.isfinite(got[0]).all() and got[1].tolist() == [[1], [1]]
    assert ops.linalg.det(singular).tolist() == [0, 1]
    root = ops.linalg.cholesky([[[1.0, 2.0], [2.0, 1.0]], [[4.0, 0.0], [0.0, 9.0]]]).numpy()
    assert np.isnan(root[0, 1, 1]) and root[1].tolist() == [[2, 0], [0, 3]]


GRADIENTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Any]] = {
    "solve a": (lambda t: ops.solve(t, np.eye(4, dtype=np.float32)), np.linalg.inv, regular(4, 4)),
    "solve b": (lambda t: ops.solve(A, t), lambda x: np.linalg.solve(A, x), drawn(4, 2)),
    "triangular": (
        lambda t: ops.solve_triangular(t, np.eye(4, dtype=np.float32), True),
        lambda x: np.linalg.inv(np.tril(x)), regular(4, 4),
    ),
    "det": (ops.det, np.linalg.det, regular(3, 3)),
    "cholesky": (
        lambda t: ops.cholesky(ops.matmul(t, t, False, True)),
        lambda x: np.linalg.cholesky(x @ x.T), regular(3, 3),
    ),
    "q": (lambda t: ops.qr(t)[0], lambda x: _signed(x)[0], drawn(5, 3)),
    "r": (lambda t: ops.qr(t)[1], lambda x: _signed(x)[1], drawn(4, 4)),
    "s": (lambda t: ops.svd(t).s, lambda x: _svd(x)[1], drawn(3, 4)),
    "u": (lambda t: ops.svd(t).u, lambda x: _svd(x)[0], drawn(4, 3)),
    "vh": (lambda t: ops.svd(t).vh, lambda x: _svd(x)[2], drawn(4, 3)),
    "gram_schmidt": (ops.gram_schmidt, lambda x: _positive(x.T)[0].T, drawn(3, 4)),
}  # fmt: skip
A = regular(4, 4)


def _signed(x: Any) -> Any:
    """NumPy's factors with the signs of ours."""
    q, r = np.linalg.qr(x)
    sign = np.sign(np.diag(r)) * np.sign(np.diag(ops.qr(x.astype(np.float32))[1].numpy()))
    return q * sign, r * sign[:, None]


def _positive(x: Any) -> Any:
    q, r = np.linalg.qr(x)
    return q * np.sign(np.diag(r)), r


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(host: str, name: str) -> None:
    ours, meaning, x = GRADIENTS[name]
    check_gradient(ours, meaning, x, 1e-3)


def test_gradients_of_gradients() -> None:
    x = pw.tensor(regular(3, 3))
    once = pw.grad(lambda t: ops.inv(t).sum())
    second = pw.grad(lambda t: (once(t) * once(t)).sum())(x).numpy()
    step, at = 1e-2, x.numpy()
    for i in np.ndindex(3, 3):
        high, low = at.copy(), at.copy()
        high[i] += step
        low[i] -= step
        slope = [float((g * g).sum()) for g in (once(pw.tensor(v)).numpy() for v in (high, low))]
        assert second[i] == pytest.approx((slope[0] - slope[1]) / (2 * step), rel=2e-2, abs=2e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.band_part([1.0], 0, 0), "band_part: a of rank 2 or more"),
        (lambda: ops.band_part([[1, 2]], 2, 0), "num_lower must be at most 1, got 2"),
        (lambda: ops.band_part([[1, 2]], 0, 3), "num_upper must be at most 2, got 3"),
        (lambda: ops.band_part([[1, 2]], 0.5, 3), "num_lower must be an int, got 0.5"),
        (lambda: ops.qr([1.0]), r"qr: matrices \[..., m, n\] expected"),
        (lambda: ops.det([[1.0, 2.0]]), "det: square matrices"),
        (lambda: ops.inv([[1, 2], [3, 4]]), "inv: matrices must be float32, got int32"),
        (lambda: ops.solve(A, drawn(3, 2)), r"b must be \[..., n, columns\]"),
        (lambda: ops.gram_schmidt(drawn(3, 2)), "no more than they have dimensions"),
        (lambda: ops.dot(drawn(2, 2, 2), drawn(2)), "dot: vectors and matrices"),
        (lambda: ops.dot(drawn(2), drawn(3)), "dot: vectors and matrices"),
        (lambda: ops.outer_product(drawn(2, 2), drawn(2)), "outer_product: two vectors"),
        (lambda: pw.grad(lambda x: ops.qr(x)[0].sum())(drawn(2, 3)), "qr of shape .* no gradient"),
    ],
)  # fmt: skip
def test_sentences(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        call()


def test_functions_of_the_family_are_those_of_ops() -> None:
    assert ops.linalg.qr is ops.qr and ops.linalg.einsum is ops.einsum
    with pytest.raises(TypeError, match="full_matrices must be True or False, got 1"):
        ops.linalg.qr([[1.0]], 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("at", range(9))
def test_qr_does_not_lose_what_is_not_finite(host: str, at: int, value: float) -> None:
    x = np.float32([[[2, 1, 0], [1, 3, 1], [0, 1, 4]]] * 2)
    x[1].reshape(-1)[at] = value
    q, r = (t.numpy() for t in ops.qr(x))
    assert np.isfinite(q[0]).all() and np.isfinite(r[0]).all()
    assert np.isnan(q[1][:, at % 3 :]).any() and np.isnan(r[1][:, at % 3 :]).any()
