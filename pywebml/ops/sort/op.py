"""The op that sorts: it gives places."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.lowering import Lowering
from ...core.op import Case, Op, register
from ...core.spec import Spec
from ...host.lazy import np
from ..support.axes import check_words
from .launches import CHUNK, keys_of, launch_sort

__all__ = ["ArgSort"]

FEW = CHUNK // 4
"""Of a long row so many can be chosen without sorting all of it."""


def ordered(x: Any) -> Any:
    """Numbers in the order of x's values, NaN behind all; of float64 arrays, too."""
    if x.dtype == bool:
        return x.astype(np.int64)
    if x.dtype.kind != "f":
        return x.astype(np.int64)
    _, ranks = np.unique(np.where(np.isnan(x), np.inf, x), return_inverse=True)
    return np.where(np.isnan(x), x.size, ranks.reshape(x.shape)).astype(np.int64)


@register
@dataclass(frozen=True)
class ArgSort(Op):
    """int32 [..., most]: the places along the last axis of the first `most` in order,
    of equal ones the lower place first. NaN counts as largest.
    """

    most: int
    descending: bool = False
    halves = True

    def infer(self, x: Spec) -> Spec:
        check_words(self, x)
        if not x.shape:
            raise ValueError("sort: x must have at least one axis, got a scalar")
        n = x.shape[-1]
        if not (0 <= self.most <= n and (self.most == n or n <= CHUNK or self.most <= FEW)):
            raise ValueError(f"ArgSort: most must be {n}, or at most {FEW}, got {self.most}")
        return Spec((*x.shape[:-1], self.most), "int32")

    def numpy(self, x: Any) -> Any:
        keys = ordered(x)
        return np.argsort(-keys if self.descending else keys, -1, kind="stable")[..., : self.most]

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        rows = math.prod(x.shape[:-1])
        launch_sort(k, x, k.outs[0], rows, self.most, keys_of(x.dtype, self.descending))

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(6)
        for shape, most, descending in [
            ((7,), 7, False), ((3, 100), 100, True), ((2, 2, 5), 3, True), ((1, 1), 1, False),
            ((2, 5000), 5000, False), ((5000,), 5000, True), ((2, 5000), 20, True),
        ]:  # fmt: skip
            x = np.round(rng.normal(size=shape) * 20).astype(np.float32)
            yield Case(f"{shape} {most}", cls(most, descending), (x,), 0, 0)
        special = np.array([0, np.nan, -np.inf, -0.0, np.inf, -1, np.nan, 1e-30], np.float32)
        yield Case("special", cls(8), (special,), 0, 0)
        yield Case("special, descending", cls(8, True), (special,), 0, 0)
        ints = rng.integers(-9, 9, (2, 3000), dtype=np.int32)
        yield Case("int32", cls(3000, True), (ints,), 0, 0)
        yield Case("bool", cls(3000), (ints > 0,), 0, 0)
