"""Who is near whom: the neighbours of t-SNE, and how much each of them counts."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from .. import ops
from ..core.tensor import Tensor, tensor

_AT_ONCE = 1 << 24  # distances, 64 MB
_HALVINGS = 60
_TINY = 1.2e-38  # devices take less for zero
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
    def joined(cls, shares: Sequence[float], to: Sequence[int], n: int) -> Edges:
        """Of each point's shares of its neighbours, row by row, those of both
        directions joined: of a and b the mean of what a says of b and b of a.
        """
        k = len(shares) // n
        joined: dict[int, float] = {}
        for i in range(n):
            for at in range(i * k, i * k + k):
                share = shares[at] / (2 * n)
                for pair in (i * n + to[at], to[at] * n + i):
                    joined[pair] = joined.get(pair, 0.0) + share
        pairs = sorted(pair for pair, weight in joined.items() if weight >= _TINY)
        whose, others = [pair // n for pair in pairs], [pair % n for pair in pairs]
        starts = [bisect_left(whose, i) for i in range(n + 1)]
        return cls(
            tensor(starts, dtype="int32"),
            tensor(others, dtype="int32"),
            tensor([joined[pair] for pair in pairs], dtype="float32"),
            tensor(whose, dtype="int32"),
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
