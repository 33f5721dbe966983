"""The calls of `op_calls` for what moves, picks, sorts and scatters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pywebml import ops


class Call(NamedTuple):
    """A call of a function, what it means (None where other tests hold that), and a
    shape that its x has to have.
    """

    ours: Callable[[Any], Any]
    numpy: Callable[[Any], Any] | None
    shape: tuple[int, ...] | None = None


def _diag(x: Any) -> Any:
    return np.diag(x.reshape(-1)).reshape(x.shape * 2)


def _of_rank(name: str, rank: int) -> dict[str, Call]:
    shape = (2, 3, 1, 2)[:rank]
    one = {
        "concat": Call(
            lambda x: getattr(ops, f"concat{rank}d")([x, x]), lambda x: np.concat([x, x]), shape
        ),
        "slice": Call(lambda x: getattr(ops, f"slice{rank}d")(x, 1), lambda x: x[1:], shape),
        "pad": Call(
            lambda x: getattr(ops, f"pad{rank}d")(x, (1, 2) if rank == 1 else [(1, 2)] * rank),
            lambda x: np.pad(x, [(1, 2)] * rank),
            shape,
        ),
        "reverse": Call(getattr(ops, f"reverse{rank}d"), np.flip, shape),
    }
    return {f"{name}{rank}d": one[name]}


MOVES: dict[str, Call] = {
    "take": Call(lambda x: ops.take(x, [-1, 0]), lambda x: np.take(x, [-1, 0])),
    "ensure_shape": Call(lambda x: ops.ensure_shape(x, x.shape), np.copy),
    "strided_slice": Call(
        lambda x: ops.strided_slice(x, [-1], [0], [-2]), lambda x: x[-1:0:-2]
    ),
    "mirror_pad": Call(
        lambda x: ops.mirror_pad(x, [(1, 0)] * x.ndim, "symmetric"),
        lambda x: np.pad(x, [(1, 0)] * x.ndim, "symmetric"),
    ),
    "meshgrid": Call(lambda x: ops.meshgrid(x, [1, 2])[0], lambda x: np.stack([x, x]), (7,)),
    "diag": Call(ops.diag, _diag),
    "depth_to_space": Call(
        lambda x: ops.depth_to_space(x, 2), lambda x: x.reshape(1, 2, 2, 1), (1, 1, 1, 4)
    ),
    "space_to_depth": Call(
        lambda x: ops.space_to_depth(x, 2), lambda x: x.reshape(1, 1, 1, 4), (1, 2, 2, 1)
    ),
    "space_to_batch_nd": Call(
        lambda x: ops.space_to_batch_nd(x, [2], [[0, 0]]), lambda x: x.reshape(2, 2).T, (1, 4)
    ),
    "batch_to_space_nd": Call(
        lambda x: ops.batch_to_space_nd(x, [2], [[0, 0]]), lambda x: x.T.reshape(1, 4), (2, 2)
    ),
    **{
        key: call
        for name in ("concat", "slice", "pad", "reverse")
        for rank in (1, 2, 3, 4)
        for key, call in _of_rank(name, rank).items()
    },
}  # fmt: skip


def _argsort(x: Any) -> Any:
    return np.argsort(x, -1, kind="stable").astype(np.int32)


ORDERS: dict[str, Call] = {
    "cumsum": Call(ops.cumsum, lambda x: np.cumsum(x, 0)),
    "cumprod": Call(ops.cumprod, lambda x: np.cumprod(x, 0)),
    "sort": Call(ops.sort, lambda x: np.sort(x, -1)),
    "argsort": Call(ops.argsort, _argsort),
    "top_k": Call(lambda x: ops.top_k(x, 3).values, lambda x: np.flip(np.sort(x, -1), -1)[..., :3]),
    "in_top_k": Call(
        lambda x: ops.in_top_k(x, [0, 3], 4), lambda x: np.array([True, True]), (2, 4)
    ),
    **{
        name: Call(
            lambda x, name=name: getattr(ops, name)(ops.sort(x), x),
            lambda x, side=side: np.searchsorted(np.sort(x), x, side),
            (7,),
        )
        for name, side in
        (("search_sorted", "left"), ("lower_bound", "left"), ("upper_bound", "right"))
    },
}  # fmt: skip


SIZED_BY_DATA = {
    "boolean_mask", "boolean_mask_async", "setdiff1d", "setdiff1d_async", "unique",
    "unique_async", "where_async",
}  # fmt: skip
"""What reads a number back, which a capture refuses; test_selecting.py has them."""


def _counts(x: Any) -> Any:
    return np.bincount(x[(x >= 0) & (x < 4)], minlength=4)


PLACES: dict[str, Call] = {
    "gather_nd": Call(
        lambda x: ops.gather_nd(x, [[1], [0], [1]]), lambda x: x[[1, 0, 1]]
    ),
    "scatter_nd": Call(
        lambda x: ops.scatter_nd([[i] for i in range(x.shape[0])], x, x.shape), np.copy, (2, 4)
    ),
    "tensor_scatter_update": Call(
        lambda x: ops.tensor_scatter_update(x, [[0], [1]], ops.flip(x, 0)),
        lambda x: np.flip(x, 0), (2, 4),
    ),
    "sparse_to_dense": Call(
        lambda x: ops.sparse_to_dense([1, 0], x, (3,)),
        lambda x: np.append(np.flip(x), x.dtype.type(0)),
        (2,),
    ),
    "bincount": Call(lambda x: ops.bincount(x, size=4), _counts, (7,)),
    "dense_bincount": Call(lambda x: ops.dense_bincount(x, None, 4), _counts, (7,)),
    "confusion_matrix": Call(
        lambda x: ops.confusion_matrix(x, x, 2),
        lambda x: np.diag([(x == 0).sum(), (x == 1).sum()]).astype(np.int32), (7,),
    ),
}  # fmt: skip
