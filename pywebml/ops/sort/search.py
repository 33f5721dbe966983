"""Where values belong in what is sorted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.composite import Sample, composite
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import WGSL_TYPE, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import typed_kernel
from ...host.lazy import np
from .launches import keys_of

__all__ = ["SearchSorted", "lower_bound", "search_sorted", "upper_bound"]


def _search(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    rows = sorted_sequence.reshape(-1, sorted_sequence.shape[-1])
    wanted = values.reshape(len(rows), -1)
    places = [np.searchsorted(r, w, side) for r, w in zip(rows, wanted, strict=True)]
    return np.stack(places).reshape(values.shape)


@register
@dataclass(frozen=True)
class SearchSorted(Op):
    """int32 [..., m]: how many of each sorted row [..., n] are less than a value of
    [..., m], or with `right` not greater.
    """

    right: bool = False
    halves = True
    not_finite = "a row with NaN in its middle is not sorted"
    not_finite_inputs = (1,)

    def infer(self, rows: Spec, values: Spec) -> Spec:
        if rows.dtype != values.dtype or rows.dtype == "uint8":
            raise TypeError(
                f"search_sorted: dtypes {rows.dtype} and {values.dtype} must be one; cast one of"
                " them"
            )
        if not rows.shape or not values.shape or rows.shape[:-1] != values.shape[:-1]:
            raise ValueError(
                f"search_sorted: sorted_sequence {rows.shape} and values {values.shape} must be"
                " equal in all axes but the last"
            )
        return Spec(values.shape, "int32")

    def numpy(self, rows: Any, values: Any) -> Any:
        return _search(rows, values, "right" if self.right else "left")

    def gpu(self, k: Lowering) -> None:
        rows, values = k.ins
        constants = keys_of(rows.dtype).constants
        program = typed_kernel(
            "sort/search", WGSL_TYPE[rows.dtype], RIGHT=int(self.right), **constants
        )
        params = pack("3I", math.prod(rows.shape[:-1]), rows.shape[-1], values.shape[-1])
        k.launch_flat(program, [rows, values, *k.outs], params, values.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return None, None

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rows = np.array([[0, 3, 9, 9, 10], [1, 2, 3, 4, 5]], np.float32)
        values = np.array([[2, 4, 9], [0, 2, 6]], np.float32)
        for right in (False, True):
            yield Case(f"right {right}", cls(right), (rows, values), 0, 0)
        yield Case("int32", cls(), (rows.astype(np.int32), values.astype(np.int32)), 0, 0)


def _samples() -> Iterator[Sample]:
    rows = np.array([-1, 0, 3, 3, 10], np.float32)
    yield Sample("row", (rows, np.array([3, -5, 11, 0.5], np.float32)), {}, 0, 0)


@composite(meaning=_search, cases=_samples, halves=True)
def search_sorted(sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """int32, of the shape of `values` [..., m]: where each belongs in `sorted_sequence`
    [..., n]: before its equals, or with `side="right"` behind them. NaN belongs at the
    end.

    Example:
        >>> ops.search_sorted([0, 3, 9, 9, 10], [0, 4, 9]).tolist()
        [0, 2, 2]
    """
    if side not in ("left", "right"):
        raise ValueError(f"search_sorted: side must be 'left' or 'right', got {side!r}")
    return SearchSorted(side == "right")(as_tensor(sorted_sequence), as_tensor(values))  # type: ignore[no-any-return]


@composite(meaning=_search, cases=_samples, halves=True)
def lower_bound(sorted_sequence: Any, values: Any) -> Tensor:
    """`search_sorted` on the left: how many are less than each value.

    Example:
        >>> ops.lower_bound([0, 3, 9, 9, 10], [9]).tolist()
        [2]
    """
    return search_sorted(sorted_sequence, values, "left")


@composite(
    meaning=lambda sorted_sequence, values: _search(sorted_sequence, values, "right"),
    cases=_samples,
    halves=True,
)
def upper_bound(sorted_sequence: Any, values: Any) -> Tensor:
    """`search_sorted` on the right: how many are not greater than each value.

    Example:
        >>> ops.upper_bound([0, 3, 9, 9, 10], [9]).tolist()
        [4]
    """
    return search_sorted(sorted_sequence, values, "right")
