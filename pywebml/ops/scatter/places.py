"""Places as rows of indices, [..., depth]: values picked there, summed there, or put
there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.basic import Fill, fill
from ...core.calling import ints
from ...core.composite import Sample, composite
from ...core.host_data import to_bytes
from ...core.lowering import Lowering, pack
from ...core.op import Case, Op, register
from ...core.spec import FLOATS, Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..support.axes import MAX_RANK, check_ids, ramp, strides
from .segments import SegmentSum

__all__ = [
    "FlatIndex", "Latest", "gather_nd", "scatter_nd", "sparse_to_dense", "tensor_scatter_update",
]  # fmt: skip


@register
@dataclass(frozen=True)
class FlatIndex(Op):
    """int32 [...]: the number of the entry that a row of indices [..., depth] names
    among those of `sizes`; -1 for one outside, or with `clip` the nearest.
    """

    sizes: tuple[int, ...]
    clip: bool = False

    def infer(self, indices: Spec) -> Spec:
        check_ids(self, indices, "indices")
        if not indices.shape or indices.shape[-1] != len(self.sizes) or len(self.sizes) > MAX_RANK:
            raise ValueError(
                f"FlatIndex: indices must be [..., {len(self.sizes)}] for {self.sizes}, up to"
                f" {MAX_RANK} of them, got {indices.shape}"
            )
        return Spec(indices.shape[:-1], "int32")

    def numpy(self, indices: Any) -> Any:
        sizes = np.array(self.sizes, np.int64)
        flat = np.clip(indices, 0, sizes - 1) @ np.array(strides(self.sizes), np.int64)
        inside = ((indices >= 0) & (indices < sizes)).all(-1) | self.clip
        return np.where(inside, flat, -1)

    def gpu(self, k: Lowering) -> None:
        count = k.outs[0].size
        words = [
            w for n, s in zip(self.sizes, strides(self.sizes), strict=True) for w in (n, s, 0, 0)
        ]
        words += [0] * (4 * MAX_RANK - len(words))
        params = pack("28i", count, len(self.sizes), int(self.clip), 0, *words)
        k.launch_flat(kernel("scatter/flat"), [*k.ins, *k.outs], params, count)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        places = np.array([[[0, 0], [1, 2]], [[2, 0], [1, -1]]], np.int32)
        yield Case("dropped", cls((2, 3)), (places,), 0, 0)
        yield Case("clamped", cls((2, 3), True), (places,), 0, 0)
        yield Case("no axis", cls(()), (np.zeros((3, 0), np.int32),), 0, 0)


@register
@dataclass(frozen=True)
class Latest(Op):
    """int32 [segments]: 1 + the last row r whose ids[r] names it, or 0."""

    segments: int

    def infer(self, ids: Spec) -> Spec:
        check_ids(self, ids, "ids")
        return Spec((self.segments,), "int32")

    def numpy(self, ids: Any) -> Any:
        out = np.zeros(self.segments, np.int32)
        inside = (ids >= 0) & (ids < self.segments)
        np.maximum.at(out, ids[inside], np.flatnonzero(inside) + 1)
        return out

    def gpu(self, k: Lowering) -> None:
        ids, out = k.ins[0], k.outs[0]
        fill(k, out, 0)
        params = pack("4I", ids.size, self.segments, 1, 0)
        k.launch_flat(kernel("scatter/atomic", "latest"), [ids, ids, out], params, ids.size)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (None,)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("some twice", cls(5), (np.array([3, 0, 3, -1, 1, 7, 0], np.int32),), 0, 0)


def _of_shape(name: str, indices: Any, sizes: tuple[int, ...], singles: bool = False) -> Tensor:
    """Indices as int32 [..., depth], with `singles` also [n] for a depth of 1.
    ValueError for numbers of the host that are outside; those of a tensor are not read
    back.
    """
    if isinstance(indices, Tensor):
        at, of_host = indices, None
    else:
        raw, _, dtype = to_bytes(indices, None)
        if dtype != "int32" and raw:
            raise TypeError(f"{name}: indices must be ints, got {dtype}")
        at, of_host = as_tensor(indices, "int32"), memoryview(raw).cast("i")
    depth = at.shape[-1] if at.ndim else 0
    if at.ndim == 1 and singles:
        at, depth = at.reshape(-1, 1), 1
    if not at.ndim or depth > len(sizes):
        raise ValueError(
            f"{name}: indices must be [..., depth] with a depth of up to {len(sizes)}, the axes of"
            f" {sizes}, got {at.shape}"
        )
    if of_host:
        for axis, n in enumerate(sizes[:depth]):
            column = of_host[axis::depth].tolist()
            low, high = min(column), max(column)
            if low < 0 or high >= n:
                raise ValueError(
                    f"{name}: index {low if low < 0 else high} is outside axis {axis} of shape"
                    f" {sizes}; use 0 to {n - 1}"
                )
    return at


def _gather_nd(x: Any, indices: Any) -> Any:
    return x[tuple(np.moveaxis(indices, -1, 0))]


@composite(
    meaning=_gather_nd,
    cases=lambda: [
        Sample("entries", (ramp((2, 3)), np.array([[0, 2], [1, 0]], np.int32)), {}, 0, 0),
        Sample("rows", (ramp((3, 2, 4)), np.array([[[2], [0]]], np.int32)), {}, 0, 0),
    ],
    halves=True,
)
def gather_nd(x: Any, indices: Any) -> Tensor:
    """x[indices[..., 0], indices[..., 1], ...]: the entries (or slices, where there are
    fewer indices than axes) that the rows of int32 `indices` [..., depth] name.

    Numbers outside are refused: ValueError. A tensor's are not read back, and clamped.

    Example:
        >>> ops.gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]]).tolist()
        [3, 2]
    """
    x = as_tensor(x)
    at = _of_shape("gather_nd", indices, x.shape)
    depth = at.shape[-1]
    rows = x.reshape(math.prod(x.shape[:depth]), *x.shape[depth:])
    return rows.gather(FlatIndex(x.shape[:depth], True)(at))


def _checked(name: str, at: Tensor, updates: Tensor, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of the axes that indices name; updates fit what they name."""
    depth = at.shape[-1]
    if updates.shape != (*at.shape[:-1], *shape[depth:]):
        raise ValueError(
            f"{name}: updates must be {(*at.shape[:-1], *shape[depth:])} for indices {at.shape} and"
            f" shape {shape}, got {updates.shape}"
        )
    return shape[:depth]


def _numbers(at: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """The numbers of the entries that rows of indices name; no entry's where there is
    none.
    """
    return at.reshape(at.shape[:-1]) if len(sizes) == 1 else FlatIndex(sizes)(at)  # type: ignore[no-any-return]


def _scatter_nd(indices: Any, updates: Any, shape: Any) -> Any:
    out = np.zeros(shape, updates.dtype)
    np.add.at(out, tuple(np.moveaxis(indices, -1, 0)), updates)
    return out


@composite(
    meaning=_scatter_nd,
    cases=lambda: [
        Sample(
            "entries, one twice",
            (np.array([[0, 2], [1, 0], [0, 2]], np.int32), ramp((3,))),
            {"shape": (2, 3)},
        ),
        Sample("rows", (np.array([[2], [0]], np.int32), ramp((2, 4))), {"shape": (3, 4)}),
        Sample(
            "int32",
            (np.array([[2], [2]], np.int32), np.array([7, 8], np.int32)),
            {"shape": (4,)},
        ),
    ],
)
def scatter_nd(indices: Any, updates: Any, shape: Sequence[int]) -> Tensor:
    """Zeros of `shape` with `updates` added at the places that the rows of int32
    `indices` [..., depth] name ([n] for a depth of 1). What goes to one place is summed
    in its order: a repeat gives the same bits.

    Numbers outside are refused: ValueError. A tensor's are not read back, and dropped.

    Example:
        >>> ops.scatter_nd([[1], [3], [1]], [5, 6, 7], (5,)).tolist()
        [0, 12, 0, 6, 0]
    """
    sizes = ints(shape, "scatter_nd: shape")
    updates = as_tensor(updates)
    at = _of_shape("scatter_nd", indices, sizes, True)
    named = _checked("scatter_nd", at, updates, sizes)
    places, count = _numbers(at, named), math.prod(named)
    if not math.prod(sizes):
        return Fill(sizes, 0.0, 0.0, updates.dtype)()  # type: ignore[no-any-return]
    rows = updates.reshape(places.size, *sizes[len(named) :])
    rows = rows.astype("int32") if rows.dtype == "bool" else rows
    return SegmentSum(count)(rows, places.reshape(-1)).reshape(sizes)  # type: ignore[no-any-return]


def _tensor_scatter_update(tensor: Any, indices: Any, updates: Any) -> Any:
    out = tensor.copy()
    out[tuple(np.moveaxis(indices, -1, 0))] = updates
    return out


@composite(
    meaning=_tensor_scatter_update,
    cases=lambda: [
        Sample(
            "entries", (ramp((2, 3)), np.array([[0, 2], [1, 0]], np.int32), ramp((2,))), {}, 0, 0
        ),
        Sample("rows", (ramp((3, 4)), np.array([[2], [0]], np.int32), -ramp((2, 4))), {}, 0, 0),
    ],
    halves=True,
)
def tensor_scatter_update(tensor: Any, indices: Any, updates: Any) -> Tensor:
    """`tensor` with `updates` [..., ...] in the places that the rows of int32 `indices`
    [..., depth] name; of several for one place the last.

    Numbers outside are refused: ValueError. A tensor's are not read back, and dropped.

    Example:
        >>> ops.tensor_scatter_update([1, 2, 3, 4], [[1], [3]], [7, 8]).tolist()
        [1, 7, 3, 8]
    """
    x, of_host = as_tensor(tensor), not isinstance(updates, Tensor)
    updates = as_tensor(updates)
    if of_host and x.dtype in FLOATS:
        updates = updates.astype(x.dtype)  # whole numbers are floats, too
    if x.dtype != updates.dtype:
        raise TypeError(
            f"tensor_scatter_update: dtypes {x.dtype} and {updates.dtype} differ; cast one of them"
        )
    at = _of_shape("tensor_scatter_update", indices, x.shape, True)
    named = _checked("tensor_scatter_update", at, updates, x.shape)
    if not updates.size:
        return x
    count, rest = math.prod(named), x.shape[len(named) :]
    latest = Latest(count)(_numbers(at, named).reshape(-1))
    rows = updates.reshape(math.prod(at.shape[:-1]), *rest)
    put = rows.gather(latest - 1)  # of those without a row -1 is clamped, and left out
    there = latest.greater(0).reshape(count, *[1] * len(rest))
    return there.where(put, x.reshape(count, *rest)).reshape(x.shape)  # type: ignore[no-any-return]


def _sparse_to_dense(indices: Any, values: Any, output_shape: Any, default_value: Any = 0) -> Any:
    out = np.full(output_shape, default_value, values.dtype)
    out[tuple(np.moveaxis(np.reshape(indices, (values.size, -1)), -1, 0))] = values
    return out


@composite(
    meaning=_sparse_to_dense,
    cases=lambda: [
        Sample(
            "2 x 3",
            (np.array([[0, 2], [1, 0]], np.int32), ramp((2,))),
            {"output_shape": (2, 3), "default_value": -1.0},
            0,
            0,
        )
    ],
)
def sparse_to_dense(
    sparse_indices: Any, sparse_values: Any, output_shape: Sequence[int], default_value: Any = 0
) -> Tensor:
    """`output_shape` of `default_value`, with `sparse_values` (one for all, or [n]) at
    int32 `sparse_indices` ([n, rank]; [n] for rank 1; a number for one place).

    Example:
        >>> ops.sparse_to_dense([1, 3], [5, 6], (5,), 9).tolist()
        [9, 5, 9, 6, 9]
    """
    sizes = ints(output_shape, "sparse_to_dense: output_shape")
    values = as_tensor(sparse_values)
    at = sparse_indices
    if not as_tensor(at).ndim:
        at = at.reshape(1) if isinstance(at, Tensor) else [at]
    values = values.broadcast_to((as_tensor(at).shape[0],)) if values.ndim == 0 else values
    default = as_tensor(default_value, values.dtype).reshape(())
    return tensor_scatter_update(default.broadcast_to(sizes), at, values)
