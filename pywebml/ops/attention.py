"""Attention: each query's mean of values, weighted by how well their keys fit it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..core.composite import Sample, composite
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np
from .elementwise import where
from .linalg.matmul import MatMul
from .softmax import Softmax
from .support.axes import floating

__all__ = ["dot_product_attention"]


class Attended(NamedTuple):
    """What `attend` gives: [batch, queries, heads, values], and the weights [batch,
    heads, queries, keys].
    """

    output: Tensor
    weights: Tensor


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    scale: float,
    mask: Any = None,
    causal: bool = False,
    bias: Any = None,
    least: float = -math.inf,
    dropped: Callable[[Tensor], Tensor] = lambda weights: weights,
) -> Attended:
    """Of query [batch, queries, heads, n], key [batch, keys, heads, n] and value
    [batch, keys, heads, m], in three launches: products take heads as they lie, and
    softmax scales and looks back by itself. A mask or bias [..., heads, queries, keys]
    (or 1) is one more.

    `least` is what scores become that the mask leaves out: with a finite one, a query
    that sees nothing sees all keys alike; with none (minus infinity) it gets 0.
    """
    scores = MatMul(False, True, heads="ab")(query, key)
    if mask is None and bias is None:
        weights = Softmax(scale, causal)(scores)
    else:
        if bias is not None:
            scores, scale = scores * scale + bias, 1.0
        lowest = -1e9 if scores.dtype == "float32" else -3e4
        if mask is not None:
            scores, scale = where(mask, scores * scale, max(least, lowest)), 1.0
        weights = Softmax(scale, causal)(scores)
        if mask is not None and least == -math.inf:
            weights = where(mask, weights, 0.0)
    return Attended(MatMul(heads="by")(dropped(weights), value), weights)


def _meaning(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
) -> Any:
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = np.einsum("btnh,bsnh->bnts", query, key) * scale
    scores = scores if bias is None else scores + bias
    seen = np.ones(scores.shape, bool) if mask is None else np.broadcast_to(mask, scores.shape)
    seen = seen & np.tri(*scores.shape[-2:], dtype=bool) if is_causal else seen
    scores = np.where(seen, scores, -1e9)
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("bnts,bsnh->btnh", e / e.sum(-1, keepdims=True), value)


def _samples() -> Iterator[Sample]:
    random = np.random.default_rng(0)
    q, k, v = (
        random.standard_normal(s, np.float32) for s in ((2, 5, 3, 4), (2, 6, 3, 4), (2, 6, 3, 7))
    )
    bias = random.standard_normal((3, 5, 6), np.float32)
    mask = random.random((2, 1, 5, 6)) < 0.7
    mask[:, :, :, 0] = True
    yield Sample("plain", (q, k, v))
    yield Sample("causal, scaled", (q, k, v), {"is_causal": True, "scale": 0.3})
    yield Sample("bias", (q, k, v, bias))
    yield Sample("bias, mask, causal", (q, k, v, bias, mask), {"is_causal": True})


@composite(meaning=_meaning, cases=_samples, finite=True)
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
) -> Tensor:
    """softmax(scale * query . key + bias) . value for each head: query [batch, queries,
    heads, n], key [batch, keys, heads, n], value [batch, keys, heads, m] -> [batch,
    queries, heads, m] (Vaswani et al. 2017). `scale` is 1 / sqrt(n) where not said.

    Key and value may have fewer heads, each for the same number of neighbouring ones of
    the query. A mask is True where a key is seen, and broadcasts to [batch, heads,
    queries, keys], as a bias does; `is_causal` lets a query see keys up to its own
    place only. `flash_attention` is Keras's; there is one way here.

    ValueError for shapes that do not fit.

    Example:
        >>> x = ops.ones((1, 3, 2, 4))
        >>> ops.dot_product_attention(x, x, x).shape
        (1, 3, 2, 4)
    """
    q, k, v = floating(query), floating(key), floating(value)
    fits = q.ndim == k.ndim == v.ndim == 4 and q.shape[-1] == k.shape[-1]
    fits = fits and k.shape[:3] == v.shape[:3] and q.shape[0] == k.shape[0]
    if not fits or q.shape[2] % k.shape[2]:
        raise ValueError(
            "dot_product_attention: query [batch, queries, heads, n], key [batch, keys, heads, n]"
            f" and value [batch, keys, heads, m] expected, got {q.shape}, {k.shape} and {v.shape}"
        )
    k, v = (repeated_heads(x, q.shape[2]) for x in (k, v))
    scale = q.shape[-1] ** -0.5 if scale is None else float(scale)
    bias = None if bias is None else as_tensor(bias)
    mask = None if mask is None else as_tensor(mask).astype("bool")
    return attend(q, k, v, scale=scale, mask=mask, causal=is_causal, bias=bias, least=-1e9).output


def repeated_heads(x: Tensor, heads: int) -> Tensor:
    """x [batch, steps, fewer, n] with each head as often as makes so many of them."""
    batch, steps, fewer, n = x.shape
    if fewer == heads:
        return x
    times = heads // fewer
    wide = x.reshape(batch, steps, fewer, 1, n).broadcast_to((batch, steps, fewer, times, n))
    return wide.reshape(batch, steps, heads, n)
