"""Matrices, as Keras has them."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import swapaxes
from .picking import diagonal
from .support import to_float

__all__ = [
    "cholesky", "cholesky_inverse", "det", "eigh", "inv", "logdet", "lstsq", "matrix_rank",
    "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
]  # fmt: skip


def cholesky(x: Any, upper: bool = False) -> Tensor:
    """l with x = l . l^T, or the upper half l^T."""
    lower = ops.cholesky(x)
    return swapaxes(lower, -1, -2) if upper else lower


def cholesky_inverse(x: Any, upper: bool = False) -> Tensor:
    """The inverse of the matrix whose Cholesky factor x is."""
    factor = ops.inv(x)
    turned = swapaxes(factor, -1, -2)
    return ops.matmul(factor, turned) if upper else ops.matmul(turned, factor)


def det(x: Any) -> Tensor:
    """Determinants."""
    return ops.det(x)


def slogdet(x: Any) -> tuple[Tensor, Tensor]:
    """(sign, logarithm of the absolute value) of determinants."""
    x = to_float(x)
    q, r = ops.qr(x)
    corner = diagonal(r, 0, -2, -1)
    sign = ops.prod(ops.sign(corner), -1) * ops.sign(ops.det(q))
    return sign, ops.sum(ops.log(ops.abs(corner)), -1)


def logdet(x: Any) -> Tensor:
    """The logarithm of the determinant of a positive definite matrix."""
    corner = diagonal(ops.cholesky(x), 0, -2, -1)
    return ops.sum(ops.log(corner), -1) * 2.0


def eigh(x: Any) -> tuple[Tensor, Tensor]:
    """(values, vectors) of symmetric matrices, the smallest value first."""
    x = to_float(x)
    # above the largest value, so that x + shift is positive and its own decomposition
    shift = ops.max(ops.sum(ops.abs(x), -1), -1) + 1.0
    one = ops.eye(x.shape[-1])
    u, s, _ = ops.svd(x + one * shift.reshape(*shift.shape, 1, 1))
    return ops.flip(s, -1) - shift.reshape(*shift.shape, 1), ops.flip(u, -1)


def inv(x: Any) -> Tensor:
    """Inverses."""
    return ops.inv(x)


def solve(a: Any, b: Any) -> Tensor:
    """x with a . x = b."""
    return ops.solve(a, b)


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """x with a . x = b, for one half of a."""
    return ops.solve_triangular(a, b, lower)


def qr(x: Any, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """(q, r) with x = q . r, 'reduced' or 'complete'."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', got {mode!r}")
    return ops.qr(x, mode == "complete")


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """(u, s, vh) with x = u . diag(s) . vh, or s alone."""
    x = to_float(x)
    u, s, vh = ops.svd(x)
    if not compute_uv:
        return s
    return (_filled(u), s, swapaxes(_filled(swapaxes(vh, -1, -2)), -1, -2)) if full_matrices else (
        u, s, vh)  # fmt: skip


def _filled(u: Tensor) -> Tensor:
    """Orthonormal columns with those that are missing to a square."""
    if u.shape[-1] == u.shape[-2]:
        return u
    q, _ = ops.qr(u, True)
    return ops.concat([u, q[..., u.shape[-1] :]], -1)


def pinv(x: Any, rcond: Any = None) -> Tensor:
    """The pseudoinverse, in which singular values below rcond of the largest count 0."""
    x = to_float(x)
    u, s, vh = ops.svd(x)
    least = max(x.shape[-2:]) * 1.2e-6 if rcond is None else rcond
    large = ops.greater(s, ops.max(s, -1, True) * least)
    inverse = ops.where(large, ops.div(1.0, ops.where(large, s, 1.0)), 0.0)
    turned = swapaxes(vh, -1, -2) * inverse.reshape(*s.shape[:-1], 1, s.shape[-1])
    return ops.matmul(turned, swapaxes(u, -1, -2))


def lstsq(a: Any, b: Any, rcond: Any = None) -> Tensor:
    """The x for which a . x comes nearest to b."""
    b = to_float(b)
    columns = b.reshape(*b.shape, 1) if b.ndim == 1 else b
    x = ops.matmul(pinv(a, rcond), columns)
    return x.reshape(-1) if b.ndim == 1 else x


def matrix_rank(x: Any, tol: Any = None) -> Tensor:
    """How many singular values are above `tol`."""
    x = to_float(x)
    s = ops.svd(x)[1]
    least = ops.max(s, -1, True) * (max(x.shape[-2:]) * 1.2e-7) if tol is None else tol
    return ops.sum(ops.greater(s, least).astype("int32"), -1)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Norms of vectors (one axis) or matrices (two)."""
    x = to_float(x)
    if ord is None:
        return ops.sqrt(ops.sum(ops.square(x), axis, keepdims))
    axis = tuple(range(x.ndim)) if axis is None else axis
    axis = axis[0] if hasattr(axis, "__len__") and len(axis) == 1 else axis
    if not hasattr(axis, "__len__"):
        return _of_vectors(x, ord, axis, keepdims)
    if ord in ("nuc", 2, -2):
        from .arrays import expand_dims, moveaxis

        s = ops.svd(moveaxis(x, axis, (-2, -1)))[1]
        total = {"nuc": ops.sum, 2: ops.max, -2: ops.min}[ord](s, -1)
        return expand_dims(total, axis) if keepdims else total
    return ops.norm(x, {"fro": "euclidean"}.get(ord, ord), axis, keepdims)


def _of_vectors(x: Tensor, ord: Any, axis: int, keepdims: bool) -> Tensor:
    size = ops.abs(x)
    if ord == 0:
        return ops.sum(ops.not_equal(x, 0.0).astype("float32"), axis, keepdims)
    if ord in (float("inf"), float("-inf")):
        return (ops.max if ord > 0 else ops.min)(size, axis, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"norm: {ord!r} is a norm of matrices; give two axes")
    return ops.pow(ops.sum(ops.pow(size, float(ord)), axis, keepdims), 1.0 / ord)
