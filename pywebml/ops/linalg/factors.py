"""Factors of matrices: QR, Cholesky, singular values. On a GPU a workgroup has a matrix
to itself, so these are made for many small ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...core.composite import Sample, composite
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..shape.parts import stack, unstack
from .matmul import MatMul
from .solving import TriangularSolve
from .structure import band_part, check_matrices, diagonal, turned

__all__ = ["QR", "Cholesky", "Jacobi", "cholesky", "gram_schmidt", "qr", "svd"]


@register
@dataclass(frozen=True)
class QR(Op):
    """a [..., m, n] = q . r by Householder reflections: q [..., m, k] with orthonormal
    columns, r [..., k, n] upper triangular, k = min(m, n), or m where `full`.

    An entry of r's diagonal is negative where the column met a positive number there,
    as in TensorFlow.js.
    """

    full: bool = False
    not_finite = "NaN and infinity spread over both factors, from their column on"
    not_finite_inputs = ()

    def infer(self, a: Spec) -> tuple[Spec, ...]:
        check_matrices("qr", a)
        *lead, m, n = a.shape
        k = m if self.full else min(m, n)
        return Spec((*lead, m, k)), Spec((*lead, k, n))

    def numpy(self, a: Any) -> Any:
        m, n = a.shape[-2:]
        r, q = a.copy(), np.broadcast_to(np.eye(m, dtype=a.dtype), (*a.shape[:-1], m)).copy()
        for j in range(min(m, n)):
            v = r[..., j:, j].copy()
            norm = np.sqrt((v * v).sum(-1))
            v[..., 0] -= np.where(v[..., 0] > 0, -norm, norm)
            length = (v * v).sum(-1)
            scale = np.where(length == 0, 0, 2 / np.where(length == 0, 1, length))
            scale = scale[..., None, None]
            down, across = v[..., :, None], v[..., None, :]
            r[..., j:, j:] -= scale * down * (across @ r[..., j:, j:])
            q[..., :, j:] -= scale * (q[..., :, j:] @ down) * across
        k = m if self.full else min(m, n)
        return q[..., :, :k], np.triu(r[..., :k, :])

    def gpu(self, k: Lowering) -> None:
        *lead, m, n = k.ins[0].shape
        batches, columns = math.prod(lead), k.outs[0].shape[-1]
        work, scales = k.scratch((batches, m, n)), k.scratch((batches, min(m, n)))
        params = pack("4I", m, n, columns, batches)
        slots = [k.ins[0], *k.outs, work, scales]
        k.launch_flat(kernel("linalg/qr", "qr"), slots, params, 256 * batches, 256)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        """Walter and Lehmann, "Algorithmic differentiation of linear algebra functions"
        (2018).
        """
        m, n = ins[0].shape[-2:]
        if m < n or (self.full and m != n):
            raise TypeError(
                f"qr of shape {ins[0].shape} has no gradient: it needs at least as many rows as"
                " columns, and full_matrices=False"
            )
        q, r = outs
        to_q, to_r = (x * 0.0 if g is None else g for x, g in zip(outs, grads, strict=True))
        low = band_part(MatMul(False, True)(r, to_r) - MatMul(True)(to_q, q), -1, 0)
        both = low + turned(low - band_part(low, 0, 0))
        # (to_q + q . both) . r^-T
        return (turned(TriangularSolve(lower=False)(r, turned(to_q + MatMul()(q, both)))),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(1)
        for shape in [(1, 1), (5, 3), (3, 5), (2, 7, 7), (300, 4)]:
            yield Case(f"{shape}", cls(), (random.standard_normal(shape, np.float32),), 1e-4)
        yield Case("full", cls(True), (random.standard_normal((4, 2), np.float32),))
        yield Case("a column of zeros", cls(), (np.array([[0, 1], [0, 2]], np.float32),))


def qr(x: Any, full_matrices: bool = False) -> tuple[Tensor, Tensor]:
    """(q, r) with x [..., m, n] = q . r: q [..., m, k] with orthonormal columns, r
    [..., k, n] upper triangular, k = min(m, n), or m with `full_matrices`.
    (tf.linalg.qr)

    Gradients need m >= n, and q reduced. ValueError for a rank below 2, TypeError
    unless x is float32.

    Example:
        >>> q, r = ops.linalg.qr([[3.0, 1.0], [4.0, 2.0]])
        >>> r.numpy()
        array([[-5. , -2.2],
               [ 0. , -0.4]], dtype=float32)
    """
    return QR(full_matrices)(as_tensor(x))  # type: ignore[no-any-return]


def _gram_schmidt(xs: Any) -> Any:
    ys: list[Any] = []
    for x in xs:
        rest = x - sum((y * (y @ x) for y in ys), np.zeros_like(x))
        ys.append(rest / np.linalg.norm(rest))
    return np.stack(ys)


@composite(
    finite=True,
    meaning=_gram_schmidt,
    cases=lambda: [
        Sample("2 of 3", (np.array([[1, 2, 3], [4, 5, 7]], np.float32),)),
        Sample("one", (np.array([[-3, 4]], np.float32),)),
    ],
)
def gram_schmidt(xs: Any) -> Any:
    """Vectors (a list of them, or the rows of a matrix) made orthonormal in their
    order, as by Gram and Schmidt's process; of the kind that they came in.
    (tf.linalg.gramSchmidt)

    By Householder reflections, which keep more digits.

    ValueError for more vectors than dimensions, or lengths that differ.

    Example:
        >>> ops.linalg.gram_schmidt([[3.0, 4.0], [1.0, 0.0]]).numpy()
        array([[ 0.6,  0.8],
               [ 0.8, -0.6]], dtype=float32)
    """
    several = isinstance(xs, (list, tuple)) and any(isinstance(x, Tensor) for x in xs)
    x = stack(xs) if several else as_tensor(xs)
    if x.ndim != 2 or x.shape[0] > x.shape[1]:
        raise ValueError(
            "gram_schmidt: some vectors, no more than they have dimensions, expected, got shape"
            f" {x.shape}"
        )
    q, r = qr(turned(x))
    ys = turned(q * diagonal(r).sign())
    return unstack(ys) if several else ys


@register
@dataclass(frozen=True)
class Cholesky(Op):
    """l [..., n, n], lower triangular, with a = l . l^T; of a's lower half. NaN where a
    is not positive definite.
    """

    not_finite = "NaN and infinity give NaN"
    not_finite_inputs = ()

    def infer(self, a: Spec) -> Spec:
        check_matrices("cholesky", a, square=True)
        return a

    def numpy(self, a: Any) -> Any:
        root = np.zeros_like(a)
        for j in range(a.shape[-1]):
            known = root[..., j:, :j] @ root[..., j, :j, None]
            root[..., j:, j] = a[..., j:, j] - known[..., 0]
            root[..., j:, j] /= np.sqrt(root[..., j, j, None])
        return root

    def gpu(self, k: Lowering) -> None:
        *lead, n, _ = k.ins[0].shape
        batches = math.prod(lead)
        program = kernel("linalg/cholesky", "cholesky")
        k.launch_flat(program, [*k.ins, *k.outs], pack("2I", n, batches), 256 * batches, 256)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        """Murray, "Differentiation of the Cholesky decomposition" (2016)."""
        root = outs[0]
        inner = band_part(MatMul(True)(root, grads[0]), -1, 0)
        inner = inner - band_part(inner, 0, 0) * 0.5
        turn = TriangularSolve(lower=True, transposed=True)
        outer = turn(root, turned(turn(root, inner + turned(inner))))
        return (outer * 0.5,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(6)
        for shape in [(1, 1), (2, 5, 5), (33, 33)]:
            a = random.standard_normal(shape, np.float32)
            a = a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1], dtype=np.float32)
            yield Case(f"{shape}", cls(), (a,), 1e-4)


def cholesky(a: Any) -> Tensor:
    """l [..., n, n], lower triangular with a = l . l^T, for symmetric positive definite
    a (its lower half is read). NaN where a is not positive definite.

    Example:
        >>> ops.linalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).tolist()
        [[2.0, 0.0], [1.0, 2.0]]
    """
    return Cholesky()(as_tensor(a))  # type: ignore[no-any-return]


@register
@dataclass(frozen=True)
class Jacobi(Op):
    """w = a . v, a [..., m, n] with m >= n: v [..., n, n] orthogonal, w's columns
    orthogonal to each other, the longest first (one-sided Jacobi). The largest entry of
    each column of v is positive.
    """

    not_finite = "anything for a matrix with NaN or infinity"
    not_finite_inputs = ()

    def infer(self, a: Spec) -> tuple[Spec, ...]:
        check_matrices("svd", a)
        *lead, _, n = a.shape
        return a, Spec((*lead, n, n))

    def numpy(self, a: Any) -> Any:
        # NumPy raises an error for a NaN
        whole = np.isfinite(a).all((-2, -1), keepdims=True)
        _, _, turned_v = np.linalg.svd(np.where(whole, a, 0), full_matrices=False)
        v = np.swapaxes(np.where(whole, turned_v, np.nan), -1, -2)
        largest = np.take_along_axis(v, np.abs(v).argmax(-2, keepdims=True), -2)
        v = v * np.where(largest < 0, -1, 1)
        return a @ v, v

    def gpu(self, k: Lowering) -> None:
        *lead, m, n = k.ins[0].shape
        batches = math.prod(lead)
        slots = [*k.ins, *k.outs, k.scratch((batches, m + n, n))]
        program = kernel("linalg/jacobi", "jacobi")
        k.launch_flat(program, slots, pack("3I", m, n, batches), 64 * batches, 64)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        """With dv = v . turn, turn = -turn^T: what keeps dw = da . v + w . turn
        orthogonal is turn[i, j] = (p + p^T)[i, j] / (s[j]^2 - s[i]^2), where p = w^T .
        da . v and s are the lengths.
        """
        w, v = outs
        to_w, to_v = (x * 0.0 if g is None else g for x, g in zip(outs, grads, strict=True))
        squares = w.square().sum(-2, True)
        apart = squares - turned(squares)
        equal = apart == 0
        to_turn = MatMul(True)(w, to_w) + MatMul(True)(v, to_v)
        to_p = equal.where(0.0, to_turn / equal.where(1.0, apart))
        return (MatMul(False, True)(to_w + MatMul()(w, to_p + turned(to_p)), v),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(7)
        for shape in [(1, 1), (4, 3), (2, 6, 6), (40, 9)]:
            yield Case(f"{shape}", cls(), (random.standard_normal(shape, np.float32),), 1e-3)


class SVD(NamedTuple):
    """What `svd` gives: x = u . diag(s) . vh."""

    u: Tensor
    s: Tensor
    vh: Tensor


def _svd(x: Any) -> Any:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    largest = np.take_along_axis(vh, np.abs(vh).argmax(-1, keepdims=True), -1)
    sign = np.where(largest < 0, -1, 1)
    return u * np.swapaxes(sign, -1, -2), s, vh * sign


@composite(
    finite=True,
    meaning=_svd,
    cases=lambda: [
        Sample("4 x 3", (np.random.default_rng(8).standard_normal((4, 3), np.float32),), {}, 1e-3)
    ],
)
def svd(x: Any) -> SVD:
    """(u, s, vh) with x [..., m, n] = u . diag(s) . vh: s [..., k] from the largest on,
    u [..., m, k] and vh [..., k, n] with orthonormal columns and rows, k = min(m, n).
    (numpy.linalg.svd with full_matrices=False)

    By one-sided Jacobi rotations; s is within some 1e-6 of the largest. Gradients of u
    and vh need singular values that differ.

    Example:
        >>> ops.linalg.svd([[3.0, 0.0], [0.0, -4.0]]).s.numpy()
        array([4., 3.], dtype=float32)
    """
    x = as_tensor(x)
    check_matrices("svd", x.spec)
    if x.shape[-2] < x.shape[-1]:
        v, s, uh = svd(turned(x))
        return SVD(turned(uh), s, turned(v))
    w, v = Jacobi()(x)
    # reflections leave orthogonal columns as they are but for their sign and length,
    # and give those of length 0 a direction
    q, r = qr(w)
    lengths = diagonal(r)
    sign = (lengths < 0).where(-1.0, 1.0)
    return SVD(q * sign.reshape(*sign.shape[:-1], 1, -1), lengths.abs(), turned(v))
