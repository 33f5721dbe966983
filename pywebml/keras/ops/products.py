"""NumPy's products and windows, as Keras has them."""

from __future__ import annotations

import builtins
import math
from typing import Any

from ... import ops
from ...core.tensor import Tensor
from .arrays import append, moveaxis
from .elementwise import i0
from .support import axes_of, to_float, to_tensor

__all__ = [
    "bartlett",
    "blackman",
    "cdist",
    "corrcoef",
    "correlate",
    "cross",
    "dot",
    "einsum",
    "hamming",
    "hanning",
    "inner",
    "kaiser",
    "kron",
    "outer",
    "tensordot",
    "vdot",
]

# --- products


def cdist(x: Any, y: Any) -> Tensor:
    """The distances of all rows of x to all rows of y."""
    x, y = to_float(x), to_float(y)
    gaps = x.reshape(*x.shape[:-1], 1, x.shape[-1]) - y.reshape(*y.shape[:-2], 1, *y.shape[-2:])
    return ops.sqrt(ops.sum(ops.square(gaps), -1))


def dot(x1: Any, x2: Any) -> Tensor:
    """Products over the last axis of x1 and the last but one of x2, as in NumPy."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if not x1.ndim or not x2.ndim:
        return x1 * x2
    return tensordot(x1, x2, [[-1], [-2 if x2.ndim > 1 else -1]])


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """The products over these axes of both: so many, or a list for each."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if isinstance(axes, int):
        axes = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    first, second = axes_of(axes[0], x1.ndim), axes_of(axes[1], x2.ndim)
    left = [i for i in range(x1.ndim) if i not in first]
    right = [i for i in range(x2.ndim) if i not in second]
    inner = math.prod(x1.shape[i] for i in first)
    a = ops.transpose(x1, [*left, *first]).reshape(-1, inner)
    b = ops.transpose(x2, [*second, *right]).reshape(inner, -1)
    shape = [x1.shape[i] for i in left] + [x2.shape[i] for i in right]
    return ops.matmul(a, b).reshape(tuple(shape))


def einsum(subscripts: str, *operands: Any) -> Tensor:
    """The sum of products that the letters say: einsum("ij,jk->ik", x1, x2)."""
    return ops.einsum(subscripts, *operands)


def inner(x1: Any, x2: Any) -> Tensor:
    """Products over the last axes of both."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    return x1 * x2 if not x1.ndim or not x2.ndim else tensordot(x1, x2, [[-1], [-1]])


def outer(x1: Any, x2: Any) -> Tensor:
    """Each of x1 times each of x2, both taken flat."""
    return to_tensor(x1).reshape(-1, 1) * to_tensor(x2).reshape(1, -1)


def vdot(x1: Any, x2: Any) -> Tensor:
    """The sum of products, both taken flat."""
    return (to_tensor(x1).reshape(-1) * to_tensor(x2).reshape(-1)).sum()


def kron(x1: Any, x2: Any) -> Tensor:
    """x1 with x2 in place of each of its numbers, times it."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    axes = builtins.max(x1.ndim, x2.ndim)
    first = (1,) * (axes - x1.ndim) + x1.shape
    second = (1,) * (axes - x2.ndim) + x2.shape
    product = x1.reshape([n for a in first for n in (a, 1)]) * x2.reshape(
        [n for b in second for n in (1, b)])  # fmt: skip
    return product.reshape([a * b for a, b in zip(first, second, strict=True)])


def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """Cross products of vectors of two or three numbers."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (x if x.shape[-1] == 3 else append(x, x[..., :1] * 0, -1) for x in (a, b))
    (a0, a1, a2), (b0, b1, b2) = ops.unstack(a, axis=-1), ops.unstack(b, axis=-1)
    product = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0]
    return moveaxis(ops.stack(product, -1), -1, axisc)


def corrcoef(x: Any) -> Tensor:
    """How the rows of x go together, -1 to 1."""
    x = to_float(x)
    x = x.reshape(1, -1) if x.ndim < 2 else x
    centred = x - ops.mean(x, 1, True)
    products = ops.matmul(centred, ops.transpose(centred))
    spread = ops.sqrt(ops.sum(ops.square(centred), 1))
    result = products / (spread.reshape(-1, 1) * spread)
    return result.reshape(()) if x.shape[0] == 1 else result


def correlate(x1: Any, x2: Any, mode: str = "valid") -> Tensor:
    """Sums of products as x2 slides along x1: 'valid', 'same' or 'full'."""
    x1, x2 = to_float(x1), to_float(x2)
    n, m = x1.size, x2.size
    swapped = n < m
    if swapped:
        x1, x2, n, m = x2, x1, m, n
    out = {"full": n + m - 1, "same": n, "valid": n - m + 1}
    if mode not in out:
        raise ValueError(f"correlate: mode must be 'valid', 'same' or 'full', got {mode!r}")
    before = {"full": m - 1, "same": m // 2, "valid": 0}[mode]
    after = out[mode] - 1 - before + m - n
    padded = ops.pad(x1, [(before, builtins.max(after, 0))])
    rows = ops.arange(out[mode]).reshape(-1, 1) + ops.arange(m)
    result = ops.matmul(ops.gather(padded, rows), x2.reshape(-1, 1)).reshape(-1)
    return ops.flip(result) if swapped else result


# --- windows


def _angles(x: Any) -> tuple[int, Tensor]:
    n = int(x.item() if hasattr(x, "item") else x)
    return n, ops.arange(n).astype("float32") * (2 * math.pi / builtins.max(n - 1, 1))


def hanning(x: Any) -> Tensor:
    """Hann's window of x numbers."""
    n, angle = _angles(x)
    return 0.5 - 0.5 * ops.cos(angle) if n > 1 else ops.ones((n,))


def hamming(x: Any) -> Tensor:
    """Hamming's window of x numbers."""
    n, angle = _angles(x)
    return 0.54 - 0.46 * ops.cos(angle) if n > 1 else ops.ones((n,))


def blackman(x: Any) -> Tensor:
    """Blackman's window of x numbers."""
    n, angle = _angles(x)
    return 0.42 - 0.5 * ops.cos(angle) + 0.08 * ops.cos(angle * 2.0) if n > 1 else ops.ones((n,))


def bartlett(x: Any) -> Tensor:
    """Bartlett's window of x numbers: a triangle."""
    n, angle = _angles(x)
    return 1.0 - ops.abs(angle / math.pi - 1.0) if n > 1 else ops.ones((n,))


def kaiser(x: Any, beta: Any) -> Tensor:
    """Kaiser's window of x numbers."""
    n, angle = _angles(x)
    place = angle / math.pi - 1.0 if n > 1 else ops.zeros((n,))
    return i0(ops.sqrt(ops.maximum(1.0 - place * place, 0.0)) * beta) / i0(float(beta))
