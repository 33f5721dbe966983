"""What moves the points of a map in t-SNE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.choices import Choice
from ..core.lowering import Lowering, pack
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..host.lazy import np
from .support.rows import SHARED, Rows, candidates, launch_rows, rule

__all__ = ["EmbeddingForces"]

choose = Choice("embedding_forces", ("embedding_forces",), candidates, rule)


@register
@dataclass(frozen=True)
class EmbeddingForces(Op):
    """(y [n, 2], starts int32 [n + 1], to int32 [edges], weights [edges]) ->
    (pull [n, 2], push [n, 3]): how edges draw each point to others, and how all points
    push it away; with q = 1 / (1 + |y_i - y_j|^2), pull_i = sum of w q (y_i - y_j) over
    the edges starts[i] ... starts[i + 1], push_i = sum of (q^2 (y_i - y_j), q) over all
    other points. Numbers in `to` must be points; nothing checks them.

    Source: van der Maaten and Hinton, Visualizing Data using t-SNE, JMLR 9, 2008.
    """

    def infer(self, y: Spec, starts: Spec, to: Spec, weights: Spec) -> tuple[Spec, ...]:
        n = y.shape[0] if y.shape else 0
        if y.dtype != "float32" or y.shape != (n, 2) or n < 1:
            raise ValueError(f"EmbeddingForces: y must be float32 [n, 2], got {y}")
        if starts != Spec((n + 1,), "int32") or to.dtype != "int32" or len(to.shape) != 1:
            raise ValueError(
                f"EmbeddingForces: starts must be int32 [{n + 1}] and to int32 [edges], got"
                f" {starts} and {to}"
            )
        if weights != Spec(to.shape, "float32") or not to.size:
            raise ValueError(
                f"EmbeddingForces: weights must be float32, one for each of {to.size} edges (at"
                f" least one), got {weights}"
            )
        return Spec((n, 2), "float32"), Spec((n, 3), "float32")

    def numpy(self, y: Any, starts: Any, to: Any, weights: Any) -> Any:
        n = len(y)
        push = np.empty((n, 3), y.dtype)
        rows = max(1, (1 << 20) // n)  # at a time: their distances take some megabytes
        for first in range(0, n, rows):
            d = y[first : first + rows, None] - y
            q = 1 / (1 + (d * d).sum(-1))
            push[first : first + rows, :2] = np.einsum("ij,ijk->ik", q * q, d)
            q[np.arange(len(q)), first + np.arange(len(q))] = 0
            push[first : first + rows, 2] = q.sum(1)
        whose = np.repeat(np.arange(n), np.diff(starts))
        d = y[whose] - y[to]
        drawn = (weights / (1 + (d * d).sum(-1)))[:, None] * d
        pull = np.stack([np.bincount(whose, drawn[:, axis], n) for axis in (0, 1)], 1)
        return pull, push

    def gpu(self, k: Lowering) -> None:
        n = k.ins[0].shape[0]
        form = choose(k.adapter, Rows(n, n))
        params = pack("I", n)
        launch_rows(k, form, "embedding_forces", [*k.ins, *k.outs], params, n, "vec4f")

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 12 * ins[0].shape[0] ** 2 + 9 * ins[2].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(8)
        for n, most, forms in [(1, 1, ["thread"]), (9, 4, []), (300, 40, ["thread", *SHARED])]:
            counts = rng.integers(0, most + 1, n)
            counts[-1] = 1  # one edge at least
            starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
            to = rng.integers(0, n, starts[-1], dtype=np.int32)
            weights = rng.random(starts[-1], dtype=np.float32)
            inputs = (rng.normal(size=(n, 2)).astype(np.float32) * 3, starts, to, weights)
            yield Case(f"{n} points", cls(), inputs)
            for form in forms:
                yield Case(f"{form}: {n} points", cls(), inputs, forms=((choose.name, form),))
