"""What is true, what is there once, what is in one and not in another: results whose
size the data says, so that a number is read back. `NAME_async` is awaited, as
TensorFlow.js's `NAMEAsync` is; the function without that waits by itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.basic import Fill
from ..core.composite import Sample, composite
from ..core.tensor import Tensor, as_tensor
from ..device import run_sync
from ..host.awaited import awaited
from ..host.lazy import np
from .shape.parts import concat, stack
from .sort.functions import argsort
from .sort.search import SearchSorted
from .support.axes import normalize_axis, ramp, strides

__all__ = [
    "Unique", "boolean_mask", "boolean_mask_async", "setdiff1d", "setdiff1d_async", "unique",
    "unique_async", "where_async",
]  # fmt: skip


class Unique(NamedTuple):
    """Each value once, and where in that every value of x is."""

    values: Tensor
    indices: Tensor


async def _true_places(mask: Tensor) -> Tensor:
    """int32 [n]: the places of what is true in the flattened mask."""
    ends = mask.reshape(-1).astype("bool").cumsum()
    n = (await ends[-1:].data())[0] if ends.size else 0
    return SearchSorted()(ends, Fill((n,), 1.0, 1.0, "int32")())  # type: ignore[no-any-return]


@composite(
    meaning=lambda condition: np.argwhere(condition),
    cases=lambda: [
        Sample("2 x 3", (np.array([[True, False, True], [False, True, False]]),), {}, 0, 0),
        Sample("none", (np.zeros(5, bool),), {}, 0, 0),
    ],
)
@awaited("ops.where_async(condition)", "ops.where(condition)")
async def where_async(condition: Any) -> Tensor:
    """int32 [n, rank]: the indices of what is true (not 0), in order. Awaited, as how
    many there are is read back.

    Example:
        >>> pw.run_sync(ops.where_async([[True, False], [True, True]])).tolist()
        [[0, 0], [1, 0], [1, 1]]
    """
    condition = as_tensor(condition)
    flat = await _true_places(condition)
    if not condition.ndim:
        return flat.reshape(flat.size, 1)[:, :0]
    apart = strides(condition.shape)
    digits = [flat // s % n for s, n in zip(apart, condition.shape, strict=True)]
    return stack(digits, 1)


@composite(
    meaning=lambda x, mask, axis=0: np.compress(mask, x, axis),
    cases=lambda: [
        Sample("rows", (ramp((3, 2)), np.array([True, False, True])), {}, 0, 0),
        Sample("columns", (ramp((2, 3)), np.array([0, 1, 1], np.int32)), {"axis": 1}, 0, 0),
    ],
    halves=True,
)
@awaited("ops.boolean_mask_async(...)", "ops.boolean_mask(...)")
async def boolean_mask_async(x: Any, mask: Any, axis: int = 0) -> Tensor:
    """The entries of x where `mask` is true: the mask's axes lie over x's from `axis`
    on, and become one. Awaited, as how many there are is read back.

    Example:
        >>> pw.run_sync(ops.boolean_mask_async([1, 2, 3], [True, False, True])).tolist()
        [1, 3]
    """
    x, mask = as_tensor(x), as_tensor(mask)
    at = normalize_axis(axis, x.ndim, "boolean_mask: axis") if x.ndim else 0
    if not mask.ndim or x.shape[at : at + mask.ndim] != mask.shape:
        raise ValueError(
            f"boolean_mask: mask {mask.shape} must be the shape of x {x.shape} from axis {at} on"
        )
    flat = x.reshape(*x.shape[:at], mask.size, *x.shape[at + mask.ndim :])
    return flat.gather(await _true_places(mask), at)


def boolean_mask(x: Any, mask: Any, axis: int = 0) -> Tensor:
    """`boolean_mask_async`, which waits by itself; in a browser tab that needs JSPI.

    Example:
        >>> ops.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]]).tolist()
        [1, 3, 4]
    """
    return run_sync(boolean_mask_async(x, mask, axis))


def _unique(x: Any, axis: int | None = None) -> Any:
    rows = x.reshape(-1, 1) if axis is None else np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    values = np.take(x.reshape(-1) if axis is None else x, first[order], axis or 0)
    return values, np.argsort(order)[inverse.reshape(-1)]


@composite(
    meaning=_unique,
    cases=lambda: [
        Sample("numbers", (np.array([3, 1, 3, 3, 2, 1], np.float32),), {}, 0, 0),
        Sample("rows", (np.array([[1, 2], [0, 2], [1, 2]], np.int32),), {"axis": 0}, 0, 0),
    ],
)
@awaited("ops.unique_async(x)", "ops.unique(x)")
async def unique_async(x: Any, *, axis: int | None = None) -> Unique:
    """Each value of the flattened x, or each slice along `axis`, once, in the order in
    which they come first; and int32 for every one of x, which of these it is. All NaN
    are one. Awaited, as how many there are is read back.

    Example:
        >>> pw.run_sync(ops.unique_async([3, 1, 3, 2])).values.tolist()
        [3, 1, 2]
    """
    x = as_tensor(x)
    at = 0 if axis is None else normalize_axis(axis, x.ndim, "unique: axis")
    flat = x.reshape(-1) if axis is None else x
    n = flat.shape[at]
    others = [i for i in range(flat.ndim) if i != at]
    rows = flat.transpose([at, *others]).reshape(n, flat.size // n if n else 0)
    if not rows.size:
        firsts = Fill((min(n, 1),), 0.0, 0.0, "int32")()
        return Unique(flat.gather(firsts, at) if n else flat, Fill((n,), 0.0, 0.0, "int32")())
    # sorted by the last column first, equal rows stand together, the first one foremost
    order = Fill((n,), 0.0, 1.0, "int32")()
    for column in reversed(range(rows.shape[1])):
        order = order.gather(argsort(rows[:, column].gather(order)))
    inside = rows.gather(order)
    above, below = inside[:-1], inside[1:]
    both_nan = above.not_equal(above).logical_and(below.not_equal(below))
    differs = above.not_equal(below).logical_and(both_nan.logical_not()).any(1)
    group = concat([Fill((1,), 0.0, 0.0, "int32")(), differs.astype("int32")]).cumsum()
    count = (await group[-1:].data())[0] + 1
    # where each group's foremost stands in x, and the groups in that order
    firsts = order.gather(SearchSorted()(group, Fill((count,), 0.0, 1.0, "int32")()))
    by_place = argsort(firsts)
    values = flat.gather(firsts.gather(by_place), at)
    return Unique(values, argsort(by_place).gather(group).gather(argsort(order)))


def unique(x: Any, *, axis: int | None = None) -> Unique:
    """`unique_async`, which waits by itself; in a browser tab that needs JSPI.

    Example:
        >>> values, indices = ops.unique([3, 1, 3, 2])
        >>> values.tolist(), indices.tolist()
        ([3, 1, 2], [0, 1, 0, 2])
        >>> ops.unique([[1, 2], [0, 2], [1, 2]], axis=0).values.tolist()
        [[1, 2], [0, 2]]
    """
    return run_sync(unique_async(x, axis=axis))


def _setdiff1d(x: Any, y: Any) -> Any:
    places = np.flatnonzero(~np.isin(x, y))
    return x[places], places


@composite(
    meaning=_setdiff1d,
    cases=lambda: [
        Sample(
            "5 and 2", (np.array([1, 2, 3, 4, 2], np.int32), np.array([2, 5], np.int32)), {}, 0, 0
        )
    ],
)
@awaited("ops.setdiff1d_async(x, y)", "ops.setdiff1d(x, y)")
async def setdiff1d_async(x: Any, y: Any) -> Unique:
    """The values of x [n] that are not in y [m], as they stand, and their indices,
    int32. Awaited, as how many there are is read back.

    Example:
        >>> pw.run_sync(ops.setdiff1d_async([1, 2, 3, 4], [2, 5])).values.tolist()
        [1, 3, 4]
    """
    x, y = as_tensor(x), as_tensor(y)
    if x.ndim != 1 or y.ndim != 1:
        raise ValueError(f"setdiff1d: x and y must be [n], got {x.shape} and {y.shape}")
    if x.dtype != y.dtype:
        raise TypeError(f"setdiff1d: dtypes {x.dtype} and {y.dtype} differ; cast one of them")
    if y.size:
        those = y.gather(argsort(y))
        absent = SearchSorted()(those, x).equal(SearchSorted(True)(those, x))
    else:
        absent = Fill(x.shape, 1.0, 0.0, "bool")()
    places = await _true_places(absent)
    return Unique(x.gather(places), places)


def setdiff1d(x: Any, y: Any) -> Unique:
    """`setdiff1d_async`, which waits by itself; in a browser tab that needs JSPI. NumPy
    gives the values alone, and sorted.

    Example:
        >>> values, indices = ops.setdiff1d([1, 2, 3, 4], [2, 5])
        >>> values.tolist(), indices.tolist()
        ([1, 3, 4], [0, 2, 3])
    """
    return run_sync(setdiff1d_async(x, y))
