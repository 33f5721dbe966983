"""Who is near whom: the neighbours of t-SNE, and how much each of them counts."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor, tensor
from ..host.lazy import np

_AT_ONCE = 1 << 24  # distances, 64 MB
_HALVINGS = 60
_MOST = 1e37  # of b, where neighbours are copies of each other and no b is enough


class Edges(NamedTuple):
    """Who draws whom: of point i the edges starts[i] ... starts[i + 1], to other
    points, with weights of which all together are 1; `whose` each edge is.
    """

    starts: Tensor
    to: Tensor
    weights: Tensor
    whose: Tensor

    @classmethod
    def joined(cls, shares: Any, to: Any, n: int) -> Edges:
        """Of each point's shares of its neighbours, [n, k], those of both directions
        joined: of a and b the mean of what a says of b and b of a.
        """
        shares, to = np.asarray(shares), np.asarray(to)
        k = shares.size // n
        a, b = np.repeat(np.arange(n, dtype=np.int64), k), to.reshape(-1).astype(np.int64)
        pairs, places = np.unique(np.concatenate([a * n + b, b * n + a]), return_inverse=True)
        twice = np.concatenate([shares.reshape(-1)] * 2).astype(np.float64)
        weights = np.bincount(places, twice / (2 * n), pairs.size)
        there = weights >= np.finfo(np.float32).tiny  # devices take less for zero
        whose, others = np.divmod(pairs[there], n)
        starts = np.searchsorted(whose, np.arange(n + 1))
        return cls(
            tensor(starts.astype(np.int32)),
            tensor(others.astype(np.int32)),
            tensor(weights[there].astype(np.float32)),
            tensor(whose.astype(np.int32)),
        )


def neighbours(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Of each row of x [n, d] the squared distances to the k nearest others, and their
    numbers, [n, k], nearest first.
    """
    n = x.shape[0]
    squares = ops.sum(x * x, 1)
    rows = max(1, min(n, _AT_ONCE // n))
    parts = []
    for first in range(0, n, rows):
        own = x[first : first + rows]
        products = ops.matmul(own, x, transpose_b=True)
        distances = squares[first : first + rows].reshape(-1, 1) + squares - 2 * products
        itself = ops.range(first, first + own.shape[0]).reshape(-1, 1).equal(ops.range(0, n))
        parts.append(ops.top_k(ops.where(itself, -math.inf, -distances), k))
    values = ops.concat([part.values for part in parts], 0)
    return ops.maximum(-values, 0.0), ops.concat([part.indices for part in parts], 0)


def affinities(distances: Tensor, perplexity: float) -> Tensor:
    """The share of each neighbour, exp(-b d) of squared distances d [n, k], 1 together,
    with the b of each row at which 2 ** entropy is `perplexity`; by halving.
    """
    d = distances - distances[:, :1]
    goal = math.log(perplexity)
    low, high = ops.zeros((d.shape[0], 1)), ops.fill((d.shape[0], 1), math.inf)
    # near enough to begin with, whatever the distances' unit
    b = 1 / ops.maximum(ops.mean(d, 1, True), 1e-30)
    for _ in range(_HALVINGS):
        near = ops.exp(-b * d)
        total = ops.sum(near, 1, True)
        entropy = ops.log(total) + b * ops.sum(d * near, 1, True) / total
        wide = entropy > goal
        low, high = ops.where(wide, b, low), ops.where(wide, high, b)
        b = ops.where(ops.is_inf(high), ops.minimum(2 * b, _MOST), (low + high) / 2)
    near = ops.exp(-b * d)
    return near / ops.sum(near, 1, True)
